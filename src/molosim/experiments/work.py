"""Tasks through an executor into the store: each kept when it is done, none lost when a worker is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait

from molosim.experiments.executors import WORKER_ENDED, Opening, interrupts_held, worker_ended
from molosim.experiments.task_store import Done, TaskStore
from molosim.experiments.tasks import Model, Task, compute
from molosim.runtime.errors import ScenarioError

_HOPELESS = 3
"""Workers that end with a task alone, before any task was finished: the fault is not the tasks'."""
_ENDED = Done(error="its worker process ended, perhaps for want of memory")


def work(tasks: Iterable[Task], store: TaskStore, opening: Opening, model: Model, tell: Callable[[], None]) -> None:
    """Do all tasks, in any order, and keep each as soon as it is done.

    Where worker processes are lost, those that were at work are tried again, one at a time; a task that ends its
    worker then has that as its error.

    Parameters
    ----------
    tell
        Called for each finished task.

    Raises
    ------
    ScenarioError
        Workers end whatever they are given, are not those that the tasks need, or a cluster is gone.
    """
    desk = _Desk(store, model, tell)
    waiting, suspects = deque(tasks), deque[Task]()
    while waiting or suspects:
        with opening() as (executor, slots):
            while suspects:
                task = suspects.popleft()
                if desk.run(executor, deque([task]), 1):
                    desk.guilty(task)
                    break
            else:
                suspects.extend(desk.run(executor, waiting, slots))


class _Desk:
    def __init__(self, store: TaskStore, model: Model, tell: Callable[[], None]) -> None:
        self._store, self._model, self._tell = store, model, tell
        self._finished = self._guilty = 0

    def run(self, executor: Executor, waiting: deque[Task], slots: int) -> list[Task]:
        """Take from those waiting until none is left; where the executor breaks, return what it had in hand."""
        flying: dict[Future[Done], Task] = {}
        while waiting or flying:
            broken = False
            while waiting and len(flying) < slots and not broken:
                try:
                    with interrupts_held():
                        flying[executor.submit(compute, waiting[0], self._model)] = waiting[0]
                    waiting.popleft()
                except BrokenExecutor:
                    broken = True
            done = set(flying) if broken else wait(flying, return_when=FIRST_COMPLETED).done
            lost = [task for task in (self._taken(future, flying.pop(future)) for future in done) if task]
            if lost or broken:
                return lost + [task for future, task in flying.items() if self._taken(future, task)]
        return []

    def _taken(self, future: Future[Done], task: Task) -> Task | None:
        """Keep what came of a task; the task itself where its worker was lost."""
        try:
            self._keep(task, future.result())
        except BrokenExecutor:
            return task
        except CancelledError:
            raise ScenarioError.at(
                "workers", "the cluster is gone; the same command goes on where this one ended"
            ) from None
        except Exception as error:
            if not worker_ended(error):
                raise
            self._keep(task, _ENDED)
        return None

    def guilty(self, task: Task) -> None:
        """A task that broke the executor alone."""
        self._guilty += 1
        if self._guilty >= _HOPELESS and not self._finished:
            raise ScenarioError.at("workers", WORKER_ENDED)
        self._store.put(task.key, _ENDED)
        self._tell()

    def _keep(self, task: Task, done: Done) -> None:
        self._store.put(task.key, done)
        self._finished += 1
        self._tell()
