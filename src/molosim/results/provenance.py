"""What a result was made with: everything that is not the same on two machines stands here and nowhere else."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import molosim
from molosim.inputs.components import record
from molosim.inputs.scenario import Scenario, bike_file, map_file, walk_file
from molosim.network.graph import RoadGraph
from molosim.registry import class_named
from molosim.results.folder import CONFIG, DESIGN, FIT, FORMAT, MANIFEST, PROGRAM, RUN, SEARCH, SWEEP
from molosim.runtime.errors import Fault, ScenarioError
from molosim.runtime.files import replace
from molosim.runtime.source import source_of
from molosim.runtime.written import sha256

_LIBRARIES = ("numba", "numpy", "pandas", "pyarrow", "pydantic", "pyvrp", "scipy", "shapely", "simpy")
_SAID = {"key", "class", "package", "sha256"}
"""What manifests say of each component that somebody reads."""


def manifest(
    folder: Path, scenario: Scenario, graph: RoadGraph, code: str, *, components: Sequence[Mapping[str, Any]],
    started: datetime, workers: int, gap: Mapping[str, float],
) -> dict[str, Any]:  # fmt: skip
    """Versions, seeds, map, machine and time of a run that ends now and has its ``config.toml`` in ``folder``.

    ``code`` is the version of the model's code, ``components`` are those of the user's own as the run began, ``gap`` is
    how good its plans are by the reference.
    """
    return {
        "program": PROGRAM,
        "kind": RUN,
        "format": FORMAT,
        "version": molosim.__version__,
        "code": code,
        "title": scenario.title,
        "config_sha256": sha256(folder / CONFIG),
        "seed": scenario.seed,
        "replications": scenario.horizon.replications,
        "alternatives": list(scenario.alternatives),
        "baseline": scenario.baseline,
        "insertion_gap": dict(gap),
        "map": about_map(graph),
        **_other_maps(scenario),
        "components": list(components),
        "versions": library_versions(),
        "machine": {**machine(), "workers": workers},
        **_until_now(started),
    }


def sweep_manifest(
    folder: Path,
    scenarios: Sequence[Scenario],
    runs: pa.Table | None,
    code: str,
    *,
    title: str,
    replications: int,
    started: datetime,
) -> dict[str, Any]:
    """The same of a sweep that ends now and has its design and base in ``folder``; tasks may be from before.

    ``scenarios`` are the base and all points: a factor may choose between components. Without ``runs`` it is of a
    search.
    """
    base = scenarios[0]
    return {
        "program": PROGRAM,
        "kind": SEARCH if runs is None else SWEEP,
        "format": FORMAT,
        "version": molosim.__version__,
        "code": code,
        "title": title,
        "design_sha256": sha256(folder / DESIGN),
        "config_sha256": sha256(folder / CONFIG),
        "seed": base.seed,
        "replications": replications,
        **({} if runs is None else _counted(runs)),
        "alternatives": list(base.alternatives),
        "baseline": base.baseline,
        "map": about_map(RoadGraph.load(map_file(base.map))),
        **_other_maps(base),
        "components": _used(scenarios),
        "versions": library_versions(),
        "machine": machine(),
        **_until_now(started),
    }


def _used(scenarios: Iterable[Scenario]) -> list[dict[str, Any]]:
    """Components of a user's own in any of some scenarios, once for each key and class, as the first one has it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for scenario in scenarios:
        for one in record(scenario):
            found.setdefault((one["key"], one["class"]), one)
    return list(found.values())


def check_sources(folder: Path, manifest: Mapping[str, Any], *, only: str = "", mend: str = "") -> None:
    """Refuse to run a result again if the source of a component of the user's own is not what it was.

    Parameters
    ----------
    folder
        The result.
    manifest
        Its manifest.
    only
        What is in the keys of those that matter.
    mend
        What else would mend it; by default, a new result.

    Raises
    ------
    ScenarioError
        For each package that has changed since, and each class that cannot be imported; the manifest does not say what
        there is.
    """
    said = manifest.get("components")
    if not isinstance(said, list) or any(not isinstance(one, dict) or _SAID - one.keys() for one in said):
        problem = "has no 'components' such as molosim writes; the result is broken or of another version"
        raise ScenarioError.at(str(folder / MANIFEST), problem)
    again = f"run {folder / CONFIG}"
    if manifest.get("kind", RUN) != RUN:
        commands = ("sweep",) if manifest["kind"] == SWEEP else [one["command"] for one in manifest["searches"]]
        again = f"{'decide' if commands[0] == 'until' else commands[0]} {folder}"
    found: dict[str, list[str]] = {}
    for one in (one for one in said if only in one["key"]):
        package, then = one["package"], one["sha256"]
        try:
            now = source_of(class_named(one["class"])).sha256
            problem = f"package {package} was {then[:12]} and is {now[:12]} now; install it as it was, or "
            problem += mend or f"make a new result: molosim {again} --out NEW"
        except ValueError as error:
            now, problem = "", f"{error}; package {package} was {then[:12]}"
        if now != then:
            found.setdefault(problem, []).append(f"{one['key']} ({one['class']})")
    if found:
        raise ScenarioError([Fault(f"{folder}: {', '.join(keys)}", problem) for problem, keys in found.items()])


def fit_manifest(
    folder: Path, base: Scenario | None, code: str, *, inputs: Mapping[str, Path], parameters: Mapping[str, Any],
    title: str, started: datetime,
) -> dict[str, Any]:  # fmt: skip
    """The same of a fit that ends now, with its parameters and hashes of the files that it was fitted to."""
    maps = {} if base is None else {"map": about_map(RoadGraph.load(map_file(base.map))), **_other_maps(base)}
    return {
        "program": PROGRAM,
        "kind": FIT,
        "format": FORMAT,
        "version": molosim.__version__,
        "code": code,
        "title": title,
        "parameters": dict(parameters),
        **{f"{name}_sha256": sha256(path) for name, path in inputs.items()},
        **({} if base is None else {"config_sha256": sha256(folder / CONFIG), "components": record(base)}),
        **maps,
        "versions": library_versions(),
        "machine": machine(),
        **_until_now(started),
    }


def _counted(runs: pa.Table) -> dict[str, int]:
    failed = runs.filter(pc.is_valid(runs["error"])).select(["point", "replication"]).group_by(["point", "replication"])
    return {"points": len(pc.unique(runs["point"])), "failed": failed.aggregate([]).num_rows}


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Put a manifest in its folder, whole or not at all."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    replace(folder / MANIFEST, lambda path: path.write_text(text, encoding="utf-8"))


def about_map(graph: RoadGraph) -> dict[str, object]:
    """Which map, whose, how large, and with what rules if any."""
    limited_km = round(float(graph.edge_m[graph.limited].sum()) / 1000, 1)
    rules = {"turn_restrictions": graph.restrictions.kept, "limited_km": limited_km} if graph.restrictions else {}
    return {
        "name": graph.name,
        "nodes": graph.node_count,
        "edges": graph.edge_count,
        "lanes_km": round(float(graph.edge_m.sum()) / 1000, 1),
        "imputed_speeds": round(float(graph.edge_imputed.mean()), 4),
        "source": graph.source,
        "date": graph.date,
        "licence": graph.licence,
        "attribution": graph.attribution,
        "sha256": graph.content_hash,
        **rules,
    }


def _other_maps(scenario: Scenario) -> dict[str, dict[str, object]]:
    """The maps of bikes' ways and of those on foot, where the scenario names them."""
    files = {"bike_map": bike_file(scenario.map), "walk_map": walk_file(scenario.map)}
    return {key: about_map(RoadGraph.load(file)) for key, file in files.items() if file}


def library_versions() -> dict[str, str]:
    """Of Python and of what numbers and tables go through."""
    return {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}}


def machine() -> dict[str, Any]:
    """What runs this."""
    return {"system": platform.platform(), "cores": os.cpu_count()}


def _until_now(started: datetime) -> dict[str, Any]:
    return {
        "started": started.isoformat(timespec="seconds"),
        "wall_s": round((datetime.now(UTC) - started).total_seconds(), 1),
        "peak_memory_mb": _peak_memory_mb(),
    }


def _peak_memory_mb() -> float | None:
    """Largest memory of this process or any of its workers; None where the system does not tell."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return None
    unit = 2**20 if sys.platform == "darwin" else 2**10
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return round(max(resource.getrusage(w).ru_maxrss for w in who) / unit, 1)
