"""Where work is done: local processes that never outlive this one, or a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from types import TracebackType
from typing import Any

from molosim.runtime.errors import ScenarioError

CONTEXT: SpawnContext = multiprocessing.get_context("spawn")
"""How worker processes start: the same on every system, with nothing inherited."""
WORKER_ENDED = "a worker process ended: out of memory, or a script that lacks  if __name__ == '__main__':"

Opening = Callable[[], AbstractContextManager[tuple[Executor, int]]]
"""Opens an executor; with it, how many tasks it should have at a time so that no worker waits."""


def _nothing() -> None:
    pass


@contextmanager
def processes(
    workers: int, start: Callable[..., None] = _nothing, arguments: tuple[Any, ...] = ()
) -> Iterator[ProcessPoolExecutor]:
    """Worker processes that end at once when this one leaves the block by an error, or dies.

    ``start`` is called with ``arguments`` first in each of them. Submit under `interrupts_held`.

    Raises
    ------
    ScenarioError
        Where the pool broke and nobody inside the block took care of it.
    """
    lifeline, held = CONTEXT.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, CONTEXT, _start_worker, (lifeline, start, arguments))
    try:
        yield pool
        pool.shutdown()
    except BrokenProcessPool:
        raise ScenarioError.at("workers", WORKER_ENDED) from None
    finally:
        held.close()
        pool.shutdown(cancel_futures=True)
        lifeline.close()


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Processes started in the block leave Ctrl-C to this one, from their first moment.

    One that comes meanwhile, or an end asked for from outside, is not lost: it is held back until the block ends. On
    Windows, workers ignore it as soon as they run.
    """
    if sys.platform == "win32":
        yield
        return
    came: list[int] = []
    handlers: dict[signal.Signals, Any] = {}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # who is started in the block inherits it
    try:
        if threading.current_thread() is threading.main_thread():
            # Another thread, such as a progress bar's, blocks nothing: what it takes is raised in this one.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                if callable(signal.getsignal(number)):
                    handlers[number] = signal.signal(number, lambda sent, _frame: came.append(sent))
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if came:
            signal.raise_signal(came[0])


def _start_worker(lifeline: Connection, start: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    start(*arguments)


def _end_with(lifeline: Connection) -> None:
    """End this process when the other end of the pipe closes: the run is over, broken off or killed."""
    try:
        lifeline.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


def local(workers: int) -> Opening:
    """Worker processes on this machine, each with a next task at hand."""

    @contextmanager
    def opened() -> Iterator[tuple[Executor, int]]:
        with processes(workers) as pool:
            yield pool, workers + 1

    return opened


def dask(address: str) -> Opening:
    """Workers of a Dask scheduler, such as ``tcp://node1:8786``.

    Raises
    ------
    ScenarioError
        Dask is not installed, or nobody answers at the address.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise ScenarioError.at("dask", "is not installed; pip install 'molosim[dask]'") from None

    @contextmanager
    def opened() -> Iterator[tuple[Executor, int]]:
        try:
            client = Client(address, timeout=10, set_as_default=False)
        except (OSError, ValueError, ImportError) as error:
            raise ScenarioError.at("dask", f"no scheduler answers at '{address}': {_line(error)}") from None
        with client:
            threads = sum(client.nthreads().values())
            yield client.get_executor(pure=False), max(2, 2 * threads)

    return opened


def cores() -> int:
    """How many processes this machine runs at a time."""
    return os.cpu_count() or 1


def opening_of(workers: int | None = None, address: str | None = None) -> Opening:
    """Where to compute: on this machine, on all cores by default, or on the Dask cluster at an address.

    Raises
    ------
    ScenarioError
        Both are given, or as `dask`.
    """
    if address is None:
        return local(workers or cores())
    if workers is not None:
        raise ScenarioError.at("workers", "a Dask cluster has its own; leave out workers or dask")
    return dask(address)


class Reused:
    """An opening whose executor stays open from one use to the next, until `close`; a broken one is opened anew."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._stack = ExitStack()
        self._open: tuple[Executor, int] | None = None

    @contextmanager
    def __call__(self) -> Iterator[tuple[Executor, int]]:
        """The executor and how many tasks it should have."""
        if self._open is not None:
            try:
                with interrupts_held():
                    asked = self._open[0].submit(_nothing)
                asked.result()
            except BrokenExecutor:
                self.close()
        if self._open is None:
            self._open = self._stack.enter_context(self._opening())
        yield self._open

    def close(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        """End its workers: when they have done what they are at, or at once where an error ends the block."""
        self._open = None
        self._stack.__exit__(kind, error, trace)


def worker_ended(error: BaseException) -> bool:
    """Whether a cluster gave a task up because it ended every worker that took it."""
    distributed = sys.modules.get("distributed")
    return distributed is not None and isinstance(error, distributed.KilledWorker)


def _line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
