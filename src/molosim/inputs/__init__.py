"""What a user says: the scenario and its parts, checked as a whole; tables as people have them.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""
