"""Writes seams.md from the docstrings of what own components are given and return; run it after changing one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import molosim
from molosim import seams

HEAD = """# What own components are given and return

All of `molosim.seams`, and the three classes of `molosim` that an own policy, emission model or demand derives from.
[examples/plugin](../examples/plugin/README.md) has one of each. Whatever a component is given can be read but not
changed. This page is written from the code by `docs/make_seams.py`.
"""
ORDER = (
    molosim.CollectionPolicy, seams.BoxStatus, seams.Today, seams.Visit, seams.Detour, seams.Trigger,
    molosim.EmissionModel, seams.Trips, seams.Conditions, seams.Emitted, seams.emitted, seams.unknown, seams.Fuels,
    seams.EmissionFactor, seams.Energy, seams.Body,
    molosim.Demand, seams.Catchment, seams.DemandContext, seams.Days, seams.ParcelsAddressed, seams.ParcelsSent,
    seams.WasteArisen, seams.demand_context,
    seams.Fault, seams.InputFile,
    seams.Carrier, seams.Municipality, seams.VehicleType, seams.Residents, seams.Waste,
)  # fmt: skip
OTHERS = {
    "Columns": "Columns of a table by name: `Mapping[str, numpy.ndarray]`, arrays of one length.",
    "DAY_S": f"Seconds of a day: {seams.DAY_S:,}.",
    "FUELS": f"`Fuels` by name: {', '.join(f'`{name}`' for name in seams.FUELS)}.",
    "Floats": "`numpy.ndarray` of float64.",
    "Ints": "`numpy.ndarray` of int64.",
    "Vehicles": "`VehicleType`s by name, as under `vehicles` in the configuration: `Mapping[str, VehicleType]`.",
    "WEEKDAYS": f"Names of weekdays from 0 on: {', '.join(f'`{name}`' for name in seams.WEEKDAYS)}.",
    "Weekday": "One of `WEEKDAYS`, as the type of a field.",
}


def pages() -> dict[Path, str]:
    """The page by its file."""
    rows = [f"| `{name}` | {what} |" for name, what in OTHERS.items()]
    others = "\n".join(["## Other names", "", "| name | |", "|---|---|", *rows, ""])
    return {Path(__file__).with_name("seams.md"): "\n".join([HEAD, *map(section, ORDER), others])}


def section(one: Any) -> str:
    """A class or function with all that its docstring says."""
    if not inspect.isclass(one):
        return "\n".join([f"## {one.__name__}", "", *function(one)])
    lines = [f"## {one.__name__}", "", *prose(sections(one)[""])]
    lines += table("value", [(str(member.value), "") for member in one] if issubclass(one, Enum) else [])
    lines += table("field", list(fields(one)))
    if issubclass(one, BaseModel) and one.__name__ in ("Carrier", "Municipality", "VehicleType", "Residents", "Waste"):
        lines += [f"Its fields are the keys in [configuration.md](configuration.md#{one.__name__.lower()}).", ""]
    for name, member in members(one):
        lines += [f"### {one.__name__}.{name}", "", *function(member)]
    return "\n".join(lines)


def sections(one: Any) -> dict[str, str]:
    """A docstring's sections by heading; what stands before the first under none."""
    parts = re.split(r"^(\w+)\n-+\n", inspect.getdoc(one) or "", flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def fields(cls: type) -> Iterator[tuple[str, str]]:
    """Fields with their meaning: of a docstring's section, or of a component's own keys."""
    there = sections(cls)
    yield from entries(there.get("Attributes", "") or (there.get("Parameters", "") if cls is seams.Trips else ""))
    if issubclass(cls, BaseModel) and cls.__module__.startswith("molosim.emissions"):
        yield from ((name, field.description or "") for name, field in cls.model_fields.items())


def entries(listed: str) -> Iterator[tuple[str, str]]:
    """Names and texts of a section."""
    for name, told in re.findall(r"^(\S.*)\n((?:[ ]+\S.*\n?|\n(?=[ ]))*)", listed, flags=re.MULTILINE):
        yield name, " ".join(told.split())


def members(cls: type) -> Iterator[tuple[str, Any]]:
    """Public methods and properties that a class defines, in the order of the source."""
    for name, one in vars(cls).items():
        if not name.startswith("_") and isinstance(one, property | cached_property | classmethod) | inspect.isfunction(
            one
        ):
            yield name, one


def function(one: Any) -> list[str]:
    """Signature and text of a function, method or property."""
    bare = getattr(one, "__func__", None) or getattr(one, "fget", None) or getattr(one, "func", None) or one
    there = sections(bare)
    head = re.sub(r"\((?:self|cls)(?:, )?", "(", str(inspect.signature(bare)).replace("'", ""))
    head = head.partition("-> ")[2] if isinstance(one, property | cached_property) else f"{bare.__name__}{head}"
    lines = [f"`{head}`", "", *prose(there[""])]
    lines += table("given", list(entries(there.get("Parameters", ""))))
    for heading in ("Returns", "Yields"):
        lines += [f"{heading} {name}: {text}\n" for name, text in entries(there.get(heading, ""))]
    return lines


def table(head: str, rows: list[tuple[str, str]]) -> list[str]:
    """Rows of names and texts, nothing where there are none."""
    lines = [f"| `{name}` | {prose(told)[0] if told else ''} |" for name, told in rows]
    return [f"| {head} | |", "|---|---|", *lines, ""] if lines else []


def prose(doc: str) -> list[str]:
    """A docstring's text as Markdown, a line for each paragraph."""
    paragraphs = [" ".join(part.split()) for part in doc.strip().split("\n\n")]
    marked = [re.sub(r"``([^`]*)``", r"`\1`", part).replace("|", "\\|") for part in paragraphs]
    return [line for part in marked for line in (part, "")]


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
