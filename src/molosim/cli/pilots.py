"""The command that starts a pilot in a new town: init."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molosim.cli.frame import app, command
from molosim.cli.maps import BboxText, area_of, extract_for, keep, parse_bbox, slug
from molosim.cli.screen import Screen

if TYPE_CHECKING:
    from molosim.pilot.town import Town


@command(app)
def init(
    place: Annotated[
        str | None,
        typer.Argument(
            help='A map file (.osm.pbf ...), a prepared map, or a place to download: "Aalborg, Denmark".',
            show_default=False,
        ),
    ] = None,
    *,
    boxes: Annotated[int, typer.Option(min=1, max=500, help="Boxes wanted; a small town gets fewer.")] = 50,
    out: Annotated[
        Path | None, typer.Option(help="Folder to make, named after the place by default.", show_default=False)
    ] = None,
    name: Annotated[str | None, typer.Option(help="The town, as the report shows it.", show_default=False)] = None,
    country: Annotated[
        str | None,
        typer.Option(help="Country code for holidays, where the map does not tell.", show_default=False),
    ] = None,
    bbox: BboxText = None,
    polygon: Annotated[
        Path | None, typer.Option(help="In place of a place: the polygons of a GeoJSON file.", show_default=False)
    ] = None,
    screen: Screen,
) -> None:
    """Make a runnable configuration for a town from its map alone, with every assumption marked."""
    from molosim.network.osm import stem
    from molosim.pilot.pilot_folder import free_folder, write_pilot
    from molosim.pilot.plan import counted, plan_for
    from molosim.pilot.town import known_file

    if country is not None:
        _check_country(country)
    file = known_file(place) if place is not None and polygon is None else None
    title = name or (stem(file) if file else (place or (polygon.stem if polygon else "the box")).split(",")[0])
    short = slug(title)
    folder = free_folder(out or Path(short))
    town = _from_file(file, bbox, short) if file else _downloaded((place, bbox, polygon), short, screen)
    plan = plan_for(_in(town, country), name=short, title=title, boxes=boxes)
    config = write_pilot(plan, folder)
    screen.say(f"{title}: {plan.graph.source}, data of {plan.graph.date}; {plan.graph.attribution}")
    for note in plan.notes:
        screen.say(f"- {note}")
    vans = sum(carrier.vans for carrier in plan.carriers)
    sizes = ((len(plan.sites), "box"), (len(plan.carriers), "carrier"), (vans, "van"))
    made = ", ".join(counted(number, what) for number, what in sizes)
    screen.say(f"Made {folder}: {made}; {folder / 'map.svg'} shows them")
    named = shlex.quote(str(config))
    screen.say(f"All assumptions: at the top of {config}, and key by key under [provenance] at its end")
    screen.say(f"Next:  molosim check {named}  and  molosim run {named} --days 5 --replications 1")
    told = {"folder": folder, "config": config, "title": title, "boxes": len(plan.sites)}
    told |= {"carriers": len(plan.carriers), "vans": vans, "notes": plan.notes}
    screen.outcome("init", told)


def _from_file(file: Path, bbox: str | None, name: str) -> Town:
    """A town from a file, or from a part of it, which then is kept among the user's maps."""
    from molosim.pilot.town import town_in_box, town_of_file

    box = parse_bbox(bbox)
    if box is None:
        return town_of_file(file)
    town = town_in_box(file, box, extract_for(name), name)
    keep(town.graph, name)
    return town


def _downloaded(asked: tuple[str | None, str | None, Path | None], name: str, screen: Screen) -> Town:
    """A town from OpenStreetMap's servers, kept among the user's maps so that nothing need be asked for again."""
    from molosim.network.country import code_of
    from molosim.network.download import download
    from molosim.pilot.town import town_of

    area, servers = area_of(*asked, screen)
    extract = extract_for(name)
    graph = download(area, extract, servers)
    keep(graph, name)
    return town_of(graph, extract, code_of(area.country))


def _in(town: Town, country: str | None) -> Town:
    """The town in the country that the user named, or the map, if its holidays are known."""
    from dataclasses import replace

    from molosim.inputs.cross_checks import holidays

    country = country or town.country
    return replace(town, country=None if holidays("country", country) else country)


def _check_country(country: str) -> None:
    from molosim.inputs.cross_checks import holidays
    from molosim.runtime.errors import refuse

    refuse(holidays("--country", country))
