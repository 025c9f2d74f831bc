"""A runnable experiment for a town of which only the map is known, with everything assumed marked as such.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""
