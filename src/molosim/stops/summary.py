"""What a stop table amounts to: tours, stops, litres and kilograms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from molosim.runtime.arrays import Floats, Ints
from molosim.stops.table import LOST, StopTable


def tours(table: StopTable, mine: Ints | None = None) -> dict[str, list[Any]]:
    """A row per tour of each carrier and day (per day where the table has no tours), in the table's order.

    ``mine`` are the stops that count, those of one carrier; all by default.

    Returns
    -------
    dict
        Columns ``carrier``, ``date`` or ``day``, ``tour``, ``stops``, ``volume_l``, ``mass_kg``, ``service_h``; sums
        over the stops that say it, None where none does.
    """
    bounds = table.tour_bounds()
    first = bounds[:-1]
    kept = slice(None) if mine is None else np.isin(first, mine)
    columns: dict[str, list[Any]] = {"carrier": table.carrier[first].tolist()}
    if "date" in table.missing:
        columns["day"] = (table.day[first] + 1).tolist()
    else:
        columns["date"] = np.datetime_as_string(table.dates[table.day[first]]).tolist()
    columns["tour"] = table.tour_name[first].tolist()
    columns["stops"] = np.diff(bounds).tolist()
    columns["volume_l"] = _sums(table.volume_l, first)
    columns["mass_kg"] = _sums(table.mass_kg, first)
    columns["service_h"] = _sums(table.service_s / 3600, first)
    return {name: np.array(values, object)[kept].tolist() for name, values in columns.items()}


def _sums(values: Floats, first: Ints) -> list[float | None]:
    known = np.add.reduceat(~np.isnan(values), first)
    sums = np.add.reduceat(np.nan_to_num(values), first)
    return [round(total, 3) if any_known else None for total, any_known in zip(sums.tolist(), known > 0, strict=True)]


def overview(table: StopTable) -> Iterator[str]:
    """A line for each carrier, and one for each thing that the table does not say."""
    for name in table.carriers or ("",):
        line = of_carrier(table, table.of(name))
        yield f"{name}: {line}" if name else line
    if backwards := late_then_early(table):
        yield f"{backwards} stops have an arrival before that of the stop before them; the sequence counts"
    yield from not_said(table)
    if table.sheet.ignored:
        yield f"not used: {', '.join(repr(name) for name in table.sheet.ignored)}"


def of_carrier(table: StopTable, mine: Ints) -> str:
    """Number of stops, days and tours, and means, of some of a table's stops."""
    per_tour = np.sort(np.unique(np.stack([table.day[mine], table.tour[mine]]), axis=1, return_counts=True)[1])
    days = len(np.unique(table.day[mine]))
    line = f"{len(mine)} stops on {days} {'day' if days == 1 else 'days'}"
    if "tour" not in table.missing:
        line += f"; {len(per_tour)} tours, {per_tour[0]} to {per_tour[-1]} stops each, median {np.median(per_tour):g}"
    for what, values, unit in (("volume", table.volume_l, "l"), ("mass", table.mass_kg, "kg")):
        if not np.isnan(values[mine]).all():
            line += f"; mean {what} {np.nanmean(values[mine]):.3g} {unit}"
    return line


def not_said(table: StopTable) -> Iterator[str]:
    """What is lost because columns are missing or empty."""
    for column in table.missing:
        if column != "sequence" or not _said_otherwise(table):
            yield f"no column '{column}': {LOST[column]}"
    for column, values in (("volume_l", table.volume_l), ("mass_kg", table.mass_kg), ("service_s", table.service_s)):
        holes = int(np.isnan(values).sum())
        if column not in table.missing and holes:
            yield f"column '{column}' is empty in {holes} of {len(table)} rows; they have the configuration's value"


def _said_otherwise(table: StopTable) -> bool:
    """Whether the order is known from arrivals, or there is no tour whose order it could be."""
    return table.sequenced or "tour" in table.missing


def late_then_early(table: StopTable) -> int:
    """Number of stops that the table says are reached before the stop before them."""
    first = np.zeros(len(table), bool)
    first[table.tour_bounds()[:-1]] = True
    if not table.sequenced:
        return 0
    earlier = np.r_[False, np.diff(table.arrive_s) < 0]
    return int((earlier & ~first).sum())
