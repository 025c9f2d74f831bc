"""Mutation testing: does a test fail when a line of the model is wrong? ``python -m tests.mutants --help``."""
