"""What a box's log says of the model's parameters: estimates with intervals, how well they fit, as a configuration.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""
