"""Copies of what an experiment was made from, so that its folder can be run again, on another machine too."""

from __future__ import annotations

import shutil
from pathlib import Path

from molosim.inputs.named_files import named_files, with_files
from molosim.inputs.scenario import Scenario, bike_file, dump, map_file, walk_file
from molosim.results.folder import CONFIG
from molosim.runtime import bundled

_MAPS = {
    "source": ("map.npz", map_file),
    "bike_source": ("bike_map.npz", bike_file),
    "walk_source": ("walk_map.npz", walk_file),
}
"""Keys of maps: the name of a copy, and how the file is found."""


def write_inputs(folder: Path, scenario: Scenario) -> None:
    """Write the configuration as resolved into ``config.toml``, beside copies of the files and maps that it names.

    Maps that come with molosim stay where they are, named as they were.
    """
    for file in named_files(scenario):
        shutil.copyfile(file.name, folder / file.copy)
    for name, path in _own_maps(scenario).values():
        shutil.copyfile(path, folder / name)
    (folder / CONFIG).write_text(dump(beside_copies(scenario)), encoding="utf-8")


def beside_copies(scenario: Scenario) -> Scenario:
    """The scenario as it names its files where `write_inputs` has put them."""
    own = with_files(scenario, {file.key: file.copy for file in named_files(scenario)})
    names = {key: name for key, (name, _) in _own_maps(scenario).items()}
    return own.model_copy(update={"map": own.map.model_copy(update=names)})


def copies(scenario: Scenario) -> tuple[str, ...]:
    """Names of the copies that `write_inputs` makes."""
    return (*(file.copy for file in named_files(scenario)), *(name for name, _ in _own_maps(scenario).values()))


def _own_maps(scenario: Scenario) -> dict[str, tuple[str, Path]]:
    """Maps that did not come with molosim, by key: the name of a copy, and the file."""
    found = {key: (name, find(scenario.map)) for key, (name, find) in _MAPS.items()}
    theirs = bundled.folder("maps").resolve()
    return {key: (name, path) for key, (name, path) in found.items() if path and path.resolve().parent != theirs}
