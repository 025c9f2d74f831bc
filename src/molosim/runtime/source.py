"""What a user's class is made of: every file of its package, its bases' and of what these import of the user's own.

A record says what ran only if the files are those that Python has imported, so the hash of each package is kept from
when the first of its classes is defined.
"""

from __future__ import annotations

import ast
import hashlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

from molosim.runtime.written import listed

_OWN = "molosim"
_NOT_THEIRS = {_OWN, "pydantic", *sys.stdlib_module_names}
_INSTALLED = ("site-packages", "dist-packages")
_COMPILED = (".pyc", ".nbi", ".nbc")
_imported: dict[str, str] = {}
"""Hashes of packages as they were imported, by where they lie."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a class is made of."""

    package: str
    """Top-level package, or module, that defines it, then others of the user's that it is made of."""
    files: int
    sha256: str
    """Of the names and bytes of all their files but hidden and compiled ones and molosim's results."""


def is_own(cls: type) -> bool:
    """Whether a class is the program's: then the version and hash of the program's code say what it does."""
    return _top(cls.__module__) == _OWN


def source_of(cls: type) -> Source:
    """What a class is made of, as it lies on disk now."""
    packages = _packages(cls)
    hashes = [_hash(name) for name in packages]
    whole = hashlib.sha256("".join(sha for sha, _ in hashes).encode()).hexdigest() if hashes[1:] else hashes[0][0]
    return Source(", ".join(packages), sum(files for _, files in hashes), whole)


def note_import(cls: type) -> None:
    """Keep what the packages of a class are as it is defined."""
    for name in () if is_own(cls) else _packages(cls):
        _imported.setdefault(_where(name), _hash(name)[0])


def edited(cls: type) -> str | None:
    """The package of a class whose files are not those that were imported, if any."""
    return next((name for name in _packages(cls) if _imported.get(_where(name), now := _hash(name)[0]) != now), None)


def _top(module: str) -> str:
    return module.partition(".")[0]


def _packages(cls: type) -> list[str]:
    """Its own, then others that it is made of, by name."""
    first = _top(cls.__module__)
    found = {first, *(name for base in cls.__mro__ if (name := _top(base.__module__)) not in _NOT_THEIRS)}
    waiting = [] if is_own(cls) else list(found)
    while waiting:
        files = (path for _, path in _files(waiting.pop()) if path.suffix == ".py")
        more = {_top(name) for path in files for name in _imports(path.read_bytes()) if _is_theirs(name)} - found
        found |= more
        waiting += more
    return [first, *sorted(found - {first})]


@lru_cache(maxsize=4096)
def _imports(code: bytes) -> tuple[str, ...]:
    """Modules that a file imports anywhere, or names in them, such as ``package.module``."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError):
        return ()
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    parts = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return (*plain, *(f"{node.module}.{alias.name}" for node in parts for alias in node.names))


def _is_theirs(name: str) -> bool:
    """Whether a module is a user's own and no installed library."""
    top, _, below = name.partition(".")
    spec = None if top in _NOT_THEIRS else _spec(top)
    if spec is None or any(part in _INSTALLED for place in _places(spec) for part in place.parts):
        return False
    # Any folder may pass for a package without __init__.py: only one that has the module in it is.
    inside = [place / _top(below) for place in _places(spec)]
    return spec.origin is not None or any(at.is_dir() or at.with_suffix(".py").is_file() for at in inside if below)


def _spec(top: str) -> ModuleSpec | None:
    try:
        return find_spec(top)
    except (ImportError, ValueError):
        return None


def _places(spec: ModuleSpec) -> list[Path]:
    """Folders of a package, or the file of a module."""
    inside = spec.submodule_search_locations
    return [Path(one) for one in ([spec.origin or ""] if inside is None else inside)]


def _roots(top: str) -> list[Path]:
    spec = _spec(top)
    return [] if spec is None else [place for place in _places(spec) if place.exists()]


def _where(top: str) -> str:
    return os.pathsep.join([top, *map(str, _roots(top))])


def _hash(top: str) -> tuple[str, int]:
    """Hash of the names and bytes of a package's files, and how many there are."""
    digest, files = hashlib.sha256(), sorted(_files(top))
    for name, path in files:
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest(), len(files)


def _files(top: str) -> Iterator[tuple[str, Path]]:
    for root in _roots(top):
        if root.is_file():
            yield root.name, root
        for folder, below, names in os.walk(root):
            below[:] = [name for name in below if name != "__pycache__" and not name.startswith(".")]
            if listed(Path(folder)) is not None:  # a result in a package is none of its source
                below.clear()
                continue
            paths = (Path(folder, name) for name in names if not name.startswith("."))
            yield from ((at.relative_to(root).as_posix(), at) for at in paths if at.suffix not in _COMPILED)
