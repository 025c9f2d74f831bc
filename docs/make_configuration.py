"""Writes configuration.md and design_keys.md from the specs; run it after changing one of them."""

from __future__ import annotations

import re
import types
import typing
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from molosim.evaluation.measures import HEADLINE
from molosim.experiments.design import Design
from molosim.inputs.components import Seam
from molosim.inputs.scenario import Scenario

CONFIGURATION = """# Every key of a configuration

A configuration is a TOML file; [gothenburg.toml](../configs/gothenburg.toml) is a complete one with comments. Unknown
keys, numbers in quotes and values out of range are faults. Units are in the keys: `_s` seconds, `_min` minutes, `_h`
hours, `_m` metres, `_cm` centimetres, `_l` litres, `_kg` kilograms; a share of 0.5 is half. Numbers that no town has,
such as 2,000,000 hours or a thousandth of a centimetre, are taken for slips and are faults too. A key without a default
has to be given. This page is written from the code by `docs/make_configuration.py`.
"""

DESIGN = """# Every key of a design

A design is a TOML file; [sweeps.md](sweeps.md) has one with comments. Unknown keys and factors that the configuration
cannot have are faults, told before anything runs. This page is written from the code by `docs/make_configuration.py`.
"""


def pages() -> dict[Path, str]:
    """Every page by its file."""
    folder = Path(__file__).parent
    return {
        folder / "configuration.md": page(CONFIGURATION, Scenario),
        folder / "design_keys.md": page(DESIGN, Design),
    }


def page(head: str, root: type[BaseModel]) -> str:
    """A whole page."""
    sections, todo = {}, [root]
    while todo:
        model = todo.pop(0)
        if model.__name__ not in sections:
            sections[model.__name__] = section(model)
            todo += [m for field in model.model_fields.values() for m in models(whole(field))]
    return "\n".join([head, *sections.values()])


def section(model: type[BaseModel]) -> str:
    """One table of keys."""
    rows = [
        f"| `{name}` | {kind(whole(field))} | {default(field)} | {text(field.description)} |"
        for name, field in model.model_fields.items()
    ]
    return "\n".join(
        [
            f"## {model.__name__}",
            "",
            text(model.__doc__),
            "",
            "| key | value | default | |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def text(doc: str | None) -> str:
    """A docstring on one line, as Markdown."""
    return re.sub(r"``([^`]*)``", r"`\1`", " ".join((doc or "").split())).replace("|", "\\|")


def whole(field: FieldInfo) -> Any:
    """A field's annotation with its limits, or the seam that it is."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def built_in(seam: Seam) -> dict[str, type[BaseModel]]:
    """Classes of the shipped components of a seam, by their names."""
    return {name: one if isinstance(one, type) else type(one) for name, one in seam.built_in.items()}


def models(annotation: Any) -> list[type[BaseModel]]:
    """Specs inside an annotation, shipped components of a seam among them."""
    if isinstance(annotation, Seam):
        return list(dict.fromkeys(built_in(annotation).values()))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [
        m
        for part in typing.get_args(annotation)
        if isinstance(part, type | Seam) or typing.get_args(part)
        for m in models(part)
    ]


def kind(annotation: Any) -> str:
    """What may stand there, in words."""
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated and isinstance(annotation.__metadata__[0], Seam):
        return component(annotation.__metadata__[0])
    if origin is Annotated:
        return kind(parts[0]) + bounds(parts[1:])
    if origin is Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(kind(part) for part in parts if part is not type(None))
    if origin is tuple:
        return f"list of {kind(parts[0])}"
    if origin is dict:
        return f"table: {kind(parts[0])} to {kind(parts[1])}"
    if annotation is Any:
        return "anything"
    if issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if issubclass(annotation, Enum):
        return " or ".join(f"`{member.value}`" for member in annotation)
    return {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "date": "date"}[
        annotation.__name__
    ]


def component(seam: Seam) -> str:
    """What may stand at a seam."""
    named = ", ".join(f"`{name}` ([{one.__name__}](#{one.__name__.lower()}))" for name, one in built_in(seam).items())
    return f"{seam.what}: table with `kind`, or its name alone: {named}, or one of your own as `module:Class`"


SIGNS = {
    "gt": "above",
    "ge": "at least",
    "lt": "below",
    "le": "at most",
    "min_length": "at least",
    "max_length": "at most",
}


def bounds(metadata: Any) -> str:
    """Limits of a value."""
    told = []
    for item in metadata:
        for part in getattr(item, "metadata", None) or [item]:
            told += [
                f"{word} {getattr(part, sign)}" for sign, word in SIGNS.items() if getattr(part, sign, None) is not None
            ]
    return f" ({', '.join(told)})" if told else ""


def default(field: FieldInfo) -> str:
    """The default as TOML would have it."""
    if field.is_required():
        return ""
    value = field.get_default(call_default_factory=True)
    if value == HEADLINE:
        return "the headline ones"
    if isinstance(value, BaseModel):
        return "its own"
    if value is None:
        return "none"
    shown = [str(part) if isinstance(part, str) else part for part in value] if isinstance(value, tuple) else value
    shown = "all 1" if isinstance(shown, list) and set(map(str, shown)) == {"1"} else shown
    return f"`{shown}`" if shown not in ({}, "") else "empty"


if __name__ == "__main__":
    for path, content in pages().items():
        path.write_text(content, encoding="utf-8")
