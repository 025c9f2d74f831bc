"""How good the best choice of sites can be: a bound by the Lagrangian dual, and which sites it rules out."""

from __future__ import annotations

import numpy as np

from molosim.runtime.arrays import Flags, Floats
from molosim.siting.swap_gains import Gains, Indices, exchanged, greedy

PATIENCE = 20
"""Steps without a better bound before they are halved."""
SMALLEST_STEP = 1e-3
TRIES = 6
"""Sets of sites that the bound suggests and that exchange is tried on, in one descent."""
PROVEN = 1e-9
"""A gap of at most this share counts as none."""


class BoundSearch:
    """The best choice so far, a bound that none exceeds, and the prices that it comes from.

    Relaxed is that a home gains from one site only; its price is what it gives back for each further one. That some
    sites must stand apart is left out of the bound, which stays one, only weaker.

    Attributes
    ----------
    chosen
        i64[count], ascending.
    value, bound
        What homes gain from the choice, and at most from any other.
    worth
        f64[sites], what homes gain from each site above their prices.
    """

    def __init__(self, gains: Gains, start: Indices) -> None:
        self._gains, self._tried = gains, set[bytes]()
        self.chosen, self.value = exchanged(gains, start)
        self._price = gains.served(self.chosen)[0]
        self.worth = gains.added(self._price)
        self.bound = float(self._price.sum() + self.worth[self._top(self.worth)].sum())

    @property
    def proven(self) -> bool:
        """Whether no choice can be better."""
        return self.bound - self.value <= PROVEN * self.bound

    def descend(self, steps: int) -> None:
        """Lower the bound in so many subgradient steps; counted, not timed, so that every machine gets the same."""
        price, length, waited, tries = self._price, 1.0, 0, TRIES
        for _ in range(steps):
            worth = self._gains.added(price)
            top = self._top(worth)
            total = float(price.sum() + worth[top].sum())
            waited += 1
            if total < self.bound:
                self.bound, self._price, self.worth, waited = total, price, worth, 0
                tries -= bool(tries and self._suggested(worth))
            if self.proven or length < SMALLEST_STEP:
                break
            if waited == PATIENCE:
                length, price, waited = length / 2, self._price, 0
            else:
                price = self._stepped(price, top, length * (total - self.value))

    def improve(self, chosen: Indices, value: float) -> None:
        """Take another choice where it is better."""
        if value > self.value:
            self.chosen, self.value = np.sort(chosen), value

    def open_question(self) -> Flags:
        """Sites that a choice better than the one in hand can hold."""
        last_in = np.sort(self.worth)[::-1][len(self.chosen) - 1]
        return np.asarray(self.worth >= last_in - (self.bound - self.value) - PROVEN * self.bound)

    def _top(self, worth: Floats) -> Indices:
        return np.argsort(-worth, kind="stable")[: len(self.chosen)]

    def _suggested(self, worth: Floats) -> bool:
        """Try the sites that the bound holds for the best; whether they are new."""
        suggested = np.sort(greedy(self._gains, len(self.chosen), worth))
        if len(suggested) < len(self.chosen) or suggested.tobytes() in self._tried:
            return False
        self._tried.add(suggested.tobytes())
        self.improve(*exchanged(self._gains, suggested))
        return True

    def _stepped(self, price: Floats, top: Indices, length: float) -> Floats:
        """Prices a step on: dearer for homes that several of the top sites want, cheaper where none does."""
        gains = self._gains
        open_sites = np.zeros(gains.sites, dtype=np.bool_)
        open_sites[top] = True
        wanting = open_sites[gains.site] & (gains.gain > price[gains.home])
        slope = 1.0 - np.bincount(gains.home[wanting], minlength=gains.homes)
        slope[(slope > 0) & (price <= 0)] = 0
        return np.asarray(np.maximum(0.0, price - length / max(1.0, float(slope @ slope)) * slope))
