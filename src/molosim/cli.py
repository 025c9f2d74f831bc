"""The command line: the only room that prints, exits and shows progress. Its imports wait for the command."""

from __future__ import annotations

import math
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molosim import __version__

if TYPE_CHECKING:
    from molosim.experiments.results import Results
    from molosim.network.graph import RoadGraph
    from molosim.scenario import Scenario

USER_ERROR = 2
INTERRUPTED = 130

app = typer.Typer(
    name="molosim",
    help="Shared parcel and waste boxes: does taking waste back in delivery vans save trips, kilometres and CO2?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
map_app = typer.Typer(help="Prepare road maps from OpenStreetMap.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(map_app, name="map")

Config = Annotated[str, typer.Argument(help="A TOML file, or the name of a bundled configuration.", show_default=False)]
MapName = Annotated[
    str | None, typer.Option("--name", help="Name that configurations use as map.source.", show_default=False)
]


def main() -> None:
    """Entry point of the ``molosim`` command."""
    try:
        app()
    except KeyboardInterrupt:
        _fail(INTERRUPTED, "interrupted")


@app.callback(invoke_without_command=True)
def _top(
    *, version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)] = False
) -> None:
    if version:
        typer.echo(f"molosim {__version__}")
        raise typer.Exit


@app.command()
def run(
    config: Config,
    *,
    out: Annotated[
        Path | None, typer.Option(help="Result folder, results/NAME by default; an earlier result there is replaced.")
    ] = None,
    replications: Annotated[int | None, typer.Option(min=1, help="In place of horizon.replications.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="In place of horizon.days.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="In place of seed.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all cores by default.")] = None,
) -> None:
    """Run every alternative of a configuration and write tables, figures and a report."""
    with _errors_told():
        from molosim.scenario import load

        given = {"horizon.replications": replications, "horizon.days": days, "seed": seed}
        scenario = load(config).but({key: value for key, value in given.items() if value is not None})
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended from outside, it tidies up as on Ctrl-C
        with _errors_told(interrupted="interrupted; nothing was written"):
            results = _run_with_bar(scenario, out or Path("results") / Path(config).stem, workers)
        _print_comparison(results)
        typer.echo(f"Report: {results.folder / 'report.html'}")


@app.command()
def check(config: Config) -> None:
    """Check a configuration against its files and its map, without running it."""
    with _errors_told():
        from molosim.scenario import load

        scenario = load(config)
        from molosim import bundled
        from molosim.simulation.world import build_world

        build_world(scenario, bundled.cache_folder())
        vans = sum(carrier.vans for carrier in scenario.carriers)
        typer.echo(
            f"{config}: in order. {len(scenario.carriers)} carriers, {vans} vans; "
            f"alternatives {', '.join(scenario.alternatives)}; "
            f"{scenario.horizon.replications} replications of {scenario.horizon.days} days."
        )


@app.command()
def report(folder: Annotated[Path, typer.Argument(help="A result folder.", show_default=False)]) -> None:
    """Write figures and report of a result folder again."""
    with _errors_told():
        from molosim.experiments.folder import writing
        from molosim.experiments.results import Results
        from molosim.report import write_report

        Results(folder)
        with writing(folder):
            write_report(folder)
        typer.echo(f"Report: {folder / 'report.html'}")


@map_app.command("import")
def import_map(
    file: Annotated[Path, typer.Argument(help="An .osm.pbf extract or an OSMnx .graphml file.", show_default=False)],
    *,
    name: MapName = None,
    date: Annotated[str | None, typer.Option(help="Date of the data, where the file does not tell it.")] = None,
) -> None:
    """Prepare a map from a file on this machine."""
    with _errors_told():
        from molosim.network.osm import read_map

        name = name or file.name.split(".")[0]
        _keep(read_map(file, name=name, date=date), name)


@map_app.command("download")
def download_map(
    place: Annotated[str, typer.Argument(help='A place as OpenStreetMap knows it: "Aalborg, Denmark".')],
    *,
    name: MapName = None,
) -> None:
    """Download a place's roads and prepare them as a map; needs the internet."""
    with _errors_told():
        from molosim.network.download import download

        _keep(download(place), name or place.split(",")[0].strip().lower().replace(" ", "_"))


@map_app.command("info")
def map_info(
    source: Annotated[str | None, typer.Argument(help="Name or path of a prepared map; all names if left out.")] = None,
) -> None:
    """Tell what a prepared map holds."""
    with _errors_told():
        from molosim import bundled

        if source is None:
            own = sorted(path.stem for path in bundled.own_maps().glob("*.npz"))
            typer.echo(f"bundled: {', '.join(bundled.names('maps'))}")
            typer.echo(f"your own, in {bundled.own_maps()}: {', '.join(own) or 'none'}")
            return
        from molosim.network.graph import RoadGraph
        from molosim.scenario import find_map

        _describe(RoadGraph.load(find_map(source)))


def _keep(graph: RoadGraph, name: str) -> None:
    from molosim import bundled
    from molosim.experiments.folder import writing

    path = bundled.own_maps() / f"{name}.npz"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        graph.save(part)
        part.replace(path)
    _describe(graph)
    typer.echo(f'Kept as {path}; configurations name it by  source = "{name}"')


def _describe(graph: RoadGraph) -> None:
    west, south, east, north = graph.bbox
    typer.echo(f"{graph.name}: {graph.source}, data of {graph.date}; {graph.attribution}")
    typer.echo(f"{graph.node_count} nodes, {graph.edge_count} edges, {graph.edge_m.sum() / 1000:.0f} km of lanes")
    typer.echo(f"speed limits imputed on {graph.edge_imputed.mean():.0%} of the edges")
    typer.echo(f"longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}")


def _run_with_bar(scenario: Scenario, out: Path, workers: int | None) -> Results:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    import molosim

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("streets and plans", total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, description="runs" if done else "streets and plans", completed=done, total=total)

        return molosim.run(scenario, out, workers=workers, progress=tell)


def _print_comparison(results: Results) -> None:
    from rich.console import Console
    from rich.table import Table

    from molosim.measures import HEADLINE, MEASURES

    comparison, scenario = results.comparison, results.scenario
    interval = "with its 95 % interval" if scenario.horizon.replications > 1 else "one replication, so no intervals"
    others = list(comparison["alternative"].unique())
    table = Table(title=f"Difference from '{scenario.baseline}', {interval}", title_justify="left")
    for heading in ("", "unit", scenario.baseline, *others):
        table.add_column(heading, justify="left" if heading in ("", "unit") else "right")
    rows = comparison.set_index(["measure", "alternative"])
    for name in HEADLINE:
        ours = [rows.loc[(name, other)] for other in others]
        cells = [_difference(row["difference"], row["low"], row["high"], row["verdict"]) for row in ours]
        table.add_row(MEASURES[name].label, MEASURES[name].unit, _number(ours[0]["mean_baseline"]), *cells)
    console = Console()
    if not console.is_terminal:
        console.width = 160  # a file or pipe takes long lines
    console.print(table)


def _difference(mean: float, low: float, high: float, verdict: str) -> str:
    if verdict in ("less", "more"):
        return f"{_number(mean, sign='+')} [{_number(low, sign='+')}, {_number(high, sign='+')}]"
    return _number(mean, sign="+") if verdict.startswith("one replication") else verdict


def _number(value: float, *, sign: str = "") -> str:
    if not math.isfinite(value):
        return "-"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:{sign},.{digits}f}"


@contextmanager
def _errors_told(*, interrupted: str = "interrupted") -> Iterator[None]:
    """Every error of a user is told in a line of its own; none shows a traceback."""
    from molosim.spec import ScenarioError

    try:
        yield
    except ScenarioError as error:
        _fail(USER_ERROR, *map(str, error.faults))
    except KeyboardInterrupt:
        _fail(INTERRUPTED, interrupted)
    except BrokenPipeError:  # who read the output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(1)
    except typer.Exit:
        raise
    except Exception as error:  # noqa: BLE001 - the last place that sees a defect: it is told, kept and fails
        with tempfile.NamedTemporaryFile("w", prefix="molosim-", suffix=".log", delete=False, encoding="utf-8") as log:
            traceback.print_exc(file=log)
        line = str(error).partition("\n")[0]
        _fail(1, f"defect in molosim ({type(error).__name__}: {line}); details in {log.name}")


def _fail(code: int, *lines: str) -> None:
    for line in lines:
        typer.echo(f"molosim: {line}", err=True)
    raise typer.Exit(code)
