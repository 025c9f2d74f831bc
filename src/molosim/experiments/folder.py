"""The result folder: whole or not there. Work is done in a hidden sibling that takes its name only when complete."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from molosim.experiments.tables import SAMPLED, TABLES
from molosim.files import is_unfinished, remove, take_place, unfinished, writing
from molosim.spec import ScenarioError

MANIFEST = "manifest.json"
ACCOUNTS = "accounts"
CONFIG = "config.toml"
PROGRAM = "molosim"
RUN, SWEEP = "run", "sweep"
"""Kinds of results; manifests without a kind are of runs."""
FILES = (
    CONFIG,
    MANIFEST,
    "replications.parquet",
    "comparison.csv",
    "band.csv",
    "measured",
    "grid.csv",
    *(f"{table}.parquet" for table in (*TABLES, *SAMPLED)),
    "sample_day.geojson",
    "roads.geojson",
    ACCOUNTS,
    "figures",
    "report.html",
    "replay.html",
    "map.gpkg",
    "layers",
)
"""What a result folder holds, besides copies of the GeoJSON files and stop tables that its configuration names."""

_TABLE = re.compile(r"stops_\d+\.")
"""Copies of carriers' stop tables."""


@contextmanager
def result_folder(out: Path) -> Iterator[Path]:
    """A folder to write to, which becomes ``out`` when the block ends well and vanishes when it does not.

    Raises
    ------
    ScenarioError
        Before anything is done where ``out`` holds something else than a result of molosim or cannot be written,
        and for every failure to write.
    """
    out = Path(os.path.abspath(out))  # noqa: PTH100 - a link as last part must be seen, not followed
    _check_replaceable(out)
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        work = unfinished(out)
        work.mkdir()
    try:
        yield work
        with writing(out):
            take_place(work, out)
    finally:
        remove(work)


def is_result(folder: Path, kind: str = RUN) -> bool:
    """Whether a folder is a complete result of a kind."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and (manifest.get("program"), manifest.get("kind", RUN)) == (PROGRAM, kind)


def _check_replaceable(out: Path) -> None:
    if not os.path.lexists(out):
        return
    if not out.is_dir() or out.is_symlink():
        raise ScenarioError.at(str(out), "is not a folder; name a new folder or an earlier result of molosim")
    entries = list(out.iterdir())
    if entries and not is_result(out):
        problem = f"holds '{entries[0].name}' and is no result of molosim; name a new folder or an earlier result"
        raise ScenarioError.at(str(out), problem)
    foreign = [e.name for e in entries if e.name not in FILES and not _may_be_ours(e)]
    if foreign:
        raise ScenarioError.at(
            str(out), f"holds '{foreign[0]}', which molosim did not write; move it or name another folder"
        )


def _may_be_ours(entry: Path) -> bool:
    return entry.suffix == ".geojson" or _TABLE.match(entry.name) is not None or is_unfinished(entry)
