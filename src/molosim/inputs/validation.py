"""Base of everything a configuration file may say: frozen, checked, unknown keys refused, all faults told at once."""

from __future__ import annotations

import json
import math
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from molosim.runtime.errors import Fault, ScenarioError, did_you_mean, refuse
from molosim.runtime.files import read_rows

_ENDINGS = read_rows(Path(__file__).with_name("endings_of_keys.csv"))
_UNITS = {row["ending"]: row["unit"] for row in _ENDINGS if row["unit"]}
"""What the ending of a key says about its unit."""
_SANE = {row["ending"]: (float(row["low"]), float(row["high"])) for row in _ENDINGS if row["low"]}
"""By the ending of a key, what lies beyond any town: sizes of numbers other than 0, whatever their sign."""
_BY_KEY = [
    (tuple(row["key"].split(".")), (float(row["low"]), float(row["high"])))
    for row in read_rows(Path(__file__).with_name("ranges_of_keys.csv"))
]
"""The same by whole key paths, which go before endings."""
_SANE_ELSE = (1e-100, 1e9)
"""Weights and shares may be next to nothing."""

_WORDS = {
    "an object": "a table of keys",
    "valid array": "list",
    " after validation, not": "; it has",
    ", got a": "; got a",
}
"""What JSON calls otherwise than TOML."""


class Spec(BaseModel):
    """A frozen part of a scenario; unknown keys are faults, never swallowed."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


def name_problem(name: str) -> str | None:
    """What is wrong with a name that tables, pages and terminals will show; None where nothing is."""
    if not name.strip():
        return "found no text; a name is expected"
    if odd := next((sign for sign in name if not sign.isprintable()), None):
        return f"found {name!a}; {odd!a} is no sign of a name, leave it out"
    if name[0] in "=+-@":
        return f"found '{name}'; spreadsheets take '{name[0]}' at the beginning for a formula, begin with another sign"
    return None


def _checked_name(name: str) -> str:
    if problem := name_problem(name):
        raise ValueError(problem)
    return name


def once_each(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """A list in which nothing stands twice."""
    if twice := next((value for number, value in enumerate(values) if value in values[:number]), None):
        raise ValueError(f"has {twice} twice; name each once")
    return values


HourOfDay = Annotated[int, Field(ge=0, le=23)]
Name = Annotated[str, AfterValidator(_checked_name)]
"""Of something that is shown wherever results are."""

Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], data: Mapping[str, Any]) -> Model:
    """An object of ``model`` from plain data as a TOML file holds it.

    Checked strictly: a number in quotes or a truth value in place of a number is a fault.

    Raises
    ------
    ScenarioError
        With every fault: its key path, the found value, what is allowed.
    """
    refuse(list(_slips(data, data)))  # first, as what is checked together would overflow
    try:
        # As JSON, because strict Python input would refuse lists for tuples and texts for dates.
        return model.model_validate_json(json.dumps(data, default=str), strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False)
    raise ScenarioError([_fault(detail, model, data) for detail in details if not _follows(detail, details)])


def must_be(value: object, wanted: type, place: str, made_by: str) -> None:
    """Refuse what a function of Python's is given in place of an object, such as its file's name.

    Raises
    ------
    ScenarioError
        With the call that makes it.
    """
    if not isinstance(value, wanted):
        call = f"{made_by}({str(value)!r})" if isinstance(value, str | Path) else f"{made_by}(...)"
        raise ScenarioError.at(place, f"found a {type(value).__name__}; must be a {wanted.__name__}: {call}")


def _slips(value: object, data: object, keys: tuple[str, ...] = ()) -> Iterator[Fault]:
    """Numbers so large or small that they can only be slips, and would overflow somewhere."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _slips(part, data, (*keys, str(key)))
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from _slips(part, data, (*keys, str(number)))
    elif isinstance(value, int | float) and not isinstance(value, bool) and value:
        key = next((key for key in reversed(keys) if not key.isdecimal()), "")
        low, high = _sane(keys, key)
        is_slip = math.isfinite(value) if isinstance(value, float) else True
        if is_slip and not low <= abs(value) <= high and key != "seed":
            problem = f"found {_short(value)}; must lie between {low:g} and {high:g}" + _unit(key, " (", ")")
            yield Fault(".".join(keys), problem + _owner(data, keys))


def _sane(keys: tuple[str, ...], key: str) -> tuple[float, float]:
    for pattern, limits in _BY_KEY:
        if len(pattern) == len(keys) and all(part in ("*", own) for part, own in zip(pattern, keys, strict=True)):
            return limits
    return next((limits for ending, limits in _SANE.items() if key.endswith(ending)), _SANE_ELSE)


def _follows(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """Whether a list is told to be too short only because its faulty entries do not count."""
    loc = detail["loc"]
    return detail["type"] == "too_short" and any(d["loc"][: len(loc)] == loc for d in details if d is not detail)


def _fault(detail: ErrorDetails, model: type[BaseModel], data: Mapping[str, Any]) -> Fault:
    keys, holder, value = _locate(model, detail["loc"], data)
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found") or (
        detail["type"] == "component" and isinstance(value, Mapping)
    ):
        keys = [*keys, "kind"]
    return Fault(".".join(keys), _problem(detail, holder, keys[-1] if keys else "") + _owner(data, keys))


def _problem(detail: ErrorDetails, holder: Any, key: str) -> str:
    kind, found, context = detail["type"], _short(detail["input"]), detail.get("ctx", {})
    match kind:
        case "extra_forbidden":
            return "unknown key" + did_you_mean(key, _keys(holder))
        case "missing":
            return "missing" + _unit(key, " (", ")")
        case "union_tag_not_found":
            return f"missing; allowed: {', '.join(_tags(holder))}"
        case "union_tag_invalid":
            return f"found '{context['tag']}'" + did_you_mean(str(context["tag"]), _tags(holder))
        case "literal_error" | "enum":
            allowed = [part.strip(" '") for part in str(context["expected"]).replace(" or ", ",").split(",")]
            return f"found {found}" + did_you_mean(str(detail["input"]), allowed)
        case "value_error" | "component":
            return detail["msg"].removeprefix("Value error, ")
        case _:
            must = detail["msg"].replace("Input should", "must").replace("Tuple should", "must")
            for pydantic_says, we_say in _WORDS.items():
                must = must.replace(pydantic_says, we_say)
            return f"found {found}; {must[0].lower()}{must[1:]}" + _unit(key, " (", ")")


def _unit(key: str, before: str, after: str) -> str:
    unit = next((unit for ending, unit in _UNITS.items() if key.endswith(ending)), None)
    return f"{before}{unit}{after}" if unit else ""


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _owner(data: Any, keys: Sequence[str]) -> str:
    """`` ('Name')`` of the innermost named entry of a list on the way, because lists in TOML show no numbers."""
    owner = ""
    for key in keys[:-1]:
        if isinstance(data, Mapping):
            data = data.get(key)
        elif isinstance(data, list) and key.isdecimal() and int(key) < len(data):
            data = data[int(key)]
            if isinstance(data, Mapping) and isinstance(data.get("name"), str):
                owner = f" ('{data['name']}')"
        else:
            break
    return owner


def _locate(model: type[BaseModel], loc: Sequence[int | str], data: Any) -> tuple[list[str], Any, Any]:
    """Key path as a user writes it, without union tags, the annotation that holds the last key, and what stands there.

    Where the last element is itself a choice of several kinds, the annotation is that choice.
    """
    annotation: Any = model
    holder: Any = model
    keys: list[str] = []
    for part in loc:
        members = _members(annotation)
        if len(members) > 1:
            annotation = next((m for m in members if _tag(m) == part), None)
        elif part != "[key]":
            keys.append(str(part))
            data = _at(data, part)
            holder, annotation = annotation, _chosen(_inner(members[0] if members else annotation, part), data)
    return keys, annotation if len(_members(annotation)) > 1 else holder, data


def _at(data: Any, key: int | str) -> Any:
    """What stands under a key of plain data; None where nothing does."""
    if isinstance(data, Mapping):
        return data.get(key)
    return data[key] if isinstance(data, list) and isinstance(key, int) and key < len(data) else None


def _chosen(annotation: Any, value: Any) -> Any:
    """The class that a component's table names, in place of its seam; anything else as it is."""
    bare = _bare(annotation)
    union = typing.get_origin(bare) in (typing.Union, types.UnionType)
    for part in (annotation, *(typing.get_args(bare) if union else ())):
        seam = next((one for one in getattr(part, "__metadata__", ()) if hasattr(one, "of_kind")), None)
        if seam is not None:
            try:
                found = seam.of_kind(value if isinstance(value, Mapping) else {"kind": value})
            except PydanticCustomError:
                return None
            return found if isinstance(found, type) else type(found)
    return annotation


def _bare(annotation: Any) -> Any:
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is Annotated else annotation


def _members(annotation: Any) -> list[Any]:
    """Model classes that an annotation allows."""
    bare = _bare(annotation)
    if typing.get_origin(bare) in (typing.Union, types.UnionType):
        return [m for part in typing.get_args(bare) for m in _members(part)]
    return [bare] if isinstance(bare, type) and issubclass(bare, BaseModel) else []


def _inner(annotation: Any, key: int | str) -> Any:
    """Annotation of what stands under ``key``."""
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        field = bare.model_fields.get(str(key))
        if field is None:
            return None
        return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    inner = [part for part in typing.get_args(bare) if part is not Ellipsis]
    return inner[-1] if inner else None


def _keys(holder: Any) -> list[str]:
    return [key for member in _members(holder)[:1] for key in member.model_fields]


def _tag(model: type[BaseModel]) -> str | None:
    kind = model.model_fields.get("kind")
    is_tag = kind is not None and typing.get_origin(kind.annotation) is Literal
    return str(typing.get_args(kind.annotation)[0]) if is_tag and kind else None


def _tags(holder: Any) -> list[str]:
    return [tag for member in _members(holder) if (tag := _tag(member))]
