"""A stop table that may be shared: places hidden among addresses, values among rows, names dropped, attacked before."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molosim.network.graph import great_circle_m
from molosim.runtime.arrays import Floats, Ints
from molosim.runtime.errors import ScenarioError
from molosim.runtime.streams import stream
from molosim.stops.attacks import Attack, by_place, by_values
from molosim.stops.groups import groups
from molosim.stops.hiding import Cells, nearest_addresses
from molosim.stops.register import DECIMALS, Register
from molosim.stops.table import StopTable

K = 5
"""Addresses that a told place may be, and rows with the same told values, at least."""
MOST_FOUND = 0.05
"""Share of rows that an attack may find at most."""
_MONDAY = np.datetime64("2001-01-01")
"""Dates are moved by whole weeks so that the first one falls into this Monday's week."""
_HOUR_S = 3600


@dataclass(frozen=True, eq=False, slots=True)
class Anonymised:
    """A table as it may be shared.

    Attributes
    ----------
    columns
        To be written; rows in an order of chance.
    lon, lat
        f64[stops], degrees, told place of each stop of the table, in its order.
    moved_m
        f64[stops], metres from a stop to where it is told.
    attacks
        What attacks find, by `_ATTACKS`.
    lines
        What the table still says, a line each.
    """

    columns: dict[str, list[Any]]
    lon: Floats
    lat: Floats
    moved_m: Floats
    attacks: Mapping[str, Attack]
    lines: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Told:
    """Places and values as they are told, in the order of the table."""

    lon: Floats
    lat: Floats
    values: Mapping[str, Floats]


def anonymise(
    table: StopTable, register: Register, *, k: int = K, seed: int | None = None, keep_dates: bool = False
) -> Anonymised:
    """Make a table that may be shared, and attack it.

    Each place is told as the middle one of at least ``k`` neighbouring addresses, which the register alone settles;
    values as means of at least ``k`` rows, of the same tour where it has so many.

    Parameters
    ----------
    seed
        Of new names and the order of rows; a secret of the moment by default. Whoever knows it can test a guess.
    keep_dates
        Whether dates stay as they are, else they are moved by whole weeks.

    Raises
    ------
    ScenarioError
        A stop is far from every address, rows or addresses are fewer than ``k``, or an attack finds too much.
    """
    if len(table) < k:
        raise ScenarioError.at(str(table.file), f"has {len(table)} rows; at least {k} must have the same told values")
    if len(register) < k:
        raise ScenarioError.at(
            "--addresses", f"has {len(register)} addresses; a told place must be one of at least {k}"
        )
    seed = secrets.randbits(256) if seed is None else seed
    address, cells = nearest_addresses(table, register), Cells.of(register, k)
    lon, lat = cells.told()
    told = _Told(lon[address], lat[address], _grouped(table, k))
    columns = _columns(table, told, stream(seed, 0, "new names"), keep_dates=keep_dates)
    attacks = _attacked(table, columns, cells)
    check(attacks, k)
    moved_m = great_circle_m(table.lon, table.lat, told.lon, told.lat)
    rows = np.bincount(cells.cell[address])
    visited = len(np.unique(address))
    lines = (
        f"addresses: {len(register)}, {register.source}; {visited} of them have stops"
        + (": are these all addresses there, not customers alone?" if visited > len(register) / 2 else ""),
        f"places: told as the middle one of {k} to {cells.size.max()} addresses, and may be any of them; moved by"
        f" {moved_m.mean():.0f} m on average and {moved_m.max():.0f} m at most",
        *_said(table, columns, k, keep_dates=keep_dates),
        f"single: {int((rows == 1).sum())} rows are alone among their addresses; whoever knows that one of these had a"
        " stop reads its told values",
        *_found(attacks, k),
    )
    order = stream(seed, 0, "rows").permutation(len(table)).tolist()
    columns = {name: [column[i] for i in order] for name, column in columns.items()}
    return Anonymised(columns, told.lon, told.lat, moved_m, attacks, lines)


def _values(table: StopTable) -> dict[str, Floats]:
    """Columns of values that say anything; arrivals in whole hours, in seconds."""
    every = {
        "volume_l": table.volume_l,
        "mass_kg": table.mass_kg,
        "service_s": table.service_s,
        "arrival": np.floor(table.arrive_s / _HOUR_S) * _HOUR_S,
    }
    return {name: values for name, values in every.items() if not np.isnan(values).all()}


def _grouped(table: StopTable, k: int) -> dict[str, Floats]:
    """Values as means over groups of at least ``k`` rows; an empty cell has its group's mean."""
    values = _values(table)
    if not values:
        return {}
    group = _value_groups(table, values, k)
    told = {}
    for name, column in values.items():
        known = ~np.isnan(column)
        count = np.bincount(group, known)
        mean = np.bincount(group, np.where(known, column, 0.0)) / np.where(count > 0, count, np.nan)
        mean = np.floor(mean / _HOUR_S) * _HOUR_S if name == "arrival" else np.round(mean, 3)
        told[name] = mean[group]
    return told


def _value_groups(table: StopTable, values: Mapping[str, Floats], k: int) -> Ints:
    """Groups of rows with like values: within each tour of at least ``k`` stops, over all smaller tours together."""
    scaled = np.stack([_scaled(column) for column in values.values()], axis=1)
    bounds = table.tour_bounds()
    stops = np.diff(bounds)
    by_size = np.argsort(stops, kind="stable")
    apart = stops >= k
    if not apart.all() and stops[~apart].sum() < k:  # too few rows in small tours: the next tour joins them
        apart[by_size[(~apart).sum()]] = False
    pool = np.repeat(np.where(apart, np.arange(len(stops)), -1), stops)
    group, count = np.empty(len(table), np.int64), 0
    in_pools = np.argsort(pool, kind="stable")
    for rows in np.split(in_pools, np.flatnonzero(np.diff(pool[in_pools])) + 1):
        group[rows] = count + groups(scaled[rows], k)
        count = int(group[rows].max()) + 1
    return group


def _scaled(column: Floats) -> Floats:
    """Values in standard deviations, empty ones as the mean."""
    spread = float(np.nanstd(column)) or 1.0
    return np.nan_to_num((column - np.nanmean(column)) / spread)


def _columns(table: StopTable, told: _Told, rng: np.random.Generator, *, keep_dates: bool) -> dict[str, list[Any]]:
    """Cells as they are written, rows in the order of the table."""
    columns: dict[str, list[Any]] = {}
    if table.carriers:
        new = dict(zip(table.carriers, _new_numbers(len(table.carriers), rng), strict=True))
        columns["carrier"] = [f"carrier {new[name]}" for name in table.carrier.tolist()]
    if "date" not in table.missing:
        dates = table.dates if keep_dates else table.dates - _weeks_since(table.dates[0])
        columns["date"] = np.datetime_as_string(dates)[table.day].tolist()
    elif len(table.dates) > 1:
        columns["day"] = np.array(_new_numbers(len(table.dates), rng))[table.day].tolist()
    if "tour" not in table.missing:
        stops = np.diff(table.tour_bounds())
        columns["tour"] = np.repeat(_new_numbers(len(stops), rng), stops).tolist()
    for name, degrees in (("lon", told.lon), ("lat", told.lat)):
        columns[name] = [f"{degree:.{DECIMALS}f}" for degree in degrees.tolist()]
    for name, values in told.values.items():
        columns[name] = [_cell(value, clock=name == "arrival") for value in values.tolist()]
    return columns


def _new_numbers(count: int, rng: np.random.Generator) -> list[int]:
    """Numbers from 1 in an order of chance, as the order of names may tell who it is."""
    numbers: list[int] = (rng.permutation(count) + 1).tolist()
    return numbers


def _weeks_since(first: np.datetime64) -> np.timedelta64:
    days = int((first - _MONDAY).astype(int))
    return np.timedelta64(days // 7 * 7, "D")


def _cell(value: float, *, clock: bool) -> str | None:
    if math.isnan(value):
        return None
    return f"{int(value) // _HOUR_S:02d}:00" if clock else f"{value:.3f}".rstrip("0").rstrip(".")


_ATTACKS = {
    "place": "with the register and this program",
    "values": "with the carrier's own volumes, masses, service times and arrivals",
    "values of tours": "with these, knowing which told tour is which",
}


def _attacked(table: StopTable, columns: Mapping[str, Sequence[Any]], cells: Cells) -> dict[str, Attack]:
    """All attacks on what is to be written."""
    could = (np.arange(len(cells.register)), *cells.told())
    attacks = {"place": by_place(_numbers(columns["lon"]), _numbers(columns["lat"]), could)}
    if values := _values(table):
        told = np.stack([_numbers(columns[name]) for name in values], axis=1)
        records = np.stack(list(values.values()), axis=1)
        attacks["values"] = by_values(told, records)
        if "tour" in columns:
            tour = np.array(columns["tour"])
            attacks["values of tours"] = by_values(told, records, (tour, tour))
    return attacks


def _numbers(cells: Sequence[str | None]) -> Floats:
    """Cells as numbers, whole hours as seconds."""
    hour = ":00"
    return np.array(
        [math.nan if c is None else float(c.removesuffix(hour)) * (_HOUR_S if c.endswith(hour) else 1) for c in cells]
    )


def check(attacks: Mapping[str, Attack], k: int) -> None:
    """Refuse a table that attacks find too much in.

    Raises
    ------
    ScenarioError
        More than `MOST_FOUND` of the rows are left with fewer than ``k`` addresses, or agree with a record alone.
    """
    for name, count, mend in (
        ("place", k, "name a register with more addresses, or take a larger --k"),
        ("values", 2, "take a larger --k, or leave out a column of values"),
    ):
        if name in attacks and (share := attacks[name].share_below(count)) > MOST_FOUND:
            problem = f"{_ATTACKS[name]}, {share:.1%} of the rows are found; at most {MOST_FOUND:.0%} may be: {mend}"
            raise ScenarioError.at("nothing is written", problem)


def _found(attacks: Mapping[str, Attack], k: int) -> Iterator[str]:
    for name, attack in attacks.items():
        rows = len(attack.fits)
        if name == "place":
            alone = f"re-identified {attack.share_below(k):.1%}, {attack.fewer_than(k)} of {rows} rows have fewer than"
            yield f"attack {_ATTACKS[name]}: {alone} {k} addresses; the best guess is right by {attack.best_guess:.0%}"
            continue
        alone = f"re-identified {attack.share_below(2):.1%}, {attack.fewer_than(2)} of {rows} records agree with one"
        few = attack.fewer_than(k)
        yield f"attack {_ATTACKS[name]}: {alone} row alone, {few} with fewer than {k}"
    if (tours := attacks.get("values of tours")) is not None and tours.share_below(2) > MOST_FOUND:
        yield f"tours of fewer than {k} stops betray their rows to whoever knows them; leave out the column 'tour'"


def _said(table: StopTable, columns: Mapping[str, Sequence[Any]], k: int, *, keep_dates: bool) -> Iterator[str]:
    values = [name for name in ("volume_l", "mass_kg", "service_s", "arrival") if name in columns]
    if values:
        yield f"values: {', '.join(values)} told as means of at least {k} rows, arrivals in whole hours"
    if "date" in columns:
        yield "dates: as they were" if keep_dates else "dates: moved by whole weeks; weekdays and gaps are kept"
    kept = ", which stops make a tour" if "tour" in columns else ""
    yield f"kept: {len(table)} stops, {len(table.dates)} days{kept}"
    names = [*(["carriers' names"] if table.carriers else []), *(["tours' names"] if "tour" in columns else [])]
    gone = [*names, "the order of stops", *(f"column '{name}'" for name in table.sheet.ignored)]
    yield f"gone: {', '.join(gone)}"
