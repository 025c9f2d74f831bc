"""A sweep: every point and replication of a design, into a folder that grows by tasks and is never begun anew."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import pyarrow as pa

from molosim.experiments.design import Design, Value, dump_design, load_design
from molosim.experiments.executors import Opening, Reused, opening_of
from molosim.experiments.points import Point, base_scenario, files, point_at, points
from molosim.experiments.search_record import SEARCH_FILES, forget, write_sweep_manifest
from molosim.experiments.sweep_tables import TABLES, runs_table, write_tables
from molosim.experiments.task_store import TaskStore, open_store
from molosim.experiments.tasks import Model, Task, code_version, put_on_the_map, simulated, tasks_of
from molosim.experiments.work import work
from molosim.inputs.scenario import Scenario, load
from molosim.inputs.validation import must_be
from molosim.results.codebook import CODEBOOK, write_codebook
from molosim.results.folder import CONFIG, DESIGN, MANIFEST, STORE, found_manifest, require_kind
from molosim.results.input_copies import copies, write_inputs
from molosim.results.provenance import sweep_manifest
from molosim.runtime import bundled
from molosim.runtime.cache import prune
from molosim.runtime.errors import Fault, ScenarioError
from molosim.runtime.files import discard, put, remove, unfinished, writing
from molosim.runtime.written import begin_list, sha256

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[int, int], None]
"""Told the number of finished and of all tasks."""
DERIVED = ("report.html", "sensitivity.csv")
"""What others make from the tables, and into the same folder."""
SEARCHED = tuple(name for names in SEARCH_FILES.values() for name in names)
"""What searches have left there."""
_MADE = (MANIFEST, CODEBOOK, *TABLES, *DERIVED, *SEARCHED)
"""All that is made of a design; the manifest goes first."""
_SHARD = re.compile(r"shard-\d+-of-\d+")


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep has done."""

    folder: Path
    tasks: int
    """All different ones of the design, or of its shard."""
    computed: int
    """Those that were not there already."""
    failed: int
    """Those that ended in an error, now or before."""


def sweep(
    design: Design,
    out: Path,
    *,
    opening: Opening | None = None,
    shard: tuple[int, int] | None = None,
    retry: bool = False,
    model: Model = simulated,
    progress: Progress | None = None,
) -> Swept:
    """Compute what is missing of a design and write its tables.

    Parameters
    ----------
    design
        What to run.
    out
        The sweep's folder; what is in it from the same sweep, or from one that shares points with it, is used.
    opening
        Where to compute: see `molosim.experiments.executors`; all cores of this machine by default.
    shard
        Number and count: compute every count-th task only, into ``OUT/shard-I-of-N``, for `merge`.
    retry
        Whether tasks that ended in an error are tried again.
    model
        What computes a task.

    Raises
    ------
    ScenarioError
        For invalid factors, all at once, before anything is computed; for folders that cannot be used.
    """
    started = datetime.now(UTC)
    must_be(design, Design, "design", "molosim.load_design")
    if shard is not None and not 1 <= shard[0] <= shard[1]:
        raise ScenarioError.at("shard", f"found '{shard[0]}/{shard[1]}'; must be I/N with I from 1 to N, such as 2/3")
    every = points(design)
    if model is simulated:
        put_on_the_map(every)
    tasks = _different(tasks_of(every, range(design.replications), model))
    if shard is not None:
        tasks, out = tasks[shard[0] - 1 :: shard[1]], out / f"shard-{shard[0]}-of-{shard[1]}"
    with _opened(design, out) as store:
        known = store.known([task.key for task in tasks])
        missing = [task for task in tasks if task.key not in known or (retry and not known[task.key])]
        if missing:
            forget(out, ("sensitivity",), sweep=True)
            _remove(out, (CODEBOOK, *TABLES, *DERIVED))
        tell = _Count(progress, len(tasks), len(tasks) - len(missing))
        tell.now()
        with writing(out):
            work(missing, store, opening or opening_of(), model, tell)
            if shard is None:
                _finish(out, design, every, store, model, started=started)
        failed = sum(not well for well in store.known([task.key for task in tasks]).values())
    prune(bundled.cache_folder(), bundled.cache_limit_bytes())
    return Swept(out, len(tasks), len(missing), failed)


def merge(folders: Sequence[Path], out: Path, *, model: Model = simulated) -> Swept:
    """Put the shards of a sweep together and write its tables.

    Parameters
    ----------
    folders
        The shards' folders, or a folder that holds them.
    out
        The sweep's folder; may be the one that holds the shards.

    Raises
    ------
    ScenarioError
        They are no shards, are of different designs, or tasks are missing.
    """
    started = datetime.now(UTC)
    shards = [shard for folder in folders for shard in (shards_in(folder) or [folder])]
    for shard in shards:
        require_kind(shard, "merge")
    texts = {shard: _said(shard) for shard in shards}
    others = [str(shard) for shard in shards if texts[shard] != texts[shards[0]]]
    if others:
        raise ScenarioError([Fault(name, f"is of another design than {shards[0]}") for name in others])
    design = load_design(shards[0])
    every = points(design)
    keys = [task.key for task in _different(tasks_of(every, range(design.replications), model))]
    with _opened(design, out) as store:
        there = store.known(keys)
        for shard in shards:
            if shard.resolve() != out.resolve():
                with open_store(shard / STORE) as part:
                    _copy(part, store, [key for key in keys if not there.get(key)])
        known = store.known(keys)
        if len(known) < len(keys):
            problem = f"{len(keys) - len(known)} of {len(keys)} tasks are in no shard, or were made by another version"
            raise ScenarioError.at(str(out), f"{problem}; molosim sweep {out / DESIGN} --out {out} computes them")
        with writing(out):
            _finish(out, design, every, store, model, started=started)
    return Swept(out, len(keys), 0, sum(not well for well in known.values()))


def recompute(
    design: Design,
    out: Path,
    replications: Sequence[int],
    *,
    opening: Opening | None = None,
    model: Model = simulated,
    progress: Progress | None = None,
) -> pa.Table:
    """Some replications of all points as a table, computed in a folder of their own; parameters as of `sweep`."""
    every = points(design)
    tasks = _different(tasks_of(every, replications, model))
    with _opened(design, out) as store:
        work(tasks, store, opening or opening_of(), model, _Count(progress, len(tasks), 0))
        return _runs(store, every, replications, model)


def shards_in(folder: Path) -> list[Path]:
    """Shards that a folder holds."""
    return sorted(path for path in folder.glob("shard-*") if _SHARD.fullmatch(path.name) and path.is_dir())


class Evaluator:
    """Runs of a design's factors at any values, computed once and kept in a sweep's folder.

    A context: worker processes wait inside it for the next call.

    Parameters
    ----------
    design
        Whose base, factors and alternatives they are.
    out
        The sweep's folder.
    opening, model
        As of `sweep`.
    """

    def __init__(self, design: Design, out: Path, *, opening: Opening | None = None, model: Model = simulated) -> None:
        self.design, self.out, self.computed = design, out, 0
        self._opening, self._model = Reused(opening or opening_of()), model
        self._held = ExitStack()
        self._store: TaskStore | None = None

    def __enter__(self) -> Evaluator:
        self._held.push(self._opening.close)
        self._store = self._held.enter_context(_opened(self.design, self.out))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store = None
        self._held.__exit__(kind, error, trace)

    def __call__(self, values: Mapping[str, Value], replications: Sequence[int]) -> pd.DataFrame:
        """Rows of `runs_table` of one point, numbered 0; factors that ``values`` lacks are as in the base.

        Raises
        ------
        ScenarioError
            For values that the configuration cannot have.
        """
        if self._store is None:
            raise RuntimeError("an Evaluator computes inside its 'with' block")
        point = point_at(self.design, 0, values)
        tasks = tasks_of([point], replications, self._model)
        known = self._store.known([task.key for task in tasks])
        missing = [task for task in tasks if task.key not in known]
        if missing:
            work(missing, self._store, self._opening, self._model, lambda: None)
            self.computed += len(missing)
        frame: pd.DataFrame = _runs(self._store, [point], replications, self._model).to_pandas()
        return frame


@contextmanager
def _opened(design: Design, out: Path) -> Iterator[TaskStore]:
    """The store of a sweep's folder, which is made or, where it is of another design, taken over by this one."""
    _check(out, design)
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        begin_list(out)
    with open_store(out / STORE) as store:
        with writing(out):
            _write_design(out, design)
        yield store


def _check(out: Path, design: Design) -> None:
    named = [name.as_posix() for name in files(design)]
    taken = [name for name in named if name in (CONFIG, DESIGN, *copies(_base(design)))]
    if taken and design.folder.resolve() != out.resolve():
        problem = "the sweep's folder has a file of that name for its base; name it otherwise"
        raise ScenarioError([Fault(name, problem) for name in taken])
    if out.exists() and not out.is_dir():
        raise ScenarioError.at(str(out), "is not a folder; name a new folder or one of an earlier sweep")
    there = [path for path in out.iterdir() if not _SHARD.fullmatch(path.name)] if out.is_dir() else []
    if there and not (out / STORE).is_file():
        problem = f"holds '{min(path.name for path in there)}' and is no folder of molosim sweep; name another folder"
        raise ScenarioError.at(str(out), problem)


def _write_design(out: Path, design: Design) -> None:
    """The design and all that it names, so that the folder can be run again; tables of another design go."""
    if design.folder.resolve() == out.resolve():
        old, made_from = found_manifest(out), {"design_sha256": DESIGN, "config_sha256": CONFIG}
        if old and any(old.get(key) != sha256(out / name) for key, name in made_from.items()):
            _remove(out, _MADE)  # edited in its place
        return
    work = unfinished(out / DESIGN)
    work.mkdir()
    try:
        for path in files(design):
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(design.folder / path, work / path)
        write_inputs(work, _base(design))
        text = dump_design(design.model_copy(update={"base": CONFIG}))
        (work / DESIGN).write_text(text, encoding="utf-8")
        fresh = [path.relative_to(work) for path in work.rglob("*") if path.is_file()]
        if any(not _same(work / path, out / path) for path in fresh):
            _remove(out, _MADE)
            for path in fresh:
                (out / path).parent.mkdir(parents=True, exist_ok=True)
                put(work / path, out / path)
    finally:
        remove(work)


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def _base(design: Design) -> Scenario:
    """The configuration that a design varies, before its overrides."""
    beside = design.folder / design.base
    return load(beside if beside.is_file() else design.base)


def _said(folder: Path) -> list[bytes]:
    """What a sweep's folder was made from."""
    paths = [folder / name for name in (DESIGN, CONFIG, *copies(load(folder / CONFIG)))]
    return [path.read_bytes() if path.is_file() else b"" for path in paths]


def _remove(out: Path, names: Sequence[str]) -> None:
    """What is no longer so. A folder without manifest is not finished: the manifest goes first, and comes last."""
    for name in names:
        discard(out / name)


def _different(tasks: Sequence[Task]) -> list[Task]:
    return list({task.key: task for task in tasks}.values())


def _copy(part: TaskStore, store: TaskStore, keys: Sequence[str]) -> None:
    for key, done in part.done(keys).items():
        store.put(key, done)


def _runs(store: TaskStore, every: Sequence[Point], replications: Sequence[int], model: Model) -> pa.Table:
    tasks = iter(tasks_of(every, replications, model))
    keys = [[(number, next(tasks).key) for number in replications] for _ in every]
    done = store.done(list({key: None for its in keys for _, key in its}))
    return runs_table(every, [[(number, done[key]) for number, key in its] for its in keys])


def _finish(
    out: Path, design: Design, every: Sequence[Point], store: TaskStore, model: Model, *, started: datetime
) -> None:
    runs = _runs(store, every, range(design.replications), model)
    write_tables(out, design, every, runs)
    write_codebook(out)
    scenarios = [base_scenario(design), *(point.scenario for point in every)]
    content = sweep_manifest(
        out, scenarios, runs, code_version(model), title=design.question, replications=design.replications,
        started=started,
    )  # fmt: skip
    write_sweep_manifest(out, content)


class _Count:
    def __init__(self, progress: Progress | None, total: int, done: int) -> None:
        self._done, self._total, self._progress = done, total, progress

    def now(self) -> None:
        if self._progress:
            self._progress(self._done, self._total)

    def __call__(self) -> None:
        self._done += 1
        self.now()
