"""A component of a user's own that fails in a run: one line, exit code 2, in this process and in others."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import tomli_w
from tests.worlds import small_data, small_sites, town_files
from typer.testing import CliRunner

import molosim
from molosim.cli import app
from molosim.experiments.tasks import Task, compute, simulated, task_key

PARTS = """
    from molosim import CollectionPolicy
    from molosim.seams import Visit

    class Mine(CollectionPolicy):
        how: str = "raises"

        def visits(self, boxes, today):
            return [boxes[99]] if self.how == "raises" else [Visit(99)]
"""
LINES = {
    "raises": "own_failing:Mine.visits raised IndexError: tuple index out of range (own_failing.py, line 9)",
    "names": "own_failing:Mine.visits names box 99; boxes are numbered 0 to 1",
}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "own_failing.py").write_text(dedent(PARTS), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    data = small_data(
        {
            **town_files(tmp_path, small_sites(2)),
            "horizon": {"start": "2025-01-06", "warmup_days": 0, "days": 1, "replications": 2},
            "alternatives": {"mine": {"kind": "own_failing:Mine"}, "none": {"kind": "none"}},
            "baseline": "mine",
        }
    )
    (tmp_path / "town.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    yield tmp_path / "town.toml"
    sys.modules.pop("own_failing", None)


@pytest.mark.parametrize(("workers", "how"), [(1, "raises"), (1, "names"), (2, "raises")])
def test_a_run_ends_with_one_line(config: Path, workers: int, how: str) -> None:
    text = config.read_text(encoding="utf-8").replace(
        'kind = "own_failing:Mine"', f'kind = "own_failing:Mine"\nhow = "{how}"'
    )
    config.write_text(text, encoding="utf-8")
    out = config.parent / "out"
    done = CliRunner().invoke(app, ["run", str(config), "--out", str(out), "--workers", str(workers), "--quiet"])
    assert (done.exit_code, done.stderr) == (2, f"molosim: alternatives.mine: {LINES[how]}\n")
    assert not out.exists()


def test_a_task_of_a_sweep_has_the_line_for_its_error(config: Path) -> None:
    scenario = molosim.load(config)
    done = compute(Task(task_key(scenario, 0), scenario, 0), simulated)
    assert done.error == f"ScenarioError: alternatives.mine: {LINES['raises']}"
