"""An anonymised table withstands attack, says what it is said to say and no more, or is not written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.stops.old_ways import jittered, rounded, to_grid
from tests.worlds import LAT, LON, STEP_LAT, STEP_LON

from molosim.inputs.table_files import write
from molosim.network.graph import great_circle_m
from molosim.runtime.errors import ScenarioError
from molosim.stops.anonymise import Anonymised, _values, anonymise, check
from molosim.stops.attacks import by_place, by_values
from molosim.stops.hiding import Cells
from molosim.stops.register import Register
from molosim.stops.table import StopTable, read_stops

ROWS, K = 120, 5
VALUES = ("volume_l", "mass_kg", "service_s", "arrive_s")


@pytest.fixture
def register() -> Register:
    """Two thousand addresses in a town of some two kilometres, of which 60 have stops."""
    rng = np.random.default_rng(8)
    return Register.of(LON + rng.uniform(0, 6, 2000) * STEP_LON, LAT + rng.uniform(0, 6, 2000) * STEP_LAT, "made up")


def rows(register: Register) -> list[dict[str, object]]:
    """Two carriers, ten days from a Thursday on, a tour each of six stops; every place is visited twice."""
    rng = np.random.default_rng(3)
    places = rng.choice(len(register), ROWS // 2).repeat(2)
    return [
        {
            "carrier": "AB"[i % 2], "customer": f"Jensen {i}", "date": np.datetime64("2025-03-06") + i // 2 % 10,
            "tour": "van", "sequence": i, "lon": register.lon[places[i]], "lat": register.lat[places[i]],
            "volume_l": f"{rng.lognormal(3, 1):.2f}", "mass_kg": f"{0.3 * i:.1f}", "service_s": 10 * i,
            "arrival": f"{8 + i // 20}:07",
        }
        for i in range(ROWS)
    ]  # fmt: skip


def read_again(
    folder: Path, of: list[dict[str, object]], name: str = "stops.csv", leave: tuple[str, ...] = ()
) -> StopTable:
    write(folder / name, {key: [str(row[key]) for row in of] for key in of[0] if key not in leave})
    return read_stops(folder / name)


@pytest.fixture
def table(tmp_path: Path, register: Register) -> StopTable:
    return read_again(tmp_path, rows(register))


def told(made: Anonymised, folder: Path, name: str = "told.csv") -> StopTable:
    write(folder / name, made.columns)
    return read_stops(folder / name)


def values(table: StopTable) -> np.ndarray:
    return np.stack([getattr(table, name) for name in VALUES], axis=1)


def test_what_is_written_withstands_both_attacks(table: StopTable, register: Register, tmp_path: Path) -> None:
    out = told(anonymise(table, register, k=K), tmp_path)
    could = (np.arange(len(register)), *Cells.of(register, K).told())
    assert by_place(out.lon, out.lat, could).fits.min() >= K
    assert by_values(values(out), values(table)).fits.min() >= K
    alike = np.unique(values(out), axis=0, return_counts=True)[1]
    assert K <= alike.min() <= alike.max() < 4 * K
    # Whoever has found out which tour is which finds k rows there all the same.
    tour = np.unique(np.stack([out.day, out.tour, np.array(out.carrier == "carrier 1")]), axis=1, return_inverse=True)[
        1
    ]
    for one in np.unique(tour):
        assert np.unique(values(out)[tour == one], axis=0, return_counts=True)[1].min() >= K


def test_the_old_ways_are_caught(table: StopTable, register: Register) -> None:
    mine, every = (table.lon, table.lat), (register.lon, register.lat)
    places = {
        "jitter": (jittered(*mine, 100.0, 1), jittered(*every, 100.0, 1)),
        "grid": (to_grid(*mine, 50.0), to_grid(*every, 50.0)),
    }
    for points, could in places.values():
        with pytest.raises(
            ScenarioError, match=r"with the register and this program, .* of the rows are found; at most 5%"
        ):
            check({"place": by_place(*points, (np.arange(len(register)), *could))}, K)
    found = by_values(rounded(values(table)), values(table))
    with pytest.raises(
        ScenarioError, match=r"nothing is written: .* at most 5% may be: take a larger --k, or leave out"
    ):
        check({"values": found}, K)


@pytest.mark.parametrize(
    ("broken", "line"),
    [("_grouped", "with the carrier's own volumes"), ("Cells", "with the register and this program")],
)
def test_a_way_that_hides_nothing_is_refused(
    table: StopTable, register: Register, monkeypatch: pytest.MonkeyPatch, broken: str, line: str
) -> None:
    class Alone(Cells):
        @classmethod
        def of(cls, register: Register, k: int) -> Cells:
            one = np.arange(len(register))
            return cls(register, one, one, np.ones_like(one))

    as_is = {"_grouped": lambda table, k: _values(table), "Cells": Alone}
    monkeypatch.setattr(f"molosim.stops.anonymise.{broken}", as_is[broken])
    with pytest.raises(ScenarioError, match=f"nothing is written: {line}"):
        anonymise(table, register)


def test_sums_of_values_are_kept_of_every_tour(table: StopTable, register: Register, tmp_path: Path) -> None:
    out = told(anonymise(table, register, k=K, keep_dates=True), tmp_path)

    for name in VALUES[:3]:
        kept, before = (np.add.reduceat(getattr(of, name), of.tour_bounds()[:-1]) for of in (out, table))
        assert np.sort(kept) == pytest.approx(np.sort(before), abs=0.01)
    assert (out.arrive_s % 3600 == 0).all()
    assert abs(out.arrive_s.mean() - table.arrive_s.mean()) < 3600


def test_small_tours_are_told_together(register: Register, tmp_path: Path) -> None:
    of = rows(register)[:23]
    for i, row in enumerate(of):
        row["tour"], row["date"], row["carrier"] = "large" if i < 20 else f"small {i}", "2025-03-06", "A"
    table = read_again(tmp_path, of, "small.csv")
    made = anonymise(table, register, k=K)
    out = told(made, tmp_path)
    assert by_values(values(out), values(table)).fits.min() >= K
    assert by_values(values(out), values(table)).fits.max() < 23
    assert any("tours of fewer than 5 stops betray" in line for line in made.lines)


def test_names_are_gone_and_dates_moved_by_weeks(table: StopTable, register: Register, tmp_path: Path) -> None:
    made = anonymise(table, register)
    out = told(made, tmp_path)
    text = (tmp_path / "told.csv").read_text(encoding="utf-8")
    for name in ("Jensen", "van", "2025", "sequence"):
        assert name not in text
    assert sorted(out.carriers) == ["carrier 1", "carrier 2"]
    moved = (table.dates - out.dates).astype(int)
    assert len(set(moved.tolist())) == 1
    assert moved[0] % 7 == 0
    assert "gone: carriers' names, tours' names, the order of stops, column 'customer'" in made.lines
    assert told(anonymise(table, register, keep_dates=True), tmp_path).dates.tolist() == table.dates.tolist()


def test_days_have_new_names(register: Register, tmp_path: Path) -> None:
    of = rows(register)
    for i, row in enumerate(of):
        row["day"] = int(np.sqrt(i)) + 1  # a day has more stops than the day before it
    table = read_again(tmp_path, of, "days.csv", ("date", "tour"))
    for seed in range(3):
        out = told(anonymise(table, register, seed=seed), tmp_path)
        stops = np.bincount(out.day)
        assert sorted(stops.tolist()) == np.bincount(table.day).tolist() != stops.tolist()


def test_neither_rows_nor_tours_stand_in_their_order(table: StopTable, register: Register, tmp_path: Path) -> None:
    made = anonymise(table, register, seed=1)
    write(tmp_path / "told.csv", made.columns)
    place = dict(
        zip(zip(made.lon.round(6).tolist(), made.lat.round(6).tolist(), strict=True), range(ROWS), strict=False)
    )
    order = [place[float(x), float(y)] for x, y in zip(made.columns["lon"], made.columns["lat"], strict=True)]
    assert abs(np.corrcoef(order, np.arange(ROWS))[0, 1]) < 0.3
    assert not read_stops(tmp_path / "told.csv").sequenced


def test_a_given_seed_gives_the_same_bytes_and_none_does_not(
    table: StopTable, register: Register, tmp_path: Path
) -> None:
    one, again, other, secret, another = (
        anonymise(table, register, seed=seed).columns for seed in (5, 5, 6, None, None)
    )
    assert one == again
    assert one != other
    assert secret != another
    assert secret != one


def test_neighbours_are_told_as_one_on_all_days_and_whatever_the_seed(
    table: StopTable, register: Register, tmp_path: Path
) -> None:
    """Nothing beyond the cell links the visits at one place, and no chance is to be guessed."""
    cells = Cells.of(register, K)
    rng = np.random.default_rng(9)
    of, others = rows(register), rows(register)
    lot = {tuple(point): i for i, point in enumerate(np.stack([register.lon, register.lat], axis=1).tolist())}
    for row in others:
        cell = cells.cell[lot[row["lon"], row["lat"]]]
        neighbour = rng.choice(np.flatnonzero(cells.cell == cell))
        row["lon"], row["lat"] = register.lon[neighbour], register.lat[neighbour]
    assert [row["lon"] for row in of] != [row["lon"] for row in others]
    one = anonymise(table, register, seed=1)
    other = anonymise(read_again(tmp_path, others, "others.csv"), register, seed=1)
    assert one.columns == other.columns
    assert anonymise(table, register, seed=2).lon.tolist() == one.lon.tolist()


def test_empty_cells_betray_nothing(register: Register, tmp_path: Path) -> None:
    of = rows(register)
    for row in of[::3]:
        row["mass_kg"] = ""
    for row in of:
        row["service_s"] = ""
    out = told(anonymise(read_again(tmp_path, of, "holes.csv"), register), tmp_path)
    assert not np.isnan(out.mass_kg).any()
    assert "service_s" in out.missing


def test_the_barest_table_is_told_too(register: Register, tmp_path: Path) -> None:
    leave = ("carrier", "customer", "date", "tour", "sequence", "volume_l", "mass_kg", "service_s", "arrival")
    made = anonymise(read_again(tmp_path, rows(register), "bare.csv", leave), register)
    assert list(made.columns) == ["lon", "lat"]
    assert list(made.attacks) == ["place"]


def test_shift_is_told_as_it_is(table: StopTable, register: Register) -> None:
    made = anonymise(table, register)
    away_m = great_circle_m(table.lon, table.lat, made.lon, made.lat)
    assert 20 < away_m.mean() < 120
    assert f"moved by {away_m.mean():.0f} m on average and {away_m.max():.0f} m at most" in made.lines[1]


def test_too_little_to_hide_among(table: StopTable, register: Register, tmp_path: Path) -> None:
    few = Register.of(register.lon[:4], register.lat[:4], "few")
    with pytest.raises(ScenarioError, match="--addresses: has 4 addresses; a told place must be one of at least 5"):
        anonymise(table, few)
    with pytest.raises(ScenarioError, match="has 4 rows; at least 5 must have the same told values"):
        anonymise(read_again(tmp_path, rows(register)[:4], "four.csv"), register)


def test_a_stop_far_from_every_address_is_named(register: Register, tmp_path: Path) -> None:
    of = rows(register)
    of[7]["lat"] = LAT - 0.01
    with pytest.raises(ScenarioError, match=r"far.csv, line 9, lon, lat: is 1\d\d\d m from the nearest address"):
        anonymise(read_again(tmp_path, of, "far.csv"), register)
