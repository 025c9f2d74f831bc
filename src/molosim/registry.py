"""Components by name: the program's own, found in their rooms, and a user's by ``module:Class``.

A seam is a place at which a class decides what the simulation does. What is written down about such a class must be
what ran, so a class that could not be found again by its name is refused before anything runs.
"""

from __future__ import annotations

import inspect
import pkgutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from operator import attrgetter
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary

from molosim.runtime.errors import did_you_mean
from molosim.runtime.source import is_own, note_import

_BROKEN = (AttributeError, ImportError, LookupError, NameError, RuntimeError, SyntaxError, TypeError, ValueError)
"""What a user's module may fail with as it is imported: it is the module's fault, not a defect of this program."""


_MADE_LATER = ("__pydantic", "__abstract", "__annot", "_abc_", "__signature__", "__doc__", "__dict__", "__weakref__")
"""How names begin of what Python and pydantic put into a class when it is there."""
_defined: WeakKeyDictionary[type, dict[str, Any]] = WeakKeyDictionary()
"""What classes held when they were defined: those of components, and what they derive from."""

_written: WeakKeyDictionary[type, str] = WeakKeyDictionary()
"""Statements of users' classes, of those that have one."""


class UnrecordableError(ValueError):
    """A class of which a result cannot say what it did, or cannot name so that it is found again."""


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

    @property
    def a_what(self) -> str:
        """The seam in words, with its article."""
        return f"{'an' if self.what[0] in 'aeiou' else 'a'} {self.what}"

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
            module, _, name = kind.rpartition(".")
            if kind not in self.built_in:
                hint = f"; did you mean '{module}:{name}'?" if module else None
                raise ValueError(f"found '{kind}'" + (hint or did_you_mean(kind, (*self.built_in, "module:Class"))))
            return self.built_in[kind]
        found = class_named(kind)
        if not issubclass(found, self.base_class):
            name = self.base.partition(":")[2]
            raise ValueError(f"found '{kind}'; {self.a_what} derives from molosim.{name}")
        home = importable_name(found)
        if home.partition(":")[0].partition(".")[0] != kind.partition(":")[0].partition(".")[0]:
            raise ValueError(f"found '{kind}'; it is defined elsewhere, write '{home}'")
        return found

    def name(self, value: object) -> str:
        """The name that `find` finds the class of an object by; of objects with other defaults the nearest.

        Raises
        ------
        UnrecordableError
            The class cannot be imported by a name, so that no other process and no rerun would find it, or is not as it
            was defined.
        """
        cls = type(value)
        _check_as_defined(cls)
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
        imported = import_module(module)
    except _BROKEN as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        problem = f"importing '{module}' fails: {type(error).__name__}: {error}".partition("\n")[0]
        if missing and f"{module}.".startswith(f"{missing}."):
            problem = f"no module '{module}' can be imported; install the package that has it, or name its folder in"
            problem += " PYTHONPATH"
        raise ValueError(f"found '{kind}'; {problem}") from error
    if not isinstance(found := _inside(imported, name), type):
        raise ValueError(f"found '{kind}'; '{module}' has no class '{name}'")
    return found


def _inside(module: object, name: str) -> Any:
    try:
        return attrgetter(name)(module)
    except AttributeError:
        return None


def note_definition(cls: type) -> None:
    """Keep what a component's class is as it is defined: only that is what its source says."""
    for base in cls.__mro__:
        if base.__module__.partition(".")[0] not in ("builtins", "pydantic"):
            content = {name: value for name, value in vars(base).items() if not name.startswith(_MADE_LATER)}
            _defined.setdefault(base, content)
    note_import(cls)


def _check_as_defined(cls: type) -> None:
    for base in cls.__mro__:
        now, then = vars(base), _defined.get(base)
        if then is not None:
            changed = [name for name, value in then.items() if now.get(name, then) is not value]
            changed += [name for name in now.keys() - then.keys() if not name.startswith(_MADE_LATER)]
            if changed:
                raise UnrecordableError(
                    f"'{changed[0]}' of class {base.__name__} was changed after the class was defined, which no record"
                    " holds; write a class that derives from it"
                )


def _class_of(one: object) -> type:
    return one if isinstance(one, type) else type(one)


def importable_name(cls: type) -> str:
    """``module:Class`` of a class that any process can import.

    Raises
    ------
    UnrecordableError
        It is defined in a script, a notebook or a function, its module has another class of that name, or no
        statement of a file defines it.
    """
    module, name = cls.__module__, cls.__qualname__
    if module == "__main__" or "<locals>" in name or module not in sys.modules:
        where = "a script or notebook" if module == "__main__" else "a function" if "<locals>" in name else module
        file = f"my_{name.rpartition('.')[2].lower()}"
        raise UnrecordableError(
            f"class {name.rpartition('.')[2]} is defined in {where}, where no worker and no rerun finds it; put it into"
            f" a file {file}.py and write: from {file} import {name.rpartition('.')[2]}"
        )
    if _inside(sys.modules[module], name) is not cls:
        raise UnrecordableError(f"class {name} is not what '{module}:{name}' names; import it from there again")
    if not is_own(cls) and cls not in _written:
        try:
            _written[cls] = inspect.getsource(cls)
        except (OSError, TypeError):
            problem = f"class {name} stands in no file of '{module}', where a rerun would look for it; write it there"
            raise UnrecordableError(problem) from None
    return f"{module}:{name}"
