"""Whole proposals on the small town."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from tests.worlds import BLOCKS, LAT, LON, STEP_LAT, STEP_LON, town, with_footpaths

from molosim.network.graph import great_circle_m
from molosim.network.places import BoxSite
from molosim.runtime.errors import ScenarioError
from molosim.siting import Wanted, propose
from molosim.siting.candidates import KeepClear, candidates, read_areas
from molosim.siting.homes import Homes
from molosim.siting.streets import fronts, on_streets

CORNER_NODES = [0, BLOCKS - 1, BLOCKS * (BLOCKS - 1), BLOCKS**2 - 1]
"""Two streets meet there: bends, not junctions."""
CORNERS = Homes(
    np.array([LON + STEP_LON / 2, LON + 5.5 * STEP_LON]),
    np.array([LAT + 0.0001, LAT + 6 * STEP_LAT - 0.0001]),
    np.array([40.0, 60.0]),
    "by hand",
    (),
    2,
)


def test_boxes_stand_next_to_those_they_serve() -> None:
    found = propose(None, town(), 2, homes=CORNERS)
    assert [site.households for site in found.sites] == [40, 60]
    for site, lon, lat in zip(found.sites, CORNERS.lon, CORNERS.lat, strict=True):
        assert great_circle_m(np.array([site.lon]), np.array([site.lat]), lon, lat)[0] < 60
    assert found.gap == 0
    assert found.buildings == 2
    assert found.equity.within[0] == 1
    assert any("footpaths" in line for line in found.assumptions)


def test_one_box_goes_where_more_people_live_and_moves_with_them() -> None:
    one = Wanted(1)
    (site,) = propose(None, town(), one, homes=CORNERS).sites
    assert site.lat > LAT + 3 * STEP_LAT
    moved = Homes(CORNERS.lon, CORNERS.lat, np.array([60.0, 40.0]), "by hand", (), 2)
    (site,) = propose(None, town(), one, homes=moved).sites
    assert site.lat < LAT + 3 * STEP_LAT
    assert site.households == 60


def test_a_footpath_brings_a_box_nearer_and_the_proposal_says_what_was_walked() -> None:
    """A path from corner to corner of the town, 2.5 km in place of 3.6: one box is within 3 km of both homes."""
    path = with_footpaths(town(), [(0, BLOCKS**2 - 1)])
    wanted = Wanted(1, limit_m=3000)
    by_street, on_foot = (propose(None, town(), wanted, homes=CORNERS, walk=walk) for walk in (None, path))
    assert [sum(site.households for site in found.sites) for found in (by_street, on_foot)] == [60, 100]
    assert on_foot.equity.mean_m < by_street.equity.mean_m - 150
    assert any("without footpaths (assumption" in line for line in by_street.assumptions)
    assert "Walks follow the map's streets, footpaths and steps." in on_foot.assumptions
    longer = propose(None, town(), replace(wanted, walk_factor=1.2), homes=CORNERS, walk=path)
    assert any("steps, 1.2 m walked per metre of them (assumption)." in line for line in longer.assumptions)
    stays = BoxSite("old", "town", 1, None, LON, LAT)
    with_old = propose(None, town(), replace(wanted, standing=(stays,)), homes=CORNERS, walk=path)
    assert with_old.sites[0].name == "old"


def test_a_house_on_a_courtyard_path_has_a_door_to_its_street_too() -> None:
    path = with_footpaths(town(), [(0, BLOCKS + 1)])
    _, at = on_streets(path, CORNERS)
    doors = fronts(path, at)
    assert doors is not None
    assert doors.access_m[0] == pytest.approx(11.1, abs=0.5)
    assert fronts(town(), at) is None
    far = Homes(np.array([LON + STEP_LON / 2]), np.array([LAT + STEP_LAT / 2]), np.array([1.0]), "by hand")
    _, there = on_streets(path, far)
    beyond = fronts(path, there)
    assert beyond is not None
    assert beyond.access_m == pytest.approx(there.access_m)


def test_without_buildings_the_streets_are_said_to_stand_for_them() -> None:
    wanted = Wanted(8, effort=0)
    found = propose(None, town(), wanted)
    assert len(found.sites) == 8
    assert found.buildings == 0
    assert any("60 dwellings per km of residential street (assumption)" in line for line in found.assumptions)
    assert sum(d.dwellings for d in found.districts) == pytest.approx(found.homes.households.sum(), abs=2)
    assert sum(s.households for s in found.sites) <= found.homes.households.sum() + 8
    assert len({s.name for s in found.sites}) == 8
    lon, lat = (np.array([getattr(s, key) for s in found.sites]) for key in ("lon", "lat"))
    away_m = great_circle_m(lon[:, None], lat[:, None], lon, lat) + np.diag(np.full(8, np.inf))
    assert away_m.min() >= 100
    again = propose(None, town(), wanted)
    assert again.sites == found.sites


def test_standing_boxes_stay_and_the_next_goes_elsewhere() -> None:
    (first,) = propose(None, town(), 1, homes=CORNERS).sites
    both = propose(None, town(), Wanted(1, standing=(first,)), homes=CORNERS).sites
    assert both[0] == first
    assert [site.households for site in both] == [60, 40]
    assert len({site.name for site in both}) == 2


def test_rules_leave_only_what_they_allow() -> None:
    graph = town()
    _, at = on_streets(graph, CORNERS)
    free, _ = candidates(graph, at, KeepClear(), reach_m=5000)
    assert np.all((free.along_m >= 10) & (free.along_m <= 290))
    assert set(np.array(graph.classes)[graph.edge_class[free.edge]]) == {"residential", "tertiary"}
    slow, _ = candidates(graph, at, KeepClear(most_kph=30), reach_m=5000)
    assert set(np.array(graph.classes)[graph.edge_class[slow.edge]]) == {"residential"}
    middle, _ = candidates(graph, at, KeepClear(junction_m=120), reach_m=5000)
    inside = ~np.isin(graph.edge_tail[middle.edge], CORNER_NODES) & ~np.isin(graph.edge_head[middle.edge], CORNER_NODES)
    assert inside.any()
    assert np.all(abs(middle.along_m[inside] - 150) <= 30)
    west = shapely.box(LON - 1, LAT - 1, LON + 3.5 * STEP_LON, LAT + 1)
    east, _ = candidates(graph, at, KeepClear(areas=(west,)), reach_m=5000)
    assert east.lon.min() > LON + 3.5 * STEP_LON
    near, _ = candidates(graph, at, KeepClear(), reach_m=200)
    assert len(near) < len(free) / 4
    far, _ = candidates(graph, at, KeepClear(box_m=500), reach_m=5000, boxes=(CORNERS.lon, CORNERS.lat))
    for lon, lat in zip(CORNERS.lon, CORNERS.lat, strict=True):
        assert great_circle_m(far.lon, far.lat, lon, lat).min() >= 499
    with pytest.raises(ScenarioError, match="has no kerb for a box near homes"):
        candidates(graph, at, KeepClear(areas=(shapely.box(0, 0, 90, 90),)), reach_m=5000)


def test_homes_off_the_map_are_left_out_and_said_so() -> None:
    graph = town()
    some = Homes(np.array([LON, 0.0]), np.array([LAT, 0.0]), np.array([5.0, 5.0]), "by hand", (), 2)
    kept, at = on_streets(graph, some)
    assert (len(kept), len(at), kept.buildings) == (1, 1, 1)
    assert kept.assumptions == ("1 homes are farther than 300 m from every street and left out.",)
    none = some.among(np.array([False, True]))
    with pytest.raises(ScenarioError, match=r"none of 1 homes \(by hand\) is within 300 m of its streets"):
        on_streets(graph, none)


def test_boxes_that_nobody_would_use_are_left_out() -> None:
    lonely = Homes(CORNERS.lon[:1], CORNERS.lat[:1], np.array([9.0]), "by hand", (), 1)
    found = propose(None, town(), 3, homes=lonely)
    assert len(found.sites) == 1
    assert any("2 of 3 boxes would be nearest to nobody" in line for line in found.assumptions)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no GeoJSON"),
        ("[" * 100_000, "is no GeoJSON"),
        ('{"features": []}', "has no features"),
        ('{"features": [{"geometry": {"type": "Point", "coordinates": [1, 2]}}]}', "feature 1: geometry is 'Point'"),
        ('{"features": [7]}', "feature 1: geometry is None"),
        ('{"features": [{"geometry": {"type": "Polygon", "coordinates": "x"}}]}', "is not a polygon"),
        (
            '{"features": [{"geometry": {"type": "Polygon", "coordinates": [[[0,0],[1,1],[0,1],[1,0],[0,0]]]}}]}',
            "valid",
        ),
        ('{"features": [{"geometry": {"type": "Polygon", "coordinates": [[[0,0],[999,0],[9,9],[0,0]]]}}]}', "reaches"),
    ],
)
def test_hostile_areas_are_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "areas.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        read_areas(path)
    assert told in str(error.value)


def test_a_site_name_that_stands_already_is_not_given_again() -> None:
    old = BoxSite("Centre 1", "Centre", 5, None, LON + (BLOCKS - 1) * STEP_LON, LAT)
    found = propose(None, town(), Wanted(1, standing=(old,)), homes=CORNERS)
    assert [site.name for site in found.sites] == ["Centre 1", "Centre 2"]


def test_of_too_many_kerbs_some_all_over_town_are_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = town()
    _, at = on_streets(graph, CORNERS)
    every, silent = candidates(graph, at, KeepClear(), reach_m=5000)
    monkeypatch.setattr("molosim.siting.candidates.MOST", 40)  # fewer than the town has streets
    some, told = candidates(graph, at, KeepClear(), reach_m=5000)
    assert (len(some), silent) == (40, ())
    assert told == (f"Of {len(every)} kerbs that the rules leave, 40 spread evenly over the streets are candidates.",)
    assert set(some.names) <= set(every.names)
    for ours, theirs in ((some.lon, every.lon), (some.lat, every.lat)):
        assert np.ptp(ours) > 0.8 * np.ptp(theirs)
