"""Commands that write what a result shows: report and single figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from molosim.cli.frame import app, command
from molosim.cli.screen import Screen

Lang = Annotated[str | None, typer.Option("--lang", help="en or da; what the configuration says by default.")]


@command(app)
def report(
    folder: Annotated[Path, typer.Argument(help="A result folder.", show_default=False)],
    *,
    figures: Annotated[
        str | None, typer.Option(help="Only these figures, such as trips,flow; all is every one.", show_default=False)
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="Of svg, png, pdf, csv, parquet; svg,csv by default.", show_default=False),
    ] = None,
    lang: Lang = None,
    screen: Screen,
) -> None:
    """Write figures and report of a result folder again, or only some figures as files."""
    from molosim.api import stored

    if figures is None and form is None:
        page, files = stored.write_report(folder, lang), []
        screen.say(f"Report: {page}")
    else:
        names = [] if figures in {None, "all"} else _listed(figures)
        page, files = None, stored.write_figures(folder, names, _listed(form), language=lang)
        for file in files:
            screen.say(f"Figure: {file}")
    screen.outcome("report", {"folder": folder, "report": page, "figures": files})


def _listed(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]


@command(app)
def export(
    folder: Annotated[Path, typer.Argument(help="A result folder of a run.", show_default=False)],
    *,
    gpkg: Annotated[bool, typer.Option("--gpkg", help="One GeoPackage, for QGIS.")] = False,
    geojson: Annotated[bool, typer.Option("--geojson", help="A GeoJSON file for each layer.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="The GeoPackage or the folder, in the result folder by default.")
    ] = None,
    screen: Screen,
) -> None:
    """Write routes, boxes, places, flows of waste and roads as map layers; a GeoPackage by default."""
    from molosim.api import stored
    from molosim.runtime.errors import ScenarioError

    if gpkg and geojson and out is not None:
        raise ScenarioError.at("--out", "names one place; ask for --gpkg or for --geojson")
    package = stored.export(folder, out)[0] if gpkg or not geojson else None
    files = stored.export(folder, out, form="geojson") if geojson else []
    if package is not None:
        screen.say(f"Layers: {package}")
    for file in files:
        screen.say(f"Layer: {file}")
    screen.outcome("export", {"folder": folder, "geopackage": package, "layers": files})
