"""Points at which plans cannot be driven: no search counts one as a success, a break-even or a factor's effect."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from molosim.evaluation.statistics import DRY, INFEASIBLE, UNDRIVEN, infeasible_points, summary, together
from molosim.experiments import breakeven, decisions
from molosim.experiments.design import Design, load_design
from molosim.experiments.points import Point
from molosim.experiments.root_search import SearchRange, find
from molosim.experiments.sampling import sample, unit_sample
from molosim.experiments.selection import Effort, best, decide
from molosim.experiments.sensitivity import analyse
from molosim.experiments.sequential import Contrast, Rule, replicate_until
from molosim.experiments.sweep_tables import differences_table, runs_table
from molosim.experiments.task_store import Done
from molosim.report import tradeoff
from molosim.report.study import read
from molosim.report.sweep_answer import answer, counts
from molosim.report.sweep_figures import heat
from molosim.report.sweep_page import overview, write_sweep_report
from molosim.runtime.errors import InfeasiblePlanError, ScenarioError

Build = Callable[..., Path]
Floats = np.ndarray[Any, np.dtype[np.float64]]
NOISE = np.random.default_rng(3).normal(0, 0.05, 200)


def battery_needed(
    shape: Callable[[float], float], void: Callable[[float, int], bool]
) -> Callable[[float, Sequence[int]], Floats]:
    """Differences along a factor, some of whose values leave vans on the road."""
    return lambda value, replications: np.array(
        [UNDRIVEN if void(value, i) else shape(value) + NOISE[i] for i in replications]
    )


def test_one_undriven_plan_voids_a_point_and_a_failed_run_does_not() -> None:
    assert summary(np.array([-1.0, np.nan, -1.1])).verdict == "less"
    found = summary(np.array([-1.0, UNDRIVEN, -1.1, np.nan]))
    assert (found.verdict, found.n, np.isnan(found.difference)) == (INFEASIBLE, 3, True)


def runs(dry: Sequence[int] = (), broken: Sequence[int] = ()) -> tuple[pa.Table, list[Point]]:
    """Four points, three replications: sharing saves everywhere, most where its vans run out."""
    scenario: Any = SimpleNamespace(baseline="dedicated", alternatives=dict.fromkeys(("dedicated", "shared")))
    points = [Point(n, {"km": float(n)}, scenario) for n in range(4)]
    error = Done(error=f"{InfeasiblePlanError.__name__}: day 0 cannot be planned")

    def done(n: int, r: int) -> tuple[int, Done]:
        rows = [
            {"alternative": "dedicated", "km_city": 100.0 + r, DRY: 0.0},
            {"alternative": "shared", "km_city": 90.0 + 1.3 * r - 50 * (n in dry), DRY: float(n in dry and r == 1)},
        ]
        return r, error if n in broken else Done(tuple(rows))

    return runs_table(points, [[done(n, r) for r in range(3)] for n in range(4)]), points


def test_tables_tell_the_state_of_a_run_and_of_a_point() -> None:
    table, points = runs(dry=[1], broken=[3])
    frame = table.to_pandas()
    void = frame[frame[INFEASIBLE]]
    assert set(zip(void["point"], void["alternative"], strict=True)) == {
        (1, "shared"), (3, "dedicated"), (3, "shared"),
    }  # fmt: skip
    assert void["error"].notna().tolist() == [False] + [True] * 6
    assert infeasible_points(frame) == [
        f"infeasible: '{name}' at {n} of 4 points, which are no findings (column 'infeasible' of runs.parquet)"
        for name, n in (("shared", 2), ("dedicated", 1))
    ]
    design = SimpleNamespace(measures=("km_city", DRY))
    found = differences_table(design, points, table).to_pandas()  # type: ignore[arg-type]
    km = found[found["measure"] == "km_city"]
    assert km["verdict"].tolist() == ["less", INFEASIBLE, "less", INFEASIBLE]
    assert km["n_infeasible"].tolist() == [0, 1, 0, 3]
    assert INFEASIBLE not in set(found[found["measure"] == DRY]["verdict"])
    # The point that saves most is none of the family that is read together.
    told = together(km)
    assert np.isnan(told["p"].iloc[[1, 3]]).all()
    assert told["p_holm"].iloc[0] == pytest.approx(2 * told["p"].iloc[0])


def test_a_contrast_knows_failed_infeasible_and_driven() -> None:
    frame = runs(dry=[1])[0].to_pandas()
    mine = frame[frame["point"] == 1]
    found = Contrast("shared", "dedicated", "km_city").differences(mine, range(4))
    assert found[0] == pytest.approx(-60)
    assert found[1] == UNDRIVEN
    assert np.isnan(found[3])
    breaches = Contrast("shared", "dedicated", DRY).differences(mine, range(3))
    assert breaches.tolist() == [0, 1, 0]
    old = mine.drop(columns=INFEASIBLE)  # of a sweep before the column
    assert Contrast("shared", "dedicated", "km_city").differences(old, [1])[0] == UNDRIVEN


def test_decide_and_best_never_choose_a_point_whose_vans_run_out() -> None:
    means = (-9.0, -1.0, 2.0)  # the first would be best, and one plan in twelve is not driven
    rng = np.random.default_rng(1)
    values = np.array(means)[:, None] + rng.normal(0, 1, (3, 300))
    values[0, 11::12] = UNDRIVEN

    def differences(point: int, replications: Sequence[int]) -> Floats:
        return values[point, list(replications)]

    found = decide(differences, 3, effort=Effort(minimum=20))
    assert [d.decision for d in found] == [INFEASIBLE, "less", "more"]
    assert found[0].n == 20
    assert np.isnan(found[0].difference)
    for minimum in (20, 5):  # known from the start, or only when it has beaten the others
        chosen = best(differences, 3, 0.5, effort=Effort(minimum=minimum))
        assert chosen.point == 1 or (minimum == 5 and chosen.point == 0)
        assert (chosen.point == 1) == (chosen.infeasible == (0,))
    with pytest.raises(ScenarioError, match="all 2 are infeasible"):
        best(lambda point, r: np.full(len(r), UNDRIVEN), 2, 0.5)


def test_those_that_an_infeasible_point_has_beaten_contend_again() -> None:
    """The first beats the second at once; against the third it needs a replication more, in which it runs out."""
    calm = np.array([[-3.0, 0.0, -2.8]]).T + np.random.default_rng(4).normal(0, 0.6, (3, 100))
    calm[0, 5:] = UNDRIVEN
    chosen = best(lambda point, r: calm[point, list(r)], 3, 0.3, effort=Effort(minimum=5))
    assert (chosen.point, chosen.infeasible) == (2, (0,))
    assert set(chosen.means) == {1, 2}


@pytest.mark.parametrize("batch", [1, 4, 9])
def test_replications_until_stop_at_the_first_undriven_plan(batch: int) -> None:
    values = np.random.default_rng(2).normal(-5, 1, 200)
    values[17] = UNDRIVEN
    stream = lambda replications: values[list(replications)]  # noqa: E731
    wide = replicate_until(stream, Rule(3.0), batch=batch)  # met before that plan: those beyond are left out
    assert (wide.reached, wide.result.verdict) == (True, "less")
    narrow = replicate_until(stream, Rule(0.1), batch=batch)
    assert (narrow.reached, narrow.result.verdict, narrow.result.n) == (False, INFEASIBLE, 18)


def test_no_break_even_is_found_across_infeasible_values() -> None:
    line = lambda x: 4 * (x - 0.5)  # noqa: E731
    whole = find(battery_needed(line, lambda x, i: x < 0.1), SearchRange(0, 1))
    (root,) = whole.roots
    assert root.low <= 0.5 <= root.high
    assert whole.infeasible == (0.0,)
    for void in (lambda x, i: 0.4 < x < 0.6, lambda x, i: 0.4 < x < 0.6 and i == 3):
        gap = find(battery_needed(line, void), SearchRange(0, 1))
        assert gap.roots == ()
        assert gap.verdict == "less and more, with infeasible values between"
        assert 0.5 in gap.infeasible
    assert find(battery_needed(line, lambda x, i: x > 0.4), SearchRange(0, 1)).verdict == (
        "no sign change within range: less where feasible"
    )
    assert find(battery_needed(line, lambda x, i: True), SearchRange(0, 1)).verdict == "infeasible throughout"


def test_a_value_that_turns_out_infeasible_within_a_bracket_splits_it() -> None:
    """The grid's ends of the bracket, 0.25 and 0.5, are feasible; what is tried from 0.3 to 0.35 is not."""
    found = find(battery_needed(lambda x: 4 * (x - 0.45), lambda x, i: 0.3 < x < 0.35), SearchRange(0, 1))
    (root,) = found.roots
    assert root.low <= 0.45 <= root.high
    assert all(0.3 < value < 0.35 for value in found.infeasible)
    lost = find(battery_needed(lambda x: 4 * (x - 0.31), lambda x, i: 0.3 < x < 0.35), SearchRange(0, 1))
    assert lost.roots == ()
    assert lost.infeasible


def design(sampling: Mapping[str, object]) -> Design:
    factors = [
        {"name": "warmup", "key": "horizon.warmup_days", "low": 0, "high": 60},
        {"name": "days", "key": "horizon.days", "low": 100, "high": 300},
    ]
    data = {"question": "?", "base": "gothenburg", "alternatives": ["shared"], "measures": ["km_city"]}
    one = {"factors": factors[: 1 if sampling["kind"] == "grid" else 2], "sampling": sampling}
    return Design.model_validate({**data, **one})


def evaluate(values: Mapping[str, Any], replications: Sequence[int]) -> pd.DataFrame:
    """Sharing saves kilometres up to a warm-up of 25 days; above forty its vans run out, which saves most."""
    change = values["warmup"] - 25 + NOISE[list(replications)]
    rows = {"replication": list(replications), "alternative": "dedicated", "km_city": 900.0, INFEASIBLE: False}
    void = values["warmup"] > 40
    shared = {**rows, "alternative": "shared", "km_city": 900 + np.where(void, -500, change), INFEASIBLE: void}
    return pd.concat([pd.DataFrame(rows), pd.DataFrame(shared)])


def test_tables_of_searches_have_it(tmp_path: Path) -> None:
    told: list[str] = []
    (row,) = breakeven.run(design({"kind": "grid"}), evaluate, tmp_path, tell=told.append).to_dict("records")
    assert row["low"] <= 25 <= row["high"]
    assert (row["verdict"], row["infeasible"]) == ("changes sign", 2)
    assert told[0].endswith("(2 values tried are infeasible)")
    tried = pd.read_csv(tmp_path / "breakeven_tried.csv")
    assert (tried["verdict"].eq(INFEASIBLE) == tried["value"].gt(40)).all()
    assert (tried["difference"].isna() == tried["value"].gt(40)).all()
    grid = design({"kind": "grid", "levels": 3})
    decided = decisions.run_decide(
        grid, evaluate, tmp_path, measure="km_city", indifference=1, effort=Effort(minimum=5)
    )
    assert decided["decision"].tolist() == ["less", "more", INFEASIBLE]
    known = decisions.run_until(grid, evaluate, tmp_path, measure="km_city", rule=Rule(1.0), batch=3)
    assert known["verdict"].tolist() == ["less", "more", INFEASIBLE]
    assert known["reached"].tolist() == [True, True, False]
    assert np.isnan(known["difference"].iloc[2])


def test_no_factor_is_ranked_by_what_could_not_be_driven() -> None:
    """The difference hangs on the first factor alone; where vans run out days would seem to count."""
    plan = design({"kind": "morris", "n": 20})
    unit = unit_sample(plan)
    rows = []
    for point, values in enumerate(sample(plan)):
        void = bool(unit[point, 1] > 0.5 and point < 15)
        change = values["warmup"] - 900 * void
        rows += [(point, 0, "dedicated", 100.0, False), (point, 0, "shared", 100.0 + change, void)]
    frame = pd.DataFrame(rows, columns=["point", "replication", "alternative", "km_city", INFEASIBLE])
    found = analyse(frame, plan, baseline="dedicated")
    sizes = found[found["index"] == "mu_star"].set_index("factor")["estimate"]
    assert sizes["warmup"] == pytest.approx(60)
    assert sizes["days"] == pytest.approx(0, abs=1e-9)
    number = int(frame[INFEASIBLE].sum())
    assert number > 0
    assert set(found["points_infeasible"]) == {number}
    assert (found["points_left_out"] >= number).all()
    with pytest.raises(ScenarioError, match="60 of 60 points are infeasible"):
        analyse(frame.assign(**{INFEASIBLE: True}), plan, baseline="dedicated")


def void_at(folder: Path, *points: int) -> Path:
    """Let the sharing vans of some points run out in one replication of a written sweep."""
    runs = pd.read_parquet(folder / "runs.parquet")
    mine = runs["point"].isin(points) & runs["alternative"].eq("shared")
    runs.loc[mine & runs["replication"].eq(2), INFEASIBLE] = True
    runs.to_parquet(folder / "runs.parquet")
    table = pd.read_parquet(folder / "differences.parquet")
    mine = table["point"].isin(points) & table["alternative"].eq("shared")
    table.loc[mine, ["verdict", "n_infeasible"]] = INFEASIBLE, 1
    table.to_parquet(folder / "differences.parquet")
    return folder


@pytest.mark.parametrize(
    ("sampling", "names"),
    [
        ({"kind": "grid", "levels": 4}, ("volume",)),
        ({"kind": "grid", "levels": 3}, ("volume", "distance")),
        ({"kind": "one_at_a_time", "levels": 3}, ("volume", "participation")),
        ({"kind": "latin_hypercube", "n": 6}, ("volume", "participation")),
    ],
)
def test_the_report_counts_and_marks_them(build: Build, sampling: dict[str, object], names: tuple[str, ...]) -> None:
    folder = build(sampling, *names)
    plain = read(folder)
    assert plain.infeasible("shared") == 0
    before = overview(plain)
    assert "infeasible" not in answer(plain).first
    study = read(void_at(folder, 1, 2))
    assert study.infeasible("shared") == 2
    assert sum(counts(study, "shared", "km_city")) == study.points - 2
    said = answer(study)
    assert said.first.endswith("2 more points are infeasible: nobody could drive them, and they are no findings.")
    assert any(line.startswith(f"'shared' or 'dedicated' is infeasible at 2 of {study.points}") for line in said.more)
    assert [cells[1][2] for _, _, cells in before if len(cells) > 1] == [0] * len(before)
    assert {cell[2] for _, _, cells in overview(study) for cell in cells} == {0, 2}
    page = write_sweep_report(folder).read_text(encoding="utf-8")
    assert '<span class="verdict">infeasible</span>' in page
    drawn = {path.stem for path in (folder / "figures").iterdir()}
    assert drawn & {"response", "heat", "tornado", "scatter"}


def test_infeasible_cells_are_hatched_and_colour_nothing(build: Build) -> None:
    study = read(void_at(build({"kind": "grid", "levels": 3}, "volume", "distance"), 0))
    drawn = heat(study)
    assert drawn is not None
    panel = next(axes for axes in drawn.figure.axes if axes.get_title() == "shared")
    (patch,) = [patch for patch in panel.patches if patch.get_hatch()]
    assert patch.get_xy() == (0, 0)
    assert np.ma.getmaskarray(panel.collections[0].get_array()).ravel().tolist() == [True] + [False] * 8
    # All interactions are seen from that corner: there is none to tell.
    shared = tradeoff.interaction(study)
    assert shared is None or "shared" not in set(shared.data["alternative"])


def test_a_study_that_nobody_could_drive_has_no_answer(build: Build) -> None:
    folder = build({"kind": "grid", "levels": 3}, "volume")
    study = read(void_at(folder, 0, 1, 2))
    assert answer(study).first == "No answer: Sharing is infeasible at all 3 points."
    assert "shared" not in dict(answer(study).loses)
    write_sweep_report(folder)
    assert load_design(folder).names == ("volume",)
