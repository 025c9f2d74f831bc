"""Stop tables: rows in driving order, faults across rows, and what is lost without a column."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from molosim.runtime.errors import ScenarioError
from molosim.stops import summary
from molosim.stops.table import LOST, SCHEMA, StopTable, read_stops

TABLE = """carrier,date,tour,sequence,lon,lat,volume_l,mass_kg,service_s,arrival
Beta,2025-03-03,one,5,11.98,57.70,10,1,60,08:40
Alfa,2025-03-04,x,2,11.95,57.71,20,2,60,09:00
Alfa,2025-03-04,x,1,11.96,57.72,30,3,90,08:30
Alfa,2025-03-03,y,1,11.97,57.73,40,,120,08:10
Alfa,2025-03-04,z,7,11.99,57.74,50,5,60,10:00
"""


def table_of(folder: Path, text: str = TABLE) -> StopTable:
    path = folder / f"stops{abs(hash(text))}.csv"
    path.write_text(text, encoding="utf-8")
    return read_stops(path)


def without(*columns: str) -> str:
    rows = [line.split(",") for line in TABLE.splitlines()]
    kept = [i for i, name in enumerate(rows[0]) if name not in columns]
    return "".join(",".join(row[i] for i in kept) + "\n" for row in rows)


def test_rows_stand_in_driving_order(tmp_path: Path) -> None:
    table = table_of(tmp_path)
    assert table.carriers == ("Beta", "Alfa")
    alfa = table.of("Alfa")
    assert table.lon[alfa].tolist() == [11.97, 11.96, 11.95, 11.99]
    assert table.day[alfa].tolist() == [0, 1, 1, 1]
    assert table.tour[alfa].tolist() == [0, 0, 0, 1]
    assert table.tour_name[alfa].tolist() == ["y", "x", "x", "z"]
    assert table.place(int(alfa[1])).endswith("line 4")
    assert table.missing == ()
    assert table.tour_bounds().tolist() == [0, 1, 2, 4, 5]


def test_the_same_place_in_its_tour_twice_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="line 4, sequence: found '2', which tour 'x' has in line 3 already"):
        table_of(tmp_path, TABLE.replace("x,1,", "x,2,"))


def test_a_day_is_told_once(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="has both 'date' and 'day'"):
        table_of(tmp_path, "date,day,lon,lat\n2025-03-03,1,11.9,57.7\n")


def test_without_sequence_the_arrival_says_the_order(tmp_path: Path) -> None:
    by_arrival, by_sequence = table_of(tmp_path, without("sequence")), table_of(tmp_path)
    assert by_arrival.sequenced
    assert by_arrival.row.tolist() == by_sequence.row.tolist()
    assert not table_of(tmp_path, without("sequence", "arrival")).sequenced


def test_whole_hours_say_no_order(tmp_path: Path) -> None:
    hours = re.sub(r":\d0$", ":00", without("sequence"), flags=re.MULTILINE)
    assert not table_of(tmp_path, hours).sequenced
    assert table_of(tmp_path, hours.replace("10:00", "10:01")).sequenced


def test_the_smallest_table_has_a_place(tmp_path: Path) -> None:
    table = table_of(tmp_path, "lon,lat\n11.9,57.7\n11.8,57.6\n")
    assert table.missing == tuple(LOST)
    assert table.row.tolist() == [0, 1]
    assert table.tour.tolist() == [-1, -1]
    assert np.isnan(table.mass_kg).all()
    assert len(table.of("anybody")) == 2


@pytest.mark.parametrize("column", LOST)
def test_what_is_lost_without_a_column_is_told(tmp_path: Path, column: str) -> None:
    lines = list(summary.overview(table_of(tmp_path, without(column))))
    if column == "sequence":  # arrivals say it
        assert not any("no column 'sequence'" in line for line in lines)
        lines = list(summary.overview(table_of(tmp_path, without(column, "arrival"))))
    assert f"no column '{column}': {LOST[column]}" in lines


def test_tours_add_up(tmp_path: Path) -> None:
    table = table_of(tmp_path)
    tours = summary.tours(table)
    assert tours["tour"] == ["one", "y", "x", "z"]
    assert tours["stops"] == [1, 1, 2, 1]
    assert tours["volume_l"] == [10, 40, 50, 50]
    assert tours["mass_kg"] == [1, None, 5, 5]
    assert tours["service_h"] == pytest.approx([60 / 3600, 120 / 3600, 150 / 3600, 60 / 3600], abs=1e-3)
    lines = list(summary.overview(table))
    assert lines[1].startswith("Alfa: 4 stops on 2 days; 3 tours, 1 to 2 stops each, median 1; mean volume 35 l")
    assert "column 'mass_kg' is empty in 1 of 5 rows; they have the configuration's value" in lines


def test_arrivals_that_run_backwards_are_counted(tmp_path: Path) -> None:
    table = table_of(tmp_path, TABLE.replace("09:00", "08:00"))
    assert summary.late_then_early(table) == 1


def test_every_column_but_the_place_may_be_missing() -> None:
    assert {column.name for column in SCHEMA if column.required} == {"lon", "lat"}
    assert {column.name for column in SCHEMA} == {"lon", "lat", "day", *LOST}
