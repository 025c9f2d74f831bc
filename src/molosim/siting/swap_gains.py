"""What homes gain from sites: the table that a choice of sites is made from, and the best set found by exchange."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from molosim.runtime.arrays import Flags, Floats, Ints

Indices = Ints
LEAST = 1e-9
"""An exchange must gain more than this share of what all homes could gain, or rounding would run in circles."""


@dataclass(frozen=True, eq=False)
class Gains:
    """What each home gains from each site in its reach; it gets the largest among the open ones.

    Attributes
    ----------
    home, site
        i64[k], pairs in reach.
    gain
        f64[k], above 0.
    homes, sites
        How many there are.
    apart
        bool[sites, sites], symmetric: pairs of sites of which at most one may be open.
    """

    home: Indices
    site: Indices
    gain: Floats
    homes: int
    sites: int
    apart: Flags

    @cached_property
    def most(self) -> float:
        """Sum over homes of the largest gain from any site."""
        best = np.zeros(self.homes)
        np.maximum.at(best, self.home, self.gain)
        return float(best.sum())

    def served(self, chosen: Indices) -> tuple[Floats, Floats, Indices]:
        """Best and second best gain of each home from open sites, 0 where there is none, and the best's place in them.

        The place is -1 for a home that gains from none.
        """
        position = np.full(self.sites, -1, dtype=np.int64)
        position[chosen] = np.arange(len(chosen))
        pair = np.flatnonzero(position[self.site] >= 0)
        pair = pair[np.lexsort((self.site[pair], -self.gain[pair], self.home[pair]))]
        home = self.home[pair]
        first = np.concatenate([[True], home[1:] != home[:-1]]) if len(pair) else np.zeros(0, np.bool_)
        second = np.flatnonzero(np.concatenate([[False], first[:-1]]) & ~first) if len(pair) else pair
        best, next_best, owner = np.zeros(self.homes), np.zeros(self.homes), np.full(self.homes, -1, dtype=np.int64)
        best[home[first]], owner[home[first]] = self.gain[pair[first]], position[self.site[pair[first]]]
        next_best[home[second]] = self.gain[pair[second]]
        return best, next_best, owner

    def value(self, chosen: Indices) -> float:
        """What all homes gain together."""
        return float(self.served(chosen)[0].sum())

    def added(self, best: Floats) -> Floats:
        """f64[sites]: what each site would add where homes have ``best`` already."""
        more = np.maximum(0.0, self.gain - best[self.home])
        return np.bincount(self.site, weights=more, minlength=self.sites).astype(np.float64)


def greedy(gains: Gains, count: int, worth: Floats | None = None) -> Indices:
    """Sites added one by one, each time the one that adds most; fewer than ``count`` where no more have room.

    With ``worth`` f64[sites] they are taken in the order of this instead.
    """
    chosen: list[int] = []
    free = np.ones(gains.sites, dtype=np.bool_)
    best = np.zeros(gains.homes)
    for _ in range(count):
        if not free.any():
            break
        added = gains.added(best) if worth is None else worth
        chosen.append(int(np.argmax(np.where(free, added, -np.inf))))
        free &= ~gains.apart[chosen[-1]]
        free[chosen[-1]] = False
        if worth is None:
            mine = gains.site == chosen[-1]
            np.maximum.at(best, gains.home[mine], gains.gain[mine])
    return np.array(chosen, dtype=np.int64)


def exchanged(gains: Gains, chosen: Indices) -> tuple[Indices, float]:
    """Exchange an open site for a closed one, the pair that gains most, until none gains; the sites and their value."""
    chosen = chosen.copy()
    while True:
        best, next_best, owner = gains.served(chosen)
        delta = _deltas(gains, chosen, (best, next_best, owner))
        out, into = np.unravel_index(int(np.argmax(delta)), delta.shape)
        if delta[out, into] <= LEAST * gains.most:
            return np.sort(chosen), float(best.sum())
        chosen[out] = into


def _deltas(gains: Gains, chosen: Indices, served: tuple[Floats, Floats, Indices]) -> Floats:
    """f64[chosen, sites]: change of value when an open site gives way to another; -inf where that may not be."""
    best, next_best, owner = served
    lost = np.bincount(owner[owner >= 0], weights=(best - next_best)[owner >= 0], minlength=len(chosen))
    # What a home keeps of its loss, because the new site is better for it than its second best.
    home, kept = gains.home, np.minimum(gains.gain, best[gains.home]) - next_best[gains.home]
    pair = np.flatnonzero((kept > 0) & (owner[home] >= 0))
    place = owner[home[pair]] * gains.sites + gains.site[pair]
    kept_by = np.bincount(place, weights=kept[pair], minlength=len(chosen) * gains.sites)
    delta = gains.added(best) - lost[:, None] + kept_by.reshape(len(chosen), gains.sites)
    clash = gains.apart[chosen]
    delta[(clash.sum(axis=0) - clash) > 0] = -np.inf
    delta[:, chosen] = -np.inf
    return np.asarray(delta, dtype=np.float64)
