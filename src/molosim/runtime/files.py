"""Files and folders that are whole or not there: made in a hidden sibling that takes their name when complete."""

from __future__ import annotations

import csv
import os
import shutil
import socket
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from molosim.runtime.errors import ScenarioError

_UNFINISHED, _OLD = ".unfinished-", "-old"


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Failures to write inside the block are faults of ``out``: full, read-only, not allowed."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename and Path(error.filename) != out else ""
        raise ScenarioError.at(str(out), f"cannot be written: {error.strerror or error}{where}") from None


def replace(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place, then put it there; what a link names is replaced, a device is written to."""
    path = Path(os.path.realpath(path)) if path.is_symlink() else path
    if path.exists() and not path.is_file() and not path.is_dir():
        write(path)  # /dev/null or a pipe: another file must not take its place
        return
    work = unfinished(path)
    try:
        write(work)
        work.replace(path)
    finally:
        with suppress(OSError):
            work.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8 with line feeds on every system, whole or not at all."""
    replace(path, lambda work: work.write_text(text, encoding="utf-8", newline="\n"))


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file's content; some editors begin it with a mark that is no part of it."""
    return tomllib.loads(path.read_bytes().decode("utf-8-sig"))


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a table that comes with molosim, as texts by column; lines that begin with ``#`` are remarks."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def unfinished(path: Path) -> Path:
    """Hidden sibling for work on ``path``; its ending is the same, as some writers go by it.

    What killed processes of this machine have left of such work is removed; processes still alive keep theirs.
    """
    begins = f".{path.stem}{_UNFINISHED}{socket.gethostname()}-"
    with suppress(OSError):
        for left in path.parent.iterdir():
            pid = left.name.removeprefix(begins).partition(".")[0].removesuffix(_OLD)
            if left.name.startswith(begins) and pid.isdecimal() and not _alive(int(pid)):
                _put_back(left, path)
                remove(left)
    return path.with_name(f"{begins}{os.getpid()}{path.suffix}")


def take_place(work: Path, out: Path) -> None:
    """Give a finished folder its name; an earlier one of that name goes, or stays if this fails."""
    if not out.is_dir():
        work.rename(out)
        return
    old = work.with_name(f"{work.name}{_OLD}")
    try:
        out.rename(old)
        work.rename(out)
    except BaseException:
        _put_back(old, out)
        raise
    remove(old)


def _put_back(old: Path, out: Path) -> None:
    """Where a folder was moved away and nothing came in its place."""
    if old.name.endswith(_OLD) and old.is_dir() and not out.exists():
        old.rename(out)


def is_unfinished(path: Path) -> bool:
    """Whether a file or folder is such a sibling, of whoever."""
    return path.name.startswith(".") and _UNFINISHED in path.name


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
