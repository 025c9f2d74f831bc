"""Folders of sweeps whose model is a formula."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from molosim.experiments.design import Design, dump_design
from molosim.experiments.points import Point
from molosim.experiments.sampling import sample
from molosim.experiments.sweep_tables import runs_table, write_tables
from molosim.experiments.task_store import Done
from molosim.results.folder import DESIGN

CONFIG = """
[alternatives.dedicated]
kind = "dedicated"
[alternatives.lean]
kind = "dedicated"
[alternatives.shared]
kind = "shared"
"""
BASE = {"volume": 0.4, "participation": 0.3, "distance": 3.0}
CHOICES = ["15_boxes_close_together.geojson", "15_boxes_apart.geojson", "50_boxes_close_together.geojson"]
MEASURES = ("co2e_wtw_city_kg", "km_city", "cost_waste", "waste_treated_share", "h_waste")


def outcome(alternative: str, values: Mapping[str, float], rng: np.random.Generator, level: float) -> dict[str, Any]:
    """Sharing saves with volume, loses with participation and distance; the lean alternative hardly differs."""
    v, p, d = (values.get(name, BASE[name]) for name in ("volume", "participation", "distance"))
    change = {"dedicated": 0.0, "lean": 0.1, "shared": 6 * (p - v) + (d - 3) * v}[alternative]
    noise = rng.normal(0, 0.4, len(MEASURES))
    change += 0.3 * level * (alternative == "shared")
    sizes = dict(zip(MEASURES, (900, 400, 150, -6, 30), strict=True))
    return {
        name: 5000 + 100 * level + size * (change + e / 4) for (name, size), e in zip(sizes.items(), noise, strict=True)
    }


def design_of(sampling: dict[str, object], *names: str) -> Design:
    ranges = {"volume": (0.05, 0.8), "participation": (0.05, 0.6), "distance": (1.0, 6.0)}
    units = {"volume": "share of the van", "participation": "share", "distance": "km"}
    factors: list[dict[str, object]] = [
        {"name": n, "key": f"stand.in.{n}", "low": ranges[n][0], "high": ranges[n][1], "unit": units[n]}
        for n in names
        if n in ranges
    ]
    factors += [{"name": n, "key": f"stand.in.{n}", "values": CHOICES} for n in names if n not in ranges]
    question = "When does sharing pay if vans are full & residents many?"
    data = {"question": question, "base": "config.toml", "factors": factors, "sampling": sampling}
    return Design.model_validate({**data, "replications": 8, "measures": MEASURES})


def write_study(folder: Path, sampling: dict[str, object], *names: str, failing: int | None = None) -> Path:
    """Write the folder of a sweep."""
    design = design_of(sampling, *names)
    folder.mkdir(exist_ok=True)
    (folder / DESIGN).write_text(dump_design(design), encoding="utf-8")
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    alternatives = ("dedicated", "lean", "shared")
    scenario: Any = SimpleNamespace(baseline="dedicated", alternatives=dict.fromkeys(alternatives))
    rng = np.random.default_rng(5)
    level = rng.normal(0, 1, design.replications)
    points, outcomes = [], []
    for number, values in enumerate(sample(design)):
        at = {name: BASE[name] if value is None else value for name, value in values.items()}
        points.append(Point(number, at, scenario))
        rows = [
            [{"alternative": a, **outcome(a, at, rng, level[r])} for a in alternatives]
            for r in range(design.replications)
        ]
        failed = number == failing
        outcomes.append([(r, Done(error="out of vans") if failed else Done(tuple(its))) for r, its in enumerate(rows)])
    write_tables(folder, design, points, runs_table(points, outcomes))
    return folder


@pytest.fixture(scope="session")
def write() -> Callable[..., Path]:
    """Write the folder of a sweep: folder, sampling, names of the factors."""
    return write_study


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Path]:
    """Write one to a folder of the test's own."""
    return lambda sampling, *names, **more: write_study(tmp_path / str(sampling["kind"]), sampling, *names, **more)
