"""Registers of addresses: from extracts, tables and maps, and what is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.network.towns import write
from tests.worlds import town

from molosim.network.graph import great_circle_m
from molosim.runtime.errors import ScenarioError
from molosim.stops.register import EVERY_M, read_register


@pytest.fixture
def stops(tmp_path: Path) -> Path:
    path = tmp_path / "stops.csv"
    path.write_text("lon,lat\n11.9,57.7\n", encoding="utf-8")
    return path


def test_a_table_of_addresses(stops: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text("street,lon,lat\na,11.9,57.7\nb,11.95,57.72\nb,11.9500000001,57.72\n", encoding="utf-8")
    register = read_register(str(path), stops)
    assert register.lon.tolist() == [11.9, 11.95]
    assert register.source == "all.csv"


def test_metres_are_metres(stops: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text("lon,lat\n11.9,57.7\n11.91,57.71\n", encoding="utf-8")
    register = read_register(str(path), stops)
    a, b = register.metres(register.lon, register.lat)
    away_m = float(great_circle_m(register.lon[:1], register.lat[:1], 11.91, 57.71)[0])
    assert np.hypot(*(a - b)) == pytest.approx(away_m, rel=1e-3)


def test_a_map_has_addresses_along_its_streets_by_assumption(stops: Path, tmp_path: Path) -> None:
    graph = town()
    graph.save(tmp_path / "town.npz")
    register = read_register(str(tmp_path / "town.npz"), stops)
    assert "assumed: one on every 40 m of the streets" in register.source
    once = (graph.twin < 0) | (graph.twin > np.arange(graph.edge_count))
    km = graph.edge_m[once].sum()
    assert len(register) == pytest.approx(km / EVERY_M, rel=0.1)


def test_what_is_no_register(stops: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ScenarioError, match="--addresses: is missing; a place is told so that it may be any of several"
    ):
        read_register(None, stops)
    (tmp_path / "link.csv").symlink_to(stops)
    with pytest.raises(ScenarioError, match="is the table itself"):
        read_register(str(tmp_path / "link.csv"), stops)
    with pytest.raises(ScenarioError, match="has no addresses"):
        read_register(str(write(tmp_path)), stops)
    with pytest.raises(ScenarioError, match="--addresses: no map 'atlantis'"):
        read_register("atlantis", stops)
