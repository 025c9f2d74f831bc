"""Kilometres of an anonymised table's tours against those of the own places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.worlds import BLOCK_M, LAT, LON, STEP_LAT, STEP_LON, town

from molosim.network.graph import great_circle_m
from molosim.routing import shared_tours
from molosim.routing.shared_tours import DETOUR, Use, use_left
from molosim.stops.table import StopTable, read_stops

SQUARE = [(0, 0), (1, 1), (0, 1), (1, 0), (0, 0)]
"""Corners out of order, and one of them twice, hundredths of a degree."""


@pytest.fixture
def table(tmp_path: Path) -> StopTable:
    """A square, and a tour of three stops at one place."""
    rows = [f"square,{11 + x / 100},{57 + y / 100}" for x, y in SQUARE] + ["point,11.5,57.5"] * 3
    path = tmp_path / "stops.csv"
    path.write_text("\n".join(["tour,lon,lat", *rows, ""]), encoding="utf-8")
    return read_stops(path)


def test_tours_are_closed_and_in_their_best_order(table: StopTable) -> None:
    east = great_circle_m(np.array([11.0, 11.0]), np.array([57.0, 57.01]), 11.01, np.array([57.0, 57.01])).sum()
    north = 2 * great_circle_m(np.array([11.0]), np.array([57.0]), 11.0, 57.01)[0]
    use = use_left(table, table.lon, table.lat)
    assert use.km == use.told_km == pytest.approx(DETOUR * (east + north) / 1000, abs=0.01)
    assert (use.tours, use.left_out, use.change) == (2, 0, 0)


def test_told_places_make_the_difference(table: StopTable) -> None:
    use = use_left(table, table.lon, 57 + (table.lat - 57) * 1.2)
    assert 0.05 < use.change < 0.2
    assert f"{use.change:+.1%}, NOT within 5%" in str(use)
    assert "+4.9%, within 5%" in str(Use(1, 0, 100.0, 104.9, ""))
    assert "-5.1%, NOT within 5%" in str(Use(1, 0, 100.0, 94.9, ""))


def test_tours_that_are_too_large_are_left_out(table: StopTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_tours, "MOST_STOPS", 4)
    use = use_left(table, table.lon, table.lat)
    assert (use.tours, use.left_out, use.km) == (1, 1, 0)
    assert np.isnan(use.change)
    assert "not compared" in str(use)
    assert "; 1 of more than 4 stops are left out" in str(Use(1, 1, 1.0, 1.0, ""))


def test_on_a_map_tours_follow_its_roads(tmp_path: Path) -> None:
    """Round a block of 300 m; of many tours some stand for all."""
    corners = [(LON + x * STEP_LON, LAT + y * STEP_LAT) for x, y in ((1, 1), (2, 2), (1, 2), (2, 1))]
    rows = [f"{tour},{lon:.7f},{lat:.7f}" for tour in range(100) for lon, lat in corners]
    path = tmp_path / "blocks.csv"
    path.write_text("\n".join(["tour,lon,lat", *rows, ""]), encoding="utf-8")
    table = read_stops(path)
    use = use_left(table, table.lon, table.lat, town())
    assert 30 < use.tours <= 40
    assert use.km / use.tours == pytest.approx(4 * BLOCK_M / 1000, rel=0.05)
    assert use.change == 0
    assert "on the roads of" in str(use)
