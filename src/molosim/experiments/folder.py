"""The result folder: whole or not there. Work is done in a hidden sibling that takes its name only when complete."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from molosim.experiments.tables import SAMPLED, TABLES
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

_UNFINISHED = ".unfinished-"
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
        _sweep(out)
        work = out.with_name(f".{out.name}{_UNFINISHED}{socket.gethostname()}-{os.getpid()}")
        work.mkdir()
    try:
        yield work
        with writing(out):
            _take_place(work, out)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Failures to write inside the block are faults of ``out``: full, read-only, not allowed."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename and Path(error.filename) != out else ""
        raise ScenarioError.at(str(out), f"cannot be written: {error.strerror or error}{where}") from None


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
    foreign = [e.name for e in entries if e.name not in FILES and e.suffix != ".geojson" and not _TABLE.match(e.name)]
    if foreign:
        raise ScenarioError.at(
            str(out), f"holds '{foreign[0]}', which molosim did not write; move it or name another folder"
        )


def _take_place(work: Path, out: Path) -> None:
    if out.is_dir():
        old = work.with_name(f"{work.name}-old")
        out.rename(old)
        work.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    else:
        work.rename(out)


def _sweep(out: Path) -> None:
    """Remove what killed runs of this machine have left; runs still alive keep theirs."""
    for left in out.parent.glob(f".{out.name}{_UNFINISHED}{socket.gethostname()}-*"):
        pid = left.name.rpartition(f"{socket.gethostname()}-")[2].removesuffix("-old")
        if pid.isdecimal() and not _alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _alive(pid: int) -> bool:
    if os.name != "posix":
        return True  # there a signal 0 would end the process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
