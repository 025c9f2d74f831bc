"""Addresses and boxes along streets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks._box_sites import apportion, site_boxes
from hypothesis import given, settings
from hypothesis import strategies as st

from molosim.network.graph import great_circle_m
from molosim.network.places import District, read_box_sites, read_districts
from molosim.network.siting import STREETS, draw_addresses
from molosim.runtime.errors import ScenarioError

CONFIGS = Path(__file__).parents[2] / "configs"
HAGA = District("Haga", 3000, 350, 11.9580, 57.6975)
BACKA = District("Backa", 1000, 550, 11.9690, 57.7420)


def share_near(places, district):
    lon, lat = np.array([district.lon]), np.array([district.lat])
    return (great_circle_m(places.lon, places.lat, lon, lat) <= district.radius_m + 20).mean()


def test_addresses_lie_on_streets_where_people_live_and_nowhere_twice(town):
    places = draw_addresses(town, (HAGA, BACKA), 3000, 0.4, np.random.default_rng(1))
    assert len(places) == len(set(places.names)) == 3000
    assert set(np.array(town.classes)[town.edge_class[places.edge]]) <= STREETS
    assert len(set(zip(places.edge.tolist(), places.along_m.tolist(), strict=True))) == 3000
    assert np.all((places.along_m >= 0) & (places.along_m <= town.edge_m[places.edge]))
    assert not places.access_m.any()
    assert np.all((town.twin[places.edge] < 0) | (town.twin[places.edge] > places.edge))


def test_the_spread_share_lies_anywhere_and_the_rest_in_the_districts_by_dwellings(town):
    rng = np.random.default_rng(2)
    everywhere = draw_addresses(town, (), 4000, 1.0, rng)
    gathered = draw_addresses(town, (HAGA, BACKA), 4000, 0.0, rng)
    half = draw_addresses(town, (HAGA, BACKA), 4000, 0.5, rng)
    assert share_near(gathered, HAGA) == pytest.approx(0.75, abs=0.03)
    assert share_near(gathered, BACKA) == pytest.approx(0.25, abs=0.03)
    for district, share in ((HAGA, 0.75), (BACKA, 0.25)):
        background = share_near(everywhere, district)
        assert background < 0.03
        assert share_near(half, district) == pytest.approx((share + background) / 2, abs=0.03)
    streets = town.of_class(frozenset({"residential"})) & ((town.twin < 0) | (town.twin > np.arange(town.edge_count)))
    all_streets = town.of_class(STREETS) & ((town.twin < 0) | (town.twin > np.arange(town.edge_count)))
    expected = town.edge_m[streets].sum() / town.edge_m[all_streets].sum()
    assert town.of_class(frozenset({"residential"}))[everywhere.edge].mean() == pytest.approx(expected, abs=0.03)


def test_addresses_are_denser_in_the_middle_of_a_district(town):
    places = draw_addresses(town, (BACKA,), 3000, 0.0, np.random.default_rng(3))
    distance_m = great_circle_m(places.lon, places.lat, BACKA.lon, BACKA.lat)
    assert np.median(distance_m) < BACKA.radius_m / np.sqrt(2)


def test_the_same_seed_gives_the_same_addresses(town):
    one, two = (draw_addresses(town, (HAGA,), 200, 0.3, np.random.default_rng(9)) for _ in range(2))
    for field in ("edge", "along_m", "lon", "lat"):
        assert np.array_equal(getattr(one, field), getattr(two, field))


def test_streets_too_short_or_too_far_are_told(town, grid, graph_of, both_ways):
    rng = np.random.default_rng(1)
    with pytest.raises(ScenarioError, match=r"'Far': has no street within 300 m; the nearest is .* m away"):
        draw_addresses(town, (HAGA, District("Far", 10, 300, 9.9, 57.0)), 10, 0.5, rng)
    with pytest.raises(ScenarioError, match="too short for 100000 addresses"):
        draw_addresses(grid, (), 100_000, 1.0, rng)
    with pytest.raises(ScenarioError, match="too short for 5000 different addresses"):
        draw_addresses(grid, (District("Corner", 10, 40, 10.0, 57.0),), 5000, 0.0, rng)
    with pytest.raises(ScenarioError, match="there are none; at least 1 is needed"):
        draw_addresses(grid, (), 10, 0.5, rng)
    motorway = graph_of([(10, 57), (10.01, 57)], both_ways([(0, 1, 600.0, 110.0, "motorway")]))
    with pytest.raises(ScenarioError, match="has no streets of the classes"):
        draw_addresses(motorway, (), 10, 1.0, rng)


def test_the_bundled_boxes_are_what_the_siting_function_gives(town):
    districts = read_districts(CONFIGS / "gothenburg_districts.geojson")
    rng = np.random.default_rng(2016)
    sites = site_boxes(town, districts, 50, 15_000, spacing_m=250, kerb_m=5, rng=rng)
    assert sites == read_box_sites(CONFIGS / "gothenburg_boxes.geojson")


def test_boxes_keep_their_distance_and_follow_the_dwellings(town):
    sites = site_boxes(town, (HAGA, BACKA), 4, 1001, spacing_m=200, kerb_m=4, rng=np.random.default_rng(1))
    assert [site.name for site in sites] == ["Haga 1", "Haga 2", "Haga 3", "Backa 1"]
    assert [site.households for site in sites] == [251, 250, 250, 250]
    lon, lat = np.array([site.lon for site in sites]), np.array([site.lat for site in sites])
    apart_m = great_circle_m(lon[:, None], lat[:, None], lon, lat) + np.diag(np.full(4, np.inf))
    assert apart_m.min() >= 200
    with pytest.raises(ScenarioError, match="'Haga': has no room for 15 boxes at least 500 m apart"):
        site_boxes(town, (HAGA, BACKA), 20, 1000, spacing_m=500, kerb_m=4, rng=np.random.default_rng(1))


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=30), st.integers(0, 5000))
@settings(max_examples=200, deadline=None)
def test_apportioned_numbers_sum_up_and_are_within_one_of_their_share(shares, total):
    whole = apportion(np.array(shares, dtype=float), total)
    assert whole.sum() == total
    assert np.all(np.abs(whole - np.array(shares) / sum(shares) * total) < 1 + 1e-9)
