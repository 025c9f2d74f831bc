"""Copies of what an experiment was made from, so that its folder can be run again."""

from __future__ import annotations

import shutil
from pathlib import Path

from molosim.inputs.named_files import named_files, with_files
from molosim.inputs.scenario import Scenario, dump
from molosim.results.folder import CONFIG


def write_inputs(folder: Path, scenario: Scenario) -> None:
    """Write the configuration as resolved into ``config.toml``, beside copies of the files that it names."""
    named = named_files(scenario)
    for file in named:
        shutil.copyfile(file.name, folder / file.copy)
    own = with_files(scenario, {file.key: file.copy for file in named})
    (folder / CONFIG).write_text(dump(own), encoding="utf-8")


def copies(scenario: Scenario) -> tuple[str, ...]:
    """Names of the copies that `write_inputs` makes."""
    return tuple(file.copy for file in named_files(scenario))
