"""Commands that write what a result shows: report and single figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from molosim.cli.frame import app, errors_told

Lang = Annotated[str | None, typer.Option("--lang", help="en or da; what the configuration says by default.")]


@app.command()
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
) -> None:
    """Write figures and report of a result folder again, or only some figures as files."""
    with errors_told():
        from molosim.experiments.folder import writing
        from molosim.experiments.results import Results
        from molosim.experiments.sweep import is_sweep
        from molosim.report import write_figures, write_report

        if not is_sweep(folder):
            Results(folder)
        with writing(folder):
            if figures is None and form is None:
                typer.echo(f"Report: {write_report(folder, lang)}")
                return
            names = [] if figures in {None, "all"} else _listed(figures)
            for file in write_figures(folder, names, _listed(form), lang):
                typer.echo(f"Figure: {file}")


def _listed(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A result folder of a run.", show_default=False)],
    *,
    gpkg: Annotated[bool, typer.Option("--gpkg", help="One GeoPackage, for QGIS.")] = False,
    geojson: Annotated[bool, typer.Option("--geojson", help="A GeoJSON file for each layer.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="The GeoPackage or the folder, in the result folder by default.")
    ] = None,
) -> None:
    """Write routes, boxes, places, flows of waste and roads as map layers; a GeoPackage by default."""
    with errors_told():
        from molosim.experiments.folder import writing
        from molosim.experiments.results import Results
        from molosim.report.export import write_geojson, write_geopackage
        from molosim.spec import ScenarioError

        if gpkg and geojson and out is not None:
            raise ScenarioError.at("--out", "names one place; ask for --gpkg or for --geojson")
        Results(folder)
        with writing(out or folder):
            if gpkg or not geojson:
                typer.echo(f"Layers: {write_geopackage(folder, out)}")
            if geojson:
                for file in write_geojson(folder, out):
                    typer.echo(f"Layer: {file}")
