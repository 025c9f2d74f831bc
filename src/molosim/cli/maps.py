"""Commands for maps: import, download, info, plot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from molosim.cli.frame import app, command
from molosim.cli.screen import Screen

if TYPE_CHECKING:
    from molosim.network.answers import Servers
    from molosim.network.download import Area
    from molosim.network.extract import Bbox
    from molosim.network.graph import RoadGraph

_SOURCE = "SOURCE"
map_app = typer.Typer(help="Prepare road maps from OpenStreetMap.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(map_app, name="map")

MapName = Annotated[
    str | None, typer.Option("--name", help="Name that configurations use as map.source.", show_default=False)
]
Network = Annotated[
    Literal["drive", "bike", "walk"], typer.Option(help="Roads for vehicles, ways for bicycles, or ways on foot.")
]
BboxText = Annotated[
    str | None, typer.Option("--bbox", metavar="W,S,E,N", help="Only this box, in degrees.", show_default=False)
]


@command(map_app, "import")
def import_map(
    file: Annotated[Path, typer.Argument(help="An OpenStreetMap extract (.osm.pbf ...) or OSMnx's .graphml or .gpkg.")],
    *,
    name: MapName = None,
    date: Annotated[str | None, typer.Option(help="Date of the data, where the file does not tell it.")] = None,
    network: Network = "drive",
    bbox: BboxText = None,
    rules: Annotated[
        bool, typer.Option(help="Keep an extract's turn restrictions and streets that are for some only.")
    ] = True,
    screen: Screen,
) -> None:
    """Prepare a map from a file on this machine."""
    from molosim.network.osm import read_map, stem

    name = stem(file) if name is None else name
    check_map_name(name)
    graph = read_map(file, name=name, date=date, network=network, bbox=parse_bbox(bbox), rules=rules)
    kept = _keep(graph, name, screen)
    screen.outcome("map import", {"file": kept, "map": _about(graph)})


@command(map_app, "download")
def download_map(
    place: Annotated[
        str | None, typer.Argument(help='A place as OpenStreetMap knows it: "Aalborg, Denmark".', show_default=False)
    ] = None,
    *,
    name: MapName = None,
    bbox: BboxText = None,
    polygon: Annotated[
        Path | None, typer.Option(help="In place of a place: the polygons of a GeoJSON file.", show_default=False)
    ] = None,
    network: Network = "drive",
    screen: Screen,
) -> None:
    """Download an area's roads, buildings and recycling places and prepare them as a map; needs the internet."""
    from molosim.network.download import download

    area, servers = area_of(place, bbox, polygon, screen)
    name = slug(area.name) if name is None else name
    check_map_name(name)
    extract = extract_for(name)
    graph = download(area, extract, servers, network=network)
    kept = _keep(graph, name, screen)
    screen.say(f"Buildings, recycling places and parcel lockers are beside it, in {extract}")
    screen.outcome("map download", {"file": kept, "beside": extract, "map": _about(graph)})


def extract_for(name: str) -> Path:
    """File beside a map of the user's own that takes everything that is downloaded with it."""
    from molosim.runtime import bundled
    from molosim.runtime.files import writing

    path = bundled.own_maps() / f"{name}.osm.pbf"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    return path


def slug(title: str) -> str:
    """A title as a file's name: of a place what stands before its country, of a box all its numbers."""
    first = title.split(",", maxsplit=1)[0]
    words = first if re.search(r"[^\W\d]", first) else title
    return re.sub(r"[^\w.-]+", "_", words.strip().lower()) or "map"


def area_of(place: str | None, bbox: str | None, polygon: Path | None, screen: Screen) -> tuple[Area, Servers]:
    """What to download, and who is asked."""
    from molosim.network.answers import Servers
    from molosim.network.download import area_of_bbox, area_of_file, area_of_place
    from molosim.runtime import bundled
    from molosim.runtime.errors import ScenarioError

    if sum(given is not None for given in (place, bbox, polygon)) != 1:
        raise ScenarioError.at("PLACE", "name one of a place, --bbox or --polygon")
    servers = Servers(bundled.cache_folder() / "osm", screen.remark)
    if polygon is not None:
        return area_of_file(polygon), servers
    box = parse_bbox(bbox)
    return (area_of_place(str(place), servers) if box is None else area_of_bbox(box)), servers


@command(map_app, "info")
def map_info(
    source: Annotated[
        str | None, typer.Argument(help="Name of a prepared map, or a map file of any kind; all names if left out.")
    ] = None,
    *,
    screen: Screen,
) -> None:
    """Tell what a map holds."""
    from molosim.runtime import bundled

    if source is None:
        folder, theirs = bundled.own_maps(), bundled.names("maps")
        own = sorted(path.stem for path in folder.glob("*.npz"))
        screen.say(f"bundled: {', '.join(theirs)}")
        screen.say(f"your own, in {folder}: {', '.join(own) or 'none'}")
        screen.outcome("map info", {"bundled": theirs, "own": own, "own_folder": folder})
        return
    from molosim.inputs.scenario import find_map

    file = find_map(source, key=_SOURCE)
    graph = _read(source)
    _describe(graph, screen)
    beside = file.with_suffix(".osm.pbf")
    extract = beside if beside.is_file() and beside != file else None
    if extract is not None:
        screen.say(f"buildings, recycling places and the like are beside it, in {extract}")
    screen.outcome("map info", {"file": file, "beside": extract, "map": _about(graph)})


@command(map_app, "plot")
def map_plot(
    source: Annotated[str, typer.Argument(help="Name of a prepared map, or a map file of any kind.")],
    *,
    out: Annotated[
        Path | None, typer.Option(help="File to draw to: .svg, .png or .pdf; NAME.svg by default.", show_default=False)
    ] = None,
    screen: Screen,
) -> None:
    """Draw a map's roads."""
    from molosim.network.osm import stem
    from molosim.report.road_map import save_map
    from molosim.runtime.files import new_file, writing

    path = out or new_file(Path(f"{stem(Path(source))}.svg"))
    graph = _read(source)
    with writing(path):
        save_map(path, graph)
    screen.say(f"Drawn to {path}. {graph.attribution}")
    screen.outcome("map plot", {"file": path, "map": _about(graph)})


def parse_bbox(text: str | None) -> Bbox | None:
    """West, south, east, north of an option."""
    from molosim.runtime.errors import ScenarioError

    if text is None:
        return None
    problem = f"found '{text}'; WEST,SOUTH,EAST,NORTH in degrees is expected, e.g. 9.90,57.03,9.95,57.06"
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise ScenarioError.at("--bbox", problem) from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ScenarioError.at("--bbox", problem)
    return west, south, east, north


def _read(source: str) -> RoadGraph:
    from molosim.inputs.scenario import find_map
    from molosim.network.osm import read_map

    return read_map(find_map(source, key=_SOURCE))


def _keep(graph: RoadGraph, name: str, screen: Screen) -> Path:
    path = keep(graph, name)
    _describe(graph, screen)
    screen.say(f'Kept as {path}; configurations name it by  source = "{name}"')
    return path


def check_map_name(name: str) -> None:
    """Refuse a name for a map that would leave the folder of maps, or hide a map that comes with molosim.

    Raises
    ------
    ScenarioError
        It is no name for a file, or taken.
    """
    from molosim.runtime import bundled
    from molosim.runtime.errors import ScenarioError

    if not re.fullmatch(r"\w[\w .+-]*", name):
        allowed = "letters, digits, blanks and .+-_ after a first letter or digit are allowed"
        raise ScenarioError.at("--name", f"found {name!a}; {allowed}")
    if name in bundled.names("maps"):
        raise ScenarioError.at("--name", f"'{name}' is a map that comes with molosim; choose another name")


def keep(graph: RoadGraph, name: str) -> Path:
    """Put a map among the user's own, whole or not at all."""
    from molosim.runtime import bundled
    from molosim.runtime.files import replace, writing

    path = bundled.own_maps() / f"{name}.npz"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, graph.save)
    return path


def _describe(graph: RoadGraph, screen: Screen) -> None:
    from molosim.network.graph import DRIVE, WALK, WAYS

    west, south, east, north = graph.bbox
    imputed_m = float(graph.edge_m[graph.edge_imputed].sum() / graph.edge_m.sum())
    screen.say(f"{graph.name}: {graph.source}, data of {graph.date}; {graph.attribution}")
    km, counted = graph.edge_m.sum() / 1000, "there and back" if graph.network == WALK else "of lanes"
    screen.say(f"{WAYS[graph.network]}: {graph.node_count} nodes, {graph.edge_count} edges, {km:.0f} km {counted}")
    if graph.network == DRIVE:
        imputed = f"{graph.edge_imputed.mean():.0%} of the edges, {imputed_m:.0%} of the length"
        screen.say(f"speed limits imputed on {imputed}")
    if (left := graph.dropped) is None:
        screen.say("parts that cannot be reached and left again: not noted when this map was made")
    else:
        share = left.metres / (left.metres + float(graph.edge_m.sum()))
        screen.say(
            f"left out, as it cannot be reached and left again: {left.nodes} nodes, {left.edges} edges in {left.parts} "
            f"parts, {left.metres / 1000:.0f} km ({share:.1%})"
        )
    _describe_rules(graph, screen)
    screen.say(f"longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}")


def _about(graph: RoadGraph) -> dict[str, object]:
    """What `_describe` tells, for programs."""
    from molosim.network.graph import DRIVE

    left, metres = graph.dropped, float(graph.edge_m.sum())
    about = {
        "name": graph.name, "network": graph.network, "source": graph.source, "date": graph.date,
        "attribution": graph.attribution, "nodes": graph.node_count, "edges": graph.edge_count,
        "lanes_km": metres / 1000, "bbox_deg": graph.bbox,
    }  # fmt: skip
    imputed = {
        "imputed_share": float(graph.edge_imputed.mean()),
        "imputed_length_share": float(graph.edge_m[graph.edge_imputed].sum()) / metres,
    }
    gone = {"parts": left.parts, "nodes": left.nodes, "edges": left.edges, "km": left.metres / 1000} if left else None
    return {
        **about,
        **(imputed if graph.network == DRIVE else dict.fromkeys(imputed)),
        "left_out": gone,
        **_rules(graph),
    }


def _describe_rules(graph: RoadGraph, screen: Screen) -> None:
    from molosim.network.graph import WALK

    if graph.network == WALK:
        return
    if (found := graph.restrictions) is None:
        screen.say("turn restrictions and limited streets: not looked for when this map was made")
        return
    others = ", ".join(f"{count} {why}" for why, count in found.left_out.items())
    screen.say(f"turn restrictions: {found.kept} hold; not kept: {others or 'none'}")
    km = float(graph.edge_m[graph.limited].sum()) / 1000
    screen.say(
        f"limited streets: {km:.1f} km of lanes on which trips may begin and end but that they may not pass along"
    )


def _rules(graph: RoadGraph) -> dict[str, object]:
    found = graph.restrictions
    if found is None:
        return {"turn_restrictions": None, "limited_km": None}
    kept = {"kept": found.kept, "left_out": dict(found.left_out)}
    return {"turn_restrictions": kept, "limited_km": float(graph.edge_m[graph.limited].sum()) / 1000}
