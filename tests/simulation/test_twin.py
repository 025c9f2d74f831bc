"""The kernel and the plain SimPy telling of the residents agree, event for event, on the same draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulation.twin import Twin
from tests.simulation.twin_objects import Contents, Parcel
from tests.worlds import small_scenario, small_sites

from molosim.inputs.boxes import Regime
from molosim.inputs.days import DAY_S, days_of
from molosim.inputs.scenario import Scenario
from molosim.simulation import box_state as c
from molosim.simulation.box_layout import lay_out
from molosim.simulation.box_ledger import BOX_LEDGER
from molosim.simulation.box_state import NO_WASTE_PPM
from molosim.simulation.chance import Draws, _arrivals, draw
from molosim.simulation.residents import ResidentsState

WORDS = {
    c.LOG_STORED: "stored",
    c.LOG_REFUSED: "refused",
    c.LOG_WALKED: "walked",
    c.LOG_KEPT: "kept",
    c.LOG_CENTRE: "centre",
    c.LOG_RESIDUAL: "residual",
    c.LOG_SENT: "sent",
    c.LOG_NOT_SENT: "not sent",
    c.LOG_FETCHED: "fetched",
    c.LOG_PLACED: "placed",
    c.LOG_NO_DOOR: "no door",
    c.LOG_REDIRECTED: "redirected",
    c.LOG_RETURNED: "returned",
    c.LOG_SEND_COLLECTED: "send collected",
    c.LOG_EMPTIED: "emptied",
}
PLENTY = 1 << 40


@dataclass(frozen=True)
class Case:
    """A small world (key paths and values), whether boxes take waste, how coarse its clock is, and what vehicles do."""

    changes: dict[str, Any]
    boxes: int
    waste: bool
    grain_s: int
    looks: tuple[tuple[Any, ...], ...]
    """(second, "visit", "outage" or "hold", arguments), in order of time."""

    @cached_property
    def scenario(self) -> Scenario:
        return small_scenario(self.changes)

    @property
    def end_s(self) -> int:
        return (self.scenario.horizon.warmup_days + self.scenario.horizon.days) * DAY_S - 1


def coarse(draws: Draws, grain_s: int) -> Draws:
    """The same draws on a coarser clock, so that many events fall on the same second and their order counts."""
    deposits, sends, parcels = draws.deposits.copy(), draws.sends.copy(), draws.parcels.copy()
    for rows, column in ((deposits, c.W_TIME), (sends, c.S_TIME)):
        rows[:, column] -= rows[:, column] % grain_s
    comes = parcels[:, c.P_DWELL_S] > 0
    parcels[comes, c.P_DWELL_S] += -parcels[comes, c.P_DWELL_S] % grain_s
    return replace(draws, deposits=deposits, sends=sends, parcels=parcels, arrivals=_arrivals(deposits, sends))


def draws_of(case: Case) -> Draws:
    sites = small_sites(case.boxes)
    return coarse(draw(case.scenario, sites, days_of(case.scenario.horizon), 50, 0), case.grain_s)


def both_told(case: Case) -> tuple[ResidentsState, Twin]:
    """The same world told both ways to its end; what vehicles got at each look is compared on the way."""
    scenario, sites, draws = case.scenario, small_sites(case.boxes), draws_of(case)
    layout = lay_out(scenario.boxes, sites, scenario.residents.parcels.formats)
    kernel = ResidentsState(layout, draws, scenario.residents, waste=case.waste, log=True)
    twin = Twin(scenario.boxes, sites, scenario.residents, draws, waste=case.waste)
    for second, what, arguments in case.looks:
        if what == "visit":
            box, carrier, day, *limits = arguments
            got = kernel.visit(second, box, carrier, day, c.VisitLimits(*limits))
            assert (*got, *kernel.taken_g.tolist()) == twin.visit(second, *arguments), (second, arguments)
        elif what == "outage":
            kernel.break_box(second, *arguments)
            twin.break_box(second, *arguments)
        else:
            held = arguments not in twin.held
            kernel.queues[(*arguments, c.Q_HELD)] = held
            (twin.held.add if held else twin.held.remove)(arguments)
    kernel.advance(case.end_s)
    twin.advance(case.end_s)
    return kernel, twin


def assert_equal(kernel: ResidentsState, twin: Twin, end_s: int) -> None:
    told = [(second, WORDS[code], box, number) for second, code, box, number, _ in kernel.log.tolist()]
    for mine, theirs in zip(told, twin.log, strict=False):
        assert mine == theirs
    assert len(told) == len(twin.log)
    states = [[p.state, p.tries, p.placed, p.fetched_at] for p in twin.parcels]
    wanted = [c.P_STATE, c.P_TRIES, c.P_PLACED, c.P_PICKUP]
    assert kernel.parcels[:, wanted].tolist() == states
    assert kernel.stays().tolist() == stays(twin)
    bags = [[b.state, b.refusals, b.walked, b.at.number] for b in twin.bags]
    assert kernel.deposits[:, [c.W_STATE, c.W_TRIES, c.W_RANK, c.W_AT]].tolist() == bags
    lockers = chain.from_iterable(box.lockers for box in twin.boxes)
    assert (kernel.doors[:, c.D_STATE] == c.FREE).tolist() == [locker.inside is None for locker in lockers]
    assert tuple(seen.tolist() for seen in kernel.survey(end_s)) == surveyed(twin, end_s)
    ledger = kernel.accounts(end_s)
    for box, count in enumerate(twin.accounts(end_s)):
        assert dict(zip(BOX_LEDGER, ledger[box].tolist(), strict=True)) == {name: count[name] for name in BOX_LEDGER}


def stays(twin: Twin) -> list[list[int]]:
    """By whole hours: parcels fetched and returned, as the log tells it."""
    ends = [(second, word, number) for second, word, _, number in twin.log if word in {"fetched", "returned"}]
    hours = [((second - twin.parcels[number].placed) // 3600, word) for second, word, number in ends]
    longest = max((hour for hour, _ in hours), default=-1)
    return [[hours.count((hour, word)) for word in ("fetched", "returned")] for hour in range(longest + 1)]


def surveyed(twin: Twin, now: int) -> tuple[list[int], list[int], list[list[list[int]]]]:
    """What planners may see, worked out from the plain boxes."""
    fill, waste, errands = [], [], []
    for box in twin.boxes:
        full = [locker.inside for locker in box.lockers if isinstance(locker.inside, Contents)]
        shares = [max(f.g * 1_000_000 // f.limit_g, f.ml * 1_000_000 // f.limit_ml) for f in full]
        fill.append(max(shares, default=0))
        waste.append(sum(f.g for f in full))
        lockers = [locker.inside for locker in box.lockers if isinstance(locker.inside, Parcel)]
        errands.append([])
        for carrier in range(2):
            missed = [p for p in twin.to_bring[box.number, carrier] if p.due_day < now // DAY_S]
            bring = [*twin.again[box.number, carrier], *missed]
            fetch = [p for p in lockers if p.carrier == carrier and (p.due_day < 0 or twin.has_expired(p))]
            errands[-1].append([len(fetch), sum(p.ml for p in bring), sum(p.g for p in bring), len(bring)])
    return fill, waste, errands


@st.composite
def rules(draw_from: st.DrawFn) -> dict[str, Any]:
    """Key paths of the small scenario with other values."""
    pick: Callable[..., Any] = lambda *values: draw_from(st.sampled_from(values))  # noqa: E731 - a word for one line
    closed = pick(None, [23, 6], [1, 4], [12, 13], [5, 5])
    other, again, away = pick((0.35, 0.3, 0.15), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.4, 0.6, 0.0), (0.2, 0.2, 0.6))
    return {
        "seed": draw_from(st.integers(0, 10_000)),
        "boxes.regime": pick("reserved", "shared", "reserved_with_overflow"),
        "boxes.walking_limit_m": pick(0, 600, 2000),
        "boxes.designs.small.parcel_doors.0.count": pick(1, 3),
        "boxes.designs.small.parcel_doors.1.count": pick(1, 4),
        "boxes.designs.small.waste_doors.0.count": pick(1, 2),
        "residents.parcels.holding_h": pick(4.0, 24.0, 60.0, 400.0),
        "residents.parcels.tries": pick(1, 2, 4),
        "residents.parcels.dwell.never_share": pick(0.0, 0.2),
        "residents.parcels.dwell.mean_h": pick(3.0, 31.6),
        "residents.parcels.dwell.closed_hours": closed,
        "residents.deposits.refused.other_box": other,
        "residents.deposits.refused.come_again": again,
        "residents.deposits.refused.residual_bin": away,
        "residents.deposits.refused.again_days": pick(0.01, 1.0, 1.5),
        "residents.deposits.refused.tries": pick(1, 2, 5),
        "residents.deposits.refused.own_trip_share": pick(0.0, 0.22, 1.0),
        "horizon.warmup_days": 0,
        "horizon.days": 6,
    }


@st.composite
def cases(draw_from: st.DrawFn) -> Case:
    changes = draw_from(rules())
    boxes, grain_s = draw_from(st.integers(1, 4)), draw_from(st.sampled_from((1, 900, 7200)))
    rng = np.random.default_rng(draw_from(st.integers(0, 1 << 30)))
    end = 6 * DAY_S
    looks: list[tuple[Any, ...]] = []
    for _ in range(draw_from(st.integers(0, 40))):
        second = int(rng.integers(0, end)) // grain_s * grain_s
        room = [int(rng.choice([PLENTY, size])) for size in (60_000, 5_000, 10_000, 6_000, 12_000, 200)]
        take_ppm = int(rng.choice([0, 300_000, 900_000, NO_WASTE_PPM]))
        arguments = (
            *(int(rng.integers(0, boxes)), int(rng.integers(-1, 2)), second // DAY_S),
            *(*room, 20, 60, take_ppm),
        )
        looks.append((second, "visit", arguments))
    for _ in range(draw_from(st.integers(0, 3))):
        second = int(rng.integers(0, end)) // grain_s * grain_s
        until = second + int(rng.integers(1, 30)) * 3600
        looks.append((second, "outage", (int(rng.integers(0, boxes)), until)))
    for _ in range(draw_from(st.integers(0, 6))):
        place = int(rng.integers(0, boxes)), int(rng.integers(0, 2))
        looks.append((int(rng.integers(0, end)), "hold", place))
    looks.sort(key=lambda look: look[0])
    return Case(changes, boxes, draw_from(st.sampled_from((True, True, True, False))), grain_s, tuple(looks))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(cases())
def test_both_tellings_of_random_small_worlds_agree(case: Case) -> None:
    kernel, twin = both_told(case)
    assert_equal(kernel, twin, case.end_s)


def a_busy_case(regime: str, *, outage_until_h: int) -> Case:
    """Vans every six hours, a collection every other day, and a box out of order from a day's noon on."""
    looks = [
        (
            hour * 3600,
            "visit",
            (box, carrier, hour // 24, 200_000, 40_000, 10_000, 9_000, 12_000, 600, 20, 60, take_ppm),
        )
        for hour in range(6, 6 * 24, 6)
        for box in range(3)
        for carrier, take_ppm in ((0, NO_WASTE_PPM), (1, 900_000), (-1, 0))
        if carrier >= 0 or hour % 48 == 12
    ]
    looks.append((36 * 3600, "outage", (1, outage_until_h * 3600)))
    changes = {
        "boxes.regime": regime,
        "boxes.designs.small.parcel_doors.1.count": 2,
        "residents.parcels.holding_h": 24.0,
        "residents.deposits.wastes.0.kg_per_household_year": 60.0,
        "residents.deposits.wastes.2.kg_per_household_year": 200.0,
        "horizon.warmup_days": 0,
        "horizon.days": 6,
    }
    return Case(changes, 3, True, 1800, tuple(sorted(looks, key=lambda look: look[0])))


@pytest.mark.parametrize("regime", Regime)
def test_both_tellings_of_a_busy_world_agree_and_everything_happens_in_it(regime: Regime) -> None:
    case = a_busy_case(regime.value, outage_until_h=60)
    kernel, twin = both_told(case)
    assert_equal(kernel, twin, case.end_s)
    assert {word for _, word, _, _ in twin.log} == set(WORDS.values())


def test_both_tellings_without_waste_doors_in_use_agree() -> None:
    case = replace(a_busy_case("reserved", outage_until_h=60), waste=False)
    kernel, twin = both_told(case)
    assert_equal(kernel, twin, case.end_s)
    words = {word for _, word, _, _ in twin.log}
    assert {"centre", "residual"} <= words
    assert not words & {"stored", "refused", "walked", "kept", "emptied"}


def test_nobody_fetches_parcels_in_closed_hours_though_an_outage_ends_then() -> None:
    case = a_busy_case("reserved", outage_until_h=50)
    kernel, twin = both_told(case)
    assert_equal(kernel, twin, case.end_s)
