"""Who drives what in which year, where and to whom: mixes, tenders, bikes on ways of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.worlds import BLOCK_M, BLOCKS, LAT, LON, STEP_LAT, STEP_LON, small_data, small_scenario, town

from molosim.inputs.fleet import FleetFrom, mix_in
from molosim.network.bikes import bike_graph
from molosim.network.graph import RoadGraph
from molosim.routing import tours as t
from molosim.runtime.errors import ScenarioError
from molosim.simulation.alternative_run import RunTables, prepare, simulate
from molosim.simulation.fleets import assign
from molosim.simulation.world import World

VAN = small_data()["vehicles"]["van"]
ELECTRIC = {**VAN, "energy": "electricity"}
BIKE = {**ELECTRIC, "body": "bike", "volume_l": 500.0, "payload_kg": 150.0}


def entry(year: int, **mix: int) -> FleetFrom:
    return FleetFrom(from_year=year, mix=mix)


@pytest.mark.parametrize(
    ("year", "mix"),
    [
        (2024, {"van": 30}),
        (2025, {"van": 20, "electric": 10}),
        (2026, {"van": 20, "electric": 10}),
        (2027, {"electric": 30}),
        (2030, {"bike": 12, "electric": 28}),
    ],
)
def test_the_last_entry_that_has_begun_counts(year: int, mix: dict[str, int]) -> None:
    fleet = (entry(2027, van=0, electric=30), entry(2025, electric=10), entry(2029, bike=12, electric=28))
    found = mix_in(year, fleet, "van", 30)
    assert found == mix
    assert next(iter(found)) == next(iter(mix))


def test_a_type_named_beside_the_rest_is_one_type() -> None:
    assert mix_in(2025, (entry(2020, electric=3, van=2),), "van", 10) == {"van": 7, "electric": 3}


def test_types_lie_scattered_and_one_more_vehicle_moves_no_other() -> None:
    bike, seconds = np.zeros(2, bool), np.zeros(300, np.int32)
    before = assign([30, 0], bike, seconds)
    for electric in range(1, 31):
        after = assign([30 - electric, electric], bike, seconds)
        assert after.sum() == electric
        assert (after >= before).all()
        # Any third of the territories has its share, to two.
        for third in range(3):
            assert abs(after[10 * third : 10 * third + 10].sum() - electric / 3) <= 2
        before = after


def test_bikes_are_where_the_depot_is() -> None:
    seconds = np.abs(np.arange(100) - 55).astype(np.int32)
    kinds = assign([8, 2], np.array([False, True]), seconds)
    assert np.flatnonzero(kinds).tolist() == [5, 6] or np.flatnonzero(kinds).tolist() == [4, 5]


def run(world_of: Callable[..., World], alternative: str, changes: dict[str, Any]) -> tuple[World, RunTables]:
    world = world_of(changes, boxes=4)
    return world, simulate(world, prepare(world, 0), alternative)


def km_by_type(tables: RunTables) -> dict[str, int]:
    types = tables.trips["vehicle_type"].astype(str)
    return {name: int(tables.trips["metres"][types == name].sum()) for name in np.unique(types)}


MIXED = {"vehicles.electric": ELECTRIC, "carriers.0.fleet": [{"from_year": 2025, "mix": {"electric": 1}}]}


def test_another_type_of_the_same_kind_changes_nothing_but_its_name(world_of: Callable[..., World]) -> None:
    _, plain = run(world_of, "shared", {})
    _, mixed = run(world_of, "shared", MIXED)
    for name, column in plain.trips.items():
        if name != "vehicle_type":
            np.testing.assert_array_equal(np.sort(column), np.sort(mixed.trips[name]))
    assert plain.totals == mixed.totals
    assert set(km_by_type(mixed)) == {"electric", "van"}
    assert sum(km_by_type(mixed).values()) == sum(km_by_type(plain).values())


def test_the_year_of_the_horizon_decides(world_of: Callable[..., World]) -> None:
    changes = {**MIXED, "carriers.0.fleet": [{"from_year": 2026, "mix": {"electric": 2}}]}
    assert set(km_by_type(run(world_of, "none", changes)[1])) == {"van"}
    _, later = run(world_of, "none", {**changes, "horizon.start": "2026-01-05"})
    alfa = later.trips["operator"].astype(str) == "Alfa"
    assert set(later.trips["vehicle_type"][alfa].astype(str)) == {"electric"}


def test_each_type_keeps_its_own_limits(world_of: Callable[..., World]) -> None:
    small = {**VAN, "volume_l": 240.0, "payload_kg": 80.0, "adr_points": 15.0}
    changes = {"vehicles.small": small, "carriers.0.fleet": [{"from_year": 2025, "mix": {"small": 1}}]}
    world, tables = run(world_of, "shared", changes)
    of_small = tables.trips["vehicle_type"].astype(str) == "small"
    assert of_small.any()
    assert (tables.trips["fill_peak"] <= 1).all()
    assert tables.trips["waste_points_milli"][of_small].max() <= 15_000
    assert {name: value for name, value in tables.totals.items() if name.startswith("breaches") and value} == {}
    bounds = world.fleets[0].bounds
    assert np.diff(bounds)[world.fleets[0].type_of[:2] == 1] < np.diff(bounds)[world.fleets[0].type_of[:2] == 0]


def test_the_municipality_s_mix_goes_out_too(world_of: Callable[..., World]) -> None:
    truck = small_data()["vehicles"]["truck"]
    changes = {
        "vehicles.electric_truck": {**truck, "energy": "electricity"},
        "municipality.fleet": [{"from_year": 2025, "mix": {"truck": 1, "electric_truck": 1}}],
        "municipality.shift": {"weekdays": ["mon", "tue", "wed", "thu", "fri"], "start_h": 7, "hours": 0.8},
    }
    _, tables = run(world_of, "dedicated", changes)
    rounds = tables.trips["purpose"].astype(str) == "collection"
    assert set(tables.trips["vehicle_type"][rounds].astype(str)) == {"truck", "electric_truck"}
    assert tables.totals["breaches_volume"] == tables.totals["breaches_shift"] == 0


# -- tenders ---------------------------------------------------------------------------------------------------------

TENDER = {
    **MIXED,
    "carriers.1.fleet": [{"from_year": 2025, "mix": {"electric": 1}}],
    "vehicles.truck.energy": "electricity",
    "tender": {"from_year": 2025},
}


def test_with_a_tender_only_allowed_vans_come_to_boxes(world_of: Callable[..., World]) -> None:
    for alternative in ("none", "shared"):
        _, free = run(world_of, alternative, MIXED)
        world, bound = run(world_of, alternative, TENDER)
        types = bound.trips["vehicle_type"].astype(str)
        assert bound.trips["box_stops"][types == "van"].sum() == 0
        assert bound.trips["waste_g"][(types == "van") & (bound.trips["purpose"].astype(str) != "transfer")].sum() == 0
        assert bound.trips["box_stops"][types == "electric"].sum() > 0
        assert bound.totals["breaches_tender"] == 0
        assert free.trips["box_stops"][free.trips["vehicle_type"].astype(str) == "van"].sum() > 0
        # Nobody's parcels are forgotten.
        assert bound.boxes["parcels_in"].tolist() == free.boxes["parcels_in"].tolist()
        assert bound.boxes["parcels_placed"].sum() >= 0.9 * free.boxes["parcels_placed"].sum()
        assert world.fleets[0].type_of[-1] == world.fleets[0].types.index("electric")


def test_before_its_year_a_tender_changes_nothing(world_of: Callable[..., World]) -> None:
    _, free = run(world_of, "shared", MIXED)
    _, bound = run(world_of, "shared", {**MIXED, "tender": {"from_year": 2026}})
    assert free.totals == bound.totals
    for name, column in free.trips.items():
        np.testing.assert_array_equal(column, bound.trips[name])


def test_a_tender_that_a_carrier_cannot_meet_is_told() -> None:
    with pytest.raises(ScenarioError) as caught:
        small_scenario({"tender": {"from_year": 2025}})
    assert [str(fault) for fault in caught.value.faults] == [
        "carriers.0: its vehicles of 2025 are 2 'van'; none may come to boxes, where tender.energy allows electricity",
        "carriers.1: its vehicles of 2025 are 1 'van'; none may come to boxes, where tender.energy allows electricity",
        "municipality: its vehicles of 2025 are 2 'truck'; none may come to boxes, where tender.energy allows"
        " electricity",
    ]
    assert small_scenario({"tender": {"from_year": 2026}}).tender is not None


# -- bikes -----------------------------------------------------------------------------------------------------------

CARGO = {"vehicles.cargo": BIKE, "carriers.0.fleet": [{"from_year": 2025, "mix": {"cargo": 1}}]}
CORNERS = (0, BLOCKS * BLOCKS - 1)


def with_path(graph: RoadGraph) -> RoadGraph:
    """The town with a path for bikes from one corner to the other, 1.5 km."""
    ends = [CORNERS, CORNERS[::-1]]
    lon, lat = graph.node_lon, graph.node_lat
    return replace(
        graph,
        name="ways",
        classes=(*graph.classes, "cycleway"),
        edge_tail=np.r_[graph.edge_tail, [a for a, _ in ends]],
        edge_head=np.r_[graph.edge_head, [b for _, b in ends]],
        edge_m=np.r_[graph.edge_m, 1500.0, 1500.0],
        edge_kph=np.r_[graph.edge_kph, 20, 20],
        edge_imputed=np.r_[graph.edge_imputed, False, False],
        edge_class=np.r_[graph.edge_class, 2, 2],
        shape_lon=np.r_[graph.shape_lon, [lon[i] for pair in ends for i in pair]],
        shape_lat=np.r_[graph.shape_lat, [lat[i] for pair in ends for i in pair]],
        shape_first=np.r_[graph.shape_first, graph.shape_first[-1] + [2, 4]],
    )


def test_a_bike_takes_the_path_that_vans_may_not(world_of: Callable[..., World], tmp_path: Path) -> None:
    """From Alfa's depot in one corner to the reception in the other: 12 blocks on streets, or the path."""
    with_path(town()).save(tmp_path / "ways.npz")
    ways = {"map.bike_source": str(tmp_path / "ways.npz"), "map.bike_kph": 18.0}
    world, tables = run(world_of, "shared", {**CARGO, **ways})
    depot, travel = world.fleets[0].depot, world.travel
    assert travel.period_names[-1] == "bike"
    assert travel.metres[0, depot, world.reception] == 12 * BLOCK_M
    assert (travel.metres[-1, depot, world.reception], travel.seconds[-1, depot, world.reception]) == (1500, 300)
    types = tables.trips["vehicle_type"].astype(str)
    bikes, vans = types == "cargo", (types == "van") & (tables.trips["operator"].astype(str) == "Alfa")
    assert bikes.any()
    # 18 km/h at all hours; vans are faster.
    kph = 3.6 * tables.trips["metres"] / np.maximum(1, tables.trips["driving_s"])
    np.testing.assert_allclose(kph[bikes], 18, rtol=0.02)
    assert kph[vans].mean() > 20
    assert (tables.trips["fill_peak"][bikes] <= 1).all()
    assert {name: value for name, value in tables.totals.items() if name.startswith("breaches") and value} == {}


def test_without_a_map_of_their_own_bikes_keep_off_fast_roads() -> None:
    """The rim of the town made a trunk road: what is left is the town without its rim, one block in."""
    rim = replace(town(), classes=("residential", "trunk"))
    ways = bike_graph(rim, None, 15.0)
    assert ways.node_count == (BLOCKS - 2) ** 2 + 4 * (BLOCKS - 2)
    assert "trunk" not in {ways.classes[kind] for kind in ways.edge_class}
    assert set(ways.edge_kph.tolist()) == {15.0}
    # Shapes go with their streets.
    for edge in range(ways.edge_count):
        ends = [[ways.node_lon[i], ways.node_lat[i]] for i in (ways.edge_tail[edge], ways.edge_head[edge])]
        np.testing.assert_array_equal(ways.shape(edge), ends)


def test_bikes_do_not_change_how_vans_travel(world_of: Callable[..., World]) -> None:
    plain, mixed = world_of({}, boxes=4), world_of(CARGO, boxes=4)
    assert plain.travel.period_names == mixed.travel.period_names[:-1]
    np.testing.assert_array_equal(plain.travel.seconds, mixed.travel.seconds[:-1])
    assert mixed.fleets[0].hours[mixed.fleets[0].types.index("cargo")].tolist() == [len(plain.travel.period_names)] * 24
    assert mixed.fleets[0].limits[:, t.LIMIT_AT_BOXES].tolist() == [1, 1]


def test_a_place_that_no_bike_reaches_is_named(world_of: Callable[..., World], tmp_path: Path) -> None:
    ways = town()
    far = replace(
        ways,
        node_lon=ways.node_lon + 0.02,
        node_lat=ways.node_lat,
        shape_lon=ways.shape_lon + 0.02,
    )
    far.save(tmp_path / "far.npz")
    with pytest.raises(
        ScenarioError, match=r"map\.bike_source: place 'address 0' is outside .* so are \d+ other places"
    ):
        world_of({**CARGO, "map.bike_source": str(tmp_path / "far.npz")}, boxes=4)
    with pytest.raises(ScenarioError, match=r"map\.bike_source: no map 'nowhere'"):
        world_of({**CARGO, "map.bike_source": "nowhere"}, boxes=4)


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown type": (
        {"carriers.0.fleet": [{"from_year": 2025, "mix": {"vann": 1}}]},
        "carriers.0.fleet.0.mix.vann: found 'vann'; did you mean 'van'?",
    ),
    "the same year twice": (
        {"municipality.fleet": [{"from_year": 2025, "mix": {"truck": 1}}] * 2},
        "municipality.fleet.from_year: '2025' stands 2 times; each needs its own name",
    ),
    "battery in a diesel": ({"vehicles.van.battery_kwh": 40.0}, "vehicles.van.battery_kwh: found 40; 'van' drives on"),
    "bike that burns": (
        {"vehicles.cargo": {**BIKE, "energy": "diesel"}},
        "vehicles.cargo.energy: found 'diesel'; bikes",
    ),
    "bike for transfers": (
        {"vehicles.cargo": BIKE, "carriers.0.waste_to.vehicle": "cargo"},
        "carriers.0.waste_to.vehicle: found 'cargo', a bike; must be a van or truck",
    ),
    "bike for rounds": (
        {"vehicles.cargo": BIKE, "municipality.fleet": [{"from_year": 2025, "mix": {"cargo": 1}}]},
        "municipality.fleet: found 'cargo', a bike; must be a van or truck",
    ),
    "bikes too small": (
        {"vehicles.cargo": {**BIKE, "volume_l": 200.0}, "carriers.0.fleet": [{"from_year": 2025, "mix": {"cargo": 2}}]},
        "carriers.0.fleet: the vehicles of 2025 hold 400 l; a mean day's home deliveries are 640 l",
    ),
    "same charger twice": (
        {
            "chargers": [
                {"name": "x", "lon": LON, "lat": LAT},
                {"name": "x", "lon": LON + STEP_LON, "lat": LAT + STEP_LAT},
            ]
        },
        "chargers: 'x' stands 2 times",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_cannot_be_is_one_line(case: str) -> None:
    changes, told = FAULTS[case]
    with pytest.raises(ScenarioError) as caught:
        small_scenario(changes)
    (fault,) = caught.value.faults
    assert told in str(fault)
