"""Command that measures a stored run again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from molosim.cli.frame import app, command
from molosim.cli.screen import Screen, rows


@command(app, "measure")
def measure_again(
    folder: Annotated[Path, typer.Argument(help="A result of molosim run.", show_default=False)],
    *,
    emissions: Annotated[
        str,
        typer.Option(help="Emission model for every vehicle: a name, or module:Class of your own.", show_default=False),
    ],
    grid: Annotated[
        Path | None, typer.Option(help="CSV file of hourly CO2e of electricity, in place of the run's.")
    ] = None,
    area: Annotated[str | None, typer.Option(help="Price area in that file, e.g. DK1.")] = None,
    method: Annotated[str | None, typer.Option(help="Way of allocating fuel in that file, e.g. 125%.")] = None,
    unit: Annotated[str | None, typer.Option(help="Of that file's values: g/kWh, unless it is kg/kWh.")] = None,
    zone: Annotated[
        str | None, typer.Option(help="Time zone of the simulated days, and of local times in that file.")
    ] = None,
    screen: Screen,
) -> None:
    """Measure a run again by another emission model, without simulating; write FOLDER/measured/MODEL."""
    import pandas as pd

    from molosim.api import stored
    from molosim.emissions.models import model_named
    from molosim.evaluation.statistics import different
    from molosim.runtime.errors import ScenarioError

    options = {"area": area, "method": method, "unit": unit, "zone": zone}
    chosen = {name: value for name, value in options.items() if value is not None}
    if chosen and grid is None:
        raise ScenarioError.at(f"--{min(chosen)}", "goes with --grid")
    hours = {"kind": "file", "file": str(grid.resolve()), **chosen} if grid is not None else None
    out = stored.measure(folder, emissions, grid=hours)
    band = pd.read_csv(out / "band.csv")
    city = band[band["measure"] == "co2e_wtw_city_kg"]
    for alternative in city["alternative"].unique():
        said = city[city["alternative"] == alternative]
        mine = said[said["model"] == emissions].iloc[0]
        agree = int((said["verdict"] == mine["verdict"]).sum())
        by = f"'{alternative}' by '{model_named(emissions).label}'"
        found = f"{mine['difference']:+,.0f} kg CO2e, {mine['verdict']}"
        figures = different(said["difference"])
        apart = "" if figures == len(said) else f", which come to {figures} different figures"
        screen.say(f"{by}: {found}; {agree} of {len(said)} emission models say so{apart}.")
    screen.say(f"Measured: {out}")
    screen.outcome("measure", {"folder": out, "model": emissions, "city": rows(city)})
