"""Commands for carriers' own stop tables: check, export, anonymise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from molosim.cli.frame import app, command
from molosim.cli.screen import Screen

stops_app = typer.Typer(help="Carriers' own tours, as tables of stops.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(stops_app, name="stops")

Table = Annotated[Path, typer.Argument(help="A table of stops, .csv or .parquet.", show_default=False)]


@command(stops_app, "check")
def check_stops(
    file: Table,
    *,
    config: Annotated[
        str | None, typer.Option(help="Configuration whose map, depots and vehicles it is driven with.")
    ] = None,
    tours: Annotated[Path | None, typer.Option(help="File for a row per tour, .csv or .parquet.")] = None,
    screen: Screen,
) -> None:
    """Check a table of stops row by row and tell what it amounts to; with a configuration, on its map."""
    from molosim.inputs.table_files import write
    from molosim.stops import summary
    from molosim.stops.table import read_stops

    table = read_stops(file)
    alone = (list(summary.overview(table)), summary.tours(table)) if config is None else None
    lines, columns = alone or _driven(file, str(config))
    screen.say(f"{file}: in order.")
    for line in lines:
        screen.say(f"  {line}")
    if tours is not None:
        write(tours, columns)
        screen.say(f"Tours: {tours}")
    told = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    screen.outcome("stops check", {"file": file, "stops": len(table), "told": lines, "table": tours, "tours": told})


def _driven(file: Path, config: str) -> tuple[list[str], dict[str, list[Any]]]:
    """What there is to tell of a table with a configuration's carriers of the same names; a row per tour."""
    from molosim.inputs.scenario import load
    from molosim.runtime import bundled
    from molosim.runtime.errors import ScenarioError
    from molosim.simulation.own_tours import driven_tours, overview, own_home_stops
    from molosim.simulation.world import build_world
    from molosim.stops.table import read_stops

    scenario, table = load(config), read_stops(file)
    numbers = [i for i, carrier in enumerate(scenario.carriers) if len(table.of(carrier.name))]
    if not numbers:
        have, ours = ", ".join(table.carriers), ", ".join(carrier.name for carrier in scenario.carriers)
        raise ScenarioError.at(str(file), f"its carriers are {have}; {config} has {ours}: none is in both")
    home = {"kind": "table", "file": str(file.resolve())}
    world = build_world(
        scenario.but({"provenance": {}, **{f"carriers.{i}.home": home for i in numbers}}), bundled.cache_folder()
    )
    own_home_stops(world)
    lines: list[str] = []
    columns: dict[str, list[Any]] = {}
    for number in numbers:
        lines += [f"{scenario.carriers[number].name}: {line}" for line in overview(world, number)]
        for name, values in driven_tours(world, number).items():
            columns.setdefault(name, []).extend(values)
    return lines, columns


@command(stops_app, "export")
def export_stops(
    config: Annotated[str, typer.Argument(help="A TOML file, or the name of a bundled configuration.")],
    *,
    out: Annotated[Path | None, typer.Option(help="File to write, .csv or .parquet; stops.csv by default.")] = None,
    carrier: Annotated[list[str] | None, typer.Option(help="Name of a carrier; all by default.")] = None,
    days: Annotated[int, typer.Option(min=1, help="Days on which each drives, after the warm-up.")] = 1,
    screen: Screen,
) -> None:
    """Write the home deliveries that a configuration plans as a table of stops."""
    from molosim.inputs.named_files import named_files
    from molosim.inputs.scenario import load
    from molosim.inputs.table_files import write
    from molosim.runtime import bundled
    from molosim.runtime.errors import Fault, did_you_mean, refuse
    from molosim.runtime.files import check_apart, new_file
    from molosim.simulation.alternative_run import prepare
    from molosim.simulation.stop_export import exported
    from molosim.simulation.world import build_world

    scenario, out = load(config), out or new_file(Path("stops.csv"))
    check_apart(out, [Path(file.name) for file in named_files(scenario)])
    # A carrier that works one day a week and not on holidays needs some weeks for so many.
    scenario = scenario.but({"horizon.days": min(scenario.horizon.days, 14 + 7 * days)})
    names = [one.name for one in scenario.carriers]
    wanted = carrier or names
    refuse([Fault("--carrier", f"found '{n}'" + did_you_mean(n, names)) for n in wanted if n not in names])
    world = build_world(scenario, bundled.cache_folder())
    columns = exported(world, prepare(world, 0), [names.index(name) for name in wanted], days)
    write(out, columns)
    screen.say(f"{len(columns['lon'])} stops of {', '.join(wanted)}: {out}")
    screen.outcome("stops export", {"file": out, "stops": len(columns["lon"]), "carriers": wanted})


@command(stops_app)
def anonymise(
    file: Table,
    *,
    out: Annotated[Path, typer.Option(help="File to write, .csv or .parquet.", show_default=False)],
    addresses: Annotated[
        str | None,
        typer.Option(
            help="All addresses there: an extract, a table with lon and lat, or a prepared map.", metavar="FILE|MAP"
        ),
    ] = None,
    k: Annotated[int, typer.Option(min=2, help="Addresses that a place, and rows that a value may be of.")] = 5,
    on_map: Annotated[
        str | None,
        typer.Option("--map", help="Prepared map for the kilometres that are compared; great circles without."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of names and the order of rows; a new secret by default.")
    ] = None,
    keep_dates: Annotated[bool, typer.Option("--keep-dates", help="Do not move dates by whole weeks.")] = False,
    screen: Screen,
) -> None:
    """Write a table of stops that may be shared; attack it before, and tell what it still says and is good for."""
    from molosim.inputs.scenario import find_map
    from molosim.inputs.table_files import write
    from molosim.network.graph import RoadGraph
    from molosim.routing.shared_tours import use_left
    from molosim.stops.anonymise import anonymise as anonymised
    from molosim.stops.register import read_register
    from molosim.stops.table import read_stops

    table, graph = read_stops(file), None if on_map is None else RoadGraph.load(find_map(on_map, key="--map"))
    told = anonymised(table, read_register(addresses, file), k=k, seed=seed, keep_dates=keep_dates)
    use = use_left(table, told.lon, told.lat, graph)
    if seed is not None:
        screen.warn("--seed: whoever knows it can test a guess at names and rows; without --seed it is a secret")
    lines = [*told.lines, str(use)]
    for line in lines:
        screen.say(line)
    write(out, told.columns)
    screen.say(f"Written: {out}")
    found = {name: attack.share_below(k if name == "place" else 2) for name, attack in told.attacks.items()}
    content = {"file": out, "told": lines, "reidentified": found, "moved_m": float(told.moved_m.mean())}
    screen.outcome("stops anonymise", {**content, "km_change": use.change})
