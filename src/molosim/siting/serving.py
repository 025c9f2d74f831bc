"""Who is served by which box: everybody by the nearest, or as many as each has room for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molosim.network.walking import Walks
from molosim.runtime.arrays import Floats, Ints32
from molosim.siting.capacity import assigned
from molosim.siting.swap_gains import Gains, Indices

LEAST = 1e-6
"""Households below this are rounding."""


@dataclass(frozen=True, eq=False, slots=True)
class Served:
    """Households of homes by the box that serves them; those of one home may be in several parts.

    Attributes
    ----------
    home, box
        i64[parts]; box -1 where none does.
    households
        f64[parts].
    walk_m
        f64[parts], to that box; else to the nearest, infinite where that has no room or there is none on foot.
    """

    home: Indices
    box: Indices
    households: Floats
    walk_m: Floats


def by_nearest(box: Ints32, walk_m: Floats, households: Floats, limit_m: float) -> Served:
    """Everybody by the nearest box within the limit."""
    near = (box >= 0) & (walk_m <= limit_m)
    return Served(np.arange(len(box)), np.where(near, box, -1).astype(np.int64), households, walk_m)


def with_room(walks: Walks, households: Floats, room: Floats, limit_m: float) -> Served:
    """As many as each box has room for, so that all together walk least; as many as can be are served.

    Parameters
    ----------
    walks
        From each box to the homes in its reach.
    households
        f64[homes].
    room
        f64[boxes]; infinite for no limit.
    limit_m
        Those without a box count as walking more than twice this, so that nobody is left out to shorten others' walks.
    """
    box, home = np.repeat(np.arange(len(room)), np.diff(walks.first)), walks.to.astype(np.int64)
    gain = 2 * limit_m + 1 - np.rint(walks.metres)
    none = np.zeros((len(room), len(room)), dtype=np.bool_)
    part = assigned(Gains(home, box, gain, len(households), len(room), none), households, room).served
    some = np.flatnonzero(part > LEAST)
    rest = households - np.bincount(home, weights=part, minlength=len(households))
    left = np.flatnonzero(rest > LEAST)
    return Served(
        home=np.concatenate([home[some], left]),
        box=np.concatenate([box[some], np.full(len(left), -1)]),
        households=np.concatenate([part[some], rest[left]]),
        walk_m=np.concatenate([walks.metres[some], np.full(len(left), np.inf)]),
    )
