"""Copies of what an experiment was made from, so that its folder can be run again."""

from __future__ import annotations

import shutil
from pathlib import Path

from molosim.experiments.folder import CONFIG
from molosim.scenario import Scenario, dump

COPIES = ("boxes.geojson", "addresses.geojson")
"""Of the files that a configuration names, in the order of the keys below."""
_KEYS = ("boxes", "addresses")


def write_inputs(folder: Path, scenario: Scenario) -> None:
    """The configuration as resolved, into ``config.toml``, beside copies of the files that it names."""
    changes = {}
    for key, name in zip(_KEYS, COPIES, strict=True):
        said = getattr(scenario, key)
        shutil.copyfile(said.file, folder / name)
        changes[key] = said.model_copy(update={"file": name})
    (folder / CONFIG).write_text(dump(scenario.model_copy(update=changes)), encoding="utf-8")
