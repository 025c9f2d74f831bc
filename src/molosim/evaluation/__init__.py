"""What a run comes to: measures, emission band, inventory, allocation, cost, statistics, plausibility guards.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""
