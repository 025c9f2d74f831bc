"""Designs and replications run on all cores into a result folder, and read back.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""
