"""What an experiment will take is told from a few days of it."""

from pathlib import Path

import pytest
from tests.experiments.conftest import REGIME, WALK, Designed
from tests.experiments.standin import threads

from molosim.experiments.forecast import of_run, of_sweep
from molosim.experiments.points import points
from molosim.experiments.sweep import sweep
from molosim.inputs.scenario import load


def test_runs_are_counted_and_time_is_told(config: Path) -> None:
    short = load(config)
    forecast = of_run(short)
    assert forecast.runs == 2 * 4
    assert 0 < forecast.core_s < 20
    longer = of_run(short.but({"horizon.days": 400, "horizon.replications": 3}))
    assert longer.runs == 3 * 4
    assert longer.disk_bytes > 2 * forecast.disk_bytes


def test_tables_of_a_sweep_are_about_as_large_as_told(designed: Designed, tmp_path: Path) -> None:
    design = designed(WALK, REGIME, sampling={"kind": "grid", "levels": 4})
    forecast = of_sweep(points(design), 4)
    assert forecast.runs == 4 * 2 * 4 * 2
    out = sweep(design, tmp_path / "out", opening=threads()).folder
    store = (out / "tasks.sqlite").stat().st_size
    assert forecast.disk_bytes == pytest.approx(store, rel=0.5)
