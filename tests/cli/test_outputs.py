"""No command writes over what it reads, nor, under a name that it chose itself, over what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer
from tests.worlds import small_scenario, small_sites, town_files
from typer.testing import CliRunner

from molosim.cli import app
from molosim.inputs.scenario import dump

MINE = "carrier,tour,lon,lat,dwellings\nA,1,11.95,57.70,3\n"
FILES = ("stops check {} --tours {}", "stops anonymise {} --out {} --addresses gothenburg_2016", "log {} --out {}",
         "stops export {} --out {}", "map plot {} --out {}", "site propose {} --out {}")  # fmt: skip
FOLDERS = ("run {} --out {}", "sweep {} --out {}", "breakeven {} --out {}", "decide {} --out {}", "fit {} --out {}")
ASKED_ELSEWHERE = {"init", "merge", "compare", "replay", "export"}
"""Made in a folder that must be new; and those that read folders: see below."""


def told(line: str, code: int) -> str:
    result = CliRunner().invoke(app, line.split())
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.parametrize("line", [*FILES, *FOLDERS])
@pytest.mark.parametrize("name", ["mine.csv", "./a/../mine.csv", "link.csv"])
def test_what_is_read_is_not_written_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_text(MINE, encoding="utf-8")
    Path("a").mkdir()
    Path("link.csv").symlink_to("mine.csv")
    text = told(line.format("mine.csv", name), 2)
    if line in FILES:
        assert "is an input too and would be lost; name another file to write" in text
    assert Path("mine.csv").read_text(encoding="utf-8") == MINE


def test_every_command_that_writes_is_asked() -> None:
    def writing(command: Any, *names: str) -> set[str]:
        if hasattr(command, "commands"):
            return {one for name, sub in command.commands.items() for one in writing(sub, *names, name)}
        return {" ".join(names)} if {"out", "tours"} & {option.name for option in command.params} else set()

    asked = {line.partition(" {}")[0] for line in (*FILES, *FOLDERS)}
    assert writing(typer.main.get_command(app)) == asked | ASKED_ELSEWHERE


@pytest.mark.parametrize(
    ("option", "beside"), [("--dwellings", "new_dwellings.csv"), ("--districts", "new_districts.geojson")]
)
def test_files_named_after_a_proposal_are_not_written_over_what_it_reads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: str, beside: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(beside).write_text(MINE, encoding="utf-8")
    assert f"{beside}: is an input too" in told(f"site propose gothenburg {option} {beside} --out new.geojson", 2)
    assert Path(beside).read_text(encoding="utf-8") == MINE


@pytest.mark.parametrize("line", ["compare {0} {0} --out {1}", "replay {0} --out {1}", "export {0} --out {1}"])
def test_files_of_a_folder_that_is_read_are_not_written_over(tmp_path: Path, line: str) -> None:
    table = tmp_path / "comparison.csv"
    table.write_text(MINE, encoding="utf-8")
    assert f"is part of {tmp_path}, which is read" in told(line.format(tmp_path, table), 2)
    assert table.read_text(encoding="utf-8") == MINE


@pytest.mark.parametrize("command", ["stops export", "log"])
def test_tables_that_a_configuration_names_are_not_written_over(tmp_path: Path, command: str) -> None:
    scenario = small_scenario(town_files(tmp_path, small_sites(2)))
    boxes = Path(scenario.boxes.file)
    before = boxes.read_bytes()
    (tmp_path / "mine.toml").write_text(dump(scenario), encoding="utf-8")
    assert "is an input too" in told(f"{command} {tmp_path / 'mine.toml'} --out {boxes}", 2)
    assert boxes.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("stops export gothenburg", "stops.csv"),
        ("log gothenburg", "log.csv"),
        ("map plot gothenburg", "gothenburg.svg"),
        ("site propose gothenburg", "sites.geojson"),
    ],
)
def test_a_name_that_nobody_gave_replaces_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(MINE, encoding="utf-8")
    assert f"{name}: is there already; --out names the file to write" in told(line, 2)
    assert Path(name).read_text(encoding="utf-8") == MINE
