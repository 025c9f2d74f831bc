"""The command line: the only room that prints, exits and shows progress. Its imports wait for the command."""

from __future__ import annotations

from molosim.cli import accounts, fit, maps, measure, pilots, replay, reports, runs, sites, stops, sweeps, versions
from molosim.cli.frame import app, main

__all__ = [
    "accounts",
    "app",
    "fit",
    "main",
    "maps",
    "measure",
    "pilots",
    "replay",
    "reports",
    "runs",
    "sites",
    "stops",
    "sweeps",
    "versions",
]
