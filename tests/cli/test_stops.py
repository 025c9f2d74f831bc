"""Commands for stop tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.worlds import LAT, LON, STEP_LON, small_scenario, small_sites, town, town_files
from typer.testing import CliRunner

from molosim.cli import app
from molosim.inputs.scenario import dump, load

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


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A tour of stops on the streets of the town, and its map beside."""
    town().save(tmp_path / "town.npz")
    path = tmp_path / "many.csv"
    stops = [f"A,Jensen,1,{LON + STEP_LON * i / 4:.6f},{LAT},{i}" for i in range(12)]
    path.write_text("\n".join(["carrier,customer,tour,lon,lat,mass_kg", *stops, ""]), encoding="utf-8")
    return path


def test_anonymise_tells_what_is_kept(many: Path, tmp_path: Path) -> None:
    town_map, out = tmp_path / "town.npz", tmp_path / "a.csv"
    text = told("stops", "anonymise", many, "--out", out, "--addresses", town_map, "--k", "6")
    assert "gone: carriers' names, tours' names, the order of stops, column 'customer'" in text
    assert "assumed: one on every 40 m of the streets" in text
    assert "re-identified 0.0%, 0 of 12 rows have fewer than 6 addresses; the best guess is right by 17%" in text
    assert "0 of 12 records agree with one row alone, 0 with fewer than 6" in text
    assert "use: 1 tours planned anew are" in text
    assert "--seed" not in text
    assert len(set(column(out, "mass_kg"))) == 2
    assert "--seed: whoever knows it can test a guess" in told(
        "stops", "anonymise", many, "--out", out, "--addresses", town_map, "--seed", "3", "--map", town_map
    )


def test_anonymise_asks_for_addresses(many: Path, tmp_path: Path) -> None:
    text = told("stops", "anonymise", many, "--out", tmp_path / "a.csv", code=2)
    assert "--addresses: is missing" in text
    assert "an OpenStreetMap extract, a table with lon and lat, or a prepared map" in text
    assert "is the table itself" in told(
        "stops", "anonymise", many, "--out", tmp_path / "a.csv", "--addresses", many, code=2
    )
    assert not (tmp_path / "a.csv").exists()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "town.toml"
    told = {"provenance": {"carriers.0.home.stops_per_van_day": "assumption: what an own table says instead"}}
    path.write_text(dump(small_scenario({**town_files(tmp_path, small_sites(2)), **told})), encoding="utf-8")
    return path


def test_an_exported_day_is_checked_on_the_map_and_simulated(config: Path, tmp_path: Path) -> None:
    stops, tours = tmp_path / "stops.csv", tmp_path / "tours.csv"
    assert "stops of Alfa: " in told("stops", "export", config, "--carrier", "Alfa", "--days", "3", "--out", stops)
    text = told("stops", "check", stops, "--config", config, "--tours", tours)
    assert "Alfa: of 10 simulated days on which it drives 3 are in the table" in text
    assert "boxes left out, of which" in text
    head, *rows = tours.read_text(encoding="utf-8").splitlines()
    assert head.endswith("km,driving_h,hours,breaks,late_min")
    assert len(rows) == len(set(zip(*(column(stops, name) for name in ("date", "tour")), strict=True)))
    own = load(config).but({"provenance": {}, "carriers.0.home": {"kind": "table", "file": str(stops)}})
    config.write_text(dump(own), encoding="utf-8")
    assert "Alfa: own tours of stops.csv" in told("check", config)


def column(file: Path, name: str) -> list[str]:
    head, *rows = [line.split(",") for line in file.read_text(encoding="utf-8").splitlines()]
    return [row[head.index(name)] for row in rows]


def test_a_table_of_nobody_in_the_configuration(config: Path, table: Path) -> None:
    text = told("stops", "check", table, "--config", config, code=2)
    assert f"its carriers are A; {config} has Alfa, Beta: none is in both" in text


def test_an_export_of_nobody(config: Path, tmp_path: Path) -> None:
    text = told("stops", "export", config, "--carrier", "Alpha", "--out", tmp_path / "stops.csv", code=2)
    assert "--carrier: found 'Alpha'; did you mean 'Alfa'?" in text


def test_the_example_that_comes_along_is_in_order() -> None:
    example = Path(__file__).parents[2] / "configs" / "example_stops.csv"
    assert "Gamma: 273 stops on 1 day; 2 tours" in told("stops", "check", example)
