"""Energy drawn from sockets in a run: a row for each charge and trip whose energy it put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from molosim.inputs.days import DAY_S
from molosim.runtime.arrays import Column
from molosim.simulation.batteries import Charge, Flow
from molosim.simulation.trip_log import PURPOSES

_KEY = ("operator", "purpose", "day", "vehicle", "depart_s")
"""Columns that identify a trip; `Charge.trip` has the same."""


def charge_table(trips: Mapping[str, Column], flows: Sequence[tuple[Charge, Flow]], warmup: int) -> dict[str, Column]:
    """Charges that put energy of trips after the warm-up back, by trip, then by time.

    A charge that puts the energy of several trips back has a row for each, one after the other on its clock. What a
    run's last trips took and nobody has put back by its end is in no row.

    Parameters
    ----------
    trips
        The trips table.
    flows
        Everything that was drawn, with the trip that it was for.
    warmup
        Days before the first measured one.
    """
    rows: list[tuple[int, float, Flow]] = []
    if flows:
        keys = zip(*(trips[name].tolist() for name in _KEY), strict=True)
        row_of = {key: row for row, key in enumerate(keys)}
        for charge, flow in flows:
            operator, purpose, day, *rest = charge.trip
            if (row := row_of.get((operator, str(PURPOSES[purpose]), day - warmup, *rest))) is not None:
                rows.append((row, flow.start_s - day * DAY_S, flow))
        rows.sort(key=lambda one: one[:2])
    trip = np.array([row for row, _, _ in rows], np.int32)
    return {
        "trip": trip,
        **{name: trips[name][trip] for name in _KEY},
        "start_s": np.array([start_s for _, start_s, _ in rows], float),
        "kw": np.array([flow.kw for _, _, flow in rows], float),
        "kwh": np.array([flow.kwh for _, _, flow in rows], float),
        "place": np.array([flow.place for _, _, flow in rows], str),
    }
