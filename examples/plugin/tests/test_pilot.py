"""The pilot from the command line, as a user would run it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

import molosim
from molosim import Results
from molosim_example.policy import BeforeTheWeekend

Command = Callable[..., str]
LABEL = "carrier's telematics"


def contents(folder: Path, *, but: tuple[str, ...] = ("manifest.json", "files.json")) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in but)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def result(home: Path, molosim_command: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run in one process."""
    out = tmp_path_factory.mktemp("run") / "pilot"
    molosim_command("run", home / "pilot.toml", "--out", out, "--workers", "1")
    return out


@pytest.fixture(scope="module")
def swept(home: Path, molosim_command: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The design in two processes."""
    out = tmp_path_factory.mktemp("sweep") / "friday"
    molosim_command("sweep", home / "design.toml", "--out", out, "--workers", "2")
    return out


def test_check_knows_the_parts(home: Path, molosim_command: Command) -> None:
    assert "in order. 2 carriers, 3 vans; alternatives weekly, weekend;" in molosim_command(
        "check", home / "pilot.toml"
    )


def test_two_workers_give_the_same_bytes(result: Path, home: Path, molosim_command: Command, tmp_path: Path) -> None:
    molosim_command("run", home / "pilot.toml", "--out", tmp_path / "two", "--workers", "2")
    assert contents(tmp_path / "two") == contents(result)


def test_the_manifest_names_class_parameters_and_source(result: Path) -> None:
    found = {one["key"]: one for one in Results(result).manifest["components"]}
    assert {key: one["class"] for key, one in found.items()} == {
        "alternatives.weekend": "molosim_example.policy:BeforeTheWeekend",
        "emissions.model": "molosim_example.emissions:Telematics",
        "residents.demand": "molosim_example.demand:RecordedWeek",
    }
    assert found["alternatives.weekend"]["parameters"]["detour_carriers"] == ["Beta"]
    assert found["residents.demand"]["parameters"] == {"file": "residents_demand_file.csv", "households": 400}
    assert {(one["package"], len(one["sha256"])) for one in found.values()} == {("molosim_example", 64)}


def test_the_result_loads_as_what_ran(result: Path, home: Path) -> None:
    ran, wanted = molosim.load(result / "config.toml"), molosim.load(home / "pilot.toml")
    assert ran.alternatives == wanted.alternatives
    assert isinstance(ran.alternatives["weekend"], BeforeTheWeekend)
    assert ran.emissions == wanted.emissions
    copied = Path(ran.residents.demand.file)  # type: ignore[attr-defined]
    assert (copied.parent, copied.read_bytes()) == (result, (home / "recorded_week.csv").read_bytes())


def test_the_headline_is_the_telematics_own_sum(result: Path) -> None:
    """By hand: litres by kilometre, stop and load, times what a litre of B7 emits from well to wheel."""
    found = Results(result)
    trips = found.trips
    per_km = trips["vehicle_type"].map({"van": 0.095, "truck": 0.19})
    litres = trips["metres"] / 1000 * per_km + trips["stops"] * 0.015 + trips["load_kgm"] / 1e6 * 0.008
    keys = ["alternative", "replication"]
    by_hand = (litres * (2.571 + 0.627)).groupby([trips[key] for key in keys]).sum()
    measured = found.replications.set_index(keys)["co2e_wtw_operations_kg"]
    assert by_hand.to_numpy() == pytest.approx(measured.sort_index().to_numpy(), rel=1e-9)
    band = found.band[found.band["measure"] == "co2e_wtw_city_kg"].set_index("model")["difference"]
    headline = found.comparison[found.comparison["measure"] == "co2e_wtw_city_kg"]["difference"].item()
    assert band["molosim_example.emissions:Telematics"] == pytest.approx(headline)
    assert band["speed_stop"] != pytest.approx(headline)


def test_only_recorded_masses_arise(result: Path) -> None:
    """Households weighed to 10 g, so that containers hold tens of grams; masses of the profiles would not."""
    grams = Results(result).pickups[["g_hazardous", "g_electronics"]].to_numpy()
    assert (grams > 0).sum() > 20
    assert (grams % 10 == 0).all()


def check_page(page: Path, headline: str) -> None:
    text = unescape(page.read_text(encoding="utf-8"))
    assert f"{headline}: {LABEL}." in text
    assert "mptying the boxes further before the weekend ('weekend')" in text
    assert "telematics: diesel van" in text
    assert "molosim_example.emissions:Telematics" in text  # class and hash, under what to reproduce it with


def test_the_report_names_the_parts(result: Path) -> None:
    check_page(result / "report.html", "Headline model")


def test_the_report_in_danish_names_the_parts(result: Path, molosim_command: Command, tmp_path: Path) -> None:
    shutil.copytree(result, tmp_path / "pilot")
    molosim_command("report", tmp_path / "pilot", "--lang", "da")
    check_page(tmp_path / "pilot" / "report.html", "Hovedmodel")


def test_a_parameter_of_the_policy_is_a_factor(swept: Path) -> None:
    """The fuller a container has to be on Fridays, the more waste is in those that are taken."""
    runs = pd.read_parquet(swept / "runs.parquet")
    assert runs["error"].isna().all()
    own = runs[runs["alternative"] == "weekend"].groupby("factor_friday_fill")["kg_per_pickup"].mean()
    assert own.index.tolist() == [0.05, 0.4, 0.9]
    assert own.is_monotonic_increasing
    assert own[0.9] > 1.3 * own[0.05]
    weekly = runs[runs["alternative"] == "weekly"].groupby("replication")["kg_per_pickup"].nunique()
    assert (weekly == 1).all()


def test_shards_merged_are_the_same_sweep(swept: Path, home: Path, molosim_command: Command, tmp_path: Path) -> None:
    for shard in ("1/2", "2/2"):
        molosim_command("sweep", home / "design.toml", "--out", tmp_path, "--shard", shard, "--workers", "1")
    molosim_command("merge", tmp_path)
    tables = ("runs.parquet", "differences.parquet", "differences.csv")
    assert [(tmp_path / name).read_bytes() for name in tables] == [(swept / name).read_bytes() for name in tables]
    classes = [
        one["class"] for one in json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["components"]
    ]
    assert len(classes) == 3


def test_a_rerun_comes_to_the_same_bytes(result: Path, swept: Path, molosim_command: Command) -> None:
    assert "The same, byte for byte." in molosim_command("rerun", result, "--workers", "1")
    assert "The same, byte for byte." in molosim_command("rerun", swept, "--workers", "2")


def test_a_stored_run_is_measured_by_the_model(result: Path, molosim_command: Command, tmp_path: Path) -> None:
    """Of the run itself the headline comes out again, and by a shipped model that of the band."""
    shutil.copytree(result, tmp_path / "pilot")
    molosim_command("measure", tmp_path / "pilot", "--emissions", "molosim_example.emissions:Telematics")
    (own,) = (tmp_path / "pilot" / "measured").iterdir()
    keys = ["alternative", "measure"]
    again, first = (pd.read_csv(at / "comparison.csv").set_index(keys)["difference"] for at in (own, result))
    assert again.equals(first)


@pytest.mark.parametrize("command", [("rerun",), ("measure", "--emissions", "flat"), ("account",)])
def test_another_source_is_refused_where_it_would_be_used(
    result: Path, home: Path, molosim_command: Command, tmp_path: Path, command: tuple[str, ...]
) -> None:
    shutil.copytree(home / "src" / "molosim_example", tmp_path / "molosim_example")
    file = tmp_path / "molosim_example" / "demand.py"
    file.write_text(file.read_text(encoding="utf-8") + "# another line\n", encoding="utf-8")
    (line,) = molosim_command(command[0], result, *command[1:], code=2, path=tmp_path).splitlines()
    assert "package molosim_example was " in line
    for one in Results(result).manifest["components"]:
        told = command == ("rerun",) or one["key"] == "emissions.model"
        assert (f"{one['key']} ({one['class']})" in line) is told
        assert one["sha256"][:12] in line
    assert f"molosim run {result / 'config.toml'} --out NEW" in line


SCRIPT = """
import molosim
from molosim_example.policy import BeforeTheWeekend


class Mine(BeforeTheWeekend):
    weekend_days: int = 4


pilot = molosim.load({config!r})
try:
    pilot.but({{"alternatives.mine": Mine(detour_carriers=("Beta",))}})
except molosim.ScenarioError as error:
    print(error)
"""


def test_a_class_of_a_script_is_refused(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(config=str(home / "pilot.toml")), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, env=dict(os.environ), cwd=tmp_path
    )
    assert done.stderr == ""
    (line,) = done.stdout.splitlines()
    assert line.startswith("alternatives.mine: class Mine is defined in a script or notebook, where no worker")
    assert line.endswith("put it into a file my_mine.py and write: from my_mine import Mine")
