"""Designs from the command line, on a town of a few streets."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import tomli_w
from tests.worlds import small_data, small_sites, town_files
from typer.testing import CliRunner

from molosim.cli import app
from molosim.experiments.design import load_design
from molosim.experiments.points import points
from molosim.experiments.task_store import open_store
from molosim.experiments.tasks import tasks_of

WALK = {"name": "walk", "key": "boxes.walking_limit_m", "unit": "m", "low": 100.0, "high": 900.0}
KILOGRAMS = {
    "name": "kg",
    "key": "residents.deposits.wastes.*.kg_per_household_year",
    "relative": True,
    "low": 0.5,
    "high": 2.0,
}
Written = Callable[..., Path]


@pytest.fixture
def design(tmp_path: Path) -> Written:
    """Writes a design on the town."""

    def write(name: str, *factors: dict[str, Any], **more: Any) -> Path:
        data = small_data({**town_files(tmp_path, small_sites(3)), "horizon.days": 3, "horizon.warmup_days": 0})
        (tmp_path / "town.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
        said = {
            "question": "How far?",
            "base": "../town.toml",
            "alternatives": ["shared"],
            "measures": ["km_waste"],
            "replications": 2,
            "sampling": {"kind": "grid", "levels": 3},
            "factors": list(factors),
        }
        (tmp_path / name).mkdir()
        (tmp_path / name / "design.toml").write_text(tomli_w.dumps(said | more), encoding="utf-8")
        return tmp_path / name

    return write


def molosim(*arguments: str | Path, code: int = 0) -> str:
    """What the command prints; to the error stream where it fails."""
    ended = signal.getsignal(signal.SIGTERM)
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    signal.signal(signal.SIGTERM, ended)
    assert done.exit_code == code, done.output
    return done.stderr if code == 2 else done.stdout


def test_a_design_from_check_to_rerun(design: Written, tmp_path: Path) -> None:
    folder, out = design("walks", WALK), tmp_path / "out"
    assert "3 points of 1 factor; alternatives dedicated, shared; 2 replications of 3 days. 12 runs" in molosim(
        "check", folder
    )
    said = molosim("sweep", folder, "--out", out, "--workers", "2")
    assert said == f"6 tasks: 6 computed\nReport: {out / 'report.html'}\n"
    assert molosim("sweep", folder, "--out", out).startswith("6 tasks: 0 computed, 6 were there\n")
    assert "byte for byte" in molosim("rerun", out, "--workers", "1")
    table = pd.read_parquet(out / "runs.parquet")
    table.assign(km_waste=0.0).to_parquet(out / "runs.parquet")
    assert "Differs: runs.parquet: " in molosim("rerun", out, "--replication", "1", "--workers", "1", code=1)


def test_shards_are_merged(design: Written, tmp_path: Path) -> None:
    folder, out = design("walks", WALK), tmp_path / "out"
    assert "molosim merge" in molosim("sweep", folder, "--out", out, "--shard", "1/2", "--workers", "1")
    assert "3 of 6 tasks are in no shard" in molosim("merge", out, code=2)
    molosim("sweep", folder, "--out", out, "--shard", "2/2", "--workers", "1")
    shutil.rmtree(folder)
    assert f"Report: {out / 'report.html'}" in molosim("merge", out)
    assert len(pd.read_parquet(out / "runs.parquet")) == 12
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["kind"] == "sweep"
    assert "Report: " in molosim("report", out)


def test_what_a_difference_hangs_on(design: Written, tmp_path: Path) -> None:
    folder, out = design("hangs", WALK, KILOGRAMS, sampling={"kind": "morris", "n": 3}), tmp_path / "out"
    molosim("sweep", folder, "--out", out, "--workers", "1")
    assert "mu_star" in molosim("sensitivity", out)
    assert set(pd.read_csv(out / "sensitivity.csv")["factor"]) == {"walk", "kg"}
    assert "byte for byte" in molosim("rerun", out, "--workers", "1")


def test_where_a_difference_changes_sign(design: Written, tmp_path: Path) -> None:
    folder, out = design("changes", KILOGRAMS), tmp_path / "out"
    assert "tasks computed" in molosim("breakeven", folder, "--out", out, "--workers", "1")
    assert set(pd.read_csv(out / "breakeven.csv")["measure"]) == {"km_waste"}
    shutil.rmtree(folder)  # the folder alone is enough
    assert "byte for byte" in molosim("rerun", out, "--workers", "1")


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM"])
def test_an_interrupted_sweep_says_so_and_keeps_what_is_done(design: Written, tmp_path: Path, sent: str) -> None:
    folder, out = design("long", WALK, sampling={"kind": "grid", "levels": 200}), tmp_path / "out"
    code = "import sys; from molosim.cli import main; sys.argv[0] = 'molosim'\nif __name__ == '__main__': main()"
    (tmp_path / "start.py").write_text(code, encoding="utf-8")
    command = [sys.executable, tmp_path / "start.py", "sweep", folder, "--out", out, "--workers", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 60
    log = out / "tasks.sqlite-wal"
    while not (log.is_file() and log.stat().st_size > 50_000) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, getattr(signal, sent))
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (2, "molosim: interrupted; what is finished is kept\n")
    with open_store(out / "tasks.sqlite") as store:
        keys = [task.key for task in tasks_of(points(load_design(folder)), range(2))]
        assert 0 < len(store.known(keys)) < 400


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sweep", "nowhere"], "nowhere: no such design"),
        (["sweep", "DESIGN", "--shard", "3/2"], "shard: found '3/2'; must be I/N with I from 1 to N"),
        (["sweep", "DESIGN", "--workers", "2", "--dask", "x"], "leave out workers or dask"),
        (["merge", "a", "b"], "--out: missing"),
        (["merge", "a"], "a: is no result of molosim: it has no manifest.json of one; merge takes shards of a sweep"),
        (["rerun", "a"], "; rerun takes results of molosim run, finished sweeps, searches and fits"),
        (["sensitivity", "a"], "; sensitivity takes finished sweeps"),
        (["report", "a"], "; report takes results of molosim run, finished sweeps and searches"),
    ],
)
def test_errors_are_a_line_each(design: Written, arguments: list[str], told: str) -> None:
    ours = [str(design("walks", WALK)) if argument == "DESIGN" else argument for argument in arguments]
    lines = molosim(*ours, code=2).splitlines()
    assert len(lines) == 1
    assert told in lines[0]


def test_every_invalid_factor_has_its_line(design: Written) -> None:
    bad = design("bad", {**WALK, "low": -3.0}, {**KILOGRAMS, "low": -2.0, "high": -1.0})
    for command in ("check", "sweep"):
        text = molosim(command, bad, code=2)
        assert "boxes.walking_limit_m: found -3" in text
        assert "kg_per_household_year: found -12" in text


def test_every_file_of_a_factor_is_put_on_the_map_first(design: Written, tmp_path: Path) -> None:
    folder = design("sites", {"name": "sites", "key": "boxes.file", "values": ["far.geojson", "odd.geojson"]})
    (boxes,) = tmp_path.glob("boxes-*.geojson")
    text = boxes.read_text(encoding="utf-8")
    (folder / "far.geojson").write_text(text.replace("[11.955", "[12.955"), encoding="utf-8")
    (folder / "odd.geojson").write_text(text.replace('"households": 60', '"households": -6', 1), encoding="utf-8")
    for command in ("check", "sweep"):
        far, odd = molosim(command, folder, code=2).splitlines()
        assert "point 0 (sites far.geojson): " in far
        assert "outside the map" in far
        assert "point 1 (sites odd.geojson): " in odd
        assert "-6" in odd


def test_decide_spends_replications_until_each_sign_is_known(design: Written, tmp_path: Path) -> None:
    folder, out = design("signs", KILOGRAMS), tmp_path / "out"
    said = molosim(
        "decide", folder, "--measure", "km_waste", "--minimum", "3", "--limit", "4", "--out", out, "--workers", "1"
    )
    table = pd.read_csv(out / "decisions.csv")
    assert table["factor_kg"].tolist() == [0.5, 1.25, 2.0]
    assert set(table["decision"]) <= {"less", "more", "within the indifference", "undecided"}
    assert table["n"].between(3, 4).all()
    # A task holds every alternative, so that there are as many as replications in all.
    assert f"\n{table['n'].sum()} tasks computed\n" in said
    again = molosim(
        "decide", folder, "--measure", "km_waste", "--minimum", "3", "--limit", "4", "--out", out, "--workers", "1"
    )
    assert "\n0 tasks computed\n" in again
    assert f"Report: {out / 'report.html'}" in again
    assert "byte for byte" in molosim("rerun", out, "--workers", "1")


def test_decide_until_a_half_width_says_where_the_limit_came_first(design: Written, tmp_path: Path) -> None:
    folder, out = design("widths", KILOGRAMS), tmp_path / "out"
    options = ("--measure", "km_waste", "--minimum", "3", "--limit", "9", "--out", out, "--workers", "1")
    molosim("decide", folder, "--until", "1e9", *options)
    wide = pd.read_csv(out / "known.csv")
    assert wide["reached"].all()
    molosim("decide", folder, "--until", "1e-9", *options)
    narrow = pd.read_csv(out / "known.csv")
    spread = narrow["high"] > narrow["low"]
    assert not narrow.loc[spread, "reached"].any()
    assert (narrow.loc[spread, "n"] == 9).all()


def test_decide_of_an_unknown_measure_is_one_line(design: Written) -> None:
    said = molosim("decide", design("unknown", KILOGRAMS), "--measure", "km_wast", code=2)
    assert said.strip() == "molosim: measure: found 'km_wast'; did you mean 'km_waste'?"


def test_warm_up_of_a_run_is_told_and_drawn(tmp_path: Path) -> None:
    data = small_data({**town_files(tmp_path, small_sites(3)), "horizon.days": 30, "horizon.warmup_days": 0})
    (tmp_path / "town.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    out = tmp_path / "out"
    molosim("run", tmp_path / "town.toml", "--out", out, "--replications", "2", "--workers", "1")
    said = molosim("warmup", out, "--series", "all_km", "--batch-days", "3")
    assert "shared: leave out the first " in said
    assert "<svg" in (out / "figures" / "warmup_all_km.svg").read_text(encoding="utf-8")
    assert "--series: found 'km'; allowed: collected_kg, waste_km, all_km" in molosim(
        "warmup", out, "--series", "km", code=2
    )


def test_warm_up_wants_a_run_without_one(tmp_path: Path) -> None:
    data = small_data({**town_files(tmp_path, small_sites(3)), "horizon.days": 3, "horizon.warmup_days": 1})
    (tmp_path / "town.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    out = tmp_path / "out"
    molosim("run", tmp_path / "town.toml", "--out", out, "--replications", "1", "--workers", "1")
    assert "horizon.warmup_days: found 1; a run without one is needed" in molosim("warmup", out, code=2)
