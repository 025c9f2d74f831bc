"""The result folder: one schema, one writer, one reader, and what a result was made with.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""
