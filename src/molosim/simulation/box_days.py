"""Counts of boxes day by day, and every five minutes of the sampled day."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from simpy import Event

from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.days import DAY_S
from molosim.runtime.arrays import Column, Ints
from molosim.simulation import box_state as c
from molosim.simulation.box_ledger import L
from molosim.simulation.context import RunContext

Table = dict[str, Column]

STEP_S = 300
"""Between two looks at the boxes on the sampled day."""

_COUNTS = {
    "stored_g": [L[f"stored_g_{f}"] for f in FRACTIONS],
    "refused_n": [L[f"refused_n_{f}"] for f in FRACTIONS],
    "refused_g": [L[f"refused_g_{f}"] for f in FRACTIONS],
    "collected_g": [L[f"collected_g_{f}"] for f in FRACTIONS],
    "parcels_placed": [L["parcels_placed"]],
    "parcels_redirected": [L["parcels_redirected"]],
    "occupied_s": [L["occupied_s"]],
    "blocked_s": [L["blocked_s"]],
}
"""Columns that count from midnight to midnight, and the ledger's columns that they sum."""
_COLUMNS = [column for columns in _COUNTS.values() for column in columns]
_STARTS = np.cumsum([0, *(len(columns) for columns in _COUNTS.values())])[:-1]
_SAMPLED = ("stored_g", "refused_n", "collected_g")


class BoxDays:
    """Days of all boxes of a run; looking at boxes changes nothing that happens to them."""

    def __init__(self, context: RunContext, parcels: Ints) -> None:
        self._context, self._warmup = context, context.world.days.warmup
        self._days = context.world.days.count - self._warmup
        boxes = len(context.world.sites)
        self._midnights = np.zeros((self._days + 1, boxes, len(_COUNTS)), np.int64)
        self._inside = np.zeros((self._days, boxes), np.int64)
        self._fill = np.zeros((self._days, boxes))
        due = parcels[:, c.P_DUE_DAY] - self._warmup
        mine = parcels[(due >= 0) & (due < self._days)]
        cell = (mine[:, c.P_DUE_DAY] - self._warmup) * boxes + mine[:, c.P_BOX]
        self._parcels_in = np.bincount(cell, minlength=self._days * boxes).reshape(self._days, boxes)
        self._sampled: list[tuple[int, Ints, Ints, Ints]] = []
        """Of each look: second of the day, parcels inside, fill, counts."""
        context.env.process(self._at_midnight())
        if context.sample.map_day is not None:
            context.env.process(self._through(context.sample.map_day))

    def open(self, before: Ints) -> None:
        """Begin with the ledger at the end of the warm-up, a row per box."""
        self._midnights[0] = _counts(before)

    def close(self, after: Ints) -> None:
        """End with the ledger of the last second."""
        self._midnights[-1] = _counts(after)

    def morning(self, day: int, fill_ppm: Ints) -> None:
        """What boxes report when a day is planned."""
        if day >= self._warmup:
            self._inside[day - self._warmup] = self._parcels_inside()
            self._fill[day - self._warmup] = fill_ppm / 1e6

    def table(self) -> Table:
        """A row per measured day and box."""
        boxes = self._inside.shape[1]
        counts = np.diff(self._midnights, axis=0).reshape(-1, len(_COUNTS))
        table: Table = {
            "day": np.repeat(np.arange(self._days, dtype=np.int32), boxes),
            "box": np.tile(np.arange(boxes, dtype=np.int32), self._days),
            "parcels_inside": self._inside.ravel().astype(np.int32),
            "fill": self._fill.ravel().astype(np.float32),
            "parcels_in": self._parcels_in.ravel().astype(np.int32),
        }
        return table | {name: counts[:, number].astype(np.int32) for number, name in enumerate(_COUNTS)}

    def sampled(self) -> Table:
        """A row per look and box of the sampled day; counts are those since its midnight."""
        boxes, looks = self._inside.shape[1], len(self._sampled)
        base = self._sampled[0][3] if looks else np.zeros((boxes, len(_COUNTS)), np.int64)
        counts = np.array([look[3] - base for look in self._sampled], np.int64).reshape(-1, len(_COUNTS))
        names = list(_COUNTS)
        table: Table = {
            "second": np.repeat(np.array([look[0] for look in self._sampled], np.int32), boxes),
            "box": np.tile(np.arange(boxes, dtype=np.int32), looks),
            "parcels_inside": np.array([look[1] for look in self._sampled], np.int32).ravel(),
            "fill": (np.array([look[2] for look in self._sampled], float) / 1e6).ravel().astype(np.float32),
        }
        return table | {name: counts[:, names.index(name)].astype(np.int32) for name in _SAMPLED}

    def _parcels_inside(self) -> Ints:
        ledger = self._context.residents.ledger
        gone = ledger[:, L["parcels_fetched"]] + ledger[:, L["parcels_returned"]]
        inside: Ints = ledger[:, L["parcels_placed"]] - gone
        return inside

    def _at_midnight(self) -> Generator[Event, None, None]:
        env, residents = self._context.env, self._context.residents
        for day in range(1, self._days):
            yield env.timeout((self._warmup + day) * DAY_S - env.now)
            self._midnights[day] = _counts(residents.books(int(env.now)))

    def _through(self, day: int) -> Generator[Event, None, None]:
        env, residents = self._context.env, self._context.residents
        for second in range(0, DAY_S, STEP_S):
            yield env.timeout(day * DAY_S + second - env.now)
            fill, _, _ = residents.survey(int(env.now))
            self._sampled.append((second, self._parcels_inside(), fill.copy(), _counts(residents.ledger)))


def _counts(ledger: Ints) -> Ints:
    """(boxes, counts) from the ledger."""
    counts: Ints = np.add.reduceat(ledger[:, _COLUMNS], _STARTS, axis=1)
    return counts
