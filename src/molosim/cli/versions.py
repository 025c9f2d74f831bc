"""The command that puts two results side by side: compare."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from molosim.cli.frame import app, errors_told

if TYPE_CHECKING:
    from molosim.experiments.versions import Versions

_TOLD = 8


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="A result folder.", show_default=False)],
    second: Annotated[Path, typer.Argument(help="Another, of the same city on a newer map.", show_default=False)],
    *,
    out: Annotated[Path | None, typer.Option(help="CSV file for the table.", show_default=False)] = None,
) -> None:
    """Compare two results made on two versions of a map: the maps, each headline difference, and how it changed."""
    with errors_told():
        from molosim.experiments.folder import writing
        from molosim.experiments.results import Results
        from molosim.experiments.versions import compare_results

        found = compare_results(Results(first), Results(second))
        if out is not None:
            with writing(out):
                found.table.to_csv(out, index=False)
        _tell(found)
        if out is not None:
            typer.echo(f"Table: {out}")


def _tell(found: Versions) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from molosim.measures import MEASURES

    for letter, about in zip("AB", found.maps, strict=True):
        typer.echo(f"{letter}: {_map(about)}")
    if found.differing:
        some = ", ".join(found.differing[:_TOLD]) + (" ..." if len(found.differing) > _TOLD else "")
        typer.echo(f"Beside the map {len(found.differing)} keys differ, so changes are not the map's alone: {some}")
    how = "within replications (same draws)" if found.is_paired else "unpaired (other draws)"
    typer.echo(f"Differences from the baseline with 95 % intervals; change from A to B {how}.")
    for alternative, rows in found.table.groupby("alternative", sort=False):
        table = Table(title=Text(str(alternative)), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for heading in ("", "unit", "A", "B", "change"):
            table.add_column(heading, justify="left" if heading in ("", "unit") else "right")
        for row in rows.to_dict("records"):
            cells = [_told(row, "difference_a", "_a"), _told(row, "difference_b", "_b"), _told(row, "change", "")]
            table.add_row(MEASURES[row["measure"]].label, row["unit"], *cells)
        Console().print(table)


def _map(about: Mapping[str, Any]) -> str:
    size = f", {about['nodes']} nodes, {about['edges']} edges, {about['lanes_km']:.0f} km" if "nodes" in about else ""
    return f"{about['name']}, data of {about['date']}{size}; {about['attribution']}"


def _told(row: Mapping[Any, Any], key: str, which: str) -> str:
    """A difference with its interval, or what there is in its place."""
    mean, low, high, verdict = row[key], row[f"low{which}"], row[f"high{which}"], row[f"verdict{which}"]
    if not math.isfinite(mean):
        return "not defined"
    if not math.isfinite(low):
        return _number(mean)
    shown = f"{_number(mean)} [{_number(low)}, {_number(high)}]"
    return f"{shown} ({verdict})" if verdict in ("no difference shown", "identical") else shown


def _number(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:+,.{digits}f}"
