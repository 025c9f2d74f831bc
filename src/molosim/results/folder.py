"""The result folder: whole or not there. Work is done in a hidden sibling that takes its name only when complete."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import check_free, read_json, remove, take_place, unfinished, writing
from molosim.runtime.written import LIST, list_all, listed, sha256, strangers

MANIFEST = "manifest.json"
ACCOUNTS = "accounts"
CONFIG = "config.toml"
DESIGN, STORE = "design.toml", "tasks.sqlite"
"""Of a sweep or a search: what it asks, and what was computed for it."""
PROGRAM = "molosim"
RUN, SWEEP, SEARCH, FIT = "run", "sweep", "search", "fit"
"""Kinds of results; manifests without a kind are of runs. A sweep in whose folder was searched stays one."""
PART, DESIGNED = "part", "design"
"""Kinds of folders without a manifest."""
FORMAT = 2
"""Number of the layout of result folders and their tables; goes up when either changes."""
SAMPLE_DAY, ROADS = "sample_day.geojson", "roads.geojson"
"""One day's tours as lines on the streets, and the main roads."""
KINDS: Mapping[str, tuple[str, str]] = {
    RUN: ("a result of molosim run", "results of molosim run"),
    SWEEP: ("a finished sweep", "finished sweeps"),
    SEARCH: ("a search", "searches"),
    FIT: ("a fit", "fits"),
    PART: ("a shard, or a sweep or search that has not finished", "shards of a sweep"),
    DESIGNED: ("a design", "designs"),
}
"""Every kind of folder in words: one of it, and several."""
SEARCHES: Mapping[str, str] = {
    "breakeven": "a break-even search",
    "decide": "a search for signs",
    "until": "a search for narrow intervals",
    "sensitivity": "a sensitivity analysis",
}
"""Every kind of search in words."""
TAKES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("Results", "export", "compare", "replay", "measure", "account", "warmup"), (RUN,)),
    "report": (RUN, SWEEP, SEARCH),
    "rerun": (RUN, SWEEP, SEARCH, FIT),
    "rerun --replication": (RUN, SWEEP),
    "sensitivity": (SWEEP,),
    "merge": (PART,),
    **dict.fromkeys(("sweep", "breakeven", "decide"), (DESIGNED, SWEEP, SEARCH, PART)),
}
"""Kinds of folders that each command takes."""

_SAID: dict[str, type] = {
    **dict.fromkeys(("version", "map.name", "map.date", "map.attribution", "map.sha256"), str),
    **dict.fromkeys(("map", "versions", "machine"), dict),
    "replications": int,
}
"""What manifests say that somebody reads, by kind."""


@contextmanager
def result_folder(out: Path, kind: str = RUN) -> Iterator[Path]:
    """A folder to write to, which becomes ``out`` when the block ends well and vanishes when it does not.

    Raises
    ------
    ScenarioError
        Before anything is done where ``out`` holds something else than a result of that kind or cannot be written,
        and for every failure to write.
    """
    out = Path(os.path.abspath(out))  # noqa: PTH100 - a link as last part must be seen, not followed
    _check_replaceable(out, kind)
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        work = unfinished(out)
        check_free(out)
        work.mkdir()
    try:
        yield work
        with writing(out):
            list_all(work)
            take_place(work, out)
    finally:
        remove(work)


def is_result(folder: Path, kind: str = RUN) -> bool:
    """Whether a folder is a complete result of a kind."""
    return kind_of(folder) == kind


def is_sweep(folder: Path) -> bool:
    """Whether a folder is one of a sweep or a search, finished or not."""
    return (folder / STORE).is_file() and (folder / DESIGN).is_file()


def found_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a complete result of any kind; empty where there is none."""
    try:
        content = read_json(folder / MANIFEST)
    except ScenarioError:
        return {}
    return content if isinstance(content, dict) and content.get("program") == PROGRAM else {}


def kind_of(folder: Path) -> str | None:
    """Which of `KINDS` a folder is; None for any other."""
    if content := found_manifest(folder):
        return str(content.get("kind", RUN))
    if is_sweep(folder):
        return PART
    return DESIGNED if (folder / DESIGN).is_file() else None


def require_kind(folder: Path, command: str) -> None:
    """Hold a folder against what a command takes.

    Raises
    ------
    ScenarioError
        In one line: what the folder is, and what the command takes; or that it is of another version of molosim.
    """
    kind, taken, content = kind_of(folder), TAKES[command], found_manifest(folder)
    if kind in taken:
        if content:
            _check_format(folder / MANIFEST, content)
        if DESIGNED not in taken:  # a sweep may be edited in its place, and then goes on from there
            _check_config(folder / CONFIG, content)
        return
    searched = [SEARCHES.get(str(one.get("command")), "a search") for one in content.get("searches", ())]
    if kind == SEARCH and searched:
        found = f"is {' and '.join(searched)}"
    elif kind is not None and kind in KINDS:
        found = f"is {KINDS[kind][0]}"
    else:
        found = f"is no result of molosim: it has no {MANIFEST} of one"
    *first, last = (KINDS[one][1] for one in taken)
    words = f"{', '.join(first)} and {last}" if first else last
    raise ScenarioError.at(str(folder), f"{found}; {command} takes {words}")


def _check_config(path: Path, content: Mapping[str, Any]) -> None:
    then = content.get("config_sha256")
    if then and path.is_file() and sha256(path) != then:
        raise ScenarioError.at(str(path), "is not what was run; put it back, or run it into a new folder")


def _check_format(path: Path, content: Mapping[str, Any]) -> None:
    if (found := content.get("format", 1)) != FORMAT:
        problem = f"is of result format {found}, this version reads format {FORMAT}; run the experiment again"
        raise ScenarioError.at(str(path), problem)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a result, with everything that molosim writes there.

    Raises
    ------
    ScenarioError
        It cannot be read, is of another format, or lacks something or has something else in its place.
    """
    path = folder / MANIFEST
    content = _content(path)
    _check_format(path, content)
    about = content.get("map")
    found = {**content, **({f"map.{key}": value for key, value in about.items()} if isinstance(about, dict) else {})}
    for key, kind in _SAID.items():
        if not isinstance(found.get(key), kind):
            problem = f"has no '{key}' such as molosim writes; the result is broken or of another version"
            raise ScenarioError.at(str(path), problem)
    return content


def _content(path: Path) -> dict[str, Any]:
    content = read_json(path)
    return content if isinstance(content, dict) else {}


def _check_replaceable(out: Path, kind: str) -> None:
    """Only a result of the same kind is replaced, in which all is as molosim wrote it."""
    what = "fit" if kind == FIT else "result"
    if not os.path.lexists(out):
        return
    if not out.is_dir() or out.is_symlink():
        raise ScenarioError.at(str(out), f"is not a folder; name a new folder or an earlier {what} of molosim")
    first = min((entry.name for entry in out.iterdir()), default=None)
    if first is None:
        return
    if not is_result(out, kind):
        problem = f"holds '{first}' and is no {what} of molosim; name a new folder or an earlier {what}"
        raise ScenarioError.at(str(out), problem)
    if listed(out) is None:
        raise ScenarioError.at(str(out), f"has no {LIST} that says what molosim wrote; name another folder")
    for path, found in strangers(out):
        raise ScenarioError.at(str(path), f"{found}; move it or name another folder")
