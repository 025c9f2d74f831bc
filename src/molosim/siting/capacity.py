"""The best sites for boxes that serve so many households each and no more: the capacitated p-median and covering.

Households are assigned: those of one building may be shared out among boxes, and not all to their nearest. For given
sites the best assignment is a transportation problem, which HiGHS solves to the end. Sites come from prices: a home's
price is what a further place for one of its households is worth, a site's worth what it gains above the prices of those
whom it has room for. The same prices bound what any choice can gain (Lagrangian dual; a site takes the households that
gain most until it is full). Where few sites are left that the bound does not rule out, HiGHS chooses among them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from molosim.runtime.arrays import Floats
from molosim.runtime.errors import ScenarioError
from molosim.siting.closing import programme
from molosim.siting.swap_gains import Gains, Indices, greedy

STEPS = 300
"""Subgradient steps; counted, so that every machine takes the same."""
PATIENCE = 15
"""Steps without a better bound before they are halved."""
TRIES = 8
"""Sets of sites that the prices suggest and that are tried."""
ROUNDS = 6
"""Rounds of exchange at most."""
ENTRANTS, LEAVERS = 4, 3
"""Sites that are tried in a round for each other: the most worthy, for those that would be missed least."""
LEAST = 1e-9
"""An exchange must gain more than this share of the whole."""
EXACT_PAIRS = 12_000
"""HiGHS chooses among sites with at most so many pairs of home and site in reach."""


@dataclass(frozen=True, eq=False, slots=True)
class Assigned:
    """Who is assigned where.

    Attributes
    ----------
    value
        What all gain.
    served
        f64[pairs], households of each pair of the table that it is made from.
    price
        f64[homes], what another place would be worth to one more household of each home.
    """

    value: float
    served: Floats
    price: Floats


def assigned(gains: Gains, households: Floats, room: Floats) -> Assigned:
    """Assign households to sites with so much room, so that all together gain most.

    Parameters
    ----------
    gains
        With `gain` per household; sites without room serve nobody.
    households
        f64[homes].
    room
        f64[sites], households that each may serve; infinite for no limit.
    """
    from scipy.optimize import linprog  # noqa: PLC0415 - only where boxes have a capacity
    from scipy.sparse import coo_array, vstack  # noqa: PLC0415 - as above

    pair = np.flatnonzero(room[gains.site] > 0)
    served, price = np.zeros(len(gains.home)), np.zeros(gains.homes)
    if not len(pair):
        return Assigned(0.0, served, price)
    limited = np.isfinite(room)
    number, one = np.cumsum(limited) - 1, np.ones(len(pair))
    full = np.flatnonzero(limited[gains.site[pair]])
    rows = [coo_array((one, (gains.home[pair], np.arange(len(pair)))), shape=(gains.homes, len(pair)))]
    rows += [coo_array((one[full], (number[gains.site[pair[full]]], full)), shape=(int(limited.sum()), len(pair)))]
    room_for = np.concatenate([households, room[limited]])
    answer = linprog(-gains.gain[pair], A_ub=vstack(rows).tocsr(), b_ub=room_for, method="highs")  # type: ignore[call-overload]  # its stubs know no sparse matrix
    served[pair] = answer.x
    price = np.maximum(0.0, -answer.ineqlin.marginals[: gains.homes])
    return Assigned(float(gains.gain @ served), served, price)


def check_room(gains: Gains, households: Floats, count: int, capacity: float) -> None:
    """Raise ScenarioError where so many boxes have no room for all who live within reach of a candidate."""
    near = np.zeros(gains.homes, dtype=np.bool_)
    near[gains.home] = True
    wanted = float(households[near].sum())
    if count * capacity < wanted * (1 - LEAST):
        problem = (
            f"{count} boxes for at most {capacity:g} dwellings each have room for {count * capacity:,.0f}, of "
            f"{wanted:,.0f} in reach of a kerb; at least {int(np.ceil(wanted / capacity))} boxes are needed"
        )
        raise ScenarioError.at("siting", problem)


class CapacitySearch:
    """The best choice so far and a bound that none exceeds.

    Attributes
    ----------
    chosen
        i64[count], ascending.
    value, bound
        What all gain from the choice, and at most from any other; ``most`` where that is known already.
    """

    def __init__(self, gains: Gains, households: Floats, capacity: float, start: Indices, most: float) -> None:
        self._gains, self._households, self._capacity = gains, households, capacity
        self._known: dict[bytes, Assigned] = {}
        self.chosen, self.value = np.sort(start), self._of(start).value
        self._best_price = self._of(start).price
        self._worth, _ = self._worths(self._best_price)
        self._dual = self._bounded(self._best_price, self._worth)
        self.bound = min(self._dual, most)

    @property
    def proven(self) -> bool:
        """Whether no choice can be better."""
        return self.bound - self.value <= LEAST * max(self.bound, 1.0)

    def descend(self) -> None:
        """Lower the bound step by step, and try the sites that the prices hold for the best."""
        price, length, waited, tries = self._best_price, 1.0, 0, TRIES
        for _ in range(STEPS):
            worth, taken = self._worths(price)
            total = self._bounded(price, worth)
            waited += 1
            if total < self._dual:
                self._dual, self._best_price, self._worth, waited = total, price, worth, 0
                self.bound = min(self.bound, total)
                tries -= bool(tries and self._tried(greedy(self._gains, len(self.chosen), worth)))
            if self.proven:
                break
            if waited == PATIENCE:
                length, price, waited = length / 2, self._best_price, 0
                continue
            top = np.isin(self._gains.site, self._top(worth))
            slope = self._households - np.bincount(
                self._gains.home[top], weights=taken[top], minlength=self._gains.homes
            )
            slope[(slope > 0) & (price <= 0)] = 0
            step = length * (total - self.value) / max(1.0, float(slope @ slope))
            price = np.maximum(0.0, price - step * slope)

    def exchange(self) -> None:
        """Exchange sites while that gains: the most worthy at the homes' prices for those missed least."""
        for _ in range(ROUNDS):
            if self.proven or not self._exchanged():
                return

    def solve(self, nodes: int) -> None:
        """Let HiGHS choose among the sites that the bound does not rule out, where they are few."""
        may = self._open_question()
        if self.proven or not nodes or np.count_nonzero(may[self._gains.site]) > EXACT_PAIRS:
            return
        sites, bound = _programme(self._gains, self._households, self._capacity, may, (len(self.chosen), nodes))
        if len(sites):
            self._tried(sites)
        self.bound = min(self.bound, max(self.value, bound))

    def _of(self, sites: Indices) -> Assigned:
        key = np.sort(sites).tobytes()
        if key not in self._known:
            room = np.zeros(self._gains.sites)
            room[sites] = self._capacity
            self._known[key] = assigned(self._gains, self._households, room)
        return self._known[key]

    def _tried(self, sites: Indices) -> bool:
        """Take a set where it is better; whether it was new."""
        if len(sites) < len(self.chosen) or np.sort(sites).tobytes() in self._known:
            return False
        value = self._of(sites).value
        if value > self.value:
            self.chosen, self.value = np.sort(sites), value
        return True

    def _exchanged(self) -> bool:
        now, before, gains = self._of(self.chosen), self.value, self._gains
        worth, _ = self._worths(now.price)
        worth[self.chosen] = -np.inf
        lost = np.bincount(gains.site, weights=now.served * (gains.gain - now.price[gains.home]), minlength=gains.sites)
        leavers = self.chosen[np.argsort(lost[self.chosen], kind="stable")[:LEAVERS]]
        for entrant in np.argsort(-worth, kind="stable")[:ENTRANTS].tolist():
            clash = gains.apart[entrant]
            for leaver in [*leavers.tolist(), *self.chosen[clash[self.chosen]].tolist()]:
                others = self.chosen[self.chosen != leaver]
                if leaver in self.chosen and np.isfinite(worth[entrant]) and not clash[others].any():
                    self._tried(np.append(others, entrant))
        return self.value > before + LEAST * self.bound

    def _worths(self, price: Floats) -> tuple[Floats, Floats]:
        """What each site gains above the prices of those whom it takes, and whom f64[pairs] it takes."""
        gains = self._gains
        over = gains.gain - price[gains.home]
        pair = np.flatnonzero(over > 0)
        pair = pair[np.lexsort((-over[pair], gains.site[pair]))]
        amount, site = self._households[gains.home[pair]], gains.site[pair]
        before = np.cumsum(amount) - amount
        first = np.concatenate([[True], site[1:] != site[:-1]]) if len(pair) else np.zeros(0, np.bool_)
        start = np.repeat(before[first], np.diff(np.append(np.flatnonzero(first), len(pair))))
        taken = np.zeros(len(gains.home))
        taken[pair] = np.clip(self._capacity - (before - start), 0, amount)
        worth = np.bincount(gains.site, weights=taken * np.maximum(over, 0), minlength=gains.sites)
        return worth.astype(np.float64), taken

    def _bounded(self, price: Floats, worth: Floats) -> float:
        return float(price @ self._households + worth[self._top(worth)].sum())

    def _top(self, worth: Floats) -> Indices:
        return np.argsort(-worth, kind="stable")[: len(self.chosen)]

    def _open_question(self) -> np.ndarray:
        """Sites that a choice better than the one in hand can hold."""
        last_in = np.sort(self._worth)[::-1][len(self.chosen) - 1]
        # A site that is forced in takes the place of the last of the top ones.
        may = self._dual - np.maximum(0, last_in - self._worth) > self.value
        may[self.chosen] = True
        return np.asarray(may)


def per_household(gains: Gains, households: Floats) -> Gains:
    """The table with the gain of one household in place of a whole home's."""
    return replace(gains, gain=gains.gain / households[gains.home])


def _programme(
    gains: Gains, households: Floats, capacity: float, may: np.ndarray, limits: tuple[int, int]
) -> tuple[Indices, float]:
    """The best of some sites as far as HiGHS comes, and what none of them exceeds."""
    from scipy.sparse import coo_array, vstack  # noqa: PLC0415 - as above

    count, nodes = limits
    sites, pair = np.flatnonzero(may), np.flatnonzero(may[gains.site])
    number = np.zeros(gains.sites, dtype=np.int64)
    number[sites] = np.arange(len(sites))
    home, site, column = gains.home[pair], number[gains.site[pair]], len(sites) + np.arange(len(pair))
    width, one, most = len(sites) + len(pair), np.ones(len(pair)), np.minimum(households[home], capacity)
    here = np.arange(len(sites))
    a, b = np.nonzero(np.triu(gains.apart[np.ix_(sites, sites)], 1))
    clash = np.arange(len(a))

    def rows(value: Floats, row: Indices, at: Indices, height: int) -> coo_array:
        return coo_array((value, (row, at)), shape=(height, width))

    flows = np.arange(len(pair))
    blocks = [
        (rows(one, home, column, gains.homes), households),
        (
            rows(
                np.append(one, np.full(len(sites), -capacity)),
                np.append(site, here),
                np.append(column, here),
                len(sites),
            ),
            np.zeros(len(sites)),
        ),
        (
            rows(np.append(one, -most), np.append(flows, flows), np.append(column, site), len(pair)),
            np.zeros(len(pair)),
        ),
        (rows(np.ones(2 * len(a)), np.append(clash, clash), np.append(a, b), len(a)), np.ones(len(a))),
        (rows(np.ones(len(sites)), np.zeros(len(sites), np.int64), here, 1), np.array([float(count)])),
    ]
    high = np.concatenate([limit for _, limit in blocks])
    low = np.full(len(high), -np.inf)
    low[-1] = count
    cost = np.concatenate([np.zeros(len(sites)), -gains.gain[pair]])
    rows_of_all = vstack([block for block, _ in blocks]).tocsc()
    chosen, least = programme(cost, (rows_of_all, low, high), np.concatenate([np.ones(len(sites)), most]), sites, nodes)
    return chosen, -least
