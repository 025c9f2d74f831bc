"""The command that puts two results side by side: compare."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from molosim.cli.frame import app, command
from molosim.cli.screen import Screen, rows

if TYPE_CHECKING:
    from molosim.experiments.compared_results import Versions

_TOLD = 8


@command(app)
def compare(
    first: Annotated[Path, typer.Argument(help="A result folder.", show_default=False)],
    second: Annotated[Path, typer.Argument(help="Another, of the same city on a newer map.", show_default=False)],
    *,
    out: Annotated[Path | None, typer.Option(help="CSV file for the table.", show_default=False)] = None,
    screen: Screen,
) -> None:
    """Compare two results made on two versions of a map: the maps, each headline difference, and how it changed."""
    from molosim.api import stored
    from molosim.runtime.files import replace, writing

    found = stored.compare(first, second)
    if out is not None:
        with writing(out):
            replace(out, partial(found.table.to_csv, index=False, lineterminator="\n"))
    _tell(found, screen)
    if out is not None:
        screen.say(f"Table: {out}")
    told = {"maps": found.maps, "differing": found.differing, "paired": found.is_paired, "table": out}
    screen.outcome("compare", {**told, "rows": rows(found.table)})


def _tell(found: Versions, screen: Screen) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from molosim.evaluation.measures import MEASURES

    for letter, about in zip("AB", found.maps, strict=True):
        screen.say(f"{letter}: {_map(about)}")
    if found.differing:
        some = ", ".join(found.differing[:_TOLD]) + (" ..." if len(found.differing) > _TOLD else "")
        screen.say(f"Beside the map {len(found.differing)} keys differ, so changes are not the map's alone: {some}")
    how = "within replications (same draws)" if found.is_paired else "unpaired (other draws)"
    screen.say(f"Differences from the baseline with 95 % intervals; change from A to B {how}.")
    for alternative, of in found.table.groupby("alternative", sort=False):
        table = Table(title=Text(str(alternative)), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for heading in ("", "unit", "A", "B", "change"):
            table.add_column(heading, justify="left" if heading in ("", "unit") else "right")
        for row in of.to_dict("records"):
            cells = [_told(row, "difference_a", "_a"), _told(row, "difference_b", "_b"), _told(row, "change", "")]
            table.add_row(MEASURES[row["measure"]].label, row["unit"], *cells)
        screen.show(table)


def _map(about: Mapping[str, Any]) -> str:
    size = f", {about['nodes']} nodes, {about['edges']} edges, {about['lanes_km']:.0f} km" if "nodes" in about else ""
    told = ("turn_restrictions", "{} turn restrictions"), ("limited_km", "{} km of limited streets")
    rules = "".join(f", {text.format(about[key])}" for key, text in told if key in about)
    return f"{about['name']}, data of {about['date']}{size}{rules}; {about['attribution']}"


def _told(row: Mapping[Any, Any], key: str, which: str) -> str:
    """A difference with its interval, or what there is in its place."""
    mean, low, high, verdict = row[key], row[f"low{which}"], row[f"high{which}"], row[f"verdict{which}"]
    if not math.isfinite(mean):
        return str(verdict)
    if not math.isfinite(low):
        return _number(mean)
    shown = f"{_number(mean)} [{_number(low)}, {_number(high)}]"
    return f"{shown} ({verdict})" if verdict in ("no difference shown", "identical") else shown


def _number(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:+,.{digits}f}"
