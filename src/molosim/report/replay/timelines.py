"""What plays: a day in steps of its samples and the period in days, each a list of frames for every alternative."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from molosim.report.language import mark
from molosim.report.replay.day_tables import DayTables
from molosim.report.replay.motion import Motion, Plane, move
from molosim.runtime.arrays import Floats, Ints
from molosim.runtime.errors import ScenarioError
from molosim.trips import WASTE_PURPOSES

QUANTITIES: Mapping[str, tuple[str, str]] = {
    "tours": (mark("Tours begun"), ""),
    "km": (mark("Driven by all vehicles"), "km"),
    "km_apart": (mark("Driven by collection vehicles and transfer runs"), "km"),
    "stored": (mark("Waste put into boxes"), "kg"),
    "collected": (mark("Waste fetched from boxes"), "kg"),
    "refused": (mark("Deposits refused"), ""),
    "parcels": (mark("Parcels in boxes now"), ""),
}
"""What is counted, with its unit where it is no number of things; all but the last from the first frame on."""


@dataclass(frozen=True, slots=True)
class Frames:
    """The boxes of one alternative, arrays of shape (frames, boxes), and what is counted, each (frames,)."""

    fill: Floats
    """Of the fullest waste door, 0 to 1."""
    parcels: Ints
    refused: Ints
    """Deposits refused since the former frame."""
    counts: Mapping[str, Floats]
    """Keys of `QUANTITIES`."""


@dataclass(frozen=True, slots=True)
class Tour:
    """A vehicle's way."""

    operator: str
    vehicle: int
    purpose: str
    motion: Motion


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the page plays."""

    first: date
    step_s: int
    """Seconds from one frame to the next."""
    count: int
    frames: Mapping[str, Frames]
    tours: Mapping[str, tuple[Tour, ...]]


def sampled_day(tables: DayTables, plane: Plane) -> Timeline:
    """The day of which tours and boxes were sampled."""
    seconds = np.sort(tables.samples["second"].unique())
    step_s = int(seconds[1] - seconds[0]) if len(seconds) > 1 else 86_400
    day = int(tables.lines[0]["properties"]["day"]) if tables.lines else 0
    tours = {of: tuple(_tours(tables, of, day, plane)) for of in tables.alternatives}
    frames = {}
    for of in tables.alternatives:
        rows = _of(tables.samples, of)
        frames[of] = _frames(rows, "second", _driven(tours[of], seconds), cumulative=True)
    return Timeline(_date(tables, day), step_s, len(seconds), frames, tours)


def period(tables: DayTables) -> Timeline:
    """All measured days; a day's frame shows the boxes at the hour at which its work is planned."""
    days = np.sort(tables.days["day"].unique())
    frames = {}
    for of in tables.alternatives:
        trips = _of(tables.trips, of)
        apart = trips[trips["purpose"].isin(WASTE_PURPOSES)]
        driven = {
            "tours": _by_day(trips["day"], None, days),
            "km": _by_day(trips["day"], trips["metres"], days) / 1000,
            "km_apart": _by_day(apart["day"], apart["metres"], days) / 1000,
        }
        counts = {key: np.cumsum(values) for key, values in driven.items()}
        frames[of] = _frames(_of(tables.days, of), "day", counts, cumulative=False)
    return Timeline(_date(tables, int(days[0])), 86_400, len(days), frames, {})


def _frames(rows: pd.DataFrame, frame: str, driven: Mapping[str, Floats], *, cumulative: bool) -> Frames:
    """Rows of boxes as frames; their counts are from the first frame on, or since the frame before."""
    ordered, shape = rows.sort_values([frame, "box"]), (rows[frame].nunique(), rows["box"].nunique())
    wide = {column: ordered[column].to_numpy().reshape(shape) for column in _WIDE}
    if cumulative:
        total = {key: wide[key].sum(axis=1) for key in _COUNTED}
        refused = np.diff(wide["refused_n"], axis=0, prepend=wide["refused_n"][:1])
    else:
        total = {key: np.cumsum(wide[key].sum(axis=1)) for key in _COUNTED}
        refused = wide["refused_n"]
    counts = dict(driven) | {
        "stored": total["stored_g"] / 1000,
        "collected": total["collected_g"] / 1000,
        "refused": total["refused_n"].astype(np.float64),
        "parcels": wide["parcels_inside"].sum(axis=1).astype(np.float64),
    }
    return Frames(
        wide["fill"].astype(np.float64), wide["parcels_inside"].astype(np.int64), refused.astype(np.int64), counts
    )


_COUNTED = ("stored_g", "collected_g", "refused_n")
_WIDE = ("fill", "parcels_inside", *_COUNTED)


def _tours(tables: DayTables, alternative: str, day: int, plane: Plane) -> Iterator[Tour]:
    stops, trips = _of(tables.stops, alternative), _of(tables.trips, alternative)
    lines = [line for line in tables.lines if line["properties"]["alternative"] == alternative]
    tours = [rows for _, rows in stops.groupby((stops["order"] == 0).cumsum(), sort=True)]
    if len(tours) != len(lines):
        raise ScenarioError.at(alternative, f"has {len(tours)} tours in sample_stops and {len(lines)} lines")
    driven = _lengths(trips[trips["day"] == day])
    for rows, line in zip(tours, lines, strict=True):
        said = line["properties"]
        xy = plane.xy(line["geometry"]["coordinates"])
        arrive, leave = (rows[column].to_numpy(np.int64) for column in ("arrive_s", "leave_s"))
        key = (said["operator"], said["vehicle"], said["purpose"], int(arrive[0]))
        metres = driven.get(key, float(np.hypot(*np.diff(xy, axis=0).T).sum()))
        motion = move(xy, said["stop_vertices"], arrive, leave, driven_m=metres)
        yield Tour(said["operator"], said["vehicle"], said["purpose"], motion)


def _lengths(trips: pd.DataFrame) -> dict[tuple[Any, ...], float]:
    """Metres of each trip of a day by operator, vehicle, purpose and departure."""
    columns = [trips[column].tolist() for column in ("operator", "vehicle", "purpose", "depart_s")]
    return dict(zip(zip(*columns, strict=True), trips["metres"].astype(float), strict=True))


def _driven(tours: tuple[Tour, ...], seconds: Ints) -> dict[str, Floats]:
    """Tours begun and kilometres driven at each second."""
    km, apart, begun = np.zeros((3, len(seconds)))
    for tour in tours:
        so_far = np.interp(seconds, tour.motion.second, tour.motion.metre) / 1000
        km += so_far
        begun += tour.motion.second[0] <= seconds
        if tour.purpose in WASTE_PURPOSES:
            apart += so_far
    return {"tours": begun, "km": km, "km_apart": apart}


def _by_day(day: pd.Series[Any], values: pd.Series[Any] | None, days: Ints) -> Floats:
    at = np.searchsorted(days, day.to_numpy())
    keep = (at < len(days)) & (days[np.minimum(at, len(days) - 1)] == day.to_numpy())
    weights = None if values is None else values.to_numpy(np.float64)[keep]
    return np.bincount(at[keep], weights, len(days)).astype(np.float64)


def _of(table: pd.DataFrame, alternative: str) -> pd.DataFrame:
    return table[table["alternative"] == alternative]


def _date(tables: DayTables, day: int) -> date:
    """Days of tables count from the first measured one."""
    horizon = tables.scenario.horizon
    return horizon.start + timedelta(days=horizon.warmup_days + day)
