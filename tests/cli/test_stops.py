"""Commands for stop tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from molosim.cli import app
from molosim.stops.table import read_stops

TABLE = "carrier,customer,tour,lon,lat\nA,Jensen,1,11.95,57.70\nA,Hansen,1,11.96,57.71\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "stops.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def told(*arguments: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_check_tells_and_writes_tours(table: Path, tmp_path: Path) -> None:
    text = told("stops", "check", table, "--tours", tmp_path / "tours.csv")
    assert "A: 2 stops on 1 day; 1 tours, 2 to 2 stops each" in text
    assert "not used: 'customer'" in text
    assert (tmp_path / "tours.csv").read_text(encoding="utf-8").splitlines()[1] == "A,1,1,2,,,"


def test_check_names_every_fault(table: Path) -> None:
    table.write_text(TABLE.replace("57.7", "north"), encoding="utf-8")
    lines = told("stops", "check", table, code=2).splitlines()
    assert lines == [
        f"molosim: {table}, line {line}, lat: found 'north{digit}'; must be a number of at least -90 and at most 90"
        for line, digit in ((2, 0), (3, 1))
    ]


def test_anonymise_tells_what_is_kept(table: Path, tmp_path: Path) -> None:
    text = told("stops", "anonymise", table, "--out", tmp_path / "a.csv", "--jitter-m", "50")
    assert "gone: carriers' names, tours' names, column 'customer'" in text
    assert len(read_stops(tmp_path / "a.csv")) == 2


def test_anonymise_blurs_one_way(table: Path, tmp_path: Path) -> None:
    text = told("stops", "anonymise", table, "--out", tmp_path / "a.csv", "--jitter-m", "50", "--grid-m", "50", code=2)
    assert "more than one is given" in text
    assert not (tmp_path / "a.csv").exists()
