"""Commands for maps: import, download, info."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molosim.cli.frame import app, errors_told

if TYPE_CHECKING:
    from molosim.network.graph import RoadGraph

map_app = typer.Typer(help="Prepare road maps from OpenStreetMap.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(map_app, name="map")

MapName = Annotated[
    str | None, typer.Option("--name", help="Name that configurations use as map.source.", show_default=False)
]


@map_app.command("import")
def import_map(
    file: Annotated[Path, typer.Argument(help="An .osm.pbf extract or an OSMnx .graphml file.", show_default=False)],
    *,
    name: MapName = None,
    date: Annotated[str | None, typer.Option(help="Date of the data, where the file does not tell it.")] = None,
) -> None:
    """Prepare a map from a file on this machine."""
    with errors_told():
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
    with errors_told():
        from molosim.network.download import download

        _keep(download(place), name or place.split(",")[0].strip().lower().replace(" ", "_"))


@map_app.command("info")
def map_info(
    source: Annotated[str | None, typer.Argument(help="Name or path of a prepared map; all names if left out.")] = None,
) -> None:
    """Tell what a prepared map holds."""
    with errors_told():
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
