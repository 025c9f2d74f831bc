"""The command line: the only room that prints, exits and shows progress. Its imports wait for the command."""

from __future__ import annotations

from molosim.cli import accounts, fit, maps, measure, replay, reports, runs, sites, stops, sweeps
from molosim.cli.frame import app, main

__all__ = ["accounts", "app", "fit", "main", "maps", "measure", "replay", "reports", "runs", "sites", "stops", "sweeps"]
