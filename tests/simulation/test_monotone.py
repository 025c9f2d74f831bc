"""More room never refuses more, on the same draws, where that can be proved."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.worlds import small_scenario, small_sites

from molosim.inputs.days import DAY_S, days_of
from molosim.simulation import box_state as c
from molosim.simulation.box_layout import lay_out
from molosim.simulation.box_ledger import L
from molosim.simulation.box_state import NO_WASTE_PPM
from molosim.simulation.chance import draw
from molosim.simulation.residents import ResidentsState

FAR = 1 << 50
END_S = 10 * DAY_S - 1

once = settings(max_examples=25, deadline=None, derandomize=True)


def lived(changes: dict[str, Any], *, seed: int, looks: list[tuple[int, int, int]]) -> ResidentsState:
    """Residents of three boxes to the end; ``looks`` are (hour, carrier, take_ppm) of visits to every box."""
    scenario = small_scenario({"seed": seed, "horizon.warmup_days": 0, "horizon.days": 10, **changes})
    sites = small_sites(3)
    draws = draw(scenario, sites, days_of(scenario.horizon), 50, 0)
    layout = lay_out(scenario.boxes, sites, scenario.residents.parcels.formats)
    residents = ResidentsState(layout, draws, scenario.residents, waste=True)
    for hour, carrier, take_ppm in looks:
        for box in range(3):
            limits = c.VisitLimits(FAR, FAR, FAR, FAR, FAR, FAR, 20, 60, take_ppm)
            residents.visit(hour * 3600, box, carrier, hour // 24, limits)
    residents.advance(END_S)
    return residents


def ledger(residents: ResidentsState, name: str) -> NDArray[np.int64]:
    return residents.accounts(END_S)[:, L[name]]


ONE_WASTE = {
    "boxes.walking_limit_m": 0,
    "residents.deposits.refused.tries": 1,
    "residents.deposits.wastes.0.sigma": 0.0,
    "residents.deposits.wastes.0.kg_per_household_year": 30.0,
}


@once
@given(
    st.integers(0, 1000),
    st.floats(1, 4, exclude_max=True),
    st.floats(1, 3),
    st.lists(st.integers(1, 239), max_size=4, unique=True),
)
def test_a_container_for_more_kilograms_never_refuses_more(
    seed: int, limit_kg: float, factor: float, hours: list[int]
) -> None:
    """Provable where deposits are equal, nobody comes again, and it is emptied at fixed times: it holds the first n of
    each interval, and n grows with the limit. (With unequal deposits a large one could take the room of two small.)
    """
    looks = [(hour, -1, 0) for hour in sorted(hours)]
    refused = []
    for kg in (limit_kg, limit_kg * factor):
        container = {"width_cm": 36, "depth_cm": 57, "height_cm": 28, "mass_limit_kg": kg}
        changes = {**ONE_WASTE, "boxes.designs.small.waste_doors.0.container": container}
        changes |= {"vehicles.van.adr_points": 999.0, "vehicles.truck.adr_points": 999.0}
        changes["boxes.designs.small.waste_doors.0.fractions"] = ["hazardous"]
        changes["boxes.designs.small.waste_doors.1.fractions"] = ["textiles", "electronics"]
        refused.append(ledger(lived(changes, seed=seed, looks=looks), "refused_n_hazardous"))
    assert (refused[1] <= refused[0]).all()


@once
@given(st.integers(0, 1000), st.integers(1, 5), st.integers(1, 6))
def test_a_box_with_more_doors_of_one_size_never_loses_more_parcels(seed: int, doors: int, more: int) -> None:
    """Provable where all doors are alike, every parcel is tried once and dwells its own time: with more doors, each
    parcel that found one still finds one (by induction over arrivals: those in the larger box that the smaller one
    refused occupy at most the added doors).
    """
    looks = [(hour, carrier, NO_WASTE_PPM) for hour in range(6, 240, 12) for carrier in (0, 1)]
    lost = []
    for count in (doors, doors + more):
        door = {"size": "A", "count": count, "width_cm": 60, "depth_cm": 60, "height_cm": 60, "mass_limit_kg": 99}
        changes = {
            "boxes.designs.small.parcel_doors": [door],
            "residents.parcels.tries": 1,
            "residents.parcels.out_share": 0.0,
            "residents.parcels.holding_h": 1e5,
        }
        lost.append(ledger(lived(changes, seed=seed, looks=looks), "parcels_redirected"))
    assert (lost[1] <= lost[0]).all()
    assert lost[0].sum() > 0


@once
@given(st.integers(0, 1000))
def test_emptying_more_often_never_refuses_more(seed: int) -> None:
    """As for the larger container: equal deposits, and each interval holds the first n."""
    seldom = [(hour, -1, 0) for hour in (60, 120, 180)]
    often = sorted([*seldom, (30, -1, 0), (90, -1, 0), (200, -1, 0)])
    refused = [
        ledger(
            lived(ONE_WASTE | {"residents.deposits.box_share": {"hazardous": 0.8}}, seed=seed, looks=looks),
            "refused_n_hazardous",
        )
        for looks in (seldom, often)
    ]
    assert (refused[1] <= refused[0]).all()
    assert refused[0].sum() > 0
