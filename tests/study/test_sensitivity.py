"""Sensitivity indices of stand-ins with known ones, through the path that sweeps go."""

import numpy as np
import pandas as pd
import pytest

from molosim.experiments.design import Design
from molosim.experiments.sampling import sample, unit_sample
from molosim.experiments.sensitivity import analyse
from molosim.results import schema
from molosim.runtime.errors import ScenarioError

MEASURE = "km_city"
FIRST = {"x1": 0.3139, "x2": 0.4424, "x3": 0.0}
TOTAL = {"x1": 0.5576, "x2": 0.4424, "x3": 0.2437}


def design(kind: str, **sampling: object) -> Design:
    factors = [
        {"name": name, "key": f"stand.in.{name}", "low": -float(np.pi), "high": float(np.pi)}
        for name in ("x1", "x2", "x3")
    ]
    data = {"question": "?", "base": "stand-in", "factors": factors, "sampling": {"kind": kind, **sampling}}
    return Design.model_validate({**data, "measures": [MEASURE]})


def ishigami(x: dict[str, float]) -> float:
    return float(np.sin(x["x1"]) + 7 * np.sin(x["x2"]) ** 2 + 0.1 * x["x3"] ** 4 * np.sin(x["x1"]))


def swept(plan: Design, *, noise: float = 0.0, common: float = 0.0, replications: int = 2) -> pd.DataFrame:
    """Rows as a sweep writes them, of a model whose difference is Ishigami's function."""
    rng = np.random.default_rng(7)
    shared = rng.normal(0, common, replications)
    rows = []
    for point, values in enumerate(sample(plan)):
        for r in range(replications):
            change = ishigami(values) + shared[r] + rng.normal(0, noise)
            rows += [(point, r, "dedicated", 100.0 + r), (point, r, "shared", 100.0 + r + change)]
    return pd.DataFrame(rows, columns=["point", "replication", "alternative", MEASURE])


def index(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table[table["index"] == name].set_index("factor")


def test_ishigamis_indices_lie_in_their_intervals() -> None:
    plan = design("sobol", n=1024)
    table = analyse(swept(plan), plan, baseline="dedicated")
    assert tuple(table.columns) == schema.table("sensitivity").names
    for name, known in (("first", FIRST), ("total", TOTAL)):
        found = index(table, name)
        for factor, value in known.items():
            assert found.loc[factor, "low"] <= value <= found.loc[factor, "high"], (name, factor)
            assert found.loc[factor, "estimate"] == pytest.approx(value, abs=0.05)
    assert set(table["unit"]) == {"km"}
    assert table["points_left_out"].eq(0).all()


def test_second_order_finds_the_pair_that_acts_together() -> None:
    plan = design("sobol", n=512, second_order=True)
    found = index(analyse(swept(plan), plan, baseline="dedicated"), "second")
    assert found["estimate"].idxmax() == "x1 x x3"
    assert found.loc["x1 x x3", "estimate"] == pytest.approx(0.2437, abs=0.1)


def test_blocks_with_a_failed_run_are_left_out_and_said() -> None:
    plan = design("sobol", n=512)
    runs = swept(plan)
    runs.loc[runs["point"].isin([7, 8, 2000]), MEASURE] = np.nan
    table = analyse(runs, plan, baseline="dedicated")
    assert table["points_left_out"].unique().tolist() == [10]  # two are of one block of five
    assert index(table, "total").loc["x1", "estimate"] == pytest.approx(TOTAL["x1"], abs=0.1)


def test_morris_ranks_factors_and_sees_what_is_not_linear() -> None:
    plan = design("morris", n=60)
    table = analyse(swept(plan), plan, baseline="dedicated")
    assert index(table, "mu_star").loc["x2", "estimate"] > 1
    assert (index(table, "sigma")["estimate"] > 0).all()
    assert set(table["index"]) == {"mu_star", "mu", "sigma"}


def test_morris_of_a_line_by_hand() -> None:
    plan = design("morris", n=8)
    unit = unit_sample(plan)
    rows = [
        (point, r, name, value)
        for point, u in enumerate(unit)
        for r in range(2)
        for name, value in (("dedicated", 5.0 + r), ("shared", 5.0 + r + 3 * u[0] - 2 * u[1]))
    ]
    runs = pd.DataFrame(rows, columns=["point", "replication", "alternative", MEASURE])
    table = analyse(runs, plan, baseline="dedicated")
    assert index(table, "mu")["estimate"].tolist() == pytest.approx([3, -2, 0])
    assert index(table, "mu_star")["estimate"].tolist() == pytest.approx([3, 2, 0])
    assert index(table, "sigma")["estimate"].tolist() == pytest.approx([0, 0, 0], abs=1e-9)


def test_noise_of_a_points_own_is_told_and_shared_noise_is_not_counted() -> None:
    plan = design("sobol", n=256)
    share = [
        analyse(swept(plan, noise=noise, common=common, replications=5), plan, baseline="dedicated")["noise_share"][0]
        for noise, common in ((0.0, 0.0), (0.0, 5.0), (3.0, 0.0))
    ]
    assert share[:2] == pytest.approx([0, 0], abs=1e-9)
    assert share[2] == pytest.approx(3.0**2 / 5 / (13.84 + 3.0**2 / 5), abs=0.03)


def test_a_difference_that_is_none_anywhere_has_no_rows() -> None:
    plan = design("morris", n=4)
    runs = swept(plan).assign(**{MEASURE: 3.0})
    assert analyse(runs, plan, baseline="dedicated").empty


def test_other_samples_and_empty_sweeps_are_refused() -> None:
    grid = design("grid")
    with pytest.raises(ScenarioError, match="found 'grid'; sensitivity needs a sweep of 'sobol' or 'morris'"):
        analyse(pd.DataFrame(), grid, baseline="dedicated")
    plan = design("morris", n=4)
    with pytest.raises(ScenarioError, match="0 of 4 blocks of points have run"):
        analyse(swept(plan).assign(**{MEASURE: np.nan}), plan, baseline="dedicated")
