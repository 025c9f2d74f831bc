"""Commands for carriers' own stop tables: check, anonymise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molosim.cli.frame import app, errors_told

if TYPE_CHECKING:
    from molosim.stops.anonymise import Blur

stops_app = typer.Typer(help="Carriers' own tours, as tables of stops.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(stops_app, name="stops")

Table = Annotated[Path, typer.Argument(help="A table of stops, .csv or .parquet.", show_default=False)]


@stops_app.command("check")
def check_stops(
    file: Table,
    *,
    tours: Annotated[Path | None, typer.Option(help="File for a row per tour, .csv or .parquet.")] = None,
) -> None:
    """Check a table of stops row by row and tell what it amounts to."""
    with errors_told():
        from molosim.sheets import write
        from molosim.stops import summary
        from molosim.stops.table import read_stops

        table = read_stops(file)
        typer.echo(f"{file}: in order.")
        for line in summary.overview(table):
            typer.echo(f"  {line}")
        if tours is not None:
            write(tours, summary.tours(table))
            typer.echo(f"Tours: {tours}")


@stops_app.command()
def anonymise(
    file: Table,
    *,
    out: Annotated[Path, typer.Option(help="File to write, .csv or .parquet.", show_default=False)],
    grid_m: Annotated[float | None, typer.Option(min=1, help="Places to the middle of cells so wide; 250.")] = None,
    jitter_m: Annotated[float | None, typer.Option(min=1, help="Places moved by chance by at most so far.")] = None,
    street: Annotated[str | None, typer.Option(help="Places to the middle of their street on this map.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of all chance; whoever knows it can test a guess.")] = 1,
    keep_dates: Annotated[bool, typer.Option("--keep-dates", help="Do not move dates by whole weeks.")] = False,
) -> None:
    """Write a table of stops without names and with blurred places; tell what it still says."""
    with errors_told():
        from molosim.stops.anonymise import anonymise as write_anonymised
        from molosim.stops.table import read_stops

        blur = _blur(grid_m, jitter_m, street, seed)
        typer.echo(write_anonymised(read_stops(file), blur, out, seed=seed, keep_dates=keep_dates))
        typer.echo(f"Written: {out}")


def _blur(grid_m: float | None, jitter_m: float | None, street: str | None, seed: int) -> Blur:
    from molosim.spec import ScenarioError
    from molosim.stops.anonymise import jittered, to_grid, to_streets

    if sum(way is not None for way in (grid_m, jitter_m, street)) > 1:
        raise ScenarioError.at("--grid-m, --jitter-m, --street", "more than one is given; places are blurred one way")
    if street is not None:
        from molosim.network.graph import RoadGraph
        from molosim.scenario import find_map

        return to_streets(RoadGraph.load(find_map(street)), _STREET_LIMIT_M)
    return jittered(jitter_m, seed) if jitter_m is not None else to_grid(grid_m or 250.0)


_STREET_LIMIT_M = 200
"""A place farther from every road is named, as in a run."""
