"""The simulation: a world from a scenario, chance drawn ahead, operations under SimPy, residents compiled.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""
