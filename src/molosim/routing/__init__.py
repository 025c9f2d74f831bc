"""Routes: drive and check of a tour, day plans, insertion, collection rounds, the joint reference.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""
