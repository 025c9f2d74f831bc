"""Copies of what an experiment was made from, so that its folder can be run again."""

from __future__ import annotations

import shutil
from pathlib import Path

from molosim.scenario import Scenario, dump


def write_inputs(folder: Path, scenario: Scenario) -> None:
    """The configuration as resolved, into ``config.toml``, beside copies of the files that it names."""
    changes = {}
    for key, file in (("boxes", scenario.boxes.file), ("addresses", scenario.addresses.file)):
        copy = folder / f"{key}.geojson"
        shutil.copyfile(file, copy)
        changes[key] = getattr(scenario, key).model_copy(update={"file": copy.name})
    (folder / "config.toml").write_text(dump(scenario.model_copy(update=changes)), encoding="utf-8")
