"""Parts of a scenario whose class decides what happens: policies, emission models, demand.

Such a part is a name (``"flat"``), or a table with ``kind`` and its class's keys; ``kind`` is a built-in name or a
user's ``module:Class``. In Python it is an object. Both are the same to checks, to `Scenario.but` and to designs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, PydanticSerializationError, core_schema

from molosim.inputs.named_files import named_files, unreached_marks, with_files
from molosim.inputs.validation import Spec
from molosim.registry import Registry, UnrecordableError, note_definition
from molosim.runtime.errors import Fault, ScenarioError
from molosim.runtime.source import Source, edited, is_own, source_of

__all__ = [
    "DEMANDS", "EMISSION_MODELS", "KIND", "POLICIES", "SEAMS", "TRIGGERS", "CollectionPolicy", "Component", "Demand",
    "EmissionModel", "Seam", "Trigger", "components", "objects", "plain", "record", "seam_of", "state_forgotten",
    "unfaithful",
]  # fmt: skip

KIND = "kind"


class Component(Spec):
    """Base of everything that may stand at a seam; its fields are the keys of its table, and all that it knows."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_kwargs: Any) -> None:
        """Refuse what the table of a component could not hold, as its class is defined.

        Raises
        ------
        TypeError
            Private attributes, fields that change, unknown keys, a key that tables have already, marks of files that
            nobody would find.
        """
        names = [name for key, field in cls.model_fields.items() for name in (key, field.alias, field.validation_alias)]
        if cls.__private_attributes__:
            problem = (
                f"has private state '{next(iter(cls.__private_attributes__))}', which no record holds; make it a field"
            )
        elif cls.model_config.get("frozen") is not True or cls.model_config.get("extra") != "forbid":
            problem = "must stay frozen and forbid other keys, or its record would not be what runs; leave model_config"
        elif KIND in names:
            problem = f"has a field '{KIND}', which in a table names the class; call it otherwise"
        elif unreached := unreached_marks(cls):
            problem = f"marks files in '{unreached[0]}' where they are not found; allowed: texts and paths, alone, in"
            problem += " tuples, lists or as values of tables, each perhaps None"
        else:
            note_definition(cls)
            return
        raise TypeError(f"class {cls.__name__} {problem}")


@dataclass(frozen=True)
class Seam(Registry):
    """A registry as a type of pydantic fields: reads names, tables and objects, writes tables."""

    def __hash__(self) -> int:
        return hash(self.base)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic read and write components of this seam."""
        del source, handler
        return core_schema.with_info_plain_validator_function(
            self._read,
            serialization=core_schema.plain_serializer_function_ser_schema(self._write, info_arg=True),
        )

    def _read(self, value: Any, info: core_schema.ValidationInfo) -> object:
        if isinstance(value, BaseModel):
            if not isinstance(value, self.base_class):
                raise ValueError(f"found a {type(value).__name__}; must be {self.a_what}")
            return _faithful(value)
        _refuse_class(value)
        given = {KIND: value} if isinstance(value, str) else value
        if not isinstance(given, Mapping):
            raise ValueError(f"found {value!r}; must be a table of keys with 'kind', or a name")
        kind, found = given.get(KIND), self.of_kind(given)
        own = {key: part for key, part in given.items() if key != KIND}
        if not isinstance(found, type):
            own = {**found.model_dump(mode="json"), **own} if isinstance(found, BaseModel) else own
            found = type(found)
        del kind
        if not issubclass(found, BaseModel):
            raise TypeError(f"{found} is no pydantic model")
        if info.mode == "json":
            return _faithful(found.model_validate_json(json.dumps(own), strict=True))
        return _faithful(found.model_validate(own))

    def of_kind(self, given: Mapping[str, Any]) -> Any:
        """Class (or object with its defaults) that a table names by its ``kind``."""
        kind = given.get(KIND)
        if not isinstance(kind, str):
            names = ", ".join((*self.built_in, "module:Class"))
            found = "missing" if kind is None else f"found {kind!r}"
            raise PydanticCustomError("component", "{said}", {"said": f"{found}; allowed: {names}"})
        try:
            return self.find(kind)
        except ValueError as error:
            raise PydanticCustomError("component", "{said}", {"said": str(error)}) from None

    def _write(self, value: BaseModel, info: core_schema.SerializationInfo) -> dict[str, Any]:
        plain = value.model_dump(mode=info.mode, exclude_none=info.exclude_none)
        return {**plain, KIND: self.name(value)}


def _faithful(value: BaseModel) -> BaseModel:
    """A user's component, if what is written of it is read back as the same."""
    if not is_own(type(value)):
        kept = type(value).model_validate_json(value.model_dump_json(exclude_none=True), strict=True)
        for fault in unfaithful(value, kept):
            raise ValueError(f"{fault.place}: {fault.problem}".removeprefix(": "))
    return value


def _refuse_class(value: object) -> None:
    if isinstance(value, type):
        raise ValueError(f"found the class {value.__name__}; must be an object of it: {value.__name__}(...)")


TRIGGERS = Seam(
    "trigger", "molosim.policies", "molosim.policies.trigger:Trigger", first=("calendar", "threshold", "forecast")
)
POLICIES = Seam(
    "collection policy",
    "molosim.policies",
    "molosim.policies.policy:CollectionPolicy",
    first=("dedicated", "shared", "hybrid", "none"),
)
EMISSION_MODELS = Seam(
    "emission model",
    "molosim.emissions.models",
    "molosim.emissions.emission_model:EmissionModel",
    first=(
        "speed_stop",
        "flat",
        "flat_danish",
        "flat_average",
        "average_speed",
        "speed_stop_corrected",
        "speed_stop_euro_6d_temp",
        "speed_stop_euro_6c",
        "speed_stop_euro_6ab",
        "speed_stop_euro_5",
    ),
)
DEMANDS = Seam("demand", "molosim.demand", "molosim.demand.demand:Demand")
SEAMS = (POLICIES, TRIGGERS, EMISSION_MODELS, DEMANDS)

if TYPE_CHECKING:
    from molosim.demand.demand import Demand
    from molosim.emissions.emission_model import EmissionModel
    from molosim.policies.policy import CollectionPolicy
    from molosim.policies.trigger import Trigger
else:
    # Rooms above this one: they are imported when a scenario is read, by the names above.
    CollectionPolicy = Annotated[Any, POLICIES]
    Trigger = Annotated[Any, TRIGGERS]
    EmissionModel = Annotated[Any, EMISSION_MODELS]
    Demand = Annotated[Any, DEMANDS]


def seam_of(value: object) -> Seam:
    """The seam at which an object may stand."""
    return next(seam for seam in SEAMS if isinstance(value, seam.base_class))


def plain(value: Any, place: str = "") -> Any:
    """Values as a TOML file holds them; ``place`` is their key path.

    Raises
    ------
    ScenarioError
        A component's class could not be found again by the name that would be written down, or has values that TOML has
        not.
    """
    try:
        _refuse_class(value)
    except ValueError as error:
        raise ScenarioError.at(place, str(error)) from None
    if isinstance(value, BaseModel):
        for key, one in components(value, place):
            try:
                seam_of(one).name(one)
            except UnrecordableError as error:
                raise ScenarioError.at(key, str(error)) from None
        try:
            data = value.model_dump(mode="json", exclude_none=True)
        except PydanticSerializationError as error:
            problem = f"cannot be written down: {error}; parameters are numbers, texts, lists and tables"
            raise ScenarioError.at(place or type(value).__name__, problem) from None
        return {KIND: seam_of(value).name(value), **data} if isinstance(value, Component) else data
    if isinstance(value, Mapping):
        return {str(key): plain(part, f"{place}.{key}") for key, part in value.items()}
    return [plain(part, f"{place}.{i}") for i, part in enumerate(value)] if isinstance(value, list | tuple) else value


def unfaithful(said: Any, kept: Any, place: str = "", *, but: Collection[str] = ()) -> Iterator[Fault]:
    """Where what would be written down of an object is not what was given: another class, or other values.

    Parameters
    ----------
    said
        An object.
    kept
        What is read back from its record.
    place
        Key path of both.
    but
        Key paths at which they are to differ.
    """
    if place in but or f"{place}.{KIND}" in but:
        return
    if isinstance(said, BaseModel) and type(said) is not type(kept):
        wanted, found = type(said).__name__, type(kept).__name__
        yield Fault(place, f"a {wanted} would be recorded as {found}; only classes of a seam may be a user's own")
    elif isinstance(said, BaseModel):
        names = [name for name in said.__dict__ if name in type(said).model_fields]
        for name in said.__dict__.keys() - names:
            if not isinstance(getattr(type(said), name, None), cached_property):
                problem = (
                    f"'{name}' was put into this {type(said).__name__} and is none of its fields, so that no record"
                )
                yield Fault(place, f"{problem} holds it; write a class that has it")
        yield from _unfaithful(place, {name: (getattr(said, name), getattr(kept, name)) for name in names}, but)
    elif isinstance(said, Mapping | tuple | list) and isinstance(kept, Mapping | tuple | list):
        parts, read = (dict(one if isinstance(one, Mapping) else enumerate(one)) for one in (said, kept))
        if any(f"{place}.{key}" not in but for key in parts.keys() ^ read.keys()):
            yield Fault(place, f"{said!r} would be recorded as {kept!r}")
        if None in parts.values():
            yield Fault(place, f"found {said!r}, but files have no None; leave it out")
        yield from _unfaithful(place, {key: (parts[key], read[key]) for key in parts if key in read}, but)
    elif said != kept:
        yield Fault(place, f"{said!r} would be recorded as {kept!r}")


def _unfaithful(place: str, pairs: Mapping[Any, tuple[Any, Any]], but: Collection[str]) -> Iterator[Fault]:
    for key, (said, kept) in pairs.items():
        yield from unfaithful(said, kept, f"{place}.{key}" if place else str(key), but=but)


def objects(value: Any, place: str) -> Iterator[tuple[str, BaseModel]]:
    """Objects in plain containers, outermost first, by their key path."""
    if isinstance(value, BaseModel):
        yield place, value
    elif isinstance(value, Mapping | tuple | list):
        parts = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, part in parts:
            yield from objects(part, f"{place}.{key}")


def components(value: Any, place: str = "") -> Iterator[tuple[str, Component]]:
    """Every component in a scenario, or a part of one, by its key path."""
    if isinstance(value, Component):
        yield place, value
    if isinstance(value, BaseModel):
        parts: Iterator[tuple[Any, Any]] = ((name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, Mapping):
        parts = iter(value.items())
    elif isinstance(value, tuple | list):
        parts = enumerate(value)
    else:
        return
    for key, part in parts:
        yield from components(part, f"{place}.{key}" if place else str(key))


def record(value: BaseModel) -> list[dict[str, Any]]:
    """What a result says of the user's own components: key, class, parameters, and the source that they are made of.

    Files among the parameters have the names of their copies in the result.

    Raises
    ------
    ScenarioError
        The files of a class are not those that were imported, or there are none.
    """
    written = with_files(value, {file.key: file.copy for file in named_files(value)})
    return [
        {
            "key": key,
            "class": seam_of(one).name(one),
            "parameters": one.model_dump(mode="json"),
            "package": source.package,
            "files": source.files,
            "sha256": source.sha256,
        }
        for key, one in components(written)
        if not is_own(type(one))
        for source in [_source(key, one)]
    ]


def _source(key: str, one: Component) -> Source:
    source, package = source_of(type(one)), edited(type(one))
    if package is not None or not source.files:
        found = f"files of {package or source.package} are not as they were imported, so that older code would run"
        raise ScenarioError.at(key, f"{found}; start Python anew, in a notebook its kernel")
    return source


@contextmanager
def state_forgotten(value: BaseModel) -> Iterator[None]:
    """What components keep of what they are asked in the block, and change of their values, is forgotten at its end."""
    before = [(one, deepcopy(one.__dict__)) for _, one in components(value)]
    try:
        yield
    finally:
        for one, held in before:
            object.__setattr__(one, "__dict__", held)
