"""Designs and replications run on all cores into a result folder, and read back."""
