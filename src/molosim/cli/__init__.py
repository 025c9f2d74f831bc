"""The command line: the only room that prints, exits and shows progress. Its imports wait for the command."""

from __future__ import annotations

from molosim.cli import maps, replay, runs, stops, sweeps
from molosim.cli.frame import app, main

__all__ = ["app", "main", "maps", "replay", "runs", "stops", "sweeps"]
