"""Every command serves scripts: one JSON object with the keys that the documentation promises, or nothing at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import typer
from tests.cli.test_terminal import DOCS, keys, told
from tests.network.towns import write
from tests.worlds import small_data, small_sites, town, town_files
from typer.testing import CliRunner

from molosim.cli import app
from molosim.network.places import write_box_sites

WITHOUT: dict[str, str] = {}
"""Commands that lack ``--json`` or ``--quiet``, and why."""
TABLE = "carrier,customer,tour,lon,lat\nA,Jensen,1,11.95,57.70\nA,Hansen,1,11.96,57.71\n"


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command by its name, groups followed."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(commands(typer.main.get_group(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_serves_scripts(name: str) -> None:
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    lacks = {"--json", "--quiet"} - options
    assert not lacks or name in WITHOUT, f"molosim {name} lacks {lacks}"
    documented = [line for line in DOCS.splitlines() if line.startswith("| ") and f"`{name}`" in line.split(" | ")[0]]
    assert documented, f"docs/terminal.md lists no keys of {name}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town as configuration, extract and prepared map, sites and a table of stops in it, and a result."""
    folder = tmp_path_factory.mktemp("scripts")
    short = {"horizon.days": 21, "horizon.warmup_days": 0, "horizon.replications": 1}
    said = small_data({**town_files(folder, small_sites(2)), **short})
    said["alternatives"] = {name: said["alternatives"][name] for name in ("dedicated", "shared")}
    (folder / "town.toml").write_text(tomli_w.dumps(said), encoding="utf-8")
    town().save(folder / "plain.npz")
    write(folder)
    write_box_sites(folder / "sites.geojson", small_sites(2), note="", certainty="R")
    (folder / "stops.csv").write_text(TABLE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("molosim.report.write_report", lambda folder: None)
        done = CliRunner().invoke(app, ["run", str(folder / "town.toml"), "--out", str(folder / "out"), "--quiet"])
        assert (done.exit_code, done.output) == (0, "")
    return folder


@pytest.fixture(autouse=True)
def _own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Path) -> None:
    monkeypatch.setenv("MOLOSIM_MAPS", str(tmp_path / "maps"))
    monkeypatch.chdir(folder)


EXAMPLES = {
    "report": "report out --figures trips",
    "replay": "replay out",
    "export": "export out",
    "compare": "compare out out",
    "account": "account out",
    "measure": "measure out --emissions flat",
    "rerun": "rerun out --replication 0",
    "warmup": "warmup out",
    "map import": "map import town.osm",
    "map info": "map info town.osm",
    "map info` without a name": "map info",
    "map plot": "map plot plain.npz",
    "site compare": "site compare sites.geojson --map plain.npz --effort 0",
    "site`, `site propose": "site plain.npz --boxes 2 --effort 0 --out proposed.geojson",
    "stops check": "stops check stops.csv",
    "stops export": "stops export town.toml --out planned.csv",
    "stops anonymise": "stops anonymise stops.csv --out a.csv --k 2 --addresses plain.npz",
    "log": "log town.toml",
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_command_tells_programs_what_it_did(name: str) -> None:
    said = told(*EXAMPLES[name].split())
    assert set(said) == keys(f"`{name}`".replace("`map info` without a name`", "`map info` without a name"))
    assert said["command"] == name.split("`", maxsplit=1)[0].replace("site", "site propose", name.startswith("site`"))
    for key in ("file", "report", "replay", "geopackage", "table", "figure"):
        assert said.get(key) is None or Path(str(said[key])).exists()


@pytest.mark.parametrize("name", ["map info", "stops check", "account", "site compare"])
def test_quiet_commands_say_nothing(name: str) -> None:
    done = CliRunner().invoke(app, [*EXAMPLES[name].split(), "--quiet"])
    assert (done.exit_code, done.output) == (0, "")


def test_what_is_told_in_words_and_to_programs_is_the_same() -> None:
    said: dict[str, Any] = told("map", "info", "plain.npz")
    words = CliRunner().invoke(app, ["map", "info", "plain.npz"]).output
    about = said["map"]
    assert f"{about['nodes']} nodes, {about['edges']} edges, {about['lanes_km']:.0f} km" in words
    rows = told("stops", "check", "stops.csv", "--tours", "tours.csv")["tours"]
    header, first, *_ = Path("tours.csv").read_text(encoding="utf-8").splitlines()
    assert [str(value if value is not None else "") for value in rows[0].values()] == first.split(",")
    assert list(rows[0]) == header.split(",")


def test_a_fit_tells_programs_its_estimates(tmp_path: Path) -> None:
    told("log", "town.toml", "--out", tmp_path / "log.csv", "--days", 40)
    said = told("fit", tmp_path / "log.csv", "--out", tmp_path / "mine", "--bootstrap", 0)
    assert set(said) == keys("`fit`")
    assert {Path(file).name for file in said["files"]} >= {"estimates.csv", "checks.csv"}
    for what in ("estimates", "checks"):
        promised = DOCS.partition(f"`{what}`: ")[2].partition(";")[0].partition(".")[0]
        for row in said[what]:
            assert [f"`{key}`" for key in row] == promised.split(", ")


def test_a_pilot_tells_programs_what_it_made(tmp_path: Path) -> None:
    said = told("init", "town.osm", "--boxes", 2, "--out", tmp_path / "pilot", "--country", "DK")
    assert set(said) == keys("`init`")
    assert Path(said["config"]).is_file()


def test_a_rerun_that_differs_fails_and_tells_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from molosim.experiments.rerun import Rerun  # noqa: PLC0415 - what comes out is made up

    monkeypatch.setattr("molosim.experiments.rerun.rerun", lambda *_, **__: Rerun((), ("trips: other bytes",)))
    done = CliRunner().invoke(app, ["rerun", "out", "--json"])
    assert (done.exit_code, json.loads(done.stdout)["differs"]) == (1, ["trips: other bytes"])
