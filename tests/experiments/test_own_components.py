"""Runs and tasks with a policy of a user's own: what it keeps, its files and its source as a run goes on."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from molosim.experiments import replications
from molosim.experiments.rerun import rerun
from molosim.experiments.run import run
from molosim.experiments.tasks import task_key
from molosim.inputs.components import record
from molosim.inputs.scenario import Scenario, load
from molosim.runtime.errors import ScenarioError

SOURCE = """
from functools import cached_property
from pathlib import Path
from typing import Annotated
from molosim import CollectionPolicy, InputFile
from molosim.seams import Visit

class Counting(CollectionPolicy):
    files: tuple[Annotated[Path, InputFile()], ...] = ()
    asked: dict[str, int] = {"times": 0}

    @cached_property
    def seen(self):
        return []

    def visits(self, boxes, today):
        self.asked["times"] += 1
        self.seen.append(today.day)
        return [Visit(one.box) for one in boxes] if self.asked["times"] + len(self.seen) > 8 else []
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of a policy of a user's own."""
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "counting.py"
    file.write_text(SOURCE, encoding="utf-8")
    importlib.invalidate_caches()
    yield file
    sys.modules.pop("counting", None)


@pytest.fixture
def mine(own: Path, config: Path) -> Scenario:
    del own
    return load(config).but({"alternatives.mine": "counting:Counting", "horizon.replications": 2})


def test_nothing_that_a_policy_keeps_reaches_another_replication(mine: Scenario, tmp_path: Path) -> None:
    """Which may run in another process: here alone, as a worker would run it. The record is of what it began with."""
    result = run(mine, tmp_path / "result", workers=1)
    assert rerun(result, replication=1).outcome == ()
    (one,) = json.loads((result / "manifest.json").read_text(encoding="utf-8"))["components"]
    assert one["parameters"] == {"files": [], "asked": {"times": 0}}
    manifest = json.loads((result / "manifest.json").read_text(encoding="utf-8"))
    for broken in ([{"key": "alternatives.mine"}], {}, None, [3]):
        content = json.dumps({**manifest, "components": broken})
        (result / "manifest.json").write_text(content, encoding="utf-8")
        with pytest.raises(ScenarioError, match=r"manifest\.json: has no 'components' such as molosim writes"):
            rerun(result, workers=1)


def test_an_edit_while_it_runs_is_not_recorded_as_what_ran(own: Path, mine: Scenario, tmp_path: Path) -> None:
    short = mine.but({"horizon.replications": 1, "horizon.days": 2})
    before = record(short)
    result = run(
        short,
        tmp_path / "result",
        workers=1,
        progress=lambda *_: own.write_text(f"{SOURCE}\n", encoding="utf-8"),
    )
    assert json.loads((result / "manifest.json").read_text(encoding="utf-8"))["components"] == before
    with pytest.raises(ScenarioError, match=r"alternatives\.mine: files of counting are not as they were imported"):
        run(short, tmp_path / "again", workers=1)
    with pytest.raises(ScenarioError, match=r"files of counting are not as they were imported"):
        task_key(short, 0)


def test_a_worker_has_the_source_that_the_run_began_with(
    mine: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other: list[dict[str, Any]] = [{**one, "sha256": "0"} for one in record(mine)]
    monkeypatch.setattr(replications, "_worker", replications._Worker(mine, tmp_path, other, None), raising=False)
    with pytest.raises(ScenarioError, match="workers: an own component has other files than when the run began"):
        replications._world.__wrapped__()


def test_each_of_several_files_counts_in_a_task(mine: Scenario, tmp_path: Path) -> None:
    """By what it holds, wherever it lies."""
    files = [tmp_path / f"{name}.csv" for name in "abc"]
    for file in files:
        file.write_text("1\n", encoding="utf-8")
    first, moved = (
        mine.but({"alternatives.mine": {"kind": "counting:Counting", "files": [str(file) for file in some]}})
        for some in (files[:2], files[1:])
    )
    before = task_key(first, 0)
    assert task_key(moved, 0) == before
    files[1].write_text("2 \n", encoding="utf-8")
    assert task_key(first, 0) != before
