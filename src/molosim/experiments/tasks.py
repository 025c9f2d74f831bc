"""Tasks: a point and a replication, all alternatives in it, named by everything that determines what comes out."""

from __future__ import annotations

import hashlib
import inspect
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import molosim
from molosim.emissions.grid import conditions_of
from molosim.evaluation.measures import measure
from molosim.experiments.design import shown
from molosim.experiments.points import Point
from molosim.experiments.task_store import Done, Row
from molosim.inputs.components import record
from molosim.inputs.fleet import OwnTours
from molosim.inputs.named_files import named_files
from molosim.inputs.scenario import MAP_KEYS, Scenario, bike_file, map_file, walk_file
from molosim.network.graph import RoadGraph
from molosim.runtime import bundled
from molosim.runtime.cache import content_key, prune
from molosim.runtime.errors import Fault, ScenarioError, refuse
from molosim.runtime.files import reading
from molosim.runtime.written import sha256
from molosim.simulation.alternative_run import prepare, simulate
from molosim.simulation.world import build_world

Model = Callable[[Scenario, int], Sequence[Row]]
"""From a scenario and a replication's number to a row of measures for each alternative.

A function at the top of a module, because workers import it.
"""

_FORMAT = "task 2"
_NO_MATTER = {"title", "provenance", "reference", "report"}
_ABOVE_THE_MODEL = ("cli/", "__init__.py", "report/", "experiments/", "results/", "pilot/", "fitting/")
_LIBRARIES = ("numba", "numpy", "pyroutingkit", "pyvrp", "scipy", "shapely", "simpy")
"""Those that could draw, plan or measure otherwise in another version."""
_PRUNED_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker gets; the map and all that is made from it are found on the worker's machine."""

    key: str
    scenario: Scenario
    replication: int


def simulated(scenario: Scenario, replication: int) -> list[Row]:
    """The model itself: every alternative of a replication, measured."""
    world = build_world(scenario, bundled.cache_folder())
    prepared = prepare(world, replication)
    rows: list[Row] = [
        {"alternative": name, **measure(simulate(world, prepared, name), scenario, of=name)}
        for name in scenario.alternatives
    ]
    _prune_now_and_then()
    return rows


def put_on_the_map(points: Iterable[Point]) -> None:
    """Build the worlds of points that differ by files or demand once on this machine, before workers ask for them.

    Raises
    ------
    ScenarioError
        With every fault of their maps, files and places.
    """
    first: dict[tuple[object, ...], Point] = {}
    for point in points:
        said = point.scenario
        files = tuple((file.key, file.name) for file in named_files(said))
        maps = (said.map.source, said.map.bike_source, said.map.walk_source)
        homes = tuple(carrier.home for carrier in said.carriers if isinstance(carrier.home, OwnTours))
        demand = said.residents.demand.model_dump_json()
        first.setdefault((maps, files, said.emissions.grid, homes, demand), point)
    faults = []
    for point in first.values():
        try:
            build_world(point.scenario, bundled.cache_folder())
            conditions_of(point.scenario)
        except ScenarioError as error:
            place = f"point {point.number} ({shown(point.values)})"
            faults += [Fault(f"{place}: {fault.place}", fault.problem) for fault in error.faults]
    refuse(faults)


def tasks_of(points: Iterable[Point], replications: Iterable[int], model: Model = simulated) -> list[Task]:
    """Tasks of points and replications, points first; what would be the same twice is there twice."""
    numbers = list(replications)
    named = ((point.scenario, _scenario_key(point.scenario, model)) for point in points)
    return [Task(content_key(key, number), scenario, number) for scenario, key in named for number in numbers]


def compute(task: Task, model: Model) -> Done:
    """Do a task here; its error is its outcome.

    Raises
    ------
    ScenarioError
        What this machine has is not what the task was named by: other code, another map, other files.
    """
    start = time.perf_counter()
    if task_key(task.scenario, task.replication, model) != task.key:
        problem = "a worker has other code, libraries, map or files than the sweep began with"
        raise ScenarioError.at("workers", problem)
    try:
        rows = tuple(model(task.scenario, task.replication))
    except Exception as error:  # noqa: BLE001 - any error of one task is a row of the results; the others go on
        told = " ".join(f"{type(error).__name__}: {error}".split())
        return Done(error=told, seconds=time.perf_counter() - start)
    return Done(rows, seconds=time.perf_counter() - start)


def task_key(scenario: Scenario, replication: int, model: Model = simulated) -> str:
    """Name of a task: its scenario, files and map by content, replication, code of the model, versions of libraries.

    Title, sources of figures and the number of replications do not matter to it.
    """
    return content_key(_scenario_key(scenario, model), replication)


def _scenario_key(scenario: Scenario, model: Model) -> str:
    said = scenario.model_dump(mode="json", exclude=_NO_MATTER)
    del said["horizon"]["replications"]
    named = named_files(scenario)
    for key in (*(file.key for file in named), *(f"map.{name}" for name in MAP_KEYS)):
        _take_out(said, key)
    files = [(file.key, _hash(Path(file.name), _changed(Path(file.name)))) for file in named]
    every = [find(scenario.map) for find in (map_file, bike_file, walk_file)]
    maps = [map_hash(file, _changed(file)) if file else "" for file in every]
    sources = [one["sha256"] for one in record(scenario)]
    return content_key(_FORMAT, code_version(model), said, files, maps, sources)


def _take_out(said: Any, key: str) -> None:
    """Forget what stands under a key path: a file counts by what it holds, wherever it lies."""
    *way, last = (int(part) if part.isdecimal() else part for part in key.split("."))
    for part in way:
        said = said[part]
    said[last] = None


@cache
def code_version(model: Model = simulated) -> str:
    """Hash of the source that a model's outcome depends on, bundled figures and versions of libraries included."""
    package = Path(molosim.__file__).parent
    digest = hashlib.sha256()
    read = (path for path in package.rglob("*") if path.suffix in (".py", ".csv") or path.parent.name == "facts")
    names = (path.relative_to(package).as_posix() for path in read)
    for name in sorted(name for name in names if not name.startswith(_ABOVE_THE_MODEL)):
        digest.update(name.encode() + b"\0" + (package / name).read_bytes() + b"\0")
    digest.update(repr(versions()).encode())
    if model is not simulated:
        source = Path(inspect.getsourcefile(model) or "")
        digest.update(model.__qualname__.encode() + source.read_bytes())
    return digest.hexdigest()[:32]


@cache
def versions() -> dict[str, str | None]:
    """Of the libraries that the model's numbers go through; None for what is not installed."""
    found: dict[str, str | None] = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


@cache
def map_hash(path: Path, changed: tuple[int, int]) -> str:
    """Content of a map's file, by the time and size of its last change."""
    del changed
    return RoadGraph.load(path).content_hash


@cache
def _hash(path: Path, changed: tuple[int, int]) -> str:
    del changed
    return sha256(path)


def _changed(path: Path) -> tuple[int, int]:
    with reading(path):
        stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


_pruned_s = 0.0


def _prune_now_and_then() -> None:
    """Keep the cache within its limit while a long sweep adds day plans to it."""
    global _pruned_s  # noqa: PLW0603 - of this process
    if time.monotonic() - _pruned_s > _PRUNED_EVERY_S:
        prune(bundled.cache_folder(), bundled.cache_limit_bytes())
        _pruned_s = time.monotonic()
