"""What a run comes to: measures, emission band, inventory, allocation, cost, statistics, plausibility guards."""
