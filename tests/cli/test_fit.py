"""Commands for box logs."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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


@pytest.fixture(scope="module")
def fit(config: Path, log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a fit with a base."""
    out = tmp_path_factory.mktemp("fit") / "mine"
    text = told("fit", log, "--base", config, "--out", out, "--bootstrap", "9")
    assert "dwell mean_h: " in text
    assert "dwell is log-normal: " in text
    assert f"Configuration: {out / 'fitted.toml'}\nReport: {out / 'report.html'}\n" in text
    return out


@pytest.fixture
def spoilt(fit: Path, tmp_path: Path) -> Path:
    """The same, to be spoilt."""
    shutil.copytree(fit, tmp_path / "fit")
    return tmp_path / "fit"


def manifest(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return said


def change(folder: Path, **changes: Any) -> None:
    (folder / "manifest.json").write_text(json.dumps({**manifest(folder), **changes}), encoding="utf-8")


def test_a_simulated_log_is_fitted_into_a_folder(fit: Path, log: Path) -> None:
    assert {path.name for path in fit.iterdir()} >= {
        "checks.csv", "config.toml", "estimates.csv", "figures", "fitted.toml", "log.csv", "manifest.json",
        "report.html",
    }  # fmt: skip
    assert (fit / "log.csv").read_bytes() == log.read_bytes()
    said = manifest(fit)
    assert (said["kind"], said["parameters"]["log"], said["parameters"]["bootstrap"]) == ("fit", "log.csv", 9)
    assert said["log_sha256"] == hashlib.sha256(log.read_bytes()).hexdigest()
    assert said["map"]["licence"]
    assert "residents.parcels.dwell.sigma" in load(fit / "fitted.toml").provenance
    page = (fit / "report.html").read_text(encoding="utf-8")
    assert said["map"]["attribution"] in page
    for words in ("dwell mean_h", "dwell is log-normal", "<svg"):
        assert words in page


def test_a_fit_comes_to_the_same_bytes_from_its_folder_alone(
    config: Path, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another day, without the log, the base or the base's files."""
    for path in (config, log, *config.parent.glob("*.geojson")):
        shutil.copyfile(path, tmp_path / path.name)
    text = (tmp_path / config.name).read_text(encoding="utf-8").replace(str(config.parent), str(tmp_path))
    (tmp_path / config.name).write_text(text.replace(str(tmp_path / "town.npz"), str(config.parent / "town.npz")))
    out = tmp_path / "out"
    monkeypatch.setattr("molosim.fitting.fit_folder.datetime", Yesterday)
    told("fit", tmp_path / log.name, "--base", tmp_path / config.name, "--out", out, "--bootstrap", "0")
    monkeypatch.undo()
    for path in (tmp_path / log.name, tmp_path / config.name, *tmp_path.glob("*.geojson")):
        path.unlink()
    assert f"on {Yesterday.now(UTC).date()}" in (out / "fitted.toml").read_text(encoding="utf-8")
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    assert told("rerun", out) == "The same, byte for byte.\n"
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before


class Yesterday(datetime):
    """The clock of a fit made the day before."""

    @classmethod
    def now(cls, tz: Any = None) -> Yesterday:
        return cls.fromtimestamp(datetime.now(tz).timestamp() - 86400, tz)


def test_the_configuration_runs_wherever_the_folder_is(spoilt: Path) -> None:
    scenario = load(spoilt / "fitted.toml")
    assert Path(scenario.boxes.file).parent == spoilt
    assert scenario.residents.parcels.dwell != load(spoilt / "config.toml").residents.parcels.dwell
    assert "fitted.toml: in order" in told("check", spoilt / "fitted.toml")


def test_what_came_out_otherwise_is_told(spoilt: Path) -> None:
    with (spoilt / "fitted.toml").open("a", encoding="utf-8") as file:
        file.write("# mine\n")
    (spoilt / "checks.csv").unlink()
    versions = {**manifest(spoilt)["versions"], "numpy": "1.0"}
    change(spoilt, versions=versions, map={**manifest(spoilt)["map"], "sha256": "0"})
    lines = told("rerun", spoilt, code=1).splitlines()
    assert [line.rpartition(": then")[0] for line in lines[:2]] == ["Made with other: map", "Made with other: numpy"]
    assert lines[2:] == ["Differs: fitted.toml: other bytes", "Differs: checks.csv: is missing from the folder"]


def test_the_log_decides_what_comes_again(spoilt: Path) -> None:
    rows = (spoilt / "log.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (spoilt / "log.csv").write_text("".join(rows[: len(rows) * 3 // 4]), encoding="utf-8")
    assert "Differs: estimates.csv: other bytes" in told("rerun", spoilt, code=1)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda folder: (folder / "log.csv").unlink(), "log.csv: is missing from the fit"),
        (lambda folder: change(folder, parameters={}), "manifest.json: says not what the fit was made with ('log')"),
        (lambda folder: change(folder, started="then"), "manifest.json: says not what the fit was made with (Invalid"),
    ],
)
def test_broken_fits_are_a_line(spoilt: Path, spoil: Callable[[Path], object], fault: str) -> None:
    spoil(spoilt)
    (line,) = told("rerun", spoilt, code=2).splitlines()
    assert fault in line


def test_a_fit_replaces_a_fit_and_nothing_else(spoilt: Path, log: Path, tmp_path: Path) -> None:
    told("fit", log, "--out", spoilt, "--bootstrap", "0")
    assert manifest(spoilt)["parameters"]["bootstrap"] == 0
    assert not (spoilt / "config.toml").exists()
    assert "map" not in manifest(spoilt)
    assert told("rerun", spoilt) == "The same, byte for byte.\n"
    (spoilt / "thesis.tex").write_text("", encoding="utf-8")
    assert "thesis.tex: was not written by molosim; move it or name another folder" in told(
        "fit", log, "--out", spoilt, code=2
    )
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text('{"program": "molosim"}', encoding="utf-8")
    fault = "holds 'manifest.json' and is no fit of molosim; name a new folder or an earlier fit"
    assert fault in told("fit", log, "--out", tmp_path / "run", code=2)


def test_a_file_as_before_is_refused_with_what_has_changed(log: Path, tmp_path: Path) -> None:
    (line,) = told("fit", log, "--out", tmp_path / "mine.toml", code=2).splitlines()
    fault = f"found '{tmp_path / 'mine.toml'}'; fit writes a folder with fitted.toml in it: name one such as "
    assert line == f"molosim: out: {fault}{tmp_path / 'mine'}"


def test_a_fit_goes_where_its_log_is_called(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told("fit", log, "--bootstrap", "0")
    assert (tmp_path / "results" / "log" / "fitted.toml").is_file()


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
        (("--holidays", "XX"), "holidays: found 'XX'; allowed: AF"),
        (("--event", "GONE"), "--event: found 'GONE'; must be OWN=OURS"),
        (("--tz", "Mars"), "time zone: found 'Mars'; allowed are names such as Europe/Copenhagen"),
        (("--households", "none.csv"), "none.csv: cannot be read"),
        (("--base", "gothenburg"), "box 'box 0': its households are not given"),
    ],
)
def test_options_that_cannot_be(log: Path, tmp_path: Path, arguments: tuple[str, ...], fault: str) -> None:
    out = tmp_path / "mine"
    assert fault in told("fit", log, "--out", out, *arguments, code=2)
    assert list(tmp_path.iterdir()) == []


def test_households_from_a_table(log: Path, tmp_path: Path) -> None:
    table = tmp_path / "households.csv"
    table.write_text("box,households\nbox 0,60\nbox 1,60\n", encoding="utf-8")
    text = told("fit", log, "--households", table, "--out", tmp_path / "mine", "--bootstrap", "0")
    assert "a household and year" in text
    table.unlink()
    assert told("rerun", tmp_path / "mine") == "The same, byte for byte.\n"
    (tmp_path / "mine" / "households.csv").write_text("box,households\nbox 0,50\nbox 1,60\n", encoding="utf-8")
    assert "Differs: fitted.toml" in told("rerun", tmp_path / "mine", code=1)


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
    assert "there is nothing to fit" in told("fit", path, "--out", tmp_path / "mine", code=2)
