"""CO2e of electricity in every hour of a run: one mean, a made-up profile, or a user's own hours."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from molosim.emissions.conditions import DAY_H, Conditions
from molosim.emissions.grid_file import hours_of
from molosim.emissions.sources import Certainty, EmissionFactor
from molosim.inputs.emission_settings import DENMARK_C, Emissions, FileGrid, Grid, MeanGrid
from molosim.inputs.scenario import Scenario
from molosim.runtime import bundled
from molosim.runtime.arrays import Floats
from molosim.runtime.files import read_rows

_USUAL_YEAR = 2023
"""Any without a leap day, for the profile's mean."""


def conditions_of(scenario: Scenario) -> Conditions:
    """Temperature and electricity of a scenario's measured days.

    Raises
    ------
    ScenarioError
        The grid's file of hours cannot be read or lacks some of these days.
    """
    first = scenario.horizon.start + timedelta(days=scenario.horizon.warmup_days)
    return conditions(scenario.emissions, first, scenario.horizon.days)


def conditions(said: Emissions, first: date, days: int) -> Conditions:
    """Conditions of ``days`` days from ``first`` on.

    Raises
    ------
    ScenarioError
        A file of hours cannot be read, is not one, or lacks hours of these days.
    """
    dates = [first + timedelta(days=day) for day in range(days)]
    temperature_c = np.array([said.temperature_c[day.month - 1] for day in dates])
    return Conditions(temperature_c, _g_per_kwh(said.grid, dates))


def _g_per_kwh(grid: Grid, dates: list[date]) -> Floats:
    if isinstance(grid, MeanGrid):
        return np.full(DAY_H * len(dates), grid.g_per_kwh)
    if isinstance(grid, FileGrid):
        return hours_of(grid, dates)
    return grid.g_per_kwh * profile()[[day.month - 1 for day in dates]].ravel()


def factors_of(said: Emissions, days: Conditions) -> tuple[EmissionFactor, ...]:
    """What a run's electricity and weather were, as factors beside those of its models.

    Parameters
    ----------
    said
        By the configuration.
    days
        The conditions that it came to.
    """
    by_default = said.temperature_c == DENMARK_C
    celsius = EmissionFactor(
        "outdoor temperature of this run, mean",
        float(days.temperature_c.mean()),
        "degrees Celsius",
        "GK",
        "months of Denmark, about 1991-2020" if by_default else "emissions.temperature_c of the configuration",
    )
    if said.grid == MeanGrid():
        return (celsius,)
    source, certainty = _source(said.grid)
    mean_kg = float(days.grid_g_per_kwh.mean()) / 1000
    return EmissionFactor(
        "electricity of this run, mean over its hours", mean_kg, "kg CO2e/kWh", certainty, source
    ), celsius


def _source(grid: Grid) -> tuple[str, Certainty]:
    if isinstance(grid, FileGrid):
        return f"hours of {Path(grid.file).name}, in {grid.zone}", "R"
    if isinstance(grid, MeanGrid):
        return "emissions.grid.g_per_kwh of the configuration", "GK"
    return "made-up profile of hours; its mean over a year is emissions.grid.g_per_kwh of the configuration", "GK"


@cache
def profile() -> Floats:
    """The bundled shape, f64[12, 24]: CO2e of a kilowatt-hour by month and hour over its mean of a year."""
    rows = read_rows(bundled.facts_file("grid_profile.csv"))
    shape = np.array([[float(row[f"h{hour:02d}"]) for hour in range(DAY_H)] for row in rows])
    weights = [monthrange(_USUAL_YEAR, month)[1] for month in range(1, 13)]
    return np.asarray(shape / np.average(shape.mean(axis=1), weights=weights), dtype=np.float64)
