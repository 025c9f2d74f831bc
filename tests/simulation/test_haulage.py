"""What trips haul, worked by hand in the plain town; pick-ups, days of boxes, the sampled day against the books."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from tests.simulation.stories import (
    BOX_S,
    CONTAINER_S,
    HOME_S,
    LEG_M,
    LEG_S,
    PARCEL_S,
    TUE,
    A,
    B,
    H,
    Story,
    trips,
)
from tests.simulation.test_bookkeeping import ALTERNATIVES, grams, prepared_or_reject, small_worlds, tight_worlds

from molosim.inputs.boxes import FRACTIONS
from molosim.simulation.alternative_run import RunTables, simulate
from molosim.simulation.world import World

GCD_M = 4000
PARCEL_KG, HOME_KG = 0.5, 1.0


def tell(told: Story) -> None:
    """3 kg wait in A, 3.6 kg in B; a parcel of 500 g brings the van to A on Tuesday."""
    told.deposit(10 * H, A, 3000)
    told.deposit(12 * H, B, 3600)
    told.parcel(TUE, A)


def test_a_van_hauls_parcels_out_and_waste_home(story: Callable[..., Story]) -> None:
    told = story()
    tell(told)
    tables = told.told("shared", sample_day=TUE)
    (tuesday,) = trips(tables, day=TUE)
    assert (tuesday["parcels_kg"], tuesday["parcels_n"], tuesday["parcel_stops"]) == (1.5, 2, 2)
    assert (tuesday["waste_stops"], tuesday["waste_l"]) == (2, 2 * 57.456)
    (tour,) = tables.sample_tours
    first_box = told.world.first_box
    home, a, b = (tour.places.index(place) for place in (0, first_box + A, first_box + B))
    # A parcel is on board from the depot to its stop, waste from its box to the end of the fourth leg.
    legs = HOME_KG * home + PARCEL_KG * a + 3.0 * (4 - a) + 3.6 * (4 - b)
    assert tuesday["load_kgm"] == pytest.approx(legs * LEG_M)
    assert tuesday["parcel_kgm_sfd"] == pytest.approx(1.5 * LEG_M)
    assert tuesday["parcel_kgm_gcd"] == pytest.approx(1.5 * GCD_M)
    assert tuesday["parcel_m_sfd"] == 2 * LEG_M
    assert tuesday["parcel_lm_sfd"] == pytest.approx((1 + 3.6) * LEG_M)
    assert tuesday["waste_kgm_sfd"] == pytest.approx(6.6 * LEG_M)
    assert tuesday["waste_kgm_gcd"] == pytest.approx(6.6 * GCD_M)
    assert tuesday["waste_m_sfd"] == 2 * LEG_M


def test_a_van_that_drives_over_the_reception_hauls_the_waste_no_further(story: Callable[..., Story]) -> None:
    told = story({"carriers.0.waste_to": {"kind": "reception", "unload_s": 600}})
    tell(told)
    (tuesday,) = trips(told.told("shared"), day=TUE)
    assert tuesday["metres"] == 5 * LEG_M
    legs = tuesday["load_kgm"] / LEG_M - HOME_KG - PARCEL_KG
    # Of four legs to the reception A and B take any two places: at least one more leg for each load, at most three.
    assert 6.6 - 1.5 <= legs <= 3 * 6.6 + 3 * 1.5


def test_a_round_hauls_each_box_to_the_reception(story: Callable[..., Story]) -> None:
    told = story()
    tell(told)
    (one,) = trips(told.told("dedicated"), purpose="collection")
    assert one["load_kgm"] in (pytest.approx((3.0 * 2 + 3.6) * LEG_M), pytest.approx((3.0 + 3.6 * 2) * LEG_M))
    assert (one["waste_kgm_sfd"], one["waste_stops"]) == (pytest.approx(6.6 * LEG_M), 2)
    assert (one["parcels_kg"], one["parcels_n"], one["parcel_kgm_sfd"]) == (0, 0, 0)


def test_what_a_van_takes_back_counts_as_parcels(story: Callable[..., Story]) -> None:
    told = story()
    told.send(20 * H, A)
    tables = told.told("none")
    (tuesday,) = trips(tables, day=TUE)
    assert (tuesday["parcels_n"], tuesday["parcels_kg"]) == (2, 1.5)
    assert tuesday["parcel_kgm_sfd"] == pytest.approx(1.5 * LEG_M)


def test_the_sampled_day_is_told_as_driven(story: Callable[..., Story]) -> None:
    told = story()
    tell(told)
    tables = told.told("shared", sample_day=TUE)
    (tuesday,) = trips(tables, day=TUE)
    (tour,) = tables.sample_tours
    assert (tour.arrive_s[0], tour.arrive_s[-1]) == (tuesday["depart_s"], tuesday["return_s"])
    stays = dict(zip(tour.places[1:-1], np.subtract(tour.leave_s, tour.arrive_s)[1:-1].tolist(), strict=True))
    first_box = told.world.first_box
    assert stays == {0: HOME_S, first_box + A: BOX_S + PARCEL_S + CONTAINER_S, first_box + B: BOX_S + CONTAINER_S}
    assert np.subtract(tour.arrive_s[1:], tour.leave_s[:-1]).tolist() == [LEG_S] * 4


def test_boxes_are_looked_at_all_through_the_sampled_day(story: Callable[..., Story]) -> None:
    told = story()
    tell(told)
    looks = told.told("shared", sample_day=TUE).sample_boxes
    second, of_a = looks["second"], looks["box"] == A
    assert np.unique(second).tolist() == list(range(0, 24 * H, 300))
    # Emptied by the van: full in the morning, empty at night, and what was taken stands in the counts.
    assert looks["fill"][of_a][0] == pytest.approx(0.75)
    assert looks["fill"][of_a][-1] == 0
    assert (looks["collected_g"][of_a][0], looks["collected_g"][of_a][-1]) == (0, 3000)
    assert looks["parcels_inside"][of_a].max() == 1


def assert_pickups_are_the_trips(tables: RunTables) -> None:
    trips_, taken = tables.trips, tables.pickups
    from_boxes = trips_["purpose"] != "transfer"
    for fraction in FRACTIONS:
        assert int(taken[f"g_{fraction}"].sum()) == int(tables.boxes[f"collected_g_{fraction}"].sum())
    assert len(taken["day"]) == int(trips_["waste_stops"][from_boxes].sum())
    kg = sum(taken[f"g_{fraction}"] for fraction in FRACTIONS) / 1000
    work = float((kg * taken["sfd_m"]).sum())
    assert float(trips_["waste_kgm_sfd"][from_boxes].sum()) == pytest.approx(work)
    assert float(trips_["waste_l"][from_boxes].sum()) == pytest.approx(float(taken["litres"].sum()))
    keys = [tuple(row) for row in zip(*(taken[k] for k in ("day", "operator", "vehicle", "purpose")), strict=True)]
    known = {tuple(row) for row in zip(*(trips_[k] for k in ("day", "operator", "vehicle", "purpose")), strict=True)}
    assert set(keys) <= known


def assert_hauled_within_bounds(tables: RunTables) -> None:
    of = tables.trips
    most_kg = of["parcels_kg"] + of["waste_g"] / 1000
    assert (of["load_kgm"] <= most_kg * of["metres"] + 1e-6).all()
    assert (of["load_kgm"] >= 0).all()
    assert ((of["parcels_kg"] > 0) == (of["parcel_kgm_sfd"] > 0)).all()
    assert ((of["waste_g"] > 0) == (of["waste_kgm_gcd"] > 0)).all()


def assert_days_add_up(tables: RunTables, warmup_days: int) -> None:
    days, boxes = tables.box_days, tables.boxes
    number = len(boxes["box"])

    def per_box(name: str) -> list[int]:
        return days[name].reshape(-1, number).sum(axis=0).tolist()

    for name in ("stored_g", "refused_n", "refused_g", "collected_g"):
        assert per_box(name) == sum(boxes[f"{name}_{fraction}"] for fraction in FRACTIONS).tolist()
    for name in ("parcels_placed", "parcels_redirected"):
        assert per_box(name) == boxes[name].tolist()
    # Without a warm-up the first day's parcels are there from the start.
    at_start = 0 if warmup_days else boxes["parcels_waiting_start"]
    assert per_box("parcels_in") == (boxes["parcels_in"] + at_start).tolist()
    assert per_box("occupied_s") == pytest.approx((boxes["occupied_door_h"] * 3600).tolist())


@small_worlds
@given(tight_worlds())
def test_pickups_days_and_trips_are_the_same_books(world_of: Callable[..., World], changes: dict[str, object]) -> None:
    world, prepared = prepared_or_reject(world_of, changes)
    for alternative in ALTERNATIVES:
        tables = simulate(world, prepared, alternative)
        assert_pickups_are_the_trips(tables)
        assert_hauled_within_bounds(tables)
        assert_days_add_up(tables, world.days.warmup)


def test_looking_at_a_day_changes_nothing(world_of: Callable[..., World]) -> None:
    world, prepared = prepared_or_reject(world_of, {"seed": 4})
    for alternative in ALTERNATIVES:
        alone, watched = simulate(world, prepared, alternative), simulate(world, prepared, alternative, sample_day=1)
        for table in ("trips", "boxes", "pickups", "box_days"):
            for name, column in getattr(alone, table).items():
                assert np.array_equal(column, getattr(watched, table)[name]), (alternative, table, name)
        assert grams(alone, "stored_g") == grams(watched, "stored_g")
