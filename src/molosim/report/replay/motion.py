"""Where a vehicle is at each moment of its tour: the vertices of its way with the second at which it passes each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from molosim.runtime.arrays import Floats, Ints

_EARTH_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of a point: true enough for a city, and what a screen can show.

    Parameters
    ----------
    lon, lat
        The point, degrees.
    """

    lon: float
    lat: float

    def xy(self, lonlat: object) -> Floats:
        """Metres of points of shape (n, 2), longitude first."""
        points = np.asarray(lonlat, np.float64).reshape(-1, 2)
        east = np.radians(points[:, 0] - self.lon) * np.cos(np.radians(self.lat))
        return np.column_stack([east, np.radians(points[:, 1] - self.lat)]) * _EARTH_M


@dataclass(frozen=True, slots=True)
class Motion:
    """A way in time.

    Parameters
    ----------
    xy
        Metres, shape (n, 2).
    second
        Of the day, ascending, shape (n,): when the vehicle is at each point; where it stands, a point comes twice.
    metre
        Driven so far, shape (n,).
    """

    xy: Floats
    second: Ints
    metre: Floats


def move(xy: Floats, vertices: Sequence[int], arrive_s: Ints, leave_s: Ints, *, driven_m: float) -> Motion:
    """The motion of a tour.

    Parameters
    ----------
    xy
        Its line in metres.
    vertices
        For each place of the tour, its point of the line.
    arrive_s, leave_s
        For each place, seconds of the day. Between two places the vehicle has one speed.
    driven_m
        Length of the tour on the map. The line is simplified, so its own length falls a little short of it.

    Raises
    ------
    ValueError
        If places, points and times do not go together.
    """
    if not len(vertices) == len(arrive_s) == len(leave_s) or max(vertices) >= len(xy) or np.any(np.diff(vertices) < 0):
        raise ValueError(f"a tour's line of {len(xy)} points does not fit its {len(arrive_s)} stops")
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    standing = np.asarray(vertices)
    # Every point once with the stretch that ends there, and each place once more at the moment of leaving it.
    points = np.concatenate([np.arange(len(xy)), standing])
    seconds = np.concatenate([_passed(along, standing, arrive_s, leave_s), leave_s.astype(np.float64)])
    order = np.lexsort((np.arange(len(points)) >= len(xy), points))
    scale = driven_m / along[-1] if along[-1] else 0.0
    second = np.maximum.accumulate(np.rint(seconds[order]).astype(np.int64))
    return Motion(xy[points[order]], second, along[points[order]] * scale)


def _passed(along: Floats, standing: Ints, arrive_s: Ints, leave_s: Ints) -> Floats:
    """The second at which each point is reached: between two places in proportion to the way."""
    seconds = np.empty(len(along))
    seconds[: standing[0] + 1] = arrive_s[0]
    for i, (first, last) in enumerate(pairwise(standing)):
        way = along[first : last + 1] - along[first]
        share = way / way[-1] if way[-1] else np.ones(len(way))
        stretch = leave_s[i] + share * (arrive_s[i + 1] - leave_s[i])
        seconds[first + 1 : last + 1] = stretch[1:]
    seconds[standing[-1] :] = arrive_s[-1]
    return seconds
