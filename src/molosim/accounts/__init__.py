"""What climate officers and carriers sign: allocated emissions, inventory, shipments, cost, plausible ranges."""
