"""Which lines of the model each test runs, measured once; the plugin that pytest gets while mutants are tried."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import hypothesis
import pytest

SLOWEST_S = 30.0
"""A test that takes longer while it is measured is never used."""
EXAMPLES = 4
"""Most examples of a property: with fewer than usual no more mutants are caught than would be."""
_LOOKS = 60
"""Calls of a function by a test after which no more lines are looked for: kernels run uncompiled, and often."""

Lines = dict[str, int]
"""By module, a number whose bit i is set where line i runs."""


class TooSlowError(BaseException):
    """Not an Exception, so that no test takes it for one of its own."""


@dataclass
class Reached:
    """What one test needs and runs."""

    seconds: float = 0.0
    """Beside the fixtures that it shares."""
    lines: Lines = field(default_factory=dict)
    """With all its fixtures."""
    shared_s: dict[str, float] = field(default_factory=dict)
    """Seconds of the fixtures that it shares with others, by name."""


class _Tracer:
    """Collects the lines of the package that run, under whatever name is current."""

    def __init__(self, package: Path, rooms: tuple[str, ...]) -> None:
        self._package, self._rooms = str(package) + "/", rooms
        self._module: dict[CodeType, str] = {}
        self._seen: Counter[CodeType] = Counter()
        self.lines: defaultdict[str, int] = defaultdict(int)

    def fresh(self) -> Lines:
        """Hand over what was collected since the last time."""
        lines, self.lines = dict(self.lines), defaultdict(int)
        self._seen.clear()
        return lines

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        code = frame.f_code
        module = self._module.get(code)
        if module is None:
            path = code.co_filename
            inside = path.startswith(self._package) and path[len(self._package) :].split("/")[0] in self._rooms
            module = path[len(self._package) :].removesuffix(".py") if inside and code.co_name != "<module>" else ""
            self._module[code] = module
        if not module or self._seen[code] > _LOOKS:
            return None
        self._seen[code] += 1
        self.lines[module] |= 1 << frame.f_lineno

        def local(frame: FrameType, event: str, arg: object) -> Any:
            self.lines[module] |= 1 << frame.f_lineno
            return local

        return local


def affordable(names: list[str], tests: dict[str, Reached], budget_s: float) -> dict[str, float]:
    """The first of some tests that a budget is enough for, and the seconds of each; shared fixtures are paid once."""
    found: dict[str, float] = {}
    paid: set[str] = set()
    for name in names:
        test = tests[name]
        seconds = test.seconds + sum(s for fixture, s in test.shared_s.items() if fixture not in paid)
        if seconds <= budget_s:
            budget_s -= seconds
            paid |= test.shared_s.keys()
            found[name] = seconds
    return found


def few_examples(item: pytest.Item) -> None:
    """Let a property try few examples."""
    function = getattr(item, "obj", None)
    own = getattr(function, "_hypothesis_internal_use_settings", None)
    if own is not None:
        target = getattr(function, "__func__", function)
        few = hypothesis.settings(own, max_examples=min(own.max_examples, EXAMPLES))
        target._hypothesis_internal_use_settings = few  # type: ignore[union-attr]


def quick_properties() -> None:
    """Properties are the same at every run, keep nothing and look for no smaller example."""
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, phases=phases,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    hypothesis.settings.load_profile("mutants")


@contextlib.contextmanager
def limited(seconds: float, handler: Any) -> Iterator[None]:
    """Send a signal after so many seconds of work: what else the machine does must not matter."""
    signal.signal(signal.SIGPROF, handler)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


class Measure:
    """Plugin: what each test runs, fixtures that it shares with others included."""

    def __init__(self, package: Path, rooms: tuple[str, ...]) -> None:
        self._tracer = _Tracer(package, rooms)
        self._fixtures: dict[int, Reached] = {}
        self._open: list[float] = []
        self.tests: dict[str, Reached] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Fewer examples."""
        for item in items:
            few_examples(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
        """Keep what a shared fixture runs apart: every test that asks for it relies on it."""
        if fixturedef.scope == "function":
            return (yield)
        outer = self._tracer.fresh()
        started = time.process_time()
        try:
            return (yield)
        finally:
            spent = time.process_time() - started
            self._fixtures[id(fixturedef)] = Reached(spent, self._tracer.fresh())
            self._tracer.lines.update(outer)
            self._open[-1] += spent

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Measure one test; who is too slow is left out, who fails too."""

        def late(*_: object) -> None:
            raise TooSlowError

        self._failed = False
        self._open.append(0.0)
        started = time.process_time()
        with limited(SLOWEST_S, late):
            sys.settrace(self._tracer)
            try:
                return (yield)
            finally:
                sys.settrace(None)
                reached = Reached(time.process_time() - started - self._open.pop(), self._tracer.fresh())
                if not self._failed:
                    self.tests[item.nodeid] = self._with_fixtures(item, reached)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Who does not pass is of no use."""
        self._failed |= not report.passed

    def _with_fixtures(self, item: Any, reached: Reached) -> Reached:
        for definitions in item._fixtureinfo.name2fixturedefs.values():
            for definition in definitions:
                shared = self._fixtures.get(id(definition))
                if shared is not None:
                    reached.shared_s[f"{definition.baseid}:{definition.argname}"] = round(shared.seconds, 3)
                    for module, lines in shared.lines.items():
                        reached.lines[module] = reached.lines.get(module, 0) | lines
        return reached


class Try:
    """Plugin: run chosen tests in their order, each with a time limit, and remember which failed."""

    def __init__(self, tests: dict[str, float]) -> None:
        self._tests = tests
        self.failed = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Only the chosen ones."""
        order = {name: i for i, name in enumerate(self._tests)}
        items[:] = sorted((item for item in items if item.nodeid in order), key=lambda item: order[item.nodeid])
        for item in items:
            few_examples(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """A test that takes far longer than it did ends the process: the mutant loops."""
        with limited(5 + 4 * self._tests[item.nodeid], signal.SIG_DFL):
            return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The first failure is the answer."""
        if report.failed and not self.failed:
            self.failed = report.nodeid


def save(tests: dict[str, Reached], path: Path) -> None:
    """Write what tests reach; lines as hexadecimal numbers."""
    rows = {
        name: [
            round(reached.seconds, 3),
            {module: f"{lines:x}" for module, lines in reached.lines.items()},
            reached.shared_s,
        ]
        for name, reached in tests.items()
    }
    path.write_text(json.dumps(rows), encoding="utf-8")


def load(path: Path) -> dict[str, Reached]:
    """Read what `save` wrote."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Reached(seconds, {module: int(lines, 16) for module, lines in reached.items()}, shared_s)
        for name, (seconds, reached, shared_s) in rows.items()
    }
