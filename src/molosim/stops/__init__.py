"""Carriers' own stop tables: read and checked, put on the map, summarised, anonymised."""
