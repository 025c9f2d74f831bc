"""The functions that `molosim` offers Python, each a command's work, grouped by what they work on.

Users take them from the package root, which imports a group when one of its names is first used. Internal: the modules
may change.
"""
