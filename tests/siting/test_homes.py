"""Dwellings from buildings, from tables, and along streets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.worlds import BLOCK_M, LAT, LON, town

from molosim.network.buildings import Buildings
from molosim.network.places import District
from molosim.runtime.errors import ScenarioError
from molosim.siting.dwellings import read_dwellings
from molosim.siting.homes import Rules, homes_along_streets, homes_from_buildings

NAN = float("nan")


def buildings_of(*rows: tuple[str, float, float, float, int]) -> Buildings:
    """Kind, footprint, levels, flats, addresses."""
    kind, footprint, levels, flats, addresses = zip(*rows, strict=True)
    n = len(rows)
    return Buildings(
        ids=tuple(f"way/{i}" for i in range(n)),
        kinds=kind,
        lon=np.linspace(10, 10.1, n),
        lat=np.full(n, 57.0),
        footprint_m2=np.array(footprint),
        levels=np.array(levels),
        flats=np.array(flats),
        addresses=np.array(addresses),
    )


def test_flats_come_before_area_and_addresses_are_the_least() -> None:
    found = homes_from_buildings(
        buildings_of(
            ("apartments", 380.0, 5.0, NAN, 1),  # 1900 m2 / 95
            ("apartments", 380.0, 5.0, 12.0, 1),  # its tag
            ("apartments", 380.0, NAN, NAN, 1),  # three storeys assumed: 1140 / 95
            ("apartments", 95.0, 1.0, NAN, 4),  # four doors are four dwellings at least
            ("residential", 190.0, 4.0, NAN, 0),  # tall enough to hold apartments
            ("residential", 190.0, 2.0, NAN, 0),
            ("house", 190.0, 9.0, NAN, 0),
            ("school", 5000.0, 3.0, NAN, 1),
            ("yes", 500.0, 4.0, NAN, 2),
        ),
        least=5,
    )
    assert found is not None
    assert found.basis == "apartment buildings"
    assert found.households.tolist() == [20, 12, 12, 4, 8]
    assert found.buildings == 5
    assert "1 of 5 buildings" in found.assumptions[0]
    assert "assumption" in found.assumptions[0]
    assert "3 (assumption)" in found.assumptions[1]
    assert found.assumptions[2].startswith("1 buildings of unknown use")


def test_a_map_with_few_apartments_counts_wider_groups() -> None:
    village = buildings_of(
        ("apartments", 380.0, 5.0, NAN, 1),
        ("house", 120.0, NAN, NAN, 1),
        ("terrace", 400.0, 2.0, NAN, 6),
        ("yes", 130.0, NAN, NAN, 1),
        ("yes", 130.0, NAN, NAN, 0),  # no address: a barn
        ("yes", 30.0, NAN, NAN, 1),  # a shed
    )
    homes, plausible = homes_from_buildings(village, 2), homes_from_buildings(village, 4)
    assert homes is not None
    assert (homes.basis, homes.households.tolist()) == ("residential buildings", [20, 1, 6])
    assert plausible is not None
    assert plausible.households.tolist() == [20, 1, 6, 1]
    assert homes_from_buildings(village, 5) is None


def test_storeys_are_the_maps_own_median_where_enough_are_tagged() -> None:
    rows = [("apartments", 95.0, 4.0, NAN, 0)] * 20 + [("apartments", 95.0, NAN, NAN, 0)]
    found = homes_from_buildings(buildings_of(*rows), 1)
    assert found is not None
    assert found.households[-1] == 4
    assert "median of 20 apartment buildings here" in found.assumptions[1]
    half = homes_from_buildings(buildings_of(*rows), 1, Rules(gross_m2_per_dwelling=190))
    assert half is not None
    assert half.households[-1] == 2


def test_without_buildings_homes_lie_along_streets() -> None:
    graph = town()
    km = graph.edge_m.sum() / 2 / 1000
    found = homes_along_streets(graph, rules=Rules(dwellings_per_km=50))
    assert found.households.sum() == pytest.approx(50 * km)
    assert (found.basis, found.buildings) == ("streets", 0)
    assert found.assumptions[0].endswith("(assumption).")
    assert np.all(found.households <= BLOCK_M / 5 * 50 / 1000 + 1e-9)
    gathered = homes_along_streets(graph, (District("corner", 700, 400, LON, LAT),))
    assert gathered.households.sum() == pytest.approx(700)
    assert gathered.lon.max() < LON + 0.01


def test_a_table_of_dwellings(tmp_path: Path) -> None:
    path = tmp_path / "bbr.csv"
    path.write_text("id,lon,lat,dwellings\n1,9.92,57.05,12\n2,9.93,57.05,0\n3,9.92,57.05,3\n\n", encoding="utf-8")
    found = read_dwellings(path)
    assert found.lon.tolist() == [9.92]
    assert found.households.tolist() == [15]
    assert "bbr.csv" in found.basis
    path.write_text("dwellings;lon;lat\r\n12;9,92;57,05\r\n7;9,93;57,06\r\n", encoding="utf-8")
    excel = read_dwellings(path)
    assert excel.lon.tolist() == [9.92, 9.93]
    assert excel.households.tolist() == [12, 7]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("lon,lat\n1,2\n", "has no column 'dwellings'"),
        ("lon,lat,dweling\n1,2,3\n", "did you mean 'dwellings'"),
        ("lon,lat,lat,dwellings\n1,2,2,3\n", "has 2 columns 'lat'"),
        ("lon,lat,dwellings\n", "has no rows"),
        ("lon,lat,dwellings\n9.9,57,0\n", "has no row with dwellings above 0"),
        ("lon,lat,dwellings\n9.9,57\n", "line 2: has 2 cells"),
        ("lon,lat,dwellings\n9.9,57,x\n", "line 2, dwellings: found 'x'"),
        ("lon,lat,dwellings\n9.9,,3\n", "line 2, lat: is empty"),
        ("lon,lat,dwellings\n9.9,57,nan\n", "line 2, dwellings: found 'nan'"),
        ("lon,lat,dwellings\n9.9,57,2.5\n", "line 2, dwellings: found '2.5'"),
        ("lon,lat,dwellings\n9.9,57,-2\n", "must be a whole number of at least 0"),
        ("lon,lat,dwellings\n555000,6322000,4\n", "must be a number of at least -180 and at most 180"),
    ],
)
def test_hostile_tables_are_told_by_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        read_dwellings(path)
    assert told in str(error.value)
    assert str(path) in str(error.value)


def test_every_faulty_row_is_told_but_not_thousands(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("lon,lat,dwellings\n" + "x,57,1\n" * 50, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        read_dwellings(path)
    assert len(error.value.faults) == 21
    assert "30 more faults" in str(error.value.faults[-1])
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_dwellings(tmp_path / "none.csv")
