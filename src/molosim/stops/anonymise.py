"""A stop table without what tells customers and companies: places blurred, names dropped, values coarser."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from molosim.inputs.table_files import write
from molosim.network.graph import EARTH_RADIUS_M, RoadGraph, great_circle_m
from molosim.network.places import snap
from molosim.runtime.arrays import Floats, Ints
from molosim.runtime.streams import stream
from molosim.stops.table import StopTable

Blur = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""From longitudes and latitudes of distinct places to those that are told."""

DEGREE_M = math.pi * EARTH_RADIUS_M / 180
_MONDAY = np.datetime64("2001-01-01")
"""Dates are moved by whole weeks so that the first one falls into this Monday's week."""
_STEPS = {"volume_l": 1.0, "mass_kg": 0.5, "service_s": 10.0, "arrival": 300.0}
"""To what values are rounded."""


def to_grid(cell_m: float) -> Blur:
    """Centres of square cells of ``cell_m`` metres, laid over the middle of the table."""

    def blur(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        # One width of a degree for all, as a grid whose columns shift with latitude has no cells.
        middle = round(float(np.median(lat)), 1)
        width, height = cell_m / (DEGREE_M * math.cos(math.radians(middle))), cell_m / DEGREE_M
        return (np.floor(lon / width) + 0.5) * width, (np.floor(lat / height) + 0.5) * height

    return blur


def jittered(radius_m: float, seed: int) -> Blur:
    """Places moved by chance, evenly over a disc; one place always to the same spot, so that no mean tells it."""

    def blur(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        pairs = zip(lon.tolist(), lat.tolist(), strict=True)
        chance = np.array([stream(seed, 0, "jitter", f"{x:.7f}", f"{y:.7f}").random(2) for x, y in pairs])
        away_m, turn = radius_m * np.sqrt(chance[:, 0]), 2 * math.pi * chance[:, 1]
        east_deg = away_m * np.cos(turn) / (DEGREE_M * np.cos(np.radians(lat)))
        return lon + east_deg, lat + away_m * np.sin(turn) / DEGREE_M

    return blur


def to_streets(graph: RoadGraph, limit_m: float) -> Blur:
    """Middles of the street sections (from junction to junction) that places are reached from.

    The blur raises ScenarioError where a place is farther than ``limit_m`` from every road.
    """

    def blur(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        names = [f"{x:.5f}, {y:.5f}" for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
        edge = snap(graph, names, lon, lat, limit_m).edge
        shapes = [graph.shape(int(e)) for e in edge.tolist()]
        middle = np.array([_middle(shape) for shape in shapes])
        return middle[:, 0], middle[:, 1]

    return blur


def _middle(shape: Floats) -> Floats:
    """Point half way along a line of lon, lat."""
    steps = np.r_[0.0, np.cumsum(great_circle_m(shape[:-1, 0], shape[:-1, 1], shape[1:, 0], shape[1:, 1]))]
    return np.array([np.interp(steps[-1] / 2, steps, shape[:, axis]) for axis in (0, 1)])


@dataclass(frozen=True, slots=True)
class Statement:
    """What an anonymised table still says, and what it no longer does; a line each."""

    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def anonymise(table: StopTable, blur: Blur, out: Path, *, seed: int, keep_dates: bool = False) -> Statement:
    """Write a table without names and with blurred places; the same table, blur and seed give the same bytes.

    Parameters
    ----------
    blur
        How places are blurred: `to_grid`, `jittered` or `to_streets`.
    out
        File to write.
    seed
        Of the order in which carriers get their new names.
    keep_dates
        Whether dates stay as they are, else they are moved by whole weeks.

    Raises
    ------
    ScenarioError
        A place cannot be blurred, or the file cannot be written.
    """
    places, member = np.unique(np.stack([table.lon, table.lat], axis=1), axis=0, return_inverse=True)
    lon, lat = blur(places[:, 0], places[:, 1])
    lon, lat = np.round(lon, 5), np.round(lat, 5)
    moved_m = great_circle_m(places[:, 0], places[:, 1], lon, lat)
    columns = _columns(table, lon[member.ravel()], lat[member.ravel()], seed=seed, keep_dates=keep_dates)
    write(out, columns)
    told = np.unique(np.stack([lon, lat], axis=1), axis=0, return_counts=True)[1]
    return Statement(tuple(_told(table, columns, moved_m, told, keep_dates=keep_dates)))


def _columns(table: StopTable, lon: Floats, lat: Floats, *, seed: int, keep_dates: bool) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    rng = stream(seed, 0, "new names")
    if table.carriers:
        new = _new_names(table.carriers, rng)
        columns["carrier"] = [f"carrier {new[name]}" for name in table.carrier.tolist()]
    if "date" not in table.missing:
        dates = table.dates if keep_dates else table.dates - _weeks_since(table.dates[0])
        columns["date"] = np.datetime_as_string(dates)[table.day].tolist()
    elif len(table.dates) > 1:
        columns["day"] = (table.day + 1).tolist()
    if "tour" not in table.missing:
        columns["tour"] = (table.tour + 1).tolist()
    if table.sequenced:
        columns["sequence"] = _positions(table)
    columns |= {"lon": [f"{x:.5f}" for x in lon.tolist()], "lat": [f"{y:.5f}" for y in lat.tolist()]}
    for name, values in (
        ("volume_l", table.volume_l), ("mass_kg", table.mass_kg), ("service_s", table.service_s),
        ("arrival", table.arrive_s),
    ):  # fmt: skip
        if name not in table.missing:
            columns[name] = _rounded(values, _STEPS[name], clock=name == "arrival")
    return columns


def _new_names(names: Sequence[str], rng: np.random.Generator) -> dict[str, int]:
    """Numbers from 1 in an order of chance, as the order of names may tell who it is."""
    return dict(zip(names, (rng.permutation(len(names)) + 1).tolist(), strict=True))


def _weeks_since(first: np.datetime64) -> np.timedelta64:
    days = int((first - _MONDAY).astype(int))
    return np.timedelta64(days // 7 * 7, "D")


def _positions(table: StopTable) -> list[int]:
    """Position of each stop in its tour, from 1."""
    key = np.stack(
        [np.unique(table.carrier.astype(str), return_inverse=True)[1].ravel(), table.day, table.tour], axis=1
    )
    starts = np.r_[True, np.any(np.diff(key, axis=0) != 0, axis=1)]
    first = np.flatnonzero(starts)[np.cumsum(starts) - 1]
    positions: list[int] = (np.arange(len(table)) - first + 1).tolist()
    return positions


def _rounded(values: Floats, step: float, *, clock: bool) -> list[Any]:
    rounded = np.round(values / step) * step
    if clock:
        minutes = [None if math.isnan(v) else int(v) // 60 for v in rounded.tolist()]
        return [None if m is None else f"{m // 60:02d}:{m % 60:02d}" for m in minutes]
    return [None if math.isnan(v) else f"{v:g}" for v in rounded.tolist()]


def _told(
    table: StopTable, columns: dict[str, list[Any]], moved_m: Floats, told: Ints, *, keep_dates: bool
) -> list[str]:
    lines = [
        f"kept: {len(table)} stops, {len(table.dates)} days, which stops make a tour"
        + (" and in which order" if table.sequenced else ""),
        f"blurred: {len(moved_m)} places, moved by {moved_m.mean():.0f} m on average and {moved_m.max():.0f} m at most;"
        f" they are told as {len(told)} points",
        f"stand alone: {int((told == 1).sum())} of these points stand for a single place of the table; who knows the"
        " area may tell which. A coarser grid leaves fewer",
    ]
    if "date" in columns:
        lines.append("dates: as they were" if keep_dates else "dates: moved by whole weeks; weekdays and gaps are kept")
    rounded = [f"{name} to {_STEPS[name]:g}" for name in ("volume_l", "mass_kg", "service_s") if name in columns]
    if "arrival" in columns:
        rounded.append("arrival to 5 minutes")
    if rounded:
        lines.append(f"rounded: {', '.join(rounded)}")
    names = [*(["carriers' names"] if table.carriers else []), *(["tours' names"] if "tour" in columns else [])]
    gone = [*names, *(f"column '{name}'" for name in table.sheet.ignored)]
    lines.append(f"gone: {', '.join(gone) or 'nothing, the table held no names'}")
    return lines
