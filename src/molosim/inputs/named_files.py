"""Files that a configuration names: marked once at their key, found, copied and hashed from there.

A component of a user's own marks its files alike: ``file: Annotated[str, InputFile()]``.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Model = TypeVar("Model", bound=BaseModel)
_HELD = (tuple, list, dict, Sequence, Mapping)
"""Types whose entries are looked into for files."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """Marks a key whose value names a file, or several: every text and path under it, None aside.

    The file is looked for beside the configuration, its copy is kept in results, and its content is hashed, so that a
    rerun reads the same; the component gets the whole path of the one that is there.

    Attributes
    ----------
    copy
        What a result's copy is called, without suffix; after its key if nothing is said.
    suffix
        Of the copy, such as ``.csv``; the file's own if nothing is said.

    Examples
    --------
    >>> from pathlib import Path
    >>> from typing import Annotated
    >>> from molosim import CollectionPolicy, InputFile
    >>> class FromList(CollectionPolicy):
    ...     file: Annotated[str, InputFile()]
    ...
    ...     def names(self):
    ...         return Path(self.file).read_text(encoding="utf-8").split()
    >>> FromList(file="boxes.txt").file
    'boxes.txt'
    """

    copy: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a scenario names."""

    key: str
    """Key path."""
    name: str
    mark: InputFile

    @property
    def copy(self) -> str:
        """Name of its copy in a result folder; entries of lists have their number in it."""
        parts = self.key.split(".")
        numbers = "".join(f"_{part}" for part in parts if part.isdecimal())
        stem = f"{self.mark.copy}{numbers}" if self.mark.copy else "_".join(parts)
        return stem + (self.mark.suffix or Path(self.name).suffix)


def named_files(spec: BaseModel) -> list[NamedFile]:
    """Every file that a scenario, or a part of one, names."""
    found: list[NamedFile] = []

    def note(key: str, name: str, mark: InputFile) -> str:
        found.append(NamedFile(key, name, mark))
        return name

    _rebuilt(spec, "", note)
    return found


def with_files(spec: Model, names: Mapping[str, str]) -> Model:
    """A copy with other names at some key paths; what is checked otherwise stays as it is."""
    changed: Model = _rebuilt(spec, "", lambda key, name, _: names.get(key, name))
    return changed


def _rebuilt(value: Any, key: str, rename: Callable[[str, str, InputFile], str], mark: InputFile | None = None) -> Any:
    """The same object where nothing in it is renamed, else a copy; ``mark`` is that of its key, if any."""
    if isinstance(value, BaseModel):
        changes, marked = {}, _marked(type(value))
        for name in type(value).model_fields:
            old, place = getattr(value, name), f"{key}.{name}" if key else name
            new = _rebuilt(old, place, rename, marked.get(name))
            if new is not old:
                changes[name] = new
        return value.model_copy(update=changes) if changes else value
    if mark and isinstance(value, str | Path):
        new = rename(key, str(value), mark)
        return value if new == str(value) else type(value)(new)
    if isinstance(value, tuple | list):
        parts = [_rebuilt(part, f"{key}.{number}", rename, mark) for number, part in enumerate(value)]
        if all(new is old for new, old in zip(parts, value, strict=True)):
            return value
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, dict):
        entries = {name: _rebuilt(part, f"{key}.{name}", rename, mark) for name, part in value.items()}
        return value if all(entries[name] is part for name, part in value.items()) else entries
    return value


@cache
def file_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Key paths at which a scenario may name a file, with ``*`` for entries of lists and tables."""
    return tuple(dict.fromkeys(key for key, mark in _marks(model) if mark))


def unreached_marks(model: type[BaseModel]) -> list[str]:
    """Keys whose marks are where `named_files` would not find a file."""
    return [key for key, mark in _marks(model) if mark is None]


@cache
def _marked(model: type[BaseModel]) -> Mapping[str, InputFile]:
    """Marks of a model's own keys."""
    fields = model.model_fields.items()
    return {name: mark for name, field in fields for _, mark in _marks(field, deep=False) if mark}


def _marks(hint: Any, key: str = "", *, deep: bool = True) -> Iterator[tuple[str, InputFile | None]]:
    """Key paths of marks in a type, ``*`` for entries of lists and tables; None where files would not be found."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        for name, field in hint.model_fields.items() if deep else ():
            yield from _marks(field, f"{key}.{name}" if key else name)
        return
    metadata = hint.metadata if isinstance(hint, FieldInfo) else getattr(hint, "__metadata__", ())
    yield from ((key, mark) for mark in metadata if isinstance(mark, InputFile))
    if isinstance(hint, FieldInfo):
        yield from _marks(hint.annotation, key, deep=deep)
        return
    origin = typing.get_origin(hint)
    plain = origin in (Annotated, typing.Union, types.UnionType)
    for part in typing.get_args(hint):
        for place, mark in _marks(part, key if plain else f"{key}.*", deep=deep):
            yield place, mark if plain or origin in _HELD else None
