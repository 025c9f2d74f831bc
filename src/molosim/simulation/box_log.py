"""Logs that the boxes of a run would have written: events of residents and carriers, as `molosim fit` reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.days import DAY_S
from molosim.runtime.arrays import Ints
from molosim.simulation import box_state as c
from molosim.simulation.alternative_run import Prepared
from molosim.simulation.run_operations import AlternativeRun
from molosim.simulation.sample import Sample
from molosim.simulation.world import World

WORDS = {
    c.LOG_PLACED: "placed",
    c.LOG_NO_DOOR: "no_door",
    c.LOG_REDIRECTED: "redirected",
    c.LOG_FETCHED: "fetched",
    c.LOG_RETURNED: "returned",
    c.LOG_SENT: "sent",
    c.LOG_NOT_SENT: "send_refused",
    c.LOG_SEND_COLLECTED: "send_collected",
    c.LOG_STORED: "deposited",
    c.LOG_REFUSED: "refused",
    c.LOG_EMPTIED: "emptied",
}
"""Events that a box notices; what residents do elsewhere it cannot know."""
_PARCEL = (c.LOG_PLACED, c.LOG_NO_DOOR, c.LOG_REDIRECTED, c.LOG_FETCHED, c.LOG_RETURNED)
_SENDING = (c.LOG_SENT, c.LOG_NOT_SENT, c.LOG_SEND_COLLECTED)
_WASTE = (c.LOG_STORED, c.LOG_REFUSED)
Row = tuple[int, str, int, str, float | None, str, str]
"""Second, event, box, door, mass, fraction, carrier."""


def box_log(world: World, prepared: Prepared, alternative: str, boxes: Sequence[int]) -> dict[str, list[Any]]:
    """The log of some boxes after the warm-up of a run.

    Parameters
    ----------
    alternative
        Its name in the scenario.
    boxes
        Numbers of the boxes.

    Returns
    -------
    dict
        Columns ``box``, ``door``, ``event``, ``time``, ``mass_kg``, ``fraction``, ``carrier``, in order of time. The
        log of each box says when it begins and ends and when the box was out of order; then it logs nothing.
    """
    run = AlternativeRun(world, prepared.draws, prepared.plans, alternative, sample=Sample(events=True))
    start_s, end_s = world.days.warmup * DAY_S, world.days.count * DAY_S
    run.run_until(end_s - 1)
    run.close()
    rows: list[Row] = []
    logged = run.residents.log
    logged = logged[(logged[:, 0] >= start_s) & np.isin(logged[:, 1], list(WORDS))]
    for box in boxes:
        spans = _outages(prepared.draws.outages, box, start_s, end_s)
        mine = logged[logged[:, 2] == box]
        silent = np.zeros(len(mine), bool)
        for first, last in spans:
            silent |= (mine[:, 0] >= first) & (mine[:, 0] < last)
            rows += [(first, "out_of_order", box, "", None, "", ""), (last, "in_order", box, "", None, "", "")]
        rows += [(start_s, "log_start", box, "", None, "", ""), (end_s, "log_end", box, "", None, "", "")]
        rows += [_row(world, prepared, event) for event in mine[~silent].tolist()]
    # Stable: what happens at one second stays in its order, and what holds for a box comes before.
    rows.sort(key=lambda row: (row[0], bool(row[3]) or row[1] in WORDS.values()))
    midnight = datetime.combine(world.scenario.horizon.start, datetime.min.time())
    return {
        "box": [world.sites[row[2]].name for row in rows],
        "door": [row[3] for row in rows],
        "event": [row[1] for row in rows],
        "time": [(midnight + timedelta(seconds=row[0])).isoformat() for row in rows],
        "mass_kg": [row[4] for row in rows],
        "fraction": [row[5] for row in rows],
        "carrier": [row[6] for row in rows],
    }


def _row(world: World, prepared: Prepared, event: list[int]) -> Row:
    second, code, box, number, door = event
    name = str(door - int(world.layout.boxes[box, c.B_FIRST]) + 1) if door >= 0 else ""
    carriers, draws = world.scenario.carriers, prepared.draws
    if code in _PARCEL:
        return second, WORDS[code], box, name, None, "", carriers[int(draws.parcels[number, c.P_CARRIER])].name
    if code in _SENDING:
        return second, WORDS[code], box, name, None, "", carriers[int(draws.sends[number, c.S_CARRIER])].name
    if code in _WASTE:
        deposit = draws.deposits[number]
        grams, fraction = int(deposit[c.W_G]), FRACTIONS[int(deposit[c.W_FRACTION])]
        return second, WORDS[code], box, name, grams / 1000, fraction, ""
    return second, WORDS[code], box, name, None, "", ""


def _outages(outages: Ints, box: int, start_s: int, end_s: int) -> list[tuple[int, int]]:
    """When a box is out of order within the log, without overlaps."""
    spans: list[tuple[int, int]] = []
    for first, _, length in outages[outages[:, 1] == box].tolist():
        last = min(first + length, end_s)
        begin = max(first, start_s)
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        elif begin < last:
            spans.append((begin, last))
    return spans
