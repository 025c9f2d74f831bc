"""Proposing and comparing sites from the command line."""

from __future__ import annotations

from pathlib import Path

import osmium
import pytest
import tomli_w
from tests.worlds import BLOCKS, LAT, LON, STEP_LAT, STEP_LON, small_data, small_sites, town, town_files, with_footpaths
from typer.testing import CliRunner

from molosim.cli import app
from molosim.network.places import read_box_sites, read_districts, write_box_sites
from molosim.siting.dwellings import read_dwellings


def ran(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two blocks of streets with apartment buildings along them, a recycling centre and a bus stop."""
    path = tmp_path_factory.mktemp("extract") / "quarter.osm.pbf"
    writer = osmium.SimpleWriter(path)
    number = iter(range(1, 10_000))
    nodes: dict[tuple[float, float], int] = {}
    ways: list[tuple[list[int], dict[str, str]]] = []

    def node(x: float, y: float, tags: dict[str, str] | None = None) -> int:
        if (x, y) not in nodes or tags:
            nodes[x, y] = next(number)
            at = osmium.osm.Location(LON + x * STEP_LON, LAT + y * STEP_LAT)
            writer.add_node(osmium.osm.mutable.Node(id=nodes[x, y], location=at, tags=tags or {}, version=1))
        return nodes[x, y]

    for y in (0, 1, 2):
        ways.append(([node(x, y) for x in (0, 1, 2)], {"highway": "residential"}))
        ways.append(([node(y, x) for x in (0, 1, 2)], {"highway": "residential"}))
    for y in (0, 1, 2):
        for k in range(8):
            x, up = 0.1 + k * 0.22, y + 0.05
            ring = [node(x, up), node(x + 0.06, up), node(x + 0.06, up + 0.05), node(x, up + 0.05), node(x, up)]
            ways.append((ring, {"building": "apartments", "building:levels": str(2 + 2 * y)}))
    node(1.5, 0.5, {"amenity": "recycling", "recycling_type": "centre", "name": "Yard"})
    node(0.33, 0.001, {"highway": "bus_stop"})
    for refs, tags in ways:
        writer.add_way(osmium.osm.mutable.Way(id=next(number), nodes=refs, tags=tags, version=1))
    writer.close()
    return path


def test_an_extract_becomes_sites_districts_dwellings_and_a_picture(extract: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "sites.geojson"
    told = ran("site", extract, "--boxes", 3, "--out", out)
    sites, districts = read_box_sites(out), read_districts(out.with_name("sites_districts.geojson"))
    homes = read_dwellings(out.with_name("sites_dwellings.csv"))
    assert len(sites) == 3
    assert len(homes) == 24
    assert "3 boxes among" in told
    assert "24 places (apartment buildings)" in told
    assert "1 recycling centre" in told
    assert "Proven: no choice among these kerbs is better." in told
    assert "(assumption)" in told
    assert sum(d.dwellings for d in districts) == homes.households.sum()
    assert out.with_name("sites_map.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert "OpenStreetMap" in out.read_text(encoding="utf-8")
    # Tall houses are in the north, and so are more boxes than in the south.
    assert sum(site.lat > LAT + 0.9 * STEP_LAT for site in sites) >= 2

    again = tmp_path / "again.geojson"
    assert ran("site", "propose", extract, "--boxes", 3, "--out", again).splitlines()[0] == told.splitlines()[0]
    assert again.read_bytes() == out.read_bytes()

    compared = ran("site", "compare", out, "--map", extract)
    given, best = next(line for line in compared.splitlines() if line.startswith("mean walk")).split(" m")[:2]
    assert given.split()[-1] == best.split()[-1]


def test_standing_boxes_areas_tables_and_the_other_objective(extract: Path, tmp_path: Path) -> None:
    standing = tmp_path / "standing.geojson"
    write_box_sites(standing, small_sites(1), note="", certainty="R")
    table, areas, out = tmp_path / "own.csv", tmp_path / "areas.geojson", tmp_path / "sites.geojson"
    rows = [(LON + k * 0.4 * STEP_LON, LAT + 0.0001, 30) for k in range(5)]
    table.write_text("lon,lat,dwellings\n" + "".join(f"{x},{y},{n}\n" for x, y, n in rows), encoding="utf-8")
    west = [[LON - 1, LAT - 1], [LON + STEP_LON, LAT - 1], [LON + STEP_LON, LAT + 1], [LON - 1, LAT + 1]]
    polygon = f'{{"type": "Polygon", "coordinates": [{[*west, west[0]]}]}}'
    areas.write_text(f'{{"features": [{{"geometry": {polygon}}}]}}', encoding="utf-8")
    told = ran(
        "site", extract, "--boxes", 1, "--out", out, "--standing", standing, "--dwellings", table,
        "--keep-clear", areas, "--objective", "cover", "--walk-m", 400, "--spacing-m", 0, "--effort", 0,
    )  # fmt: skip
    assert "150 households in 5 places (the table own.csv)" in told
    assert "outside 1 given areas" in told
    old, new = read_box_sites(out)
    assert old.name == small_sites(1)[0].name
    assert new.lon > LON + STEP_LON


def test_a_configuration_is_compared_on_its_own_map_and_districts(tmp_path: Path) -> None:
    data = small_data(town_files(tmp_path, small_sites(4)))
    config = tmp_path / "town.toml"
    config.write_text(tomli_w.dumps(data), encoding="utf-8")
    told = ran("site", "compare", config, "--effort", 0)
    assert "500 households" in told
    assert "(districts)" in told
    assert "best of as many" in told
    assert "could be better by" in told or "Proven" in told
    assert "district with the longest mean walk" in told


def test_footpaths_of_an_extract_are_walked_and_those_of_another_map_where_it_is_named(
    extract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    streets = town()
    with_footpaths(streets, [(0, BLOCKS + 1)]).save(tmp_path / "paths.npz")
    told = ran("site", extract, "--boxes", 3, "--effort", 0)
    assert "without footpaths (assumption" in told
    told = ran("site", extract, "--boxes", 3, "--effort", 0, "--walk-map", "paths.npz", "--out", "again.geojson")
    assert "Walks follow the map's streets, footpaths and steps." in told
    data = small_data(town_files(tmp_path, small_sites(4)))
    data["map"]["walk_source"] = "paths.npz"
    (tmp_path / "town.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    assert "footpaths and steps." in ran("site", "compare", "town.toml", "--effort", 0)
    assert "walk_map: no map 'atlantis'" in ran(
        "site", extract, "--walk-map", "atlantis", "--out", "other.geojson", code=2
    )


def test_faults_are_a_line(extract: Path, tmp_path: Path) -> None:
    sites = tmp_path / "sites.geojson"
    write_box_sites(sites, small_sites(2), note="", certainty="R")
    assert "--map: is missing" in ran("site", "compare", sites, code=2)
    assert "no map 'atlantis'" in ran("site", "atlantis", code=2)
    assert "no such file, nor a bundled configuration" in ran("site", "compare", tmp_path / "none.toml", code=2)
    empty = tmp_path / "empty.csv"
    empty.write_text("lon,lat,dwellings\n", encoding="utf-8")
    assert "empty.csv: has no rows" in ran("site", extract, "--dwellings", empty, code=2)
    told = ran("site", extract, "--boxes", 5000, "--out", tmp_path / "x.geojson", code=2)
    assert "5000 sites are wanted; there are" in told
    assert not (tmp_path / "x.geojson").exists()
    town().save(tmp_path / "town.npz")
    assert "is missing" not in ran("site", tmp_path / "town.npz", "--boxes", 2, "--effort", 0, "--out", sites)
    assert not sites.with_name("sites_dwellings.csv").exists()
