"""Finished tasks on disk: one SQLite file, a commit a task, found again by what determines their outcome."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from molosim.runtime.errors import InfeasiblePlanError, ScenarioError

_FORMAT = 1
_ASKED = 500
"""Keys looked up at once; SQLite takes at most 999 variables in a statement everywhere."""

Row = Mapping[str, object]
"""An alternative and its measures, by name."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a task came to: a row for each alternative, or the error that ended it."""

    rows: tuple[Row, ...] = ()
    error: str | None = None
    seconds: float = 0.0
    """Time that it took; never in a result table."""

    @property
    def infeasible(self) -> bool:
        """Whether it ended because no vehicle could drive a plan."""
        return self.error is not None and self.error.startswith(f"{InfeasiblePlanError.__name__}: ")


class TaskStore:
    """Finished tasks by key. Safe against being killed: what was put is there, whole, and nothing half.

    One process holds a store at a time; it needs no memory shared with others, so network folders will do.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, key: str, done: Done) -> None:
        """Keep a task, at once and whole; one that is there already is replaced."""
        rows = json.dumps([dict(row) for row in done.rows])
        with self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO task VALUES (?, ?, ?, ?)", (key, rows, done.error, done.seconds)
            )

    def done(self, keys: Sequence[str]) -> dict[str, Done]:
        """Those of the tasks that are kept."""
        found: dict[str, Done] = {}
        for part in _parts(keys):
            marks = ",".join("?" * len(part))
            query = f"SELECT key, rows, error, seconds FROM task WHERE key IN ({marks})"  # noqa: S608 - as below
            for key, rows, error, seconds in self._connection.execute(query, part):
                found[key] = Done(tuple(json.loads(rows)), error, seconds)
        return found

    def known(self, keys: Sequence[str]) -> dict[str, bool]:
        """Keys of those tasks that are kept, and whether they ended well."""
        found: dict[str, bool] = {}
        for part in _parts(keys):
            marks = ",".join("?" * len(part))
            query = f"SELECT key, error FROM task WHERE key IN ({marks})"  # noqa: S608 - question marks alone
            found |= {key: error is None for key, error in self._connection.execute(query, part)}
        return found


@contextmanager
def open_store(path: Path) -> Iterator[TaskStore]:
    """The store in a file, made where there is none.

    Raises
    ------
    ScenarioError
        Another process holds it, it is no store, or the disk is full or read-only.
    """
    try:
        connection = sqlite3.connect(path, timeout=0)
    except sqlite3.Error as error:
        raise ScenarioError.at(str(path), f"cannot be written: {error}") from None
    try:
        _prepare(connection)
        yield TaskStore(connection)
    except sqlite3.Error as error:
        problem = f"cannot be written: {error}"
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            problem = "is in use: another sweep writes to this folder"
        raise ScenarioError.at(str(path), problem) from None
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection) -> None:
    """Exclusive, so that the log needs no shared memory; a commit outlives the process, the file the power."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS task "
            "(key TEXT PRIMARY KEY, rows TEXT NOT NULL, error TEXT, seconds REAL NOT NULL) WITHOUT ROWID"
        )
        connection.execute(f"PRAGMA user_version = {_FORMAT}")


def _parts(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[i : i + _ASKED] for i in range(0, len(keys), _ASKED))
