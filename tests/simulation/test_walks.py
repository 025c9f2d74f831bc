"""How far households walk to their box, and what that does to demand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.worlds import (
    BLOCK_M,
    BLOCKS,
    LON,
    STEP_LON,
    small_data,
    small_scenario,
    small_sites,
    town,
    town_files,
    with_footpaths,
)

from molosim.experiments.tasks import task_key
from molosim.inputs.days import days_of
from molosim.inputs.residents import Everyone, Exponential, Logistic, Participation
from molosim.inputs.scenario import Scenario
from molosim.network.places import BoxSite
from molosim.runtime.errors import ScenarioError
from molosim.simulation import box_state as c
from molosim.simulation.alternative_run import prepare, simulate
from molosim.simulation.chance import draw
from molosim.simulation.walks import BoxWalks
from molosim.simulation.world import World, build_world

curves: st.SearchStrategy[Participation] = st.one_of(
    st.builds(Everyone),
    st.builds(Exponential, kind=st.just("exponential"), half_m=st.floats(10, 2000), at_door=st.floats(0, 1)),
    st.builds(
        Logistic,
        kind=st.just("logistic"),
        half_m=st.floats(10, 2000),
        slope_m=st.floats(5, 500),
        at_door=st.floats(0, 1),
    ),
)


@given(curves, st.floats(0, 5000), st.floats(0, 5000))
def test_a_curve_begins_at_the_door_and_never_rises(curve: Participation, one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert curve.taking_part(0) == pytest.approx(getattr(curve, "at_door", 1.0))
    assert 0 <= curve.taking_part(far) <= curve.taking_part(near) + 1e-12 <= 1 + 1e-11


def test_curves_by_hand() -> None:
    halving = Exponential(kind="exponential", half_m=200, at_door=0.8)
    assert [halving.taking_part(m) for m in (0, 200, 400)] == pytest.approx([0.8, 0.4, 0.2])
    steep = Logistic(kind="logistic", half_m=400, slope_m=40)
    assert steep.taking_part(400) == pytest.approx(0.5, abs=1e-4)
    assert steep.taking_part(440) == pytest.approx(1 / (1 + np.e), rel=1e-3)
    assert steep.taking_part(1e9) == 0
    assert Everyone().taking_part(1e9) == 1


def test_two_homes_by_hand() -> None:
    counted = np.zeros((3, 40))
    counted[0, 0], counted[0, 20] = 30, 10  # walks of 5 m and of 205 m
    counted[1, 10] = 7
    walks = BoxWalks(("a", "b", "c"), counted, 1.0, 400)
    assert walks.mean_m[:2].tolist() == [55, 105]
    assert np.isnan(walks.mean_m[2])
    # By households of the boxes: 15 and 5 at a, 20 at b.
    households = np.array([20.0, 20.0, 9.0])
    assert [walks.quantile_m(share, households) for share in (0.3, 0.5, 0.8, 1.0)] == [10, 110, 110, 210]
    curve = Exponential(kind="exponential", half_m=200)
    expected = (30 * 2 ** (-5 / 200) + 10 * 2 ** (-205 / 200)) / 40
    lone = BoxWalks(("a", "b"), counted[:2], 1.0, 400)
    assert lone.taking_part(curve).tolist() == pytest.approx([expected, 2 ** (-105 / 200)])
    with pytest.raises(ScenarioError, match=r"box 'c': has no home within 400 m of walk"):
        walks.taking_part(curve)


def built(tmp_path: Path, changes: dict[str, object], sites: int = 3) -> World:
    data = small_data({**town_files(tmp_path, small_sites(sites)), **changes})
    return build_world(Scenario.model_validate_json(json.dumps(data)), tmp_path / "cache")


def test_a_table_says_how_far_whom_walks(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    # The box stands at the second junction of both ways: homes half a block and one and a half blocks east of it.
    rows = [(LON + 1.5 * STEP_LON, 6), (LON + 2.5 * STEP_LON, 2), (LON + 5.9 * STEP_LON, 2)]
    lat = small_sites(1)[0].lat
    table.write_text("lon,lat,dwellings\n" + "".join(f"{x},{lat},{n}\n" for x, n in rows), encoding="utf-8")
    said = {"residents.walking": {"dwellings": str(table), "factor": 0.9, "reach_m": 600}}
    walks = built(tmp_path, said, sites=1).walks
    half, more = (0.9 * metres // 10 * 10 + 5 for metres in (BLOCK_M / 2, 1.5 * BLOCK_M))
    assert walks.mean_m[0] == pytest.approx((6 * half + 2 * more) / 8, abs=10)
    assert walks.share_reached == 0.8
    assert walks.counted.sum() == 8


def test_without_a_table_walks_are_those_along_the_streets(tmp_path: Path) -> None:
    world = built(tmp_path, {"addresses.spread_share": 1.0, "residents.walking": {"reach_m": 5000}})
    assert np.isnan(world.walks.share_reached)
    streets = world.walks.counted.sum(axis=1)
    assert streets.sum() == pytest.approx(1)
    # All streets belong to the one box of a town with one.
    alone = built(tmp_path, {"addresses.spread_share": 1.0, "residents.walking": {"reach_m": 5000}}, sites=1)
    assert alone.walks.mean_m[0] > world.walks.mean_m.max()
    factor = built(tmp_path, {"addresses.spread_share": 1.0, "residents.walking": {"reach_m": 5000, "factor": 0.5}})
    assert factor.walks.mean_m == pytest.approx(world.walks.mean_m / 2, abs=6)
    denser = built(tmp_path, {"addresses.spread_share": 0.0, "residents.walking": {"reach_m": 5000}})
    assert denser.walks.counted.sum() == pytest.approx(1)
    assert not np.allclose(denser.walks.mean_m, world.walks.mean_m)


def test_a_map_of_the_ways_on_foot_shortens_walks_and_nothing_else(tmp_path: Path) -> None:
    """Paths across every block; vans, addresses and refused residents know nothing of them."""
    across = [(k, k + BLOCKS + 1) for k in range(BLOCKS * (BLOCKS - 1)) if (k + 1) % BLOCKS]
    with_footpaths(town(), across).save(tmp_path / "paths.npz")
    said = {"residents.walking": {"reach_m": 5000, "parcels": {"kind": "exponential", "half_m": 300}}}
    by_street = built(tmp_path, said, sites=1)
    on_foot = built(tmp_path, {**said, "map.walk_source": str(tmp_path / "paths.npz")}, sites=1)
    assert (on_foot.walks.mean_m < by_street.walks.mean_m - 10).all()
    assert (on_foot.taking_part[:, 0] > by_street.taking_part[:, 0]).all()
    assert on_foot.roads.key == by_street.roads.key
    np.testing.assert_array_equal(on_foot.layout.walks, by_street.layout.walks)
    # The same streets as a map of their own are the same walks.
    same = built(tmp_path, {**said, "map.walk_source": by_street.scenario.map.source}, sites=1)
    assert same.walks.mean_m == pytest.approx(by_street.walks.mean_m, abs=1)


def test_walks_change_what_a_kept_run_is_worth(tmp_path: Path) -> None:
    """By content: another map of the same name counts, another name for the same does not."""
    scenario = built(tmp_path, {}).scenario
    maps = [tmp_path / f"{name}.npz" for name in ("one", "two", "paths")]
    for path in maps:
        (with_footpaths(town(), [(0, BLOCKS + 1)]) if path.stem == "paths" else town()).save(path)
    keys = [task_key(scenario.but({"map.walk_source": str(path)}), 0) for path in maps]
    assert keys[0] == keys[1]
    assert len({*keys, task_key(scenario, 0), task_key(scenario.but({"map.bike_source": str(maps[0])}), 0)}) == 4


@pytest.mark.parametrize("case", ["nowhere", "elsewhere"])
def test_a_map_on_foot_that_will_not_do_is_told_before_anything_runs(tmp_path: Path, case: str) -> None:
    ways = town()
    replace(ways, node_lon=ways.node_lon + 0.1, shape_lon=ways.shape_lon + 0.1).save(tmp_path / "elsewhere.npz")
    told = {
        "nowhere": r"map\.walk_source: no map 'nowhere'",
        "elsewhere": r"map\.walk_source: place 'box 0' is outside the map town .* so are 2 other places",
    }
    source = "nowhere" if case == "nowhere" else str(tmp_path / "elsewhere.npz")
    with pytest.raises(ScenarioError, match=told[case]):
        built(tmp_path, {"map.walk_source": source})


def test_two_boxes_at_one_place_have_the_same_homes(tmp_path: Path) -> None:
    (site,) = small_sites(1)
    twins = (site, BoxSite("twin", "town", 60, None, site.lon, site.lat))
    data = small_data(town_files(tmp_path, twins))
    one, other = build_world(Scenario.model_validate_json(json.dumps(data)), tmp_path / "cache").walks.mean_m
    assert other == pytest.approx(one, abs=10)


def test_demand_falls_with_the_share_that_takes_part_and_else_is_as_before() -> None:
    scenario, sites = small_scenario({"horizon.days": 2000}), small_sites(2, households=50)
    days = days_of(scenario.horizon)
    before = draw(scenario, sites, days, 50, 0)
    same = draw(scenario, sites, days, 50, 0, taking_part=np.ones((2, 2)))
    for name in ("parcels", "sends", "deposits", "arrivals"):
        assert np.array_equal(getattr(before, name), getattr(same, name))
    part = np.array([[1.0, 0.5], [0.25, 0.0]])
    less = draw(scenario, sites, days, 50, 0, taking_part=part)

    def counts(draws: object, name: str, column: int) -> np.ndarray:
        return np.bincount(getattr(draws, name)[:, column], minlength=2)

    for name, column, which in (("parcels", c.P_BOX, 0), ("sends", c.S_BOX, 0), ("deposits", c.W_BOX, 1)):
        full = counts(before, name, column)
        expected = full * part[:, which]
        assert np.all(abs(counts(less, name, column) - expected) <= 6 * np.sqrt(full))
    # A box whose share is the same draws the same.
    assert np.array_equal(less.parcels[less.parcels[:, c.P_BOX] == 0], before.parcels[before.parcels[:, c.P_BOX] == 0])


def test_a_run_tells_walks_and_shares_box_by_box(tmp_path: Path) -> None:
    curve = {"kind": "exponential", "half_m": 200}
    far = built(tmp_path, {"residents.walking": {"parcels": curve, "deposits": {**curve, "at_door": 0.5}}})
    near = built(tmp_path, {})
    tables = {}
    for name, world in (("far", far), ("near", near)):
        tables[name] = simulate(world, prepare(world, 0), "dedicated").boxes
    table = tables["far"]
    assert np.array_equal(table["walk_m"], tables["near"]["walk_m"])
    assert np.all(table["taking_part_parcels"] < 1)
    assert table["taking_part_waste"] == pytest.approx(table["taking_part_parcels"] / 2)
    assert np.all(tables["near"]["taking_part_parcels"] == 1)
    assert table["parcels_in"].sum() < tables["near"]["parcels_in"].sum()


@pytest.mark.parametrize(
    ("walking", "told"),
    [
        ({"parcels": {"kind": "linear"}}, "found 'linear'"),
        ({"parcels": {"kind": "exponential"}}, "residents.walking.parcels.half_m: missing (metres)"),
        ({"deposits": {"kind": "logistic", "half_m": -3, "slope_m": 1}}, "found -3"),
        ({"parcels": {"kind": "everyone", "half_m": 3}}, "unknown key"),
        ({"factor": 9}, "residents.walking.factor: found 9"),
    ],
)
def test_faults_of_walking_are_told(walking: dict[str, object], told: str) -> None:
    with pytest.raises(ScenarioError) as error:
        small_scenario({"residents.walking": walking})
    assert told in str(error.value)
