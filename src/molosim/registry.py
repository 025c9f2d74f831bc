"""Components by name: the program's own, found in their rooms, and a user's by ``module:Class``.

A seam is a place at which a class decides what the simulation does. What is written down about such a class must be
what ran, so a class that could not be found again by its name is refused before anything runs.
"""

from __future__ import annotations

import hashlib
import pkgutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from molosim.runtime.errors import did_you_mean

_OWN = "molosim"
_BYTECODE = ("__pycache__", ".pyc", ".nbi", ".nbc")
_BROKEN = (AttributeError, ImportError, LookupError, NameError, RuntimeError, SyntaxError, TypeError, ValueError)
"""What a user's module may fail with as it is imported: it is the module's fault, not a defect of this program."""


class UnrecordableError(ValueError):
    """A class that a result cannot name so that it is found again."""


@dataclass(frozen=True)
class Registry:
    """What may stand at one seam.

    Parameters
    ----------
    what
        The seam in words, for messages: ``collection policy``.
    room
        Package whose modules list their components in ``BUILT_IN``: name -> class, or an object with other defaults.
    base
        ``module:Class`` that every component derives from.
    first
        Names in the order in which tables have them; others follow by name.
    """

    what: str
    room: str
    base: str
    first: tuple[str, ...] = ()

    @cached_property
    def base_class(self) -> type:
        """The class that every component derives from."""
        return class_named(self.base)

    @cached_property
    def built_in(self) -> Mapping[str, object]:
        """The program's own components by name: classes, or objects of them with other defaults."""
        package, found = import_module(self.room), dict[str, object]()
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda one: one.name):
            listed: Mapping[str, object] = getattr(import_module(f"{self.room}.{module.name}"), "BUILT_IN", {})
            found |= {name: one for name, one in listed.items() if issubclass(_class_of(one), self.base_class)}
        order = {name: place for place, name in enumerate(self.first)}
        return MappingProxyType(
            {name: found[name] for name in sorted(found, key=lambda name: (order.get(name, len(order)), name))}
        )

    def find(self, kind: str) -> object:
        """A class, or an object whose values are the defaults, by a built-in name or ``module:Class``.

        Raises
        ------
        ValueError
            No such name, module or class, or a class that is none of this seam's.
        """
        if ":" not in kind:
            if kind not in self.built_in:
                raise ValueError(f"found '{kind}'" + did_you_mean(kind, (*self.built_in, "module:Class")))
            return self.built_in[kind]
        found = class_named(kind)
        if not issubclass(found, self.base_class):
            name = self.base.partition(":")[2]
            raise ValueError(f"found '{kind}'; a {self.what} derives from molosim.{name}")
        return found

    def name(self, value: object) -> str:
        """The name that `find` finds the class of an object by; of objects with other defaults the nearest.

        Raises
        ------
        UnrecordableError
            The class cannot be imported by a name, so that no other process and no rerun would find it.
        """
        cls = type(value)
        mine = {name: one for name, one in self.built_in.items() if _class_of(one) is cls}
        if mine:
            return next((name for name, one in mine.items() if one == value), next(iter(mine)))
        return importable_name(cls)


def class_named(kind: str) -> type:
    """Import the class that ``module:Class`` names.

    Raises
    ------
    ValueError
        No such module or class, or a module that fails as it is imported.
    """
    module, _, name = kind.partition(":")
    try:
        found = getattr(import_module(module), name, None)
    except _BROKEN as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        problem = f"importing '{module}' fails: {type(error).__name__}: {error}".partition("\n")[0]
        if missing and f"{module}.".startswith(f"{missing}."):
            problem = f"no module '{module}' can be imported; install the package that has it, or name its folder in"
            problem += " PYTHONPATH"
        raise ValueError(f"found '{kind}'; {problem}") from error
    if not isinstance(found, type):
        raise ValueError(f"found '{kind}'; '{module}' has no class '{name}'")
    return found


def _class_of(one: object) -> type:
    return one if isinstance(one, type) else type(one)


def importable_name(cls: type) -> str:
    """``module:Class`` of a class that any process can import.

    Raises
    ------
    UnrecordableError
        It is defined in a script, a notebook or a function, or its module has another class of that name.
    """
    module, name = cls.__module__, cls.__qualname__
    if module == "__main__" or "<locals>" in name or module not in sys.modules:
        where = "a script or notebook" if module == "__main__" else "a function" if "<locals>" in name else module
        file = f"my_{name.rpartition('.')[2].lower()}"
        raise UnrecordableError(
            f"class {name.rpartition('.')[2]} is defined in {where}, where no worker and no rerun finds it; put it into"
            f" a file {file}.py and write: from {file} import {name.rpartition('.')[2]}"
        )
    if getattr(sys.modules[module], name, None) is not cls:
        raise UnrecordableError(f"class {name} is not what '{module}:{name}' names; import it from there again")
    return f"{module}:{name}"


def is_own(cls: type) -> bool:
    """Whether a class is the program's: then the version and hash of the program's code say what it does."""
    return cls.__module__.partition(".")[0] == _OWN


@dataclass(frozen=True, slots=True)
class Source:
    """What a user's class is made of."""

    package: str
    """Top-level package, or module, that defines it."""
    files: int
    sha256: str
    """Of the names and bytes of all its files but compiled ones."""


def source_of(cls: type) -> Source:
    """Hash of every file of the package that defines a class: any of them may decide what it does."""
    package = cls.__module__.partition(".")[0]
    module = import_module(package)
    if hasattr(module, "__path__"):
        roots = [Path(root) for root in module.__path__]
        named = [(path.relative_to(root).as_posix(), path) for root in roots for path in root.rglob("*")]
    else:
        named = [(Path(module.__file__).name, Path(module.__file__))] if module.__file__ else []
    digest, files = hashlib.sha256(), 0
    for name, path in sorted(named):
        if path.is_file() and not any(part in name for part in _BYTECODE):
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
            files += 1
    return Source(package, files, digest.hexdigest())
