"""Whatever the world: kilograms and parcels balance, trips add up, and no limit is ever passed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from molosim.inputs.boxes import FRACTIONS
from molosim.runtime.errors import ScenarioError
from molosim.simulation import box_state as c
from molosim.simulation.alternative_run import BalanceError, Prepared, RunTables, prepare, simulate
from molosim.simulation.box_ledger import L
from molosim.simulation.run_operations import AlternativeRun
from molosim.simulation.sample import Sample
from molosim.simulation.waste_loads import Reception
from molosim.simulation.world import World
from molosim.trips import BANDS

ALTERNATIVES = ("dedicated", "shared", "hybrid", "none")

small_worlds = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def tight_worlds(draw_from: st.DrawFn) -> dict[str, Any]:
    """Values under which vans, stores, shifts or doors are short."""

    def pick(*values: Any) -> Any:
        return draw_from(st.sampled_from(values))

    to_reception = {"kind": "reception"}
    to_store = {
        "kind": "store",
        "mass_limit_kg": pick(16.0, 40.0, 400.0),
        "points_limit": pick(15.0, 60.0),
        "empty_at": pick(0.3, 0.8, 1.0),
        "max_age_days": pick(4, 28),
        "vehicle": "van",
    }
    return {
        "seed": draw_from(st.integers(0, 10_000)),
        "boxes.regime": pick("reserved", "shared", "reserved_with_overflow"),
        "boxes.walking_limit_m": pick(0, 600),
        "boxes.designs.small.parcel_doors.1.count": pick(1, 3, 6),
        "boxes.outages_per_year": pick(0, 60),
        "residents.parcels.tries": pick(1, 2, 4),
        "residents.parcels.holding_h": pick(20.0, 60.0),
        "residents.deposits.wastes.0.kg_per_household_year": pick(1.0, 20.0),
        "vehicles.van.volume_l": pick(600.0, 1500.0, 6000.0),
        "vehicles.van.payload_kg": pick(80.0, 1000.0),
        "vehicles.van.adr_points": pick(15.0, 60.0),
        "vehicles.truck.adr_points": pick(15.0, 100.0),
        "vehicles.truck.volume_l": pick(200.0, 1200.0),
        "carriers.0.shift.hours": pick(2.2, 3.0, 8.0),
        "carriers.1.shift.hours": pick(2.5, 3.5, 7.0),
        "municipality.shift.hours": pick(1.0, 2.0, 8.0),
        "carriers.0.waste_to": pick(to_store, to_reception),
        "carriers.1.waste_to": pick(to_reception, to_store),
        "carriers.1.takes_waste": pick(True, True, False),
        "breakdowns.per_van_day": pick(0.0, 0.3),
        "alternatives.dedicated.trigger": pick(
            {"kind": "calendar", "weekdays": ["mon", "thu"]},
            {"kind": "threshold", "fill": 0.6},
            {"kind": "forecast", "days_ahead": 3.0},
        ),
        "alternatives.shared.take_fill": pick(0.0, 0.3, 1.0),
        "alternatives.shared.max_detour_min": pick(0.0, 5.0, 30.0),
        "horizon.warmup_days": pick(0, 3),
    }


def prepared_or_reject(world_of: Callable[..., World], changes: dict[str, Any]) -> tuple[World, Prepared]:
    """A world that its carriers can serve at all."""
    world = world_of(changes)
    try:
        return world, prepare(world, 0)
    except ScenarioError:
        assume(False)
        raise


def grams(tables: RunTables, name: str) -> int:
    return sum(int(np.sum(tables.boxes[f"{name}_{fraction}"])) for fraction in FRACTIONS)


def assert_parcels_balance(tables: RunTables) -> None:
    of = {name: column.astype(np.int64) for name, column in tables.boxes.items() if name.startswith("parcels_")}
    known = of["parcels_waiting_start"] + of["parcels_in"]
    assert (known == of["parcels_placed"] + of["parcels_redirected"] + of["parcels_waiting"]).all()
    inside = of["parcels_inside_start"] + of["parcels_placed"] - of["parcels_fetched"] - of["parcels_returned"]
    assert (inside == of["parcels_inside"]).all()


def assert_stays_are_those_of_the_boxes(tables: RunTables) -> None:
    stays, fetched = tables.stays, int(tables.boxes["parcels_fetched"].sum())
    assert int(stays["fetched"].sum()) == fetched
    assert int(stays["returned"].sum()) == int(tables.boxes["parcels_returned"].sum())
    hours, inside_h = int((stays["hours"] * stays["fetched"]).sum()), float(tables.boxes["dwell_h"].sum())
    assert hours <= inside_h + 1e-6
    assert inside_h <= hours + fetched  # each stay was cut to whole hours


def assert_waste_balances(tables: RunTables) -> None:
    at_start = grams(tables, "home_start_g")
    ends = sum(grams(tables, name) for name in ("stored_g", "centre_g", "residual_g", "home_g"))
    assert at_start + grams(tables, "offered_g") == ends
    into_boxes = grams(tables, "inside_start_g") + grams(tables, "stored_g")
    assert into_boxes == grams(tables, "collected_g") + grams(tables, "inside_g")
    for fraction in FRACTIONS:
        collected = int(np.sum(tables.boxes[f"collected_g_{fraction}"]))
        stores = tables.totals[f"in_stores_g_{fraction}"] - tables.totals[f"in_stores_start_g_{fraction}"]
        assert collected == tables.totals[f"delivered_g_{fraction}"] + stores


def assert_trips_add_up(tables: RunTables) -> None:
    trips = tables.trips
    for whole, part in (("metres", "metres_b"), ("driving_s", "seconds_b")):
        bands = np.stack([trips[f"{part}{band}"] for band in range(BANDS)])
        assert (bands >= 0).all()
        assert (bands.sum(axis=0) == trips[whole]).all()
    assert (trips["return_s"] - trips["depart_s"] == trips["driving_s"] + trips["service_s"]).all()
    assert (trips["box_stops"] <= trips["stops"]).all()
    assert (trips["fill_start"] <= trips["fill_peak"]).all()
    assert (trips["fill_peak"] <= 1).all()
    from_boxes = trips["purpose"] != "transfer"
    assert int(trips["waste_g"][from_boxes].sum()) == grams(tables, "collected_g")
    containers = int(np.sum(tables.boxes["containers"]))
    assert int(trips["waste_containers"][from_boxes].sum()) == containers


@small_worlds
@given(tight_worlds())
def test_every_run_balances_and_its_trips_add_up(world_of: Callable[..., World], changes: dict[str, Any]) -> None:
    world, prepared = prepared_or_reject(world_of, changes)
    for alternative in ALTERNATIVES:
        tables = simulate(world, prepared, alternative)
        assert_parcels_balance(tables)
        assert_stays_are_those_of_the_boxes(tables)
        assert_waste_balances(tables)
        assert_trips_add_up(tables)


@small_worlds
@given(tight_worlds())
def test_no_run_breaks_a_rule(world_of: Callable[..., World], changes: dict[str, Any]) -> None:
    world, prepared = prepared_or_reject(world_of, changes)
    for alternative in ALTERNATIVES:
        assert breaches(simulate(world, prepared, alternative)) == {}


@small_worlds
@given(tight_worlds(), st.sampled_from(ALTERNATIVES))
def test_containers_and_stores_stay_within_their_limits_at_every_hour(
    world_of: Callable[..., World], changes: dict[str, Any], alternative: str
) -> None:
    world, prepared = prepared_or_reject(world_of, changes)
    run = AlternativeRun(world, prepared.draws, prepared.plans, alternative, sample=Sample())
    limits = world.layout.containers
    payload_g = world.scenario.vehicles["van"].payload_kg * 1000
    for hour in range(1, 24 * world.days.count):
        run.run_until(hour * 3600)
        doors = run.residents.doors
        waste = doors[doors[:, c.D_STATE] == c.WASTE]
        kind = limits[waste[:, c.D_CONTAINER]]
        assert (waste[:, c.D_G] <= kind[:, c.C_LIMIT_G]).all()
        assert (waste[:, c.D_ML] <= kind[:, c.C_LIMIT_ML]).all()
        for carrier in run.carriers:
            if carrier.store is not None:
                spec = carrier.spec.waste_to
                assert 0 <= carrier.store.g <= spec.mass_limit_kg * 1000
                assert 0 <= carrier.store.points <= spec.points_limit * 1000
                if hour % 24 == 0:  # at midnight nothing is promised to a van
                    assert carrier.store.room_g == min(spec.mass_limit_kg * 1000 - carrier.store.g, payload_g)


def breaches(tables: RunTables) -> dict[str, float]:
    return {name: value for name, value in tables.totals.items() if name.startswith("breaches") and value}


SMALL_VANS = {
    "vehicles.van.volume_l": 900.0,
    "boxes.designs.small.parcel_doors.1.count": 1,
    "residents.parcels.tries": 4,
}


@pytest.mark.parametrize("alternative", ["none", "shared"])
def test_vans_bring_again_only_what_they_had_room_to_load(world_of: Callable[..., World], alternative: str) -> None:
    world = world_of(SMALL_VANS)
    assert breaches(simulate(world, prepare(world, 0), alternative)) == {}


def test_transfer_runs_are_back_by_the_end_of_the_shift(world_of: Callable[..., World]) -> None:
    changes = {
        "vehicles.bike": {"volume_l": 150, "payload_kg": 50, "adr_points": 15, "body": "van"}
        | {"cost_per_km": 0, "cost_per_h": 1},
        "carriers.0.waste_to": {"kind": "store", "mass_limit_kg": 400.0, "points_limit": 600.0}
        | {"empty_at": 0.3, "max_age_days": 5, "vehicle": "bike"},
        "carriers.0.shift.hours": 3.0,
        "residents.deposits.wastes.2.kg_per_household_year": 150.0,
        "alternatives.shared.take_fill": 0.0,
    }
    world = world_of(changes)
    assert breaches(simulate(world, prepare(world, 0), "shared")) == {}


def test_home_stops_are_the_same_in_all_alternatives(world_of: Callable[..., World]) -> None:
    world = world_of()
    prepared = prepare(world, 0)
    counted = {name: simulate(world, prepared, name).totals["home_stops"] for name in ALTERNATIVES}
    drawn = sum(int((home.day >= world.days.warmup).sum()) for home in prepared.draws.home)
    assert counted == dict.fromkeys(ALTERNATIVES, drawn)


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("parcels_fetched", "parcels placed"),
        ("parcels_redirected", "parcels in"),
        ("sends_refused", "sendings offered"),
        ("residual_g_hazardous", "hazardous: .* g offered"),
        ("stored_g_textiles", "textiles: .* g offered"),
        ("inside_g_electronics", "electronics: .* g put into boxes"),
    ],
)
def test_a_ledger_that_lost_something_is_an_error(
    world_of: Callable[..., World], column: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_of()
    honest = AlternativeRun.run_until

    def spoil(run: AlternativeRun, until: int) -> None:
        honest(run, until)
        accounts = run.residents.accounts

        def broken(now: int) -> Any:
            ledger = accounts(now)
            ledger[1, L[column]] += 1
            return ledger

        monkeypatch.setattr(run.residents, "accounts", broken)

    monkeypatch.setattr(AlternativeRun, "run_until", spoil)
    with pytest.raises(BalanceError, match=told):
        simulate(world, prepare(world, 0), "shared")


def test_waste_that_never_arrives_is_an_error(world_of: Callable[..., World], monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of()
    monkeypatch.setattr(Reception, "receive", lambda self, load: None)
    with pytest.raises(BalanceError, match="g collected, 0 g delivered or in stores"):
        simulate(world, prepare(world, 0), "dedicated")
