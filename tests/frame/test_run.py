"""An experiment from its scenario to its folder, on a small fleet in the bundled city."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import molosim
from molosim.inputs.scenario import Scenario
from molosim.results.results import Results
from molosim.runtime.errors import ScenarioError

TABLES = {"replications.parquet", "comparison.csv", "band.csv", "trips.parquet", "boxes.parquet"} | {
    f"{table}.parquet" for table in ("pickups", "box_days", "stays", "charges", "sample_stops", "sample_boxes")
}
PICTURES = {"sample_day.geojson", "roads.geojson", "report.html", "figures", "accounts"}
INPUTS = {"config.toml", "boxes.geojson", "addresses.geojson"}


def small(**more: object) -> Scenario:
    """Six vans, a few days."""
    changes = {
        "horizon.days": 4,
        "horizon.warmup_days": 3,
        "horizon.replications": 2,
        "addresses.count": 500,
        "reference.days": 0,
        "carriers.0.vans": 3,
        "carriers.1.vans": 2,
        "carriers.2.vans": 1,
    }
    return molosim.load("gothenburg").but({**changes, **more})


def contents(folder: Path) -> dict[str, bytes]:
    """Bytes of all files but those that tell of time and machine."""
    files = (path for path in folder.rglob("*") if path.is_file())
    named = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    return {
        name: content for name, content in named.items() if name not in ("manifest.json", "files.json", "report.html")
    }


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Of a run in this process."""
    return molosim.run(small(), tmp_path_factory.mktemp("run") / "result", workers=1)


def test_the_folder_holds_all_that_is_promised(results: Results) -> None:
    assert {path.name for path in results.folder.iterdir()} == TABLES | PICTURES | INPUTS | {
        "manifest.json",
        "files.json",
        "codebook.csv",
    }


def test_tables_have_a_row_for_each_run(results: Results) -> None:
    runs = {(name, i) for name in results.scenario.alternatives for i in range(2)}
    assert len(results.replications) == len(runs)
    for table in (results.replications, results.trips, results.boxes):
        assert set(zip(table["alternative"], table["replication"], strict=True)) == runs
    assert len(results.boxes) == 50 * len(runs)
    assert set(results.comparison["alternative"]) == {"shared", "hybrid", "none"}


def test_alternatives_meet_the_same_parcels_and_deposits(results: Results) -> None:
    for column in ("parcels_in", "offered_n_hazardous"):
        by_run = results.boxes.pivot_table(index=["replication", "box"], columns="alternative", values=column)
        assert np.all(by_run.to_numpy() == by_run[["dedicated"]].to_numpy())


def test_two_processes_write_the_same_bytes_as_one(results: Results, tmp_path: Path) -> None:
    again = molosim.run(small(), tmp_path / "result", workers=2)
    assert contents(again.folder) == contents(results.folder)


def test_the_folders_own_configuration_runs_to_the_same_bytes(results: Results, tmp_path: Path) -> None:
    again = molosim.run(molosim.load(results.folder / "config.toml"), tmp_path / "result", workers=1)
    assert contents(again.folder) == contents(results.folder)


def test_another_seed_is_another_result(results: Results, tmp_path: Path) -> None:
    other = molosim.run(small(seed=2, **{"horizon.replications": 1}), tmp_path / "result", workers=1)
    first = results.replications.query("replication == 0 and alternative == 'shared'")["km_city"]
    assert other.replications.query("alternative == 'shared'")["km_city"].iloc[0] != first.iloc[0]


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    scenario = small(**{"horizon.days": 2, "horizon.warmup_days": 0})
    molosim.run(scenario, tmp_path / "result", workers=2, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (8, 8)
    assert told == sorted(told)


def test_the_manifest_tells_map_seed_and_versions(results: Results) -> None:
    manifest = results.manifest
    assert (manifest["program"], manifest["version"], manifest["seed"]) == ("molosim", molosim.__version__, 1)
    assert manifest["map"]["attribution"].endswith("ODbL 1.0")
    assert set(manifest["versions"]) >= {"python", "numpy", "pyvrp"}


def test_a_folder_without_manifest_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="is no result of molosim"):
        Results(tmp_path)


def test_a_defect_in_a_worker_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("molosim.experiments.replications.simulate", lambda *_args, **_more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        molosim.run(small(), tmp_path / "result", workers=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM"])
def test_an_interrupted_run_says_so_and_leaves_nothing(tmp_path: Path, sent: str) -> None:
    out = tmp_path / "result"
    code = "import sys; from molosim.cli import main; sys.argv[0] = 'molosim'\nif __name__ == '__main__': main()"
    (tmp_path / "start.py").write_text(code, encoding="utf-8")
    command = [sys.executable, tmp_path / "start.py", "run", "gothenburg", "--out", out, "--workers", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:  # its work folder beside the start file
        time.sleep(0.05)
    time.sleep(1)
    os.killpg(process.pid, getattr(signal, sent))
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (2, "molosim: interrupted; nothing was written\n")
    assert [path.name for path in tmp_path.iterdir()] == ["start.py"]
