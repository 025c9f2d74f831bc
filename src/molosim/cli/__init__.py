"""The command line: the only room that prints, exits and shows progress. Its imports wait for the command."""

from __future__ import annotations

from molosim.cli import accounts, maps, replay, reports, runs, stops, sweeps
from molosim.cli.frame import app, main

__all__ = ["accounts", "app", "main", "maps", "replay", "reports", "runs", "stops", "sweeps"]
