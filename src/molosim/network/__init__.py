"""Roads, places on them, and the way between: the only room that knows OSMnx and the router.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""
