"""A sweep loses and repeats nothing, and comes to the same bytes wherever it is computed."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.experiments.conftest import REGIME, WALK, Designed
from tests.experiments.standin import deadly, lethal, threads, tiny

from molosim.experiments.design import Design
from molosim.experiments.executors import Opening, dask, local
from molosim.experiments.sweep import Evaluator, Swept, merge, shards_in, sweep
from molosim.experiments.sweep_tables import TABLES
from molosim.experiments.task_store import Done, open_store
from molosim.results.folder import STORE, is_result
from molosim.runtime.errors import ScenarioError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stand-in tells its calls."""
    path = tmp_path / "calls.log"
    path.touch()
    monkeypatch.setenv("STANDIN_LOG", str(path))
    return path


def calls(log: Path) -> Counter[str]:
    return Counter(log.read_text(encoding="utf-8").splitlines())


def swept(design: Design, out: Path, opening: Opening | None = None, **more: Any) -> Swept:
    return sweep(design, out, opening=opening or threads(), model=tiny, **more)


def tables(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in TABLES}


def runs(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "runs.parquet")


def test_tables_say_what_was_run(designed: Designed, tmp_path: Path) -> None:
    done = swept(designed(), tmp_path / "out")
    assert (done.tasks, done.computed, done.failed) == (40, 40, 0)
    table = runs(done.folder)
    assert list(table.columns) == [
        "point", "replication", "alternative", "factor_walk", "factor_regime", "km_city", "infeasible", "error",
    ]  # fmt: skip
    assert len(table) == len(table.drop_duplicates(["point", "replication", "alternative"])) == 80
    assert table["error"].isna().all()
    differences = pd.read_parquet(tmp_path / "out" / "differences.parquet").query("measure == 'km_city'")
    walk = differences["factor_walk"].to_numpy()
    by_hand = walk / 500 - 1 + np.mean([np.sin(7.0 * i) / 9 for i in range(4)])
    assert differences["difference"].to_numpy() == pytest.approx(by_hand)
    assert list(differences["verdict"].unique()) == ["less", "no difference shown", "more"]
    assert len(pd.read_csv(tmp_path / "out" / "differences.csv")) == 2 * len(differences)
    assert is_result(done.folder, "sweep")
    assert not is_result(done.folder)


@pytest.mark.parametrize("opening", [threads(3), local(1), local(2)], ids=["threads", "one process", "two processes"])
def test_any_executor_comes_to_the_same_bytes(designed: Designed, tmp_path: Path, opening: Opening) -> None:
    swept(designed(), tmp_path / "one")
    swept(designed(), tmp_path / "other", opening)
    assert tables(tmp_path / "other") == tables(tmp_path / "one")


def test_shards_merged_come_to_the_same_bytes(designed: Designed, tmp_path: Path, log: Path) -> None:
    swept(designed(), tmp_path / "one")
    parts = [swept(designed(), tmp_path / "other", shard=(i, 3)) for i in (1, 2, 3)]
    assert [part.tasks for part in parts] == [14, 13, 13]
    assert set(calls(log).values()) == {4}  # two regimes, of which the stand-in knows nothing, and both folders
    assert shards_in(tmp_path / "other") == [part.folder for part in parts]
    merged = merge([tmp_path / "other"], tmp_path / "other", model=tiny)
    assert (merged.tasks, merged.failed) == (40, 0)
    assert tables(tmp_path / "other") == tables(tmp_path / "one")
    elsewhere = merge([part.folder for part in parts], tmp_path / "elsewhere", model=tiny)
    assert tables(elsewhere.folder) == tables(tmp_path / "one")


def test_a_merge_says_what_is_missing_and_the_sweep_goes_on_from_there(designed: Designed, tmp_path: Path) -> None:
    swept(designed(), tmp_path / "out", shard=(1, 3))
    with pytest.raises(ScenarioError, match=r"26 of 40 tasks are in no shard.*molosim sweep .* computes them"):
        merge([tmp_path / "out"], tmp_path / "out", model=tiny)
    assert not is_result(tmp_path / "out", "sweep")
    assert swept(designed(), tmp_path / "out").computed == 26


def test_shards_of_different_designs_are_not_merged(designed: Designed, tmp_path: Path) -> None:
    one = swept(designed(), tmp_path / "one", shard=(1, 2)).folder
    other = swept(designed(replications=3), tmp_path / "other", shard=(2, 2)).folder
    with pytest.raises(ScenarioError, match=f"{other}: is of another design than {one}"):
        merge([one, other], tmp_path / "out", model=tiny)
    with pytest.raises(ScenarioError, match=r"is no result of molosim.*; merge takes shards of a sweep"):
        merge([tmp_path], tmp_path / "out", model=tiny)


def test_what_is_there_is_not_computed_again(designed: Designed, tmp_path: Path, log: Path) -> None:
    first = swept(designed(), tmp_path / "out")
    before = tables(first.folder)
    assert swept(designed(), tmp_path / "out").computed == 0
    assert sum(calls(log).values()) == 40
    assert tables(first.folder) == before


def test_a_changed_factor_computes_only_what_it_touches(designed: Designed, tmp_path: Path, log: Path) -> None:
    swept(designed(), tmp_path / "out")
    wider = designed({**WALK, "high": 1700.0}, REGIME, sampling={"kind": "grid", "levels": 9})
    assert (again := swept(wider, tmp_path / "out")).computed == 9 * 2 * 4 - 40
    assert again.tasks == 72
    assert swept(designed(replications=5, question="And now?"), tmp_path / "out").computed == 10
    swept(designed(), tmp_path / "fresh")
    swept(designed(), tmp_path / "out")
    assert tables(tmp_path / "out") == tables(tmp_path / "fresh")


def test_points_that_are_the_same_world_are_computed_once(designed: Designed, tmp_path: Path, log: Path) -> None:
    twice = designed({"name": "walk", "key": "boxes.walking_limit_m", "values": [300.0, 300.0, 400.0]})
    assert swept(twice, tmp_path / "out").computed == 8
    assert len(runs(tmp_path / "out")) == 3 * 4 * 2


def test_other_contents_of_a_file_are_another_task(designed: Designed, config: Path, tmp_path: Path) -> None:
    design = designed({"name": "sites", "key": "boxes.file", "values": ["mine.geojson"]})
    (boxes,) = config.parent.glob("boxes-*.geojson")
    mine = design.folder / "mine.geojson"
    mine.write_bytes(boxes.read_bytes())
    assert swept(design, tmp_path / "out").computed == 4
    assert (tmp_path / "out" / "mine.geojson").read_bytes() == boxes.read_bytes()
    (design.folder / "elsewhere.geojson").write_bytes(boxes.read_bytes())
    same = designed({"name": "sites", "key": "boxes.file", "values": ["elsewhere.geojson"]})
    assert swept(same, tmp_path / "out").computed == 0
    mine.write_text(boxes.read_text(encoding="utf-8").replace("60", "61"), encoding="utf-8")
    assert swept(design, tmp_path / "out").computed == 4


def test_an_error_is_a_row_and_stops_nobody(designed: Designed, tmp_path: Path, log: Path) -> None:
    far = designed({**WALK, "high": 1700.0}, REGIME)
    done = swept(far, tmp_path / "out")
    assert (done.computed, done.failed) == (40, 16)
    table = runs(done.folder)
    failed = table[table["error"].notna()]
    assert set(failed["factor_walk"]) == {1300.0, 1700.0}
    assert set(failed["error"]) == {"ValueError: 1300 m is too far", "ValueError: 1700 m is too far"}
    assert failed["km_city"].isna().all()
    assert len(table) == 80
    assert swept(far, tmp_path / "out").computed == 0
    assert (swept(far, tmp_path / "out", retry=True).computed, sum(calls(log).values())) == (16, 56)


def test_a_task_that_ends_its_worker_is_found_and_stops_nobody(designed: Designed, tmp_path: Path) -> None:
    far = designed({"name": "walk", "key": "boxes.walking_limit_m", "values": [300.0, 1000.0, 400.0]}, replications=2)
    done = sweep(far, tmp_path / "out", opening=local(2), model=deadly)
    assert (done.computed, done.failed) == (6, 2)
    assert set(runs(done.folder)["error"].dropna()) == {"its worker process ended, perhaps for want of memory"}


def test_workers_that_only_end_are_an_error_of_the_sweep(designed: Designed, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="workers: a worker process ended"):
        sweep(designed(), tmp_path / "out", opening=local(1), model=lethal)


START = """
import sys
from pathlib import Path
from molosim.experiments.design import load_design
from molosim.experiments.executors import local
from molosim.experiments.sweep import sweep
from tests.experiments.standin import tiny
if __name__ == "__main__":
    sweep(load_design(sys.argv[1]), Path(sys.argv[2]), opening=local(2), model=tiny)
"""


def start(design: Design, out: Path, **environment: str) -> subprocess.Popen[str]:
    script = out.parent / "start.py"
    script.write_text(START, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), **environment}
    return subprocess.Popen([sys.executable, script, design.folder, out], env=env, stderr=subprocess.PIPE, text=True)


def wait_for(log: Path, count: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while sum(calls(log).values()) < count and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_killed_three_times_it_computes_nothing_twice_beyond_what_was_in_flight(
    designed: Designed, tmp_path: Path, log: Path
) -> None:
    design = designed(WALK, sampling={"kind": "grid", "levels": 50})
    killed = 0
    for count in (40, 90, 150):
        process = start(design, tmp_path / "out", STANDIN_S="0.01")
        wait_for(log, count + killed, process)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        process.communicate()
        killed += 1
        assert not (tmp_path / "out" / "manifest.json").exists()
    process = start(design, tmp_path / "out")
    assert process.communicate()[1] == ""
    assert process.returncode == 0
    counted = calls(log)
    assert len(counted) == 200
    assert sum(counted.values()) - 200 <= 3 * killed  # two at work and one at hand each time
    swept(design, tmp_path / "whole")
    assert tables(tmp_path / "out") == tables(tmp_path / "whole")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_interrupted_it_keeps_what_is_done(designed: Designed, tmp_path: Path, log: Path) -> None:
    process = start(designed(), tmp_path / "out", STANDIN_S="0.05")
    wait_for(log, 10, process)
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate()[1]
    done = sum(calls(log).values())
    again = swept(designed(), tmp_path / "out")
    assert 40 - done <= again.computed <= 40 - done + 3


@pytest.fixture
def cluster(tmp_path: Path, log: Path) -> Any:
    """A scheduler and two workers on loopback: its address, the workers."""
    pytest.importorskip("distributed")
    file = tmp_path / "scheduler.json"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "STANDIN_S": "0.05"}

    def begin(program: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--scheduler-file", str(file), *options]
        return subprocess.Popen(command, env=env, cwd=tmp_path, stderr=subprocess.DEVNULL)

    scheduler = begin("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    workers = [begin("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in range(2)]
    try:
        yield file, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def test_a_dask_cluster_that_loses_a_worker_comes_to_the_same_bytes(
    designed: Designed, tmp_path: Path, log: Path, cluster: Any
) -> None:
    from distributed import Client  # noqa: PLC0415 - an optional extra

    file, workers = cluster
    with Client(scheduler_file=str(file), set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        address = client.scheduler.address
    told: list[int] = []

    def kill_one(done: int, total: int) -> None:
        told.append(done)
        if done == 12:
            workers[0].kill()

    done = swept(designed(), tmp_path / "out", dask(address), progress=kill_one)
    assert (done.computed, done.failed) == (40, 0)
    assert told == list(range(41))
    assert sum(calls(log).values()) <= 42
    swept(designed(), tmp_path / "one")
    assert tables(tmp_path / "out") == tables(tmp_path / "one")


def test_no_scheduler_is_one_clear_line(designed: Designed, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(ScenarioError, match="dask: no scheduler answers at 'nowhere'"):
        swept(designed(), tmp_path / "out", dask("nowhere"))


def test_a_worker_that_has_something_else_ends_the_sweep(
    designed: Designed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("molosim.experiments.work.compute", _elsewhere)
    with pytest.raises(ScenarioError, match="other code, libraries, map or files"):
        swept(designed(), tmp_path / "out")


def _elsewhere(task: Any, model: Any) -> Done:
    from dataclasses import replace  # noqa: PLC0415 - as the function

    from molosim.experiments.tasks import compute  # noqa: PLC0415 - before it is patched away

    return compute(replace(task, key="of another machine"), model)


def test_an_evaluator_computes_a_point_once(designed: Designed, tmp_path: Path, log: Path) -> None:
    with Evaluator(designed(), tmp_path / "out", opening=threads(), model=tiny) as evaluate:
        first = evaluate({"walk": 321.0}, range(3))
        more = evaluate({"walk": 321.0}, range(5))
    assert sum(calls(log).values()) == evaluate.computed == 5
    assert list(more["replication"]) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    pd.testing.assert_frame_equal(first, more[:6])
    assert set(more["factor_walk"]) == {321.0}
    with pytest.raises(RuntimeError, match="inside its 'with' block"):
        evaluate({"walk": 1.0}, [0])
    with Evaluator(designed(), tmp_path / "out", opening=local(1), model=tiny) as evaluate:
        evaluate({"walk": 321.0}, range(6))
        evaluate({"walk": 322.0}, range(1))
        assert evaluate.computed == 2


def test_an_evaluator_that_is_left_by_an_error_ends_its_workers_at_once(
    designed: Designed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN_S", "60")

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("molosim.experiments.work.wait", interrupted)
    start = time.monotonic()
    with (
        pytest.raises(KeyboardInterrupt),
        Evaluator(designed(), tmp_path / "out", opening=local(1), model=tiny) as evaluate,
    ):
        evaluate({"walk": 321.0}, range(2))
    assert time.monotonic() - start < 30


def test_a_store_is_one_processs_at_a_time(designed: Designed, tmp_path: Path) -> None:
    swept(designed(), tmp_path / "out")
    with (
        open_store(tmp_path / "out" / STORE),
        pytest.raises(ScenarioError, match="is in use: another sweep writes to this folder"),
    ):
        swept(designed(), tmp_path / "out")


def test_a_store_keeps_what_is_not_a_number(tmp_path: Path) -> None:
    rows = ({"alternative": "a", "km_city": float("nan"), "cost_waste": 0.1 + 0.2},)
    with open_store(tmp_path / STORE) as store:
        store.put("key", Done(rows, seconds=1.5))
        store.put("other", Done(error="broken"))
    with open_store(tmp_path / STORE) as store:
        assert repr(store.done(["key", "none"])) == repr({"key": Done(rows, seconds=1.5)})
        assert store.known(["key", "other", "none"]) == {"key": True, "other": False}


def test_a_folder_of_something_else_is_left_alone(designed: Designed, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    with pytest.raises(ScenarioError, match=r"holds 'thesis.tex' and is no folder of molosim sweep"):
        swept(designed(), tmp_path / "out")
    (tmp_path / "file").touch()
    with pytest.raises(ScenarioError, match="is not a folder"):
        swept(designed(), tmp_path / "file")


def test_a_file_of_the_design_never_hides_behind_one_of_the_base(designed: Designed, tmp_path: Path) -> None:
    design = designed({"name": "sites", "key": "boxes.file", "values": ["boxes.geojson"]})
    (boxes,) = Path(str(design.base)).parent.glob("boxes-*.geojson")
    (design.folder / "boxes.geojson").write_bytes(boxes.read_bytes())
    with pytest.raises(ScenarioError, match=r"boxes\.geojson: the sweep's folder has a file of that name"):
        swept(design, tmp_path / "out")


def test_a_store_that_is_none(designed: Designed, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / STORE).write_bytes(b"hello" * 1000)
    with pytest.raises(ScenarioError, match="cannot be written: file is not a database"):
        swept(designed(), tmp_path / "out")


def test_nothing_is_written_for_a_design_with_faults(designed: Designed, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="walking_limit_m: found -5"):
        swept(designed({**WALK, "low": -5.0}), tmp_path / "out")
    assert not (tmp_path / "out").exists()
