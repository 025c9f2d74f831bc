"""An anonymised table says what it is said to say and no more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.worlds import LAT, LON, STEP_LAT, STEP_LON, town

from molosim.network.graph import great_circle_m
from molosim.runtime.errors import ScenarioError
from molosim.stops.anonymise import Blur, anonymise, jittered, to_grid, to_streets
from molosim.stops.table import StopTable, read_stops

ROWS = 60


@pytest.fixture
def table(tmp_path: Path) -> StopTable:
    """Two carriers, ten days from a Thursday on; every place is visited twice."""
    rng = np.random.default_rng(3)
    lines = ["carrier,customer,date,tour,sequence,lon,lat,mass_kg,service_s,arrival"]
    x, y = rng.uniform(0, 6, (2, ROWS // 2)).repeat(2, axis=1)
    for i in range(ROWS):
        day = np.datetime64("2025-03-06") + i % 10
        place = f"{LON + x[i] * STEP_LON:.6f},{LAT + y[i] * STEP_LAT:.6f}"
        lines.append(f"{'AB'[i % 2]},Jensen {i},{day},van {i % 3},{i},{place},{0.3 * i:.1f},{10 * i},{8 + i // 10}:07")
    path = tmp_path / "stops.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_stops(path)


def blurs() -> dict[str, tuple[Blur, float]]:
    """Each way, and how far it may move a place, in metres."""
    return {
        "grid": (to_grid(200.0), 200 / np.sqrt(2) * 1.01),
        "jitter": (jittered(150.0, 7), 150.0 * 1.01),
        "street": (to_streets(town(), 400), 350.0),
    }


@pytest.mark.parametrize("way", ["grid", "jitter", "street"])
def test_places_move_by_no_more_than_said_and_one_place_stays_one(table: StopTable, tmp_path: Path, way: str) -> None:
    blur, most_m = blurs()[way]
    statement = anonymise(table, blur, tmp_path / "out.csv", seed=1)
    told = read_stops(tmp_path / "out.csv")
    # Every row has a service time of its own, in whole steps of what is rounded to.
    mine, theirs = np.argsort(table.service_s), np.argsort(told.service_s)
    assert (table.service_s[mine] == told.service_s[theirs]).all()
    away_m = great_circle_m(table.lon[mine], table.lat[mine], told.lon[theirs], told.lat[theirs])
    assert 20 < away_m.mean() <= away_m.max() <= most_m
    pairs = np.stack([table.lon[mine], table.lat[mine], told.lon[theirs], told.lat[theirs]], axis=1)
    assert len(np.unique(pairs, axis=0)) == len(np.unique(pairs[:, :2], axis=0)) == ROWS // 2
    assert f"moved by {away_m.mean():.0f} m on average and {away_m.max():.0f} m at most" in str(statement)


def test_names_are_gone_and_dates_moved_by_weeks(table: StopTable, tmp_path: Path) -> None:
    statement = str(anonymise(table, to_grid(200.0), tmp_path / "out.csv", seed=1))
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert "Jensen" not in text
    assert "van" not in text
    assert "2025" not in text
    told = read_stops(tmp_path / "out.csv")
    assert sorted(told.carriers) == ["carrier 1", "carrier 2"]
    moved = (table.dates - told.dates).astype(int)
    assert len(set(moved.tolist())) == 1
    assert moved[0] % 7 == 0
    assert "gone: carriers' names, tours' names, column 'customer'" in statement
    anonymise(table, to_grid(200.0), tmp_path / "dated.csv", seed=1, keep_dates=True)
    assert read_stops(tmp_path / "dated.csv").dates.tolist() == table.dates.tolist()


@pytest.mark.parametrize("way", ["grid", "jitter", "street"])
def test_the_same_seed_gives_the_same_bytes(table: StopTable, tmp_path: Path, way: str) -> None:
    for name in ("a.csv", "b.csv"):
        anonymise(table, blurs()[way][0], tmp_path / name, seed=5)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_another_seed_jitters_otherwise(table: StopTable) -> None:
    one, other = (jittered(100.0, seed)(table.lon, table.lat) for seed in (1, 2))
    assert not np.isclose(one, other, atol=1e-7, rtol=0).any()


def test_jitter_is_even_over_its_disc() -> None:
    lon, lat = np.linspace(11.9, 12.0, 4000), np.full(4000, 57.7)
    away_m = great_circle_m(lon, lat, *jittered(100.0, 1)(lon, lat))
    for share in (0.25, 0.5, 0.75):  # an area's share within the root of it
        assert np.mean(away_m <= 100 * np.sqrt(share)) == pytest.approx(share, abs=4 * np.sqrt(0.25 / 4000))


def test_points_that_stand_for_one_place_are_counted(table: StopTable, tmp_path: Path) -> None:
    alone = [
        int(
            str(anonymise(table, to_grid(cell_m), tmp_path / "out.csv", seed=1))
            .partition("stand alone: ")[2]
            .split()[0]
        )
        for cell_m in (50.0, 500.0, 5000.0)
    ]
    assert alone == sorted(alone, reverse=True)
    assert alone[0] > 20
    assert alone[-1] == 0


def test_a_place_off_the_streets_is_named(table: StopTable, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="m from the nearest road; at most 5 m are allowed"):
        anonymise(table, to_streets(town(), 5), tmp_path / "out.csv", seed=1)
    assert not (tmp_path / "out.csv").exists()
