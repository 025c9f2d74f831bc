"""Buildings, addresses and features of an extract, against outlines measured by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.network.towns import Town, at

from molosim.network.buildings import kind_of, read_addresses, read_buildings, read_features
from molosim.runtime.errors import ScenarioError


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path / "town.osm.pbf")


def test_a_building_is_its_outline_without_its_courtyard(town):
    town.block(0, 0, 40, 12, building="apartments", building__levels="5", building__flats="30")
    outer, inner = town.block(100, 0, 60, 60), town.block(110, 10, 40, 40)
    town.relation([("w", outer, "outer"), ("w", inner, "inner")], building="apartments")
    town.block(200, 0, 10, 10, building="no")
    town.block(220, 0, 10, 10, leisure="garden")
    buildings = read_buildings(town.close())
    assert buildings.ids == ("relation/1", "way/1")
    assert buildings.kinds == ("apartments", "apartments")
    assert buildings.footprint_m2 == pytest.approx([60 * 60 - 40 * 40, 40 * 12], rel=1e-3)
    assert np.array_equal(buildings.levels, [np.nan, 5], equal_nan=True)
    assert np.array_equal(buildings.flats, [np.nan, 30], equal_nan=True)
    lon, lat = zip(at(130, 30), at(20, 6), strict=True)
    assert buildings.lon == pytest.approx(lon, abs=2e-7)
    assert buildings.lat == pytest.approx(lat, abs=2e-7)
    assert buildings.addresses.tolist() == [0, 0]


def test_each_address_has_a_place_of_its_own(town):
    """Points and buildings; the same number at the door and in the shop is one address; other streets' are others."""
    street = {"addr__street": "Main"}
    town.node(20, 6, addr__housenumber="2", **street)
    town.block(0, 0, 40, 12, building="apartments", addr__housenumber="2;4", **street)
    town.node(20, 8, addr__housenumber="4", shop="bakery", **street)
    town.node(60, 8, addr__housenumber="4", addr__street="Side")
    town.node(80, 8, addr__housenumber="9")
    town.node(100, 8, addr__housenumber="9")
    town.node(120, 8, shop="bakery")
    lon, _ = read_addresses(town.close())
    assert sorted(lon) == pytest.approx([at(x, 0)[0] for x in (20, 20, 60, 80, 100)], abs=2e-7)


def test_addresses_count_once_at_the_building_they_are_at(town):
    """At the door or within; the shop at the same number is no second address; what is far away is no one's."""
    street = {"addr__street": "Main"}
    town.block(0, 0, 40, 12, building="apartments", addr__housenumber="2", **street)
    town.block(0, 40, 10, 10, building="yes")
    town.node(5, 5, addr__housenumber="2", **street)
    town.node(20, 6, addr__housenumber="4;6", **street)
    town.node(20, 8, addr__housenumber="4", shop="bakery", **street)
    town.node(40, 6, addr__housenumber="8", **street)
    town.node(44, 6, addr__housenumber="10", **street)
    town.node(55, 6, addr__housenumber="12", **street)
    town.node(5, 45, addr__housenumber="1", **street)
    buildings = read_buildings(town.close())
    assert dict(zip(buildings.ids, buildings.addresses.tolist(), strict=True)) == {"way/1": 5, "way/2": 1}


def test_what_a_clipped_extract_cut_is_left_out(town):
    town.block(0, 0, 40, 12, building="apartments")
    refs = [town.node(100, 0), town.node(110, 0)]
    town.way([*refs, 998, 999, refs[0]], building="apartments")
    town.way([town.node(0, 90), town.node(9, 90), town.node(9, 99)], building="yes")
    assert read_buildings(town.close()).ids == ("way/1",)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [("4", 4), ("4.5", 4.5), ("3;5", 5), ("2-3", 3), ("4,5", 4.5), ("0", None), ("many", None), ("1200", None)],
)
def test_what_a_number_of_levels_says(town, levels, expected):
    town.block(0, 0, 10, 10, building="yes", building__levels=levels)
    (found,) = read_buildings(town.close()).levels.tolist()
    assert found == expected or (expected is None and math.isnan(found))


def test_features_are_named_by_what_they_are(town):
    town.node(0, 0, amenity="recycling", recycling_type="centre", name="South")
    town.node(9, 0, amenity="recycling", operator="Town")
    town.node(20, 0, amenity="vending_machine", vending="stamps;parcel_pickup")
    town.node(30, 0, amenity="bench")
    town.block(100, 0, 200, 100, landuse="industrial")
    town.block(400, 0, 30, 20, building="warehouse", name="Depot A")
    features = {feature.id: feature for feature in read_features(town.close())}
    assert {key: feature.kind for key, feature in features.items()} == {
        "node/1": "recycling_centre",
        "node/2": "recycling_container",
        "node/3": "parcel_locker",
        "way/1": "industrial_area",
        "way/2": "depot",
    }
    assert [features[key].name for key in ("node/1", "node/2", "way/1", "way/2")] == ["South", "Town", "", "Depot A"]
    assert features["node/1"].area_m2 == 0
    assert features["way/1"].area_m2 == pytest.approx(20_000, rel=1e-3)
    assert (features["way/1"].lon, features["way/1"].lat) == pytest.approx(at(200, 50), abs=1e-6)
    assert features["node/2"].tags == {"amenity": "recycling", "operator": "Town"}


def test_the_first_tag_that_fits_says_the_kind():
    assert kind_of({"amenity": "parcel_locker", "highway": "crossing"}) == "parcel_locker"
    assert kind_of({"amenity": "school", "highway": "bus_stop"}) == "bus_stop"
    assert kind_of({}) is None


@pytest.mark.parametrize("content", [None, b"", b"no map"])
def test_a_missing_or_broken_extract_is_one_clear_line(tmp_path, content):
    path = tmp_path / "town.osm.pbf"
    if content is not None:
        path.write_bytes(content)
    for read in (read_buildings, read_features):
        with pytest.raises(ScenarioError, match=r"town.osm.pbf: is not a readable OpenStreetMap extract") as caught:
            read(path)
        assert "\n" not in str(caught.value)


def test_an_extract_of_roads_alone_has_neither(maps):
    assert len(read_buildings(maps / "gothenburg_2016_drive.osm.pbf")) == 0
    assert read_features(maps / "gothenburg_2016_drive.osm.pbf") == ()
