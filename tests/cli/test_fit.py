"""Commands for box logs."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.worlds import small_scenario, small_sites, town_files
from typer.testing import CliRunner

from molosim.cli import app
from molosim.fitting.log import read_log
from molosim.inputs.scenario import dump, load


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    changes = {**town_files(folder, small_sites(2)), "horizon.days": 40}
    path = folder / "town.toml"
    path.write_text(dump(small_scenario(changes)), encoding="utf-8")
    return path


def told(*arguments: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def log(config: Path) -> Path:
    path = config.with_name("log.csv")
    text = told("log", config, "--out", path)
    assert "events of 2 boxes in 40 days" in text
    return path


def test_a_simulated_log_is_fitted_into_a_whole_configuration(config: Path, log: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.toml"
    text = told("fit", log, "--base", config, "--out", out, "--bootstrap", "9")
    assert "dwell mean_h: " in text
    assert "dwell is log-normal: " in text
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "mine.csv",
        "mine.toml",
        "mine_checks.csv",
        "mine_dwell.svg",
        "mine_profiles.svg",
    ]
    assert "residents.parcels.dwell.sigma" in load(out).provenance


def test_one_box_and_fewer_days(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "log.parquet"
    told("log", config, "--out", out, "--box", "box 1", "--days", "3", "--alternative", "shared", "--seed", "5")
    log = read_log(out)
    assert log.boxes == ("box 1",)
    assert log.local.max() - log.local.min() == 3 * 86400


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--closed", "23"), "--closed: found '23'; must be two whole hours such as 23-6"),
        (("--holidays", "XX"), "--holidays: found 'XX'; allowed: AF"),
        (("--event", "GONE"), "--event: found 'GONE'; must be OWN=OURS"),
        (("--tz", "Mars"), "time zone: found 'Mars'; allowed are names such as Europe/Copenhagen"),
        (("--households", "none.csv"), "none.csv: cannot be read"),
        (("--base", "gothenburg"), "box 'box 0': its households are not given"),
    ],
)
def test_options_that_cannot_be(log: Path, tmp_path: Path, arguments: tuple[str, ...], fault: str) -> None:
    out = tmp_path / "mine.toml"
    assert fault in told("fit", log, "--out", out, *arguments, code=2)
    assert list(tmp_path.iterdir()) == []


def test_households_from_a_table(log: Path, tmp_path: Path) -> None:
    table = tmp_path / "households.csv"
    table.write_text("box,households\nbox 0,60\nbox 1,60\n", encoding="utf-8")
    text = told("fit", log, "--households", table, "--out", tmp_path / "mine.toml", "--bootstrap", "0")
    assert "a household and year" in text


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--box", "bax 1"), "--box: found 'bax 1'; did you mean 'box"),
        (("--alternative", "shred"), "--alternative: found 'shred'; did you mean 'shared'?"),
    ],
)
def test_logs_of_what_is_not_there(config: Path, tmp_path: Path, arguments: tuple[str, ...], fault: str) -> None:
    assert fault in told("log", config, "--out", tmp_path / "log.csv", *arguments, code=2)
    assert list(tmp_path.iterdir()) == []


def test_a_log_of_nothing_to_fit(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("event,time\nemptied,2025-03-03T10:00\n", encoding="utf-8")
    assert "there is nothing to fit" in told("fit", path, "--out", tmp_path / "mine.toml", code=2)
