"""Copies of the repository in which mutants are tried, each in a process that starts with the libraries loaded."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

from tests.mutants import reach
from tests.mutants.mutations import ROOMS, Mutant
from tests.mutants.nursery import AT_IMPORT, PASSED, Nursery, Request

NEAR = (
    "accounts", "emissions", "evaluation", "measures", "policies", "routing", "simulation", "statistics",
)  # fmt: skip
"""Folders of tests that are about the mutated rooms."""
BUDGET_S = 40.0
"""Measured time of all tests that one mutant is tried against."""
_COPIED = ("src", "tests", "configs", "maps", "docs", "experiments", "pyproject.toml", "README.md", "CHANGELOG.md")
_LIBRARIES = (
    "babel.numbers", "geopandas", "hypothesis", "hypothesis.extra.numpy", "jinja2", "matplotlib.pyplot", "networkx",
    "numba", "numpy", "pandas", "platformdirs", "pyarrow.parquet", "pydantic", "pytest", "pyvrp", "rich",
    "scipy.optimize", "scipy.sparse.csgraph", "scipy.special", "scipy.stats", "shapely", "simpy", "tomli_w",
    "typer.testing",
)  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """How a mutant fared."""

    caught: bool
    by: str
    """The test that failed, ``time`` where it ran on, or why none did."""
    seconds: float


def context() -> ForkServerContext:
    """Processes that begin with the libraries imported, and nothing compiled: a changed kernel costs no compiling."""
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(list(_LIBRARIES))
    return made


def digest(root: Path, *folders: str) -> str:
    """Of all files in some folders."""
    found = hashlib.sha256()
    for folder in folders:
        for path in sorted((root / folder).rglob("*") if (root / folder).is_dir() else [root / folder]):
            if path.is_file() and "__pycache__" not in path.parts:
                found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def copy(root: Path, to: Path) -> Path:
    """A copy of what tests need."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for name in _COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (root / name).exists():
            shutil.copy2(root / name, to / name)
    return to


def _pytest(copied: Path, files: list[str], plugin: object) -> int:
    """Run pytest on a copy from within a process that may have loaded this package from elsewhere."""
    os.setpgrp()
    os.chdir(copied)
    output = os.open(copied / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    root = str(Path(__file__).parents[2])
    sys.path[:] = [str(copied), str(copied / "src"), *(p for p in sys.path if p not in {"", root, f"{root}/src"})]
    os.environ["PYTHONPATH"] = str(copied / "src")
    sys.dont_write_bytecode = False  # what was read once is not read again for the next mutant
    for name in [name for name in sys.modules if name.split(".")[0] in {"tests", "molosim"}]:
        del sys.modules[name]
    import pytest  # noqa: PLC0415

    import molosim  # noqa: PLC0415

    assert molosim.__file__.startswith(str(copied))
    reach.quick_properties()
    # Hypothesis is loaded already, and its plugin does not bear that a property is broken off.
    options = ["-q", "-x", "--tb=no", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning", f"--basetemp={copied / 'tmp'}"]
    return int(pytest.main([*options, *files], plugins=[plugin]))


def _measure(copied: Path, file: str, out: Path) -> None:
    plugin = reach.Measure(copied / "src" / "molosim", ROOMS)
    _pytest(copied, [file, "--maxfail=1000"], plugin)
    reach.save(plugin.tests, out)


def _try(copied: Path, tests: dict[str, float], out: Path) -> None:
    plugin = reach.Try(tests)
    status = _pytest(copied, sorted({name.partition("::")[0] for name in tests}), plugin)
    out.write_text(json.dumps([status, plugin.failed]), encoding="utf-8")


def _nurse(copied: Path, files: list[str], requests: Connection, answer: Path) -> None:
    _pytest(copied, files, Nursery(copied / "src" / "molosim", requests, answer))


class Bench:
    """One copy of the repository, for one mutant at a time."""

    def __init__(self, root: Path, at: Path, processes: ForkServerContext) -> None:
        self._copy, self._processes, self._answer = copy(root, at), processes, at / "answer.json"
        self._requests: Connection | None = None

    def open(self, files: list[str]) -> None:
        """Collect these files' tests for all mutants to come."""
        self._requests, theirs = self._processes.Pipe()
        nursery = self._processes.Process(target=_nurse, args=(self._copy, files, theirs, self._answer), daemon=True)
        nursery.start()
        theirs.close()
        self._requests.recv()

    def close(self) -> None:
        """Let the process with the collected tests go."""
        if self._requests is not None:
            self._requests.send(None)

    def measure(self, file: str, out: Path) -> None:
        """What the tests of a file reach."""
        self._run(_measure, (self._copy, file, out), 1800)

    def test(self, mutant: Mutant, tests: dict[str, float]) -> Verdict:
        """Whether a test fails on a mutant; ``tests`` are those to try and their seconds, in order."""
        if not tests:
            return Verdict(caught=False, by="no test reaches it", seconds=0.0)
        path = self._copy / "src" / "molosim" / f"{mutant.module}.py"
        source = path.read_text(encoding="utf-8")
        started, limit_s = time.perf_counter(), 60 + 6 * sum(tests.values())
        if self._requests is not None:
            self._requests.send(Request(path, source, mutant.applied(source), tests, limit_s))
            by = self._requests.recv()
            if by != AT_IMPORT:
                return Verdict(caught=by != PASSED, by=by, seconds=round(time.perf_counter() - started, 2))
        try:
            self._write(path, mutant.applied(source))
            self._answer.unlink(missing_ok=True)
            code = self._run(_try, (self._copy, tests, self._answer), limit_s)
        finally:
            self._write(path, source)
        seconds = round(time.perf_counter() - started, 2)
        if code in {None, -signal.SIGPROF}:
            return Verdict(caught=True, by="time", seconds=seconds)
        if not self._answer.exists():
            return Verdict(caught=True, by=f"exit {code}", seconds=seconds)
        status, failed = json.loads(self._answer.read_text(encoding="utf-8"))
        return Verdict(caught=status != 0, by=failed or ("import" if status else PASSED), seconds=seconds)

    @staticmethod
    def _write(path: Path, source: str) -> None:
        """Change a module and forget its bytecode, which Python knows by its size and second only."""
        path.write_text(source, encoding="utf-8")
        for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
            compiled.unlink()

    def unchanged(self, tests: dict[str, float]) -> Verdict:
        """The control: nothing is changed, so that no test may fail."""
        module = f"{ROOMS[0]}/__init__"
        return self.test(Mutant(module, "", "", "", 0, 0, 0, "", None), tests)

    def _run(self, target: object, arguments: tuple[object, ...], limit_s: float) -> int | None:
        """Exit code of a process, None where it had to be ended."""
        process = self._processes.Process(target=target, args=arguments)  # type: ignore[arg-type]
        process.start()
        process.join(limit_s)
        if process.exitcode is None:
            with_children = process.pid
            assert with_children is not None
            os.killpg(with_children, signal.SIGKILL)
            process.join()
            return None
        return process.exitcode
