"""Files and folders that are whole or not there: made in a hidden sibling that takes their name when complete."""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import os
import re
import shutil
import socket
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from molosim.runtime.errors import ScenarioError
from molosim.runtime.written import UNFINISHED, check_ours, clear, listed, note

_OLD = "-old"
_DOTTED = re.compile(rb"(?:[\w\"'-]+[ \t]*\.[ \t]*){100}")
_LONGEST = 120
"""Bytes of a name that fits into that of unfinished work."""


@contextmanager
def reading(path: str | Path, missing: Callable[[], str] | None = None) -> Iterator[None]:
    """Failures to read inside the block are faults of ``path``; ``missing`` tells what one that is not there means."""
    try:
        yield
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
        if missing is not None and isinstance(error, FileNotFoundError):
            problem = missing()
        raise ScenarioError.at(str(path), problem) from None


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Failures to write inside the block are faults of ``out``: full, read-only, not allowed."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename and Path(error.filename) != out else ""
        raise ScenarioError.at(str(out), f"cannot be written: {error.strerror or error}{where}") from None


def replace(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place, then put it there; what a link names is replaced, a device is written to.

    Raises
    ------
    ScenarioError
        In a folder of molosim's, something stands there that is not as molosim wrote it.
    """
    path = Path(os.path.realpath(path)) if path.is_symlink() else path
    if path.exists() and not path.is_file() and not path.is_dir():
        write(path)  # /dev/null or a pipe: another file must not take its place
        return
    check_ours(path)
    work = unfinished(path)
    try:
        write(work)
        put(work, path)
    finally:
        with suppress(OSError):
            work.unlink(missing_ok=True)


def put(work: Path, path: Path) -> None:
    """Give a finished file its name; raises as `replace`."""
    check_ours(path)
    work.replace(path)
    note(path)


def discard(path: Path) -> None:
    """Remove a file of molosim's that is no longer so, if it is there; raises as `replace`."""
    if path.exists():
        check_ours(path)
        path.unlink()
        note(path)


def check_apart(out: Path, inputs: Iterable[Path]) -> None:
    """Hold a file that is to be written against those that are read, and against folders whose files are.

    Raises
    ------
    ScenarioError
        It is one of them, by whatever name.
    """
    for one in inputs if out.exists() else ():
        if one.exists() and out.samefile(one) and out.is_file():
            raise ScenarioError.at(str(out), "is an input too and would be lost; name another file to write")
        if one.is_dir() and out.is_file() and one.resolve() in out.resolve().parents:
            raise ScenarioError.at(str(out), f"is part of {one}, which is read; name another file to write")


def new_file(path: Path) -> Path:
    """The name that a command chose itself for a file, which must not stand for one that is there.

    Raises
    ------
    ScenarioError
        There is such a file.
    """
    if os.path.lexists(path):
        raise ScenarioError.at(str(path), "is there already; --out names the file to write, and replaces it")
    return path


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8 with line feeds on every system, whole or not at all."""
    replace(path, lambda work: work.write_text(text, encoding="utf-8", newline="\n"))


def read_toml(path: Path, said: str | Path | None = None, missing: Callable[[], str] | None = None) -> dict[str, Any]:
    """A TOML file's content; some editors begin it with a mark that is no part of it.

    Parameters
    ----------
    said
        What a user called it, for errors; its path by default.
    missing
        Tells what to say where it is not there.

    Raises
    ------
    ScenarioError
        The file cannot be read or is no TOML.
    """
    with reading(said or path, missing):
        content = path.read_bytes()
    if _DOTTED.search(content):  # whose reading takes time by the square of their length
        raise ScenarioError.at(str(said or path), "not a TOML file of molosim: a key has more than a hundred parts")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ScenarioError.at(str(said or path), f"not a TOML file: {_short(error)}") from None


def read_json(path: Path, what: str = "JSON", missing: Callable[[], str] | None = None) -> Any:
    """A JSON file's content; ``what`` it should be is for the error, ``missing`` as of `read_toml`.

    Raises
    ------
    ScenarioError
        The file cannot be read or is no JSON.
    """
    with reading(path, missing):
        content = path.read_bytes()
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ScenarioError.at(str(path), f"is no {what}: {_short(error)}") from None


def _short(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error).partition(";")[0]


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a table that comes with molosim, as texts by column; lines that begin with ``#`` are remarks."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def unfinished(path: Path) -> Path:
    """Hidden sibling for work on ``path``; its ending is the same, as some writers go by it.

    What killed processes of this machine have left of such work is removed; processes still alive keep theirs.
    """
    for left, pid in _siblings(path):
        if not _alive(pid) and left.name.endswith(_OLD):
            _retire(left, path)
        elif not _alive(pid):
            remove(left)
    return path.with_name(f"{_begins(path)}{os.getpid()}{path.suffix}")


def check_free(path: Path) -> None:
    """Hold a folder that is to be written against work on it that has not ended.

    Raises
    ------
    ScenarioError
        A process is writing it.
    """
    for left, pid in _siblings(path):
        if _alive(pid) and not left.name.endswith(_OLD):
            problem = f"process {pid} is writing it; wait for its end or name another folder"
            problem += f" (or delete {left.name}, where that process is none of molosim's)"
            raise ScenarioError.at(str(path), problem)


def _begins(path: Path) -> str:
    """How names of work on a path begin on this machine: with its whole name, or a hash of one that is too long."""
    name = path.name if len(os.fsencode(path.name)) <= _LONGEST else hashlib.sha256(os.fsencode(path.name)).hexdigest()
    return f".{name}{UNFINISHED}{socket.gethostname()}-"


def _siblings(path: Path) -> list[tuple[Path, int]]:
    """Work on a path that is there, each with its process."""
    begins, found = _begins(path), []
    with suppress(OSError):
        for left in path.parent.iterdir():
            pid = left.name.removeprefix(begins).removesuffix(_OLD).removesuffix(path.suffix)
            if left.name.startswith(begins) and pid.isdecimal():
                found.append((left, int(pid)))
    return found


def take_place(work: Path, out: Path) -> None:
    """Give a finished folder its name; an earlier one of that name goes, or stays if this fails.

    Only what molosim wrote goes of it: a folder named after it keeps anything else.
    """
    if not out.is_dir():
        work.rename(out)
        note(out)
        return
    check_ours(out)
    old = work.with_name(f"{work.name}{_OLD}")
    try:
        out.rename(old)
        work.rename(out)
    finally:
        _retire(old, out)
    note(out)


def _retire(old: Path, out: Path) -> None:
    """Put a folder that was moved away back where nothing came in its place, else remove it but for others' files."""
    if not old.is_dir():
        return
    if not out.exists():
        old.rename(out)
    elif listed(old) is None:
        remove(old)
    elif not clear(old):
        names = (out.with_name(f"{out.name}.kept-{number}") for number in itertools.count(1))
        old.rename(next(name for name in names if not os.path.lexists(name)))


def remove(path: Path) -> None:
    """Remove a file or folder as far as that can be done."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    if os.name != "posix":
        return True  # there a signal 0 would end the process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
