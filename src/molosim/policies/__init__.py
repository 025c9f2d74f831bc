"""Who collects what when: the seam of policies, that of triggers, and those that ship, one file each.

A new one is a file here with a ``BUILT_IN``; one of a user's own is a class anywhere else.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""
