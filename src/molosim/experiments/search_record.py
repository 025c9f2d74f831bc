"""What a folder's manifest says of the searches made in it, so that each can be repeated."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from molosim.experiments.design import Design
from molosim.experiments.points import base_scenario, points
from molosim.experiments.tasks import Model, code_version
from molosim.results.codebook import write_codebook
from molosim.results.folder import MANIFEST, SEARCH, SWEEP, found_manifest
from molosim.results.provenance import sweep_manifest, write_manifest
from molosim.results.schema import file_of
from molosim.runtime.files import discard, put, remove, unfinished, writing

SEARCH_FILES: Mapping[str, tuple[str, ...]] = {
    "breakeven": (file_of("breakeven"), file_of("breakeven_tried")),
    "decide": (file_of("decisions"),),
    "until": (file_of("known"),),
    "sensitivity": (file_of("sensitivity"),),
}
"""Tables of each kind of search, which a search comes to again byte for byte."""
MADE_WITH = ("version", "code", "map", "bike_map", "walk_map", "components", "versions", "machine")
"""What of a manifest is of all that was made in a folder; a search made with other says so itself."""

Manifest = dict[str, Any]


@contextmanager
def recording(
    folder: Path, design: Design, model: Model, command: str, parameters: Mapping[str, Any]
) -> Iterator[Path]:
    """A folder for a search's tables, which go to ``folder`` when the block ends well, and then its record.

    Parameters
    ----------
    folder
        Of the search, perhaps of a sweep too; has its design and base.
    design, model
        What is searched, and what computes it.
    command
        Of `SEARCH_FILES`; an earlier record of it is replaced.
    parameters
        All that decides the outcome beside the design.
    """
    started = datetime.now(UTC)
    work = unfinished(folder / command)
    with writing(folder):
        work.mkdir()
    try:
        yield work
        with writing(folder):
            now = sweep_manifest(
                folder, [base_scenario(design), *(point.scenario for point in points(design))], None,
                code_version(model), title=design.question, replications=design.replications, started=started,
            )  # fmt: skip
            files = SEARCH_FILES[command]
            record = {"command": command, "parameters": dict(parameters), "files": files}
            record |= {name: now[name] for name in ("started", "wall_s")}
            forget(folder, (command,))
            old = _of_same_design(folder, now)
            for name in files:
                put(work / name, folder / name)
            write_codebook(folder)
            top = old if old.get("kind") == SWEEP else now
            write_manifest(folder, {**top, "searches": [*_below(top, old), *_below(top, now, [record])]})
    finally:
        remove(work)


def write_sweep_manifest(folder: Path, content: Manifest) -> None:
    """Write the manifest of a finished sweep, with what an earlier one says of searches of the same design."""
    write_manifest(folder, {**content, "searches": _below(content, _of_same_design(folder, content))})


def forget(folder: Path, commands: Collection[str], *, sweep: bool = False) -> None:
    """Take records out of a manifest before their files change, also that of the sweep if ``sweep``.

    The manifest goes where nothing is left to be said.
    """
    old = found_manifest(folder)
    left = [one for one in old.get("searches", ()) if one["command"] not in commands]
    if old.get("kind") == SWEEP and not sweep:
        write_manifest(folder, {**old, "searches": left})
    elif left:
        said = {key: value for key, value in old.items() if key not in ("points", "failed")}
        write_manifest(folder, {**said, "kind": SEARCH, "searches": left})
    else:
        discard(folder / MANIFEST)


def _of_same_design(folder: Path, now: Manifest) -> Manifest:
    """The manifest that is there, unless it is of another design or base."""
    old = found_manifest(folder)
    return old if all(old.get(key) == now[key] for key in ("design_sha256", "config_sha256")) else {}


def _below(top: Manifest, made: Manifest, records: Collection[Manifest] | None = None) -> list[Manifest]:
    """Records of a manifest as they stand below another, with what they were made with where that differs."""
    other = {key: made[key] for key in MADE_WITH if key in made and made[key] != top.get(key)}
    return [{**other, **one} for one in (made.get("searches", ()) if records is None else records)]
