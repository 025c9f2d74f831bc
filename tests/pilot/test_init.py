"""From a map to a runnable configuration: what is made, what is marked as assumed, and that it runs as it is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import osmnx as ox
import pytest
from tests.network.standin import World, serving
from tests.network.test_download import ELEMENTS, PLACE
from typer.testing import CliRunner

import molosim
from molosim.cli import app
from molosim.inputs.scenario import Scenario
from molosim.network.buildings import RECYCLING_CENTRE, Feature, read_buildings
from molosim.network.graph import RoadGraph, great_circle_m
from molosim.network.osm import read_map
from molosim.pilot.carriers import addresses_for, carriers_for
from molosim.pilot.facilities import facilities_of
from molosim.pilot.town import town_of_file
from molosim.runtime.errors import ScenarioError
from molosim.simulation.world import build_world
from molosim.siting.dwellings import read_dwellings

AALBORG = Path(os.environ.get("MOLOSIM_EXTRACTS", "extracts"), "aalborg_midtby_2024.osm.pbf")
Build = Callable[..., Path]


def told(*arguments: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def made(extract: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The usual town's folder, and what was told."""
    out = tmp_path_factory.mktemp("made") / "town"
    return out, told("init", extract, "--boxes", "5", "--out", out)


@pytest.fixture(scope="module")
def scenario(made: tuple[Path, str]) -> Scenario:
    return molosim.load(made[0] / "nørreby.toml")


def test_a_folder_holds_all_that_the_configuration_names(made: tuple[Path, str], scenario: Scenario) -> None:
    out, text = made
    assert {path.name for path in out.iterdir()} == {
        "nørreby.toml", "nørreby.npz", "nørreby_walk.npz",
        "boxes.geojson", "districts.geojson", "places.geojson", "dwellings.csv", "map.svg",
    }  # fmt: skip
    assert scenario.title == "Shared boxes in nørreby"
    assert scenario.map.source == str(out / "nørreby.npz")
    assert scenario.horizon.holidays == "DK"
    assert len(json.loads((out / "boxes.geojson").read_text(encoding="utf-8"))["features"]) == 5
    assert re.search(r"- 5 boxes for 1\d{3} dwellings counted in 25 apartment buildings\n", text)
    assert "OpenStreetMap contributors" in (out / "map.svg").read_text(encoding="utf-8")


def test_residents_walk_on_the_maps_footpaths_from_the_houses_that_were_counted(
    made: tuple[Path, str], scenario: Scenario, town_file: Build, tmp_path: Path
) -> None:
    """The same town without its paths walks along streets, farther, and says so."""
    assert scenario.map.walk_source == str(made[0] / "nørreby_walk.npz")
    assert "footway" in RoadGraph.load(Path(scenario.map.walk_source)).classes
    homes = read_dwellings(Path(str(scenario.residents.walking.dwellings)))
    assert homes.households.sum() == int(re.findall(r"for (\d+) dwellings", made[1])[0])
    assert scenario.provenance["map.walk_source"].startswith("OpenStreetMap")
    assert "footpaths" not in made[1]
    assert "along the ways on foot" in told("check", made[0] / "nørreby.toml")

    text = told("init", town_file(tmp_path / "street.osm.pbf", paths=False), "--boxes", "5", "--out", tmp_path / "out")
    assert "- the map has no footpaths: walks follow its streets, and most come out too long\n" in text
    streets = molosim.load(tmp_path / "out" / "street.toml")
    assert streets.map.walk_source is None
    assert not (tmp_path / "out" / "street_walk.npz").exists()
    assert "along the streets, without footpaths" in told("check", tmp_path / "out" / "street.toml")
    here = streets.but({"boxes.file": scenario.boxes.file})
    on_foot, by_street = (build_world(one, tmp_path).walks.mean_m for one in (scenario, here))
    assert (on_foot <= by_street + 10).all()


def test_facilities_are_the_maps_own_where_it_has_them(scenario: Scenario) -> None:
    town = scenario.municipality
    assert [centre.name for centre in town.recycling_centres] == ["Nørre & 'Søn' \"A1\""]
    assert town.reception.name == "reception, waste transfer station"
    assert scenario.carriers[0].depot.name == "Post"
    assert scenario.carriers[1].depot.name == "depot (stand-in, industrial area)"
    assert town.depot.name.startswith("municipal depot (stand-in, ")


def test_a_bare_point_that_is_tagged_as_a_recycling_centre_is_none(town_file: Build, tmp_path: Path) -> None:
    """As in Aalborg's middle, where three such points stand among containers; what tells more of itself is one."""
    graph = read_map(town_file(tmp_path / "bare.osm.pbf", houses=False, facilities=False))
    lon, lat = float(graph.node_lon[0]), float(graph.node_lat[0])

    def centre(number: int, name: str = "", area_m2: float = 0.0, **tags: str) -> Feature:
        return Feature(f"node/{number}", RECYCLING_CENTRE, name, lon, lat, area_m2, {"amenity": "recycling", **tags})

    bare = [centre(1), centre(2, recycling_type="centre", check_date="2024")]
    told_more = [centre(3, name="Yard"), centre(4, area_m2=400.0), centre(5, opening_hours="Mo-Su 10:00-18:00")]
    found = facilities_of(graph, [*bare, *told_more], 1)
    assert [facility.origin for facility in found.centres] == [f"OpenStreetMap node/{k}" for k in (4, 3, 5)]
    assert found.doubtful == ("node/2", "node/1")
    alone = facilities_of(graph, bare, 1)
    assert not alone.centres[0].is_mapped
    assert not alone.reception.is_mapped


def test_every_value_of_the_town_has_a_source_and_what_is_assumed_says_so(scenario: Scenario) -> None:
    sources = scenario.provenance
    assert sources["municipality.recycling_centres.0"].startswith("OpenStreetMap way/")
    assert sources["municipality.reception"].endswith("that it receives hazardous waste is an assumption")
    assert sources["carriers.0.depot"].endswith("that this company uses it is an assumption")
    for key in ("boxes.file", "addresses.*", "carriers", "carriers.1.depot", "municipality.depot"):
        assert sources[key].startswith("assumption")
    given = {**scenario.model_dump(mode="json"), "provenance": None}
    for key in ("map.source", "horizon.holidays", "residents.parcels.holding_h"):
        assert key in sources
        assert given[key.partition(".")[0]]


def test_what_does_not_belong_to_a_town_is_the_bundled_configurations(scenario: Scenario) -> None:
    bundled = molosim.load("gothenburg")
    for part in ("parcels", "deposits"):
        assert getattr(scenario.residents, part) == getattr(bundled.residents, part)
    for part in ("vehicles", "alternatives", "box_stop", "baseline", "emissions", "breakdowns"):
        assert getattr(scenario, part) == getattr(bundled, part)
    assert scenario.boxes.designs == bundled.boxes.designs
    assert scenario.map.congestion == bundled.map.congestion


def test_it_passes_check_and_runs_to_a_report_without_hand_edits(made: tuple[Path, str], tmp_path: Path) -> None:
    config = made[0] / "nørreby.toml"
    assert "in order" in told("check", config)
    told("run", config, "--days", "5", "--replications", "1", "--out", tmp_path / "result")
    page = (tmp_path / "result" / "report.html").read_text(encoding="utf-8")
    assert "Shared boxes in nørreby" in page


def test_the_same_map_makes_the_same_folder(made: tuple[Path, str], extract: Path, tmp_path: Path) -> None:
    told("init", extract, "--boxes", "5", "--out", tmp_path / "again")
    for path in made[0].iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_small_town_gets_fewer_boxes_and_is_told_so(town_file: Build, tmp_path: Path) -> None:
    text = told("init", town_file(tmp_path / "hamlet.osm.pbf", blocks=2), "--out", tmp_path / "out")
    assert re.search(r"- 1 box for 1\d\d dwellings counted in 4 apartment buildings\n", text)
    assert "fewer boxes than the 50 asked for: at least 100 dwellings each" in text
    assert "1 box, 1 carrier, 1 van" in text
    assert "in order" in told("check", tmp_path / "out" / "hamlet.toml")


def test_without_buildings_or_facilities_streets_and_stand_ins_take_their_place(
    town_file: Build, tmp_path: Path
) -> None:
    bare = town_file(tmp_path / "bare.osm.pbf", houses=False, facilities=False)
    text = told("init", bare, "--boxes", "1", "--name", 'Bare "Town"', "--out", tmp_path / "out")
    assert "counted in streets (the map has no or too few buildings)" in text
    assert "no public holidays: the map does not tell its country" in text
    invented = re.findall(r"stand-ins to be replaced in bare_town_.toml: (.*)", text)[0].split("; ")
    assert [name.partition(" (")[0] for name in invented] == [
        "depot", "municipal depot", "reception, recycling centre", "recycling centre",
    ]  # fmt: skip
    made = molosim.load(tmp_path / "out" / "bare_town_.toml")
    assert made.title == 'Shared boxes in Bare "Town"'
    assert made.horizon.holidays is None
    assert "in order" in told("check", tmp_path / "out" / "bare_town_.toml")


def test_a_prepared_map_is_a_town_too(town_file: Build, tmp_path: Path) -> None:
    bare = read_map(town_file(tmp_path / "bare.osm.pbf", houses=False))
    bare.save(tmp_path / "other.npz")
    told("init", tmp_path / "other.npz", "--boxes", "1", "--country", "SE", "--out", tmp_path / "out")
    assert molosim.load(tmp_path / "out" / "other.toml").horizon.holidays == "SE"
    # Beside an extract of its name it has that extract's buildings.
    assert town_of_file(tmp_path / "other.npz").extract is None
    assert town_of_file(tmp_path / "bare.osm.pbf").extract == tmp_path / "bare.osm.pbf"


def test_a_part_of_a_larger_extract_is_cut_out_and_kept(
    extract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOLOSIM_MAPS", str(tmp_path / "maps"))
    whole = town_of_file(extract)
    west, south, east, north = whole.graph.bbox
    box = f"{west},{south},{(west + east) / 2},{north}"
    told("init", extract, "--bbox", box, "--name", "West", "--boxes", "2", "--out", tmp_path / "out")
    assert "in order" in told("check", tmp_path / "out" / "west.toml")
    assert {path.name for path in (tmp_path / "maps").iterdir()} == {"west.npz", "west.osm.pbf"}
    part = town_of_file(tmp_path / "maps" / "west.osm.pbf")
    assert part.graph.bbox[2] <= (west + east) / 2
    assert 0 < len(read_buildings(tmp_path / "maps" / "west.osm.pbf")) < len(read_buildings(extract))
    assert {feature.id for feature in part.features} < {feature.id for feature in whole.features}
    assert "holds nothing within 1,2,3,4" in told(
        "init", extract, "--bbox", "1,2,3,4", "--out", tmp_path / "no", code=2
    )


def test_a_map_for_bicycles_is_no_town_and_no_map_for_vans(extract: Path, scenario: Scenario, tmp_path: Path) -> None:
    read_map(extract, network="bike").save(tmp_path / "bike.npz")
    assert "a pilot needs roads for vans" in told("init", tmp_path / "bike.npz", "--out", tmp_path / "out", code=2)
    with pytest.raises(ScenarioError, match="has ways for bicycles only; vans need roads"):
        build_world(scenario.but({"map.source": str(tmp_path / "bike.npz")}), tmp_path)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["no-such.osm.pbf", "--boxes", "0"], "Invalid value"),
        (["{extract}", "--out", "{full}"], "is there already; name another folder with --out"),
        (["{extract}", "--country", "XX"], "--country: found 'XX'"),
        (["no-such.osm.pbf"], "no-such.osm.pbf: is not a file; a map file is expected"),
        ([], "name one of a place, --bbox or --polygon"),
        (["{broken}"], "is not a readable OpenStreetMap extract"),
    ],
)
def test_what_cannot_be_made_is_one_line_and_leaves_nothing(
    extract: Path, tmp_path: Path, arguments: list[str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, broken = tmp_path / "full", tmp_path / "broken.osm.pbf"
    full.mkdir()
    (full / "mine.txt").write_text("mine", encoding="utf-8")
    broken.write_bytes(b"no map")
    monkeypatch.chdir(tmp_path)
    given = [part.format(extract=extract, full=full, broken=broken) for part in arguments]
    assert problem in told("init", *given, code=2)
    assert {path.name for path in tmp_path.iterdir()} == {"full", "broken.osm.pbf"}
    assert [path.name for path in full.iterdir()] == ["mine.txt"]


def test_a_place_is_downloaded_and_made_in_one_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From its name to a configuration; what was downloaded is kept, so that the name alone does the next time."""
    monkeypatch.setenv("MOLOSIM_MAPS", str(tmp_path / "maps"))
    monkeypatch.setenv("MOLOSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("time.sleep", lambda _: None)
    world = World([PLACE], ELEMENTS)
    with serving(world) as address:
        monkeypatch.setattr(ox.settings, "nominatim_url", address)
        monkeypatch.setattr(ox.settings, "overpass_url", f"{address}/api")
        told("init", "Somewhere, Denmark", "--boxes", "1", "--out", tmp_path / "out")
    made = molosim.load(tmp_path / "out" / "somewhere.toml")
    assert made.horizon.holidays == "DK"
    assert {path.name for path in (tmp_path / "maps").iterdir()} == {"somewhere.npz", "somewhere.osm.pbf"}
    again = town_of_file(tmp_path / "maps" / "somewhere.npz")
    assert [feature.kind for feature in again.features] == ["recycling_centre"]


@pytest.mark.parametrize("dwellings", [1, 30, 120, 800, 3000, 20_000, 150_000])
def test_carriers_have_days_work_and_addresses_enough(dwellings: int) -> None:
    carriers = carriers_for(dwellings)
    assert sum(carrier.share for carrier in carriers) == pytest.approx(1)
    assert all(1 <= carrier.stops_per_van_day <= 120 for carrier in carriers)
    stops = sum(carrier.vans * carrier.stops_per_van_day for carrier in carriers)
    assert stops == pytest.approx(max(1, dwellings * 15 * 1.7 * 0.75 / 250), rel=0.02)
    if dwellings >= 2000:
        assert len(carriers) == 3
    mean = max(carrier.vans * carrier.stops_per_van_day for carrier in carriers)
    assert addresses_for(dwellings, carriers) >= mean + 6 * mean**0.5


def test_stand_ins_lie_apart_and_on_roads(town_file: Build, tmp_path: Path) -> None:
    graph = read_map(town_file(tmp_path / "bare.osm.pbf", houses=False, facilities=False))
    found = facilities_of(graph, (), 3)
    assert not any(facility.is_mapped for facility in found)
    assert len({facility.name for facility in found}) == len(list(found)) == 6
    places = [*found.carriers, found.municipal_depot, found.centres[0]]
    nodes = set(zip(graph.node_lon.tolist(), graph.node_lat.tolist(), strict=True))
    assert {(place.lon, place.lat) for place in places} <= nodes
    for i, one in enumerate(places):
        for other in places[:i]:
            assert great_circle_m(one.lon, one.lat, other.lon, other.lat) > 100
    assert (found.reception.lon, found.reception.lat) == (found.centres[0].lon, found.centres[0].lat)


@pytest.mark.skipif(not AALBORG.is_file(), reason="the extract of Aalborg is not on this machine")
def test_the_real_town_has_its_apartment_buildings_and_boxes_among_them(tmp_path: Path) -> None:
    text = told("init", AALBORG, "--boxes", "50", "--out", tmp_path / "out")
    (boxes, dwellings, buildings) = map(
        int, re.findall(r"(\d+) boxes for (\d+) dwellings counted in (\d+) ap", text)[0]
    )
    assert boxes == 50
    # Three bare points of its middle are tagged as centres, among containers.
    assert "3 places tagged as recycling centre but without area, name or opening hours" in text
    centres = molosim.load(tmp_path / "out" / "aalborg_midtby_2024.toml").municipality.recycling_centres
    assert [place.name.partition(" (")[0] for place in centres] == ["recycling centre"]
    assert buildings >= 502
    assert 3000 < dwellings < 9000
    assert molosim.load(tmp_path / "out" / "aalborg_midtby_2024.toml").horizon.holidays == "DK"
