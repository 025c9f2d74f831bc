"""The command that compiles ahead, for machines on which nothing can be kept later."""

from __future__ import annotations

import tempfile
from pathlib import Path

from molosim.cli.frame import app, command, interruptible
from molosim.cli.screen import Screen

SHORT = {"horizon.days": 7, "horizon.warmup_days": 0, "horizon.replications": 1}
"""Of the bundled configuration: enough that every compiled function is called."""


@command(app)
def warm(*, screen: Screen) -> None:
    """Compile what runs need and keep it, by a short run of the bundled configuration whose result is thrown away."""
    from molosim.experiments.run import run
    from molosim.inputs.scenario import load
    from molosim.runtime import bundled

    with tempfile.TemporaryDirectory() as folder, interruptible("compiling", screen) as tell:
        run(load("gothenburg").but(SHORT), Path(folder) / "short", workers=1, progress=tell)
    screen.say(f"Kept in {bundled.cache_folder()}")
    screen.outcome("warm", {"folder": bundled.cache_folder()})
