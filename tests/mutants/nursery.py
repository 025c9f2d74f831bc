"""A process that has collected all tests, and tries each mutant in a fork of itself: nothing is imported again."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from tests.mutants import reach

AT_IMPORT = "runs at import"
"""The answer to a mutant that needs a process of its own."""
PASSED = "all pass"

Place = tuple[str, int]
"""Qualified name and first line of a function."""


@dataclass(frozen=True)
class Request:
    """A mutant to try."""

    path: Path
    """Its module."""
    before: str
    after: str
    """Source, with as many lines as before."""
    tests: dict[str, float]
    """To be tried in their order, and the seconds of each."""
    limit_s: float
    """For all of them, by the clock on the wall."""


def _functions_in(source: str, path: Path) -> dict[Place, CodeType]:
    """The code of all functions of a source."""
    found: dict[Place, CodeType] = {}
    left = [compile(source, str(path), "exec", dont_inherit=True)]
    while left:
        code = left.pop()
        left += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        if code.co_flags & 0x2:  # its own local variables: neither a module nor a class
            found[code.co_qualname, code.co_firstlineno] = code
    return found


class Nursery:
    """Plugin: collect, then answer requests until there are no more."""

    def __init__(self, package: Path, requests: Connection, answer: Path) -> None:
        self._package, self._requests, self._answer = str(package), requests, answer
        self._ran_at_import: set[tuple[str, Place]] = set()
        self._living: dict[tuple[str, Place], list[FunctionType]] = defaultdict(list)
        self._items: dict[str, pytest.Item] = {}
        self._seconds: dict[str, float] = {}
        self.failed = ""

    def pytest_sessionstart(self) -> None:
        """Note what runs while modules are imported: changing it later would change nothing."""

        def note(frame: FrameType, event: str, arg: object) -> None:
            code = frame.f_code
            if code.co_filename.startswith(self._package) and code.co_flags & 0x2:
                self._ran_at_import.add((code.co_filename, (code.co_qualname, code.co_firstlineno)))

        sys.settrace(note)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try mutants in place of running the tests."""
        sys.settrace(None)
        for item in session.items:
            reach.few_examples(item)
            self._items[item.nodeid] = item
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(self._package):
                code = one.__code__
                self._living[code.co_filename, (code.co_qualname, code.co_firstlineno)].append(one)
        gc.freeze()
        self._requests.send("ready")
        while (request := self._requests.recv()) is not None:
            self._requests.send(self._tried(request))
        return True

    def _tried(self, request: Request) -> str:
        """What became of a mutant: the test that failed, or why none did."""
        self._answer.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                os.setpgrp()
                self._answer.write_text(json.dumps(self._run(request)), encoding="utf-8")
            os._exit(0)
        deadline = time.monotonic() + request.limit_s
        while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
            if time.monotonic() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return "time"
            time.sleep(0.02)
        if os.WIFSIGNALED(ended[1]):
            return "time" if os.WTERMSIG(ended[1]) == signal.SIGPROF else f"signal {os.WTERMSIG(ended[1])}"
        return str(json.loads(self._answer.read_text(encoding="utf-8"))) if self._answer.exists() else "crash"

    def _run(self, request: Request) -> str:
        if not self._changed(request):
            return AT_IMPORT
        self._seconds = request.tests
        items = [self._items[name] for name in request.tests if name in self._items]
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return self.failed
        return PASSED

    def _changed(self, request: Request) -> bool:
        """Give functions that live the code of the mutant; False where that is not all there is to it."""
        before, after = (_functions_in(source, request.path) for source in (request.before, request.after))
        places = [place for place in after if after[place] != before.get(place)]
        named = [(str(request.path), place) for place in places]
        if not named or before.keys() != after.keys() or self._ran_at_import & set(named):
            return False
        living = [name for name in named if name in self._living]
        try:
            for name in living:
                for function in self._living[name]:
                    function.__code__ = after[name[1]]
        except ValueError:  # it no longer uses a variable of the function around it
            return False
        return bool(living)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """A test that takes far longer than it did ends the process: the mutant loops."""
        with reach.limited(5 + 4 * self._seconds[item.nodeid], signal.SIG_DFL):
            return (yield)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """The first failure is the answer."""
        if report.failed and not self.failed:
            self.failed = report.nodeid
