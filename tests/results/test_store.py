"""One writer, one reader: what a run writes is what it had in memory, and nothing is read back to write it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.worlds import small_scenario, small_sites, town_files

from molosim.evaluation.evaluated import evaluate
from molosim.evaluation.run_view import RunView
from molosim.experiments.replications import replicate
from molosim.experiments.run import run
from molosim.inputs.scenario import Scenario
from molosim.results.codebook import CODEBOOK
from molosim.results.reader import ResultReader
from molosim.results.results import Results
from molosim.results.schema import OF_RUNS, SAMPLED, tables
from molosim.results.writer import PartMerger, SchemaError, part, write_part, write_table
from molosim.runtime.errors import ScenarioError
from molosim.simulation.alternative_run import prepare, simulate
from molosim.simulation.world import build_world

STAYS = {"hours": np.arange(3, dtype=np.int32), "fetched": np.ones(3, np.int32), "returned": np.zeros(3, np.int32)}


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    files = town_files(tmp_path_factory.mktemp("store"), small_sites(4))
    return small_scenario({**files, "horizon.days": 7, "horizon.replications": 2})


@pytest.fixture(scope="module")
def folder(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(scenario, tmp_path_factory.mktemp("result") / "result", workers=1)


def test_a_stored_run_is_the_run_that_was_simulated(folder: Path, scenario: Scenario, tmp_path: Path) -> None:
    """Measures, band and accounts from the store are those from memory, but for the city's counts."""
    world = build_world(scenario, tmp_path)
    prepared = prepare(world, 1)
    counted = {name for name, value in Results(folder).rows()["shared", 1].items() if isinstance(value, float)}
    for alternative, view in ResultReader(folder).views(scenario, 1):
        stored, now = (
            evaluate(view, alternative),
            evaluate(RunView(simulate(world, prepared, alternative), scenario), alternative),
        )
        known = {name for name in counted if np.isfinite(stored.measures[name])}
        assert len(known) > 100
        assert {name: stored.measures[name] for name in known} == {name: now.measures[name] for name in known}
        assert stored.band == now.band
        assert repr(stored.accounts) == repr(now.accounts)


def test_a_run_reads_nothing_back(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> None:
        raise AssertionError("a run has read a table")

    for name in ("read_table", "read_schema"):
        monkeypatch.setattr(pq, name, read)
    monkeypatch.setattr(pd, "read_parquet", read)
    monkeypatch.setattr(pd, "read_csv", read)
    assert run(scenario, tmp_path / "result", workers=1).is_dir()


def test_parts_are_merged_while_later_replications_run(scenario: Scenario, tmp_path: Path) -> None:
    world = build_world(scenario, tmp_path / "cache")
    work = tmp_path / "work"
    work.mkdir()
    with PartMerger(work) as merger:
        for number in range(2):
            replicate(world, number, work, lambda: None)
            assert part(work, "trips", number).is_file()
            merger.append(number)
            assert not list(work.glob("*.part"))
    for name in (*OF_RUNS, *SAMPLED):
        groups = pq.ParquetFile(work / tables()[name].file).num_row_groups
        assert groups == len(scenario.alternatives) * (2 if name in OF_RUNS else 1)


def test_the_codebook_of_a_folder_tells_its_tables(folder: Path) -> None:
    book = pd.read_csv(folder / CODEBOOK, keep_default_na=False)
    for file, rows in book.groupby("table"):
        path = folder / str(file)
        names = pq.read_schema(path).names if path.suffix == ".parquet" else list(pd.read_csv(path, nrows=1).columns)
        assert list(rows["column"]) == names
    assert set(book["table"]) == {table.file for table in tables().values() if (folder / table.file).is_file()}
    assert (book["meaning"] != "").all()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"sold": np.zeros(3, np.int32)}, "stays: has 'sold', which the schema does not know"),
        ({"fetched": np.zeros(3)}, "stays: 'fetched' is double, not int32"),
    ],
)
def test_a_table_beside_the_schema_is_not_written(tmp_path: Path, change: dict[str, np.ndarray], fault: str) -> None:
    with pytest.raises(SchemaError, match=fault):
        write_part(tmp_path, "stays", 0, {"shared": {**STAYS, **change}})
    assert not list(tmp_path.iterdir())


def test_a_csv_table_beside_the_schema_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="known: misses 'baseline'; misses 'measure'; misses 'unit'"):
        write_table(tmp_path, "known", pd.DataFrame({"factor_x": [1], "alternative": ["a"]}))
    with pytest.raises(SchemaError, match="costs: misses 'alternative'"):
        write_table(tmp_path, "costs", pa.table({"who": ["a"]}))
    assert not list(tmp_path.iterdir())


def manifest(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


@pytest.mark.parametrize("format_", [1, 3, "2"])
def test_results_of_other_versions_are_refused_in_a_line(folder: Path, tmp_path: Path, format_: object) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    manifest(copy, format=format_)
    with pytest.raises(ScenarioError, match=rf"is of result format {format_}, this version reads format 2; run the"):
        Results(copy)


BROKEN: dict[str, tuple[str, Callable[[pa.Table], pa.Table], str]] = {
    "twice": ("boxes", lambda t: pa.concat_tables([t, t.slice(0, 1)]), "rows of 'dedicated', replication 0, in two"),
    "strange": ("trips", lambda t: pa.concat_tables([t, _named(t.slice(0, 1), "x")]), "holds 'x', which config.toml"),
    "gone": ("boxes", lambda t: t.slice(1000), "has no rows of"),
    "words": ("pickups", lambda t: t.set_column(2, "day", pa.array(["noon"] * len(t))), "'day' holds string; numbers"),
    "numbers": ("trips", lambda t: t.set_column(3, "operator", pa.array([1] * len(t))), "'operator' holds int64; text"),
}


def _named(table: pa.Table, alternative: str) -> pa.Table:
    return table.set_column(0, "alternative", pa.array([alternative] * len(table)))


@pytest.mark.parametrize("case", BROKEN)
def test_tables_that_cannot_be_a_runs_are_a_line(folder: Path, scenario: Scenario, tmp_path: Path, case: str) -> None:
    name, change, fault = BROKEN[case]
    copy = shutil.copytree(folder, tmp_path / "copy")
    stored = ResultReader(copy)
    pq.write_table(change(pq.read_table(stored.path(name))), stored.path(name))
    with pytest.raises(ScenarioError, match=fault) as error:
        list(stored.views(scenario, 0))
    assert "\n" not in str(error.value)
