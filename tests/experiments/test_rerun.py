"""A result runs again from its own folder to the same bytes, or says what differs."""

import json
import shutil
import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.experiments.conftest import REGIME, WALK, Designed
from tests.experiments.standin import threads, tiny

from molosim.evaluation.measures import MEASURES
from molosim.experiments.rerun import rerun
from molosim.experiments.run import run
from molosim.experiments.sweep import merge, sweep
from molosim.experiments.sweep_tables import TABLES
from molosim.inputs.scenario import load
from molosim.runtime.errors import ScenarioError


@pytest.fixture(scope="module")
def result(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run of the town."""
    return run(load(config), tmp_path_factory.mktemp("run") / "result", workers=1)


@pytest.fixture
def copy(result: Path, tmp_path: Path) -> Path:
    """The same, to be spoilt."""
    shutil.copytree(result, tmp_path / "result")
    return tmp_path / "result"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def change(manifest: Path, **changes: Any) -> None:
    said = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**said, **changes}), encoding="utf-8")


def spoil(table: Path) -> None:
    rows = pq.read_table(table)
    more = pc.multiply(pc.equal(rows["replication"], 1).cast("float64"), 0.5)
    at = rows.column_names.index("km_city")
    pq.write_table(rows.set_column(at, "km_city", pc.add(rows["km_city"], more)), table)


def test_a_run_comes_to_the_same_bytes_and_stays_as_it_is(result: Path) -> None:
    before = contents(result)
    again = rerun(result, workers=1)
    assert (again.made_with, again.outcome) == ((), ())
    assert contents(result) == before


@pytest.mark.parametrize("replication", [0, 1])
def test_a_replication_comes_to_the_same_numbers(result: Path, replication: int) -> None:
    told: list[tuple[int, int]] = []
    again = rerun(result, replication=replication, progress=lambda done, total: told.append((done, total)))
    assert again.outcome == ()
    assert told == [(i, 4) for i in (1, 2, 3, 4)]


def test_what_came_out_otherwise_is_told(copy: Path) -> None:
    spoil(copy / "replications.parquet")
    assert rerun(copy, replication=0).outcome == ()
    (line,) = rerun(copy, replication=1).outcome
    assert line.startswith("replications.parquet: 1 of ")
    assert "columns differ, first 'km_city' in row 0: then " in line
    (copy / "comparison.csv").write_text("", encoding="utf-8")
    (copy / "boxes.parquet").unlink()
    lines = rerun(copy, workers=1).outcome
    assert [line.partition(":")[0] for line in lines] == ["replications.parquet", "comparison.csv", "boxes.parquet"]
    assert lines[1:] == ("comparison.csv: other bytes", "boxes.parquet: is missing from the folder")


def test_what_it_was_made_with_is_told(copy: Path) -> None:
    said = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    versions = {**said["versions"], "numpy": "1.0"}
    change(copy / "manifest.json", version="0.0.1", map={**said["map"], "sha256": "0"}, versions=versions)
    lines = rerun(copy, replication=1).made_with
    assert [line.partition(":")[0] for line in lines] == ["version", "map", "numpy"]
    assert "numpy: then 1.0, now " in lines[2]


def test_a_real_sweep_runs_again_to_the_same_bytes(designed: Designed, tmp_path: Path) -> None:
    design = designed(WALK, REGIME, sampling={"kind": "latin_hypercube", "n": 3}, replications=2)
    for shard in ((1, 2), (2, 2)):
        sweep(design, tmp_path / "out", opening=threads(), shard=shard)
    done = merge([tmp_path / "out"], tmp_path / "out")
    assert done.failed == 0
    assert sweep(design, tmp_path / "one", opening=threads()).computed == 6
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "out" / name).read_bytes() for name in TABLES)
    table = pd.read_parquet(tmp_path / "out" / "runs.parquet")
    assert set(table.columns) >= {*MEASURES, "factor_walk", "factor_regime"}
    assert np.isfinite(table["km_city"]).all()
    shutil.rmtree(design.folder)  # the folder alone is enough
    for replication in (None, 1):
        again = rerun(tmp_path / "out", replication=replication, opening=threads())
        assert (again.made_with, again.outcome) == ((), ())


def test_a_sweep_that_came_out_otherwise(designed: Designed, tmp_path: Path) -> None:
    out = sweep(designed(), tmp_path / "out", opening=threads(), model=tiny).folder
    spoil(out / "runs.parquet")
    assert rerun(out, replication=0, opening=threads(), model=tiny).outcome == ()
    for replication in (None, 1):
        (line,) = rerun(out, replication=replication, opening=threads(), model=tiny).outcome
        assert line.startswith("runs.parquet: 1 of 8 columns differ, first 'km_city'")
    made_with = rerun(out, replication=0, opening=threads()).made_with
    assert [line.partition(":")[0] for line in made_with] == ["code of the model"]


def test_what_is_no_result_cannot_be_run_again(result: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ScenarioError,
        match=r"is no result of molosim.*; rerun takes results of molosim run, finished",
    ):
        rerun(tmp_path)
    with pytest.raises(ScenarioError, match="found 2; the last is 1"):
        rerun(result, replication=2)


OWN_POLICY = """
from molosim.policies.policy import CollectionPolicy, Visit


class Daily(CollectionPolicy):
    def visits(self, boxes, today):
        return [Visit(one.box) for one in boxes if one.fill >= LIMIT]
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of a policy of a user's own."""
    monkeypatch.syspath_prepend(str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    file = tmp_path / "own" / "daily_policy.py"
    file.write_text(OWN_POLICY + "\n\nLIMIT = 0.5\n", encoding="utf-8")
    yield file
    sys.modules.pop("daily_policy", None)


def refusal(folder: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        rerun(folder, workers=1)
    (fault,) = caught.value.faults
    return str(fault)


def test_a_run_of_another_source_is_refused_before_anything_runs(own: Path, config: Path, tmp_path: Path) -> None:
    mine = load(config).but({"alternatives.mine": "daily_policy:Daily", "horizon.replications": 1})
    result = run(mine, tmp_path / "result", workers=1)
    assert rerun(result, workers=1).outcome == ()
    (then,) = json.loads((result / "manifest.json").read_text(encoding="utf-8"))["components"]
    text = own.read_text(encoding="utf-8")
    own.write_text(text.replace("0.5", "0.6"), encoding="utf-8")
    line = refusal(result)
    assert line.startswith(f"{result}: alternatives.mine (daily_policy:Daily): package daily_policy was ")
    assert f"was {then['sha256'][:12]} and is " in line
    assert line.endswith(f"molosim run {result / 'config.toml'} --out NEW")
    own.write_text(text, encoding="utf-8")
    assert rerun(result, replication=0).outcome == ()


def test_a_run_whose_own_class_is_gone_says_which(own: Path, config: Path, tmp_path: Path) -> None:
    """It is said of the component, before the configuration that names it fails to load."""
    mine = load(config).but({"alternatives.mine": "daily_policy:Daily", "horizon.replications": 1})
    result = run(mine, tmp_path / "result", workers=1)
    own.unlink()
    sys.modules.pop("daily_policy")
    invalidate_caches()
    line = refusal(result)
    assert line.startswith(f"{result}: alternatives.mine (daily_policy:Daily): found 'daily_policy:Daily'; no module ")
    assert "install the package" in line


def test_a_sweep_records_the_classes_that_its_points_choose(own: Path, designed: Designed, tmp_path: Path) -> None:
    """The base names none of a user's own: a factor does."""
    choice = {"name": "policy", "key": "alternatives.shared", "values": ["shared", "daily_policy:Daily"]}
    design = designed(choice, replications=1, overrides={"horizon.days": 2, "horizon.warmup_days": 0})
    out = sweep(design, tmp_path / "out", opening=threads()).folder
    (one,) = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["components"]
    assert (one["key"], one["class"]) == ("alternatives.shared", "daily_policy:Daily")
    own.write_text(own.read_text(encoding="utf-8").replace("0.5", "0.6"), encoding="utf-8")
    assert refusal(out).endswith(f"molosim sweep {out} --out NEW")
