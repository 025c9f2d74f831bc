"""Commands for maps: import, download, info, plot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from molosim.cli.frame import app, errors_told

if TYPE_CHECKING:
    from molosim.network.answers import Servers
    from molosim.network.download import Area
    from molosim.network.extract import Bbox
    from molosim.network.graph import RoadGraph

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


@map_app.command("import")
def import_map(
    file: Annotated[Path, typer.Argument(help="An OpenStreetMap extract (.osm.pbf ...) or OSMnx's .graphml or .gpkg.")],
    *,
    name: MapName = None,
    date: Annotated[str | None, typer.Option(help="Date of the data, where the file does not tell it.")] = None,
    network: Network = "drive",
    bbox: BboxText = None,
) -> None:
    """Prepare a map from a file on this machine."""
    with errors_told():
        from molosim.network.osm import read_map, stem

        name = name or stem(file)
        _keep(read_map(file, name=name, date=date, network=network, bbox=parse_bbox(bbox)), name)


@map_app.command("download")
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
) -> None:
    """Download an area's roads, buildings and recycling places and prepare them as a map; needs the internet."""
    with errors_told():
        from molosim.network.download import download

        area, servers = area_of(place, bbox, polygon)
        name = name or slug(area.name)
        extract = extract_for(name)
        _keep(download(area, extract, servers, network=network), name)
        typer.echo(f"Buildings, recycling places and parcel lockers are beside it, in {extract}")


def extract_for(name: str) -> Path:
    """File beside a map of the user's own that takes everything that is downloaded with it."""
    from molosim import bundled
    from molosim.experiments.folder import writing

    path = bundled.own_maps() / f"{name}.osm.pbf"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    return path


def slug(title: str) -> str:
    """A title as a file's name: of a place what stands before its country, of a box all its numbers."""
    first = title.split(",", maxsplit=1)[0]
    words = first if re.search(r"[^\W\d]", first) else title
    return re.sub(r"[^\w.-]+", "_", words.strip().lower()) or "map"


def area_of(place: str | None, bbox: str | None, polygon: Path | None) -> tuple[Area, Servers]:
    """What to download, and who is asked."""
    from molosim import bundled
    from molosim.network.answers import Servers
    from molosim.network.download import area_of_bbox, area_of_file, area_of_place
    from molosim.spec import ScenarioError

    if sum(given is not None for given in (place, bbox, polygon)) != 1:
        raise ScenarioError.at("PLACE", "name one of a place, --bbox or --polygon")
    servers = Servers(bundled.cache_folder() / "osm", lambda line: typer.echo(line, err=True))
    if polygon is not None:
        return area_of_file(polygon), servers
    box = parse_bbox(bbox)
    return (area_of_place(str(place), servers) if box is None else area_of_bbox(box)), servers


@map_app.command("info")
def map_info(
    source: Annotated[
        str | None, typer.Argument(help="Name of a prepared map, or a map file of any kind; all names if left out.")
    ] = None,
) -> None:
    """Tell what a map holds."""
    with errors_told():
        from molosim import bundled

        if source is None:
            own = sorted(path.stem for path in bundled.own_maps().glob("*.npz"))
            typer.echo(f"bundled: {', '.join(bundled.names('maps'))}")
            typer.echo(f"your own, in {bundled.own_maps()}: {', '.join(own) or 'none'}")
            return
        _describe(_read(source))
        from molosim.scenario import find_map

        beside = find_map(source).with_suffix(".osm.pbf")
        if beside.is_file():
            typer.echo(f"buildings, recycling places and the like are beside it, in {beside}")


@map_app.command("plot")
def map_plot(
    source: Annotated[str, typer.Argument(help="Name of a prepared map, or a map file of any kind.")],
    *,
    out: Annotated[
        Path | None, typer.Option(help="File to draw to: .svg, .png or .pdf; NAME.svg by default.", show_default=False)
    ] = None,
) -> None:
    """Draw a map's roads."""
    with errors_told():
        from molosim.experiments.folder import writing
        from molosim.network.osm import stem
        from molosim.report.road_map import save_map

        path = out or Path(f"{stem(Path(source))}.svg")
        graph = _read(source)
        with writing(path):
            save_map(path, graph)
        typer.echo(f"Drawn to {path}. {graph.attribution}")


def parse_bbox(text: str | None) -> Bbox | None:
    """West, south, east, north of an option."""
    from molosim.spec import ScenarioError

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
    from molosim.network.osm import read_map
    from molosim.scenario import find_map

    return read_map(find_map(source))


def _keep(graph: RoadGraph, name: str) -> None:
    path = keep(graph, name)
    _describe(graph)
    typer.echo(f'Kept as {path}; configurations name it by  source = "{name}"')


def keep(graph: RoadGraph, name: str) -> Path:
    """Put a map among the user's own, whole or not at all."""
    from molosim import bundled
    from molosim.experiments.folder import writing

    path = bundled.own_maps() / f"{name}.npz"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        graph.save(part)
        part.replace(path)
    return path


def _describe(graph: RoadGraph) -> None:
    from molosim.network.graph import DRIVE, WALK, WAYS

    west, south, east, north = graph.bbox
    imputed_m = float(graph.edge_m[graph.edge_imputed].sum() / graph.edge_m.sum())
    typer.echo(f"{graph.name}: {graph.source}, data of {graph.date}; {graph.attribution}")
    km, counted = graph.edge_m.sum() / 1000, "there and back" if graph.network == WALK else "of lanes"
    typer.echo(f"{WAYS[graph.network]}: {graph.node_count} nodes, {graph.edge_count} edges, {km:.0f} km {counted}")
    if graph.network == DRIVE:
        imputed = f"{graph.edge_imputed.mean():.0%} of the edges, {imputed_m:.0%} of the length"
        typer.echo(f"speed limits imputed on {imputed}")
    if (left := graph.dropped) is None:
        typer.echo("parts that cannot be reached and left again: not noted when this map was made")
    else:
        share = left.metres / (left.metres + float(graph.edge_m.sum()))
        typer.echo(
            f"left out, as it cannot be reached and left again: {left.nodes} nodes, {left.edges} edges in {left.parts} "
            f"parts, {left.metres / 1000:.0f} km ({share:.1%})"
        )
    typer.echo(f"longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}")
