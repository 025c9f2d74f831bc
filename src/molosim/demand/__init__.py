"""What arises in households and when: the seam of demand and what ships, a file each with a ``BUILT_IN``.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""
