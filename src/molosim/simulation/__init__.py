"""The simulation: a world from a scenario, chance drawn ahead, operations under SimPy, residents compiled."""
