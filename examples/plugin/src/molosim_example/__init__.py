"""A policy, an emission model and a demand of one's own for molosim, each in a module of its own."""
