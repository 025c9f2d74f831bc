"""What molosim wrote into a folder, by name and hash, so that nothing else there is ever replaced or removed.

A folder is under this protection from when its list is begun: `replace`, `put`, `take_place` and `discard` of
`molosim.runtime.files` hold what they replace against it, and add what they write.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from molosim.runtime.errors import ScenarioError

LIST = "files.json"
UNFINISHED = ".unfinished-"
"""In names of files and folders that are being written, between that of what they become and machine and process."""
_PROGRAM = "molosim"


def sha256(path: Path) -> str:
    """Hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def begin_list(folder: Path) -> None:
    """Put a folder under protection; nothing in it counts as written by molosim yet."""
    if listed(folder) is None:
        _write(folder, {})


def list_all(folder: Path) -> None:
    """List all that is in a folder as written by molosim."""
    _write(folder, _hashes(folder, folder))


def listed(folder: Path) -> dict[str, str] | None:
    """Hashes of the files that molosim wrote into a folder, by their paths in it; None where there is no list."""
    try:
        content = json.loads((folder / LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    files = content.get("files") if isinstance(content, dict) and content.get("program") == _PROGRAM else None
    return {str(name): str(sha) for name, sha in files.items()} if isinstance(files, dict) else None


def home_of(path: Path) -> Path | None:
    """The nearest folder above a path that has such a list; None inside unfinished work."""
    for folder in path.parents:
        if _is_unfinished(folder):
            return None
        if listed(folder) is not None:
            return folder
    return None


def strangers(home: Path, below: Path | None = None) -> Iterator[tuple[Path, str]]:
    """What in a listed folder, or below a path in it, is not as molosim wrote it, each with what it is."""
    known = listed(home) or {}
    for path in _entries(below or home):
        name = path.relative_to(home).as_posix()
        if name == LIST:
            continue
        if name not in known and _is_unfinished(path):
            yield path, "is your own, or a killed process left it"
        elif name not in known or not _is_plain(path):
            yield path, "was not written by molosim"
        elif sha256(path) != known[name]:
            yield path, "has changed since molosim wrote it"


def check_ours(path: Path) -> None:
    """Hold a file or folder that is to be replaced or removed against the list of the folder that it is in.

    Raises
    ------
    ScenarioError
        It is not as molosim wrote it.
    """
    if not os.path.lexists(path) or (home := home_of(path)) is None:
        return
    for found, what in strangers(home, path):
        raise ScenarioError.at(str(found), f"{what}; move it")


def note(path: Path) -> None:
    """List a file or folder that has just been written, moved here or removed, where its folder has a list."""
    if (home := home_of(path)) is None:
        return
    begins = path.relative_to(home).as_posix()
    with _alone(home):
        known = listed(home) or {}
        left = {name: sha for name, sha in known.items() if name != begins and not name.startswith(f"{begins}/")}
        _write(home, left | _hashes(home, path))


def clear(folder: Path) -> bool:
    """Remove from a listed folder all that is as molosim wrote it, and the folder if nothing is left."""
    kept = {path for path, _ in strangers(folder)}
    inside = [path for path in _entries(folder) if path not in kept and path.name != LIST]
    with suppress(OSError):
        for path in inside:
            path.unlink()
        if not kept:
            (folder / LIST).unlink(missing_ok=True)
        for parent in sorted({parent for path in inside for parent in path.parents}, reverse=True):
            if parent.is_relative_to(folder) and not any(parent.iterdir()):
                parent.rmdir()
    return not folder.exists()


def _entries(path: Path) -> Iterator[Path]:
    """Files, links and empty folders at or below a path, in the order of their names; links are not followed."""
    if path.is_symlink() or not path.is_dir():
        if os.path.lexists(path):
            yield path
        return
    inside = sorted(path.iterdir())
    if not inside:
        yield path
    for one in inside:
        yield from _entries(one)


def _hashes(home: Path, below: Path) -> dict[str, str]:
    found = {path.relative_to(home).as_posix(): sha256(path) for path in _entries(below) if _is_plain(path)}
    return {name: sha for name, sha in found.items() if name != LIST}


def _is_unfinished(path: Path) -> bool:
    return path.name.startswith(".") and UNFINISHED in path.name


def _is_plain(path: Path) -> bool:
    return os.path.lexists(path) and stat.S_ISREG(path.lstat().st_mode)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    text = json.dumps({"program": _PROGRAM, "files": dict(sorted(files.items()))}, indent=1, ensure_ascii=False)
    work = folder / f".{LIST}{UNFINISHED}{socket.gethostname()}-{os.getpid()}"
    try:
        work.write_text(f"{text}\n", encoding="utf-8", newline="\n")
        work.replace(folder / LIST)
    finally:
        work.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Other processes of this machine wait, so that no two lists replace each other."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows, where a list that lost an entry only refuses more
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
