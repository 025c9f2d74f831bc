"""Tables of users: what is read is what stands there, and every fault is told where it is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molosim.inputs.table_files import SHOWN, TableColumn, read, write
from molosim.runtime.errors import ScenarioError

SCHEMA = (
    TableColumn("name", "text", required=True, holes=False),
    TableColumn("count", "whole", low=1, high=9),
    TableColumn("mass_kg", "number", low=0, above=True),
    TableColumn("date", "date"),
    TableColumn("clock", "clock"),
    TableColumn("kind", "text", choices=("red", "blue")),
)


def told(file: Path) -> list[str]:
    with pytest.raises(ScenarioError) as error:
        read(file, SCHEMA)
    return [str(fault).removeprefix(str(file)) for fault in error.value.faults]


def file_of(folder: Path, text: str | bytes, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_every_kind_of_cell(tmp_path: Path) -> None:
    text = 'name,count,mass_kg,date,clock,kind\n a ,3,+.5e1,2024-02-29,7:05,red\n\n"b,c",,,,,\n'
    sheet = read(file_of(tmp_path, text), SCHEMA)
    assert sheet.columns["name"].tolist() == ["a", "b,c"]
    assert sheet.columns["count"][0] == 3
    assert sheet.columns["mass_kg"][0] == 5
    assert sheet.columns["date"][0] == np.datetime64("2024-02-29")
    assert sheet.columns["clock"][0] == 7 * 3600 + 5 * 60
    assert sheet.columns["kind"].tolist() == ["red", ""]
    assert math.isnan(sheet.columns["count"][1])
    assert np.isnat(sheet.columns["date"][1])
    assert sheet.line.tolist() == [2, 4]  # the blank line counts as a line, not as a row


def test_semicolons_bring_decimal_commas_and_a_mark_of_byte_order_is_no_name(tmp_path: Path) -> None:
    sheet = read(file_of(tmp_path, "\ufeffname;mass_kg\na;1,25\nb;1.5\n"), SCHEMA)
    assert sheet.columns["mass_kg"].tolist() == [1.25, 1.5]


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("count=0", "count: found '0'; must be a whole number of at least 1 and at most 9"),
        ("count=1.5", "count: found '1.5'; must be a whole number of at least 1 and at most 9"),
        ("count=ten", "count: found 'ten'; must be a whole number of at least 1 and at most 9"),
        ("mass_kg=0", "mass_kg: found '0'; must be a number above 0"),
        ("mass_kg=nan", "mass_kg: found 'nan'; must be a number above 0"),
        ("mass_kg=1e999", "mass_kg: found '1e999'; must be a number above 0"),
        ("date=2025-02-30", "date: found '2025-02-30'; must be a date such as 2025-03-31"),
        ("date=31/12/2025", "date: found '31/12/2025'; must be a date such as 2025-03-31"),
        ("clock=25:61", "clock: found '25:61'; must be a time of day such as 14:05 or 14:05:30"),
        ("kind=green", "kind: found 'green'; must be one of red, blue"),
        ("name=", "name: is empty; must be a text"),
    ],
)
def test_a_cell_that_cannot_be(tmp_path: Path, cell: str, fault: str) -> None:
    column, _, value = cell.partition("=")
    row = {"name": "a", "count": "1", "mass_kg": "1"} | {column: value}
    path = file_of(tmp_path, f"{','.join(row)}\na,1,1{',' * (len(row) - 3)}\n{','.join(row.values())}\n")
    assert told(path) == [f", line 3, {fault}"]


def test_all_faults_at_once_and_the_rest_counted(tmp_path: Path) -> None:
    path = file_of(tmp_path, "name,count\n" + "a,0\n" * 50 + "b\n")
    faults = told(path)
    assert faults[0] == ", line 52: has 1 cells; the header has 2"
    assert faults[1].startswith(", line 2, count: found '0'")
    assert len(faults) == SHOWN + 1
    assert faults[-1] == f": has {51 - SHOWN} more faults; these are the first"


def test_columns_that_are_missing_misspelt_or_there_twice(tmp_path: Path) -> None:
    assert told(file_of(tmp_path, "nme,count\na,1\n")) == [
        ": has no column 'name'; its columns: nme, count",
        ": has an unknown column 'nme'; did you mean 'name'?",
    ]
    assert told(file_of(tmp_path, "name,name\na,b\n")) == [": has 2 columns 'name'; each needs its own name"]
    assert read(file_of(tmp_path, "name,phone\na,1\n"), SCHEMA).ignored == ("phone",)


@pytest.mark.parametrize(
    ("content", "name", "fault"),
    [
        (b"", "mine.csv", "is empty"),
        (b"name\n", "mine.csv", "has no rows"),
        (b"\r\nname\nx\n", "mine.csv", "line 1: is empty; the header line is expected there"),
        (b"PK\x03\x04\x00\x00", "mine.csv", "is no text"),
        (b"name,count\n\xff\xfe,1\n", "mine.csv", "line 2: is not UTF-8"),
        (b"hello", "mine.parquet", "is no Parquet table"),
    ],
)
def test_a_file_that_is_no_table(tmp_path: Path, content: bytes, name: str, fault: str) -> None:
    (only,) = told(file_of(tmp_path, content, name))
    assert fault in only


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert told(tmp_path / "none.csv") == [": cannot be read: No such file or directory"]
    assert "cannot be read" in told(tmp_path)[0]


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1)
ROWS = st.lists(st.tuples(NAMES, st.integers(1, 9), st.floats(1e-9, 1e9)), min_size=1)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@given(rows=ROWS)
@settings(max_examples=30, deadline=None)
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, ending: str, rows: list[tuple]) -> None:
    path = tmp_path_factory.mktemp("sheet") / f"table.{ending}"
    names, counts, masses = (list(column) for column in zip(*rows, strict=True))
    write(path, {"name": names, "count": counts, "mass_kg": masses})
    sheet = read(path, SCHEMA)
    assert sheet.columns["name"].tolist() == names
    assert sheet.columns["count"].tolist() == counts
    assert sheet.columns["mass_kg"].tolist() == masses
    assert [p.name for p in path.parent.iterdir()] == [path.name]
