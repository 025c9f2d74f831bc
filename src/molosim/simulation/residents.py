"""State of the residents of a run, advanced lazily whenever an operation looks at a box."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.days import DAY_S
from molosim.inputs.residents import Residents as ResidentsSpec
from molosim.runtime.arrays import Ints
from molosim.runtime.numba_cache import entry
from molosim.simulation import box_state as c
from molosim.simulation.box_kernel import advance
from molosim.simulation.box_layout import BoxLayout
from molosim.simulation.box_ledger import BOX_LEDGER, L
from molosim.simulation.box_visit_kernel import close_accounts, survey, visit
from molosim.simulation.chance import Draws

_NOTHING = c.VisitLimits(0, 0, 0, 0, 0, 0, 0, 0, c.NO_WASTE_PPM)


def _of_all(share: float) -> int:
    return round(share * c.CHANCE)


def _meta(spec: ResidentsSpec, *, waste: bool) -> Ints:
    """The residents' rules as numbers."""
    meta = np.zeros(c.META_COLUMNS, np.int64)
    parcels, refused, today = spec.parcels, spec.deposits.refused, spec.deposits.today
    meta[c.M_WASTE] = waste
    meta[c.M_PARCEL_TRIES] = parcels.tries
    meta[c.M_HOLDING_S] = round(parcels.holding_h * 3600)
    closes, opens = parcels.dwell.closed_hours or (0, 0)
    meta[c.M_CLOSED_FROM_S], meta[c.M_CLOSED_TO_S] = closes * 3600, opens * 3600
    meta[c.M_OTHER_BOX], meta[c.M_COME_AGAIN] = _of_all(refused.other_box), _of_all(refused.come_again)
    # Rounding must not push the sum of the shares past one.
    meta[c.M_RESIDUAL] = min(_of_all(refused.residual_bin), c.CHANCE - meta[c.M_OTHER_BOX] - meta[c.M_COME_AGAIN])
    meta[c.M_AGAIN_S], meta[c.M_WASTE_TRIES] = round(refused.again_days * DAY_S), refused.tries
    meta[c.M_CAR], meta[c.M_OWN_TRIP] = _of_all(refused.car_share), _of_all(refused.own_trip_share)
    meta[c.M_TODAY_RESIDUAL] = _of_all(today.residual_bin)
    meta[c.M_TODAY_CAR], meta[c.M_TODAY_OWN_TRIP] = _of_all(today.car_share), _of_all(today.own_trip_share)
    return meta


class ResidentsState:
    """State of all boxes and of everybody around them in one run.

    Parameters
    ----------
    waste
        Whether boxes take waste at all.
    log
        Whether every event is logged; costs memory.
    """

    def __init__(self, layout: BoxLayout, draws: Draws, spec: ResidentsSpec, *, waste: bool, log: bool = False) -> None:
        self.doors, self.boxes = layout.doors.copy(), layout.boxes.copy()
        self.parcels, self.deposits = draws.parcels.copy(), draws.deposits.copy()
        self.sends, self.queues = draws.sends, draws.queues.copy()
        self.ledger = np.zeros((len(self.boxes), len(BOX_LEDGER)), np.int64)
        self.meta = _meta(spec, waste=waste)
        self.taken_g = np.zeros(len(FRACTIONS), np.int64)
        """Grams of each fraction that the last visit took."""
        rows = 40 * (len(self.parcels) + len(self.deposits) + len(self.sends)) if log else 0
        self.state = c.BoxState(
            doors=self.doors,
            boxes=self.boxes,
            parcels=self.parcels,
            deposits=self.deposits,
            sends=draws.sends,
            arrivals=draws.arrivals,
            queues=self.queues,
            heap=np.zeros((len(self.doors) + len(self.deposits) + 1, 2), np.int64),
            fits=layout.fits,
            mass_limits=layout.mass_limits,
            containers=layout.containers,
            container_fits=layout.container_fits,
            neighbours=layout.neighbours,
            walks=layout.walks,
            ledger=self.ledger,
            log=np.zeros((rows, c.LOG_COLUMNS), np.int64),
            meta=self.meta,
            taken_g=self.taken_g,
        )
        self.exchange: Callable[[int, int, int, int, tuple[int, ...]], tuple[int, ...]] = partial(
            entry(visit, self.state, 0, 0, 0, 0, _NOTHING), self.state
        )
        """`visit` with the fields of limits and result as plain tuples, for loops in which naming them takes long."""

    @property
    def log(self) -> Ints:
        """Logged events so far: (second, code, box, number, door)."""
        return self.state.log[: self.meta[c.M_LOGGED]]

    def advance(self, until: int) -> None:
        """Let everything happen up to and including second ``until``."""
        advance(self.state, until)

    def visit(self, now: int, box: int, carrier: int, day: int, limits: c.VisitLimits) -> c.VisitResult:
        """Let a vehicle exchange at a box; ``taken_g`` has the grams by fraction, see `box_visit_kernel.visit`."""
        return c.VisitResult._make(self.exchange(now, box, carrier, day, limits))

    def contents(self) -> Ints:
        """Waste in each box, (boxes, 4): containers it has, outer volume of those with waste, mass, points x 1000."""
        waste = self.doors[:, c.D_STATE] == c.WASTE
        full = waste & (self.doors[:, c.D_G] > 0)
        outer_ml = np.where(full, self.state.containers[self.doors[:, c.D_CONTAINER], c.C_OUTER_ML], 0)
        columns = (waste.astype(np.int64), outer_ml, self.doors[:, c.D_G] * waste, self.doors[:, c.D_POINTS] * waste)
        return np.stack([np.add.reduceat(column, self.boxes[:, c.B_FIRST]) for column in columns], axis=1)

    def stays(self) -> Ints:
        """Parcels that have left their boxes, (hours, 2): fetched and returned after so many whole hours."""
        left_s, parcels = self.parcels[:, c.P_LEFT], self.parcels
        gone = left_s >= 0
        hours = (left_s[gone] - parcels[gone, c.P_PLACED]) // 3600
        cells = 2 * hours + (parcels[gone, c.P_STATE] == c.RETURNED)
        return np.bincount(cells, minlength=2 * (int(hours.max(initial=-1)) + 1)).reshape(-1, 2)

    def survey(self, now: int) -> tuple[Ints, Ints, Ints]:
        """What planners may see: fill (millionths) and waste (grams) per box; errands (boxes, carriers, 4)."""
        self.advance(now)
        fill, waste = np.empty((2, len(self.boxes)), np.int64)
        todo = np.empty((len(self.boxes), self.queues.shape[1], 4), np.int64)
        survey(self.state, now, fill, waste, todo)
        return fill, waste, todo

    def break_box(self, now: int, box: int, until: int) -> None:
        """A box is out of order until a second."""
        self.advance(now)
        self.boxes[box, c.B_OUT_UNTIL] = max(until, self.boxes[box, c.B_OUT_UNTIL])

    def books(self, now: int) -> Ints:
        """The ledger at ``now``, without levels: not a copy, a row per box."""
        self.advance(now)
        close_accounts(self.state, now)
        return self.ledger

    def accounts(self, now: int) -> Ints:
        """The ledger at ``now``, levels included: a copy, a row per box."""
        ledger, boxes = self.books(now).copy(), len(self.boxes)

        def per_box(rows: Ints, column: int, weights: Ints | None = None) -> Ints:
            return np.bincount(rows[:, column], weights, minlength=boxes).astype(np.int64)

        known = self.parcels[self.parcels[:, c.P_DUE_DAY] <= now // DAY_S]
        inside = known[known[:, c.P_STATE] == c.IN_BOX]
        late = inside[(inside[:, c.P_PICKUP] < 0) & (now - inside[:, c.P_PLACED] >= self.meta[c.M_HOLDING_S])]
        ledger[:, L["parcels_in"]] = per_box(known, c.P_BOX)
        ledger[:, L["parcels_waiting"]] = per_box(known[known[:, c.P_STATE] == c.WAITING], c.P_BOX)
        ledger[:, L["parcels_inside"]] = per_box(inside, c.P_BOX)
        ledger[:, L["parcels_expired"]] = ledger[:, L["parcels_returned"]] + per_box(late, c.P_BOX)
        ledger[:, L["sends_inside"]] = ledger[:, L["sends_accepted"]] - ledger[:, L["sends_collected"]]
        at_home = self.deposits[np.isin(self.deposits[:, c.W_STATE], (c.AT_HOME, c.ON_FOOT))]
        owner = np.repeat(np.arange(boxes), self.boxes[:, c.B_LAST] - self.boxes[:, c.B_FIRST])
        for number, fraction in enumerate(FRACTIONS):
            kept = at_home[at_home[:, c.W_FRACTION] == number]
            ledger[:, L[f"home_g_{fraction}"]] = per_box(kept, c.W_BOX, kept[:, c.W_G])
            stored = np.bincount(owner, self.doors[:, c.D_FRACTION_G + number], minlength=boxes)
            ledger[:, L[f"inside_g_{fraction}"]] = stored.astype(np.int64)
        return ledger
