"""Files, caches, compiled code, random streams: what the program stands on, whatever it simulates.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""
