"""Files that a configuration names: marked once at their key, found, copied and hashed from there.

A component of a user's own marks its files alike: ``file: Annotated[str, InputFile()]``.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class InputFile:
    """Marks a key whose value is the name of a file.

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


def _rebuilt(value: Any, key: str, rename: Callable[[str, str, InputFile], str]) -> Any:
    """The same object where nothing in it is renamed, else a copy."""
    if isinstance(value, BaseModel):
        changes = {}
        for name, field in type(value).model_fields.items():
            old, place = getattr(value, name), f"{key}.{name}" if key else name
            mark = next((one for one in field.metadata if isinstance(one, InputFile)), None)
            new = rename(place, old, mark) if mark and isinstance(old, str) else _rebuilt(old, place, rename)
            if new is not old:
                changes[name] = new
        return value.model_copy(update=changes) if changes else value
    if isinstance(value, tuple):
        parts = [_rebuilt(part, f"{key}.{number}", rename) for number, part in enumerate(value)]
        return value if all(new is old for new, old in zip(parts, value, strict=True)) else tuple(parts)
    if isinstance(value, dict):
        entries = {name: _rebuilt(part, f"{key}.{name}", rename) for name, part in value.items()}
        return value if all(entries[name] is part for name, part in value.items()) else entries
    return value


@cache
def file_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Key paths at which a scenario may name a file, with ``*`` for entries of lists and tables."""
    return tuple(dict.fromkeys(_file_keys(model, "")))


def _file_keys(annotation: Any, key: str) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            place = f"{key}.{name}" if key else name
            if any(isinstance(one, InputFile) for one in field.metadata):
                yield place
            yield from _file_keys(field.annotation, place)
        return
    inside = f"{key}.*" if typing.get_origin(annotation) in (tuple, dict, list) else key
    for part in typing.get_args(annotation):
        yield from _file_keys(part, inside)
