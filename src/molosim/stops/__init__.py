"""Carriers' own stop tables: read and checked, put on the map, summarised, anonymised.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""
