"""A tour told again in plain Python, to hold the compiled telling and its check against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from molosim.network.travel import Travel


class Stop(NamedTuple):
    """One stop; loads are negative where something is delivered."""

    place: int
    service_s: int
    ml: int = 0
    g: int = 0
    points: int = 0
    tips: bool = False


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


def tell_plainly(stops: Sequence[Stop], start: int, end: int, depart_s: int, travel: Travel) -> Told:
    """Drive and carry, one thing after the other."""
    load = [-sum(min(0, s.ml) for s in stops), -sum(min(0, s.g) for s in stops), 0]
    picked = [0, 0, 0]
    peaks = list(load)
    now, here = depart_s, start
    arrivals, legs = [], []
    for stop in [*stops, None]:
        there = end if stop is None else stop.place
        period = travel.period_of_hour[now // 3600 % 24]
        legs.append((int(travel.metres[period, here, there]), int(travel.seconds[period, here, there])))
        now, here = now + legs[-1][1], there
        if stop is None:
            break
        arrivals.append(now)
        now += stop.service_s
        for unit, amount in enumerate((stop.ml, stop.g, stop.points)):
            load[unit] += amount
            picked[unit] += max(0, amount)
            peaks[unit] = max(peaks[unit], load[unit])
        if stop.tips:
            load = [have - taken for have, taken in zip(load, picked, strict=True)]
            picked = [0, 0, 0]
    metres, driving_s = (sum(leg[k] for leg in legs) for k in (0, 1))
    service_s = sum(stop.service_s for stop in stops)
    return Told(arrivals, now, metres, driving_s, service_s, legs, (peaks[0], peaks[1], peaks[2]))


def is_sound(told: Told, limits: Sequence[int]) -> bool:
    """Volume, mass, points and the latest return."""
    return all(have <= most for have, most in zip((*told.peaks, told.returns), limits, strict=True))


def stops_of(rows: Sequence[Sequence[int]]) -> list[Stop]:
    """Stops from rows of the compiled planners: place, arrival, service, volume, mass, points, tips."""
    return [Stop(*(row[0], row[2], row[3], row[4], row[5], bool(row[6]))) for row in rows]
