"""A tour told again in plain Python, to hold the compiled telling and its check against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from molosim.network.travel import Travel
from molosim.routing.tours import ANY_RANGE_M


def limits_row(
    ml: int, g: int, points: int, returns: int, *, range_m: int = ANY_RANGE_M, at_boxes: bool = True
) -> NDArray[np.int64]:
    """Limits of a vehicle in the compiled planners' order."""
    return np.array([ml, g, points, returns, range_m, at_boxes], np.int64)


class Stop(NamedTuple):
    """One stop; loads are negative where something is delivered."""

    place: int
    service_s: int
    ml: int = 0
    g: int = 0
    points: int = 0
    tips: bool = False
    charge_m: int = 0


class Told(NamedTuple):
    """What a tour is."""

    arrivals: list[int]
    returns: int
    metres: int
    driving_s: int
    service_s: int
    legs: list[tuple[int, int]]
    """Metres and seconds of each."""
    peaks: tuple[int, int, int]
    """Most millilitres, grams and points aboard at any moment."""
    range_m: int
    """Most metres behind a full battery."""


def tell_plainly(stops: Sequence[Stop], start: int, end: int, depart_s: int, travel: Travel) -> Told:
    """Drive and carry, one thing after the other."""
    load = [-sum(min(0, s.ml) for s in stops), -sum(min(0, s.g) for s in stops), 0]
    picked = [0, 0, 0]
    peaks = list(load)
    now, here = depart_s, start
    arrivals, legs = [], []
    behind = range_m = 0
    for stop in [*stops, None]:
        there = end if stop is None else stop.place
        period = travel.period_of_hour[now // 3600 % 24]
        legs.append((int(travel.metres[period, here, there]), int(travel.seconds[period, here, there])))
        now, here = now + legs[-1][1], there
        behind += legs[-1][0]
        range_m = max(range_m, behind)
        if stop is None:
            break
        arrivals.append(now)
        now += stop.service_s
        behind = max(0, behind - stop.charge_m)
        for unit, amount in enumerate((stop.ml, stop.g, stop.points)):
            load[unit] += amount
            picked[unit] += max(0, amount)
            peaks[unit] = max(peaks[unit], load[unit])
        if stop.tips:
            load = [have - taken for have, taken in zip(load, picked, strict=True)]
            picked = [0, 0, 0]
    metres, driving_s = (sum(leg[k] for leg in legs) for k in (0, 1))
    service_s = sum(stop.service_s for stop in stops)
    return Told(arrivals, now, metres, driving_s, service_s, legs, (peaks[0], peaks[1], peaks[2]), range_m)


def is_sound(told: Told, limits: Sequence[int]) -> bool:
    """Volume, mass, points, the latest return and the range; whether it may come to boxes is another matter."""
    return all(have <= most for have, most in zip((*told.peaks, told.returns, told.range_m), limits[:-1], strict=True))


def stops_of(rows: Sequence[Sequence[int]]) -> list[Stop]:
    """Stops from rows of the compiled planners: place, arrival, service, volume, mass, charge, leg, points, tips."""
    return [Stop(row[0], row[2], row[3], row[4], row[7], bool(row[8]), row[5]) for row in rows]
