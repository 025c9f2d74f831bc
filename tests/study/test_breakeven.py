"""Break-even on curves with known roots: what is found, what is said where there is none, and how often it is right."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from molosim.evaluation.statistics import summary
from molosim.experiments import breakeven
from molosim.experiments.design import Design
from molosim.experiments.root_search import BreakEven, Root, RootSearch, SearchRange, Tried, find
from molosim.runtime.errors import ScenarioError

Shape = Callable[[float], float]


class Noisy:
    """Curves of replications: a shape, a level and a slope of each replication's own, and noise of each run's own."""

    def __init__(self, shape: Shape, seed: int, common: float = 0.2, own: float = 0.0) -> None:
        rng = np.random.default_rng(seed)
        self.shape, self.own, self.seed = shape, own, seed
        self.level, self.slope = rng.normal(0, common, (2, 200))
        self.asked: list[tuple[float, int]] = []

    def __call__(self, value: float, replications: Sequence[int]) -> np.ndarray:
        which = list(replications)
        self.asked += [(value, i) for i in which]
        noise = [np.random.default_rng((self.seed, int(value * 1e9), i)).normal(0, self.own) for i in which]
        return self.shape(value) + self.level[which] + self.slope[which] * value + np.array(noise)


def test_a_known_root_lies_in_a_narrow_interval() -> None:
    curve = Noisy(lambda x: x - 0.37, 3, common=0.05)
    found = find(curve, SearchRange(0, 1))
    (root,) = found.roots
    assert found.verdict == "changes sign"
    assert (root.below, root.above) == ("less", "more")
    assert root.low <= 0.37 <= root.high
    assert root.reached
    assert (root.high - root.low) / 2 <= 0.02


def test_a_curve_that_goes_to_and_fro_has_no_single_break_even() -> None:
    """More, more, less, more, less: below the one change found it is not more throughout."""
    signs = zip((2, 3, 4, 5, 6), (3, 3, -3, 3, -3), strict=True)
    tried = tuple(Tried(x, summary(np.full(9, d) + 0.01 * np.arange(9))) for x, d in signs)
    found = BreakEven((Root(5.5, 5.4, 5.6, "more", "less", 9, reached=True),), tried, ())
    assert found.verdict == "no single break-even: less and more by turns"
    assert replace(found, tried=(*tried[:2], *tried[3:])).verdict == "changes sign"


def test_no_run_is_asked_for_twice() -> None:
    curve = Noisy(lambda x: np.tanh(8 * (x - 0.6)), 1, own=0.3)
    find(curve, SearchRange(0, 1))
    assert len(curve.asked) == len(set(curve.asked))


def test_limits_are_kept_and_a_wide_interval_is_said() -> None:
    curve = Noisy(lambda x: x - 0.5, 2, common=1.0)
    search = RootSearch(limit=20, values=12)
    found = find(curve, SearchRange(0, 1), search)
    assert max(i for _, i in curve.asked) < 20
    assert len({value for value, _ in curve.asked}) <= 12
    assert all(not root.reached for root in found.roots)


def test_the_same_runs_give_the_same_answer() -> None:
    first, second = (find(Noisy(lambda x: x - 0.37, 5, own=0.1), SearchRange(0, 1)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("shape", "word"), [(lambda x: 2 + x, "more"), (lambda x: -2 - x, "less")])
def test_no_change_of_sign_is_said_plainly(shape: Shape, word: str) -> None:
    found = find(Noisy(shape, 1), SearchRange(0, 1))
    assert found.roots == ()
    assert found.verdict == f"no sign change within range: {word} throughout"


def test_a_difference_that_is_none_is_not_called_a_change() -> None:
    nothing = find(lambda value, replications: np.zeros(len(replications)), SearchRange(0, 1))
    assert nothing.verdict == "identical throughout"
    unclear = find(lambda value, replications: np.where(np.array(replications) % 2, 1.0, -1.0), SearchRange(0, 1))
    assert unclear.verdict == "no sign change shown within range"
    assert len(unclear.unclear) == 5


def test_every_change_that_the_grid_shows_is_found() -> None:
    found = find(Noisy(lambda x: 4 * (x - 0.2) * (x - 0.8), 1, common=0.02), SearchRange(0, 1))
    assert found.verdict == "changes sign 2 times"
    assert [(root.below, root.above) for root in found.roots] == [("more", "less"), ("less", "more")]
    assert [root.value for root in found.roots] == pytest.approx([0.2, 0.8], abs=0.02)


def test_whole_numbers_stay_whole_and_ratios_are_even() -> None:
    whole = Noisy(lambda x: (x - 37.4) / 10, 1, common=0.01)
    (root,) = find(whole, SearchRange(5, 80, snap=lambda x: float(round(x)))).roots
    assert {value for value, _ in whole.asked} == {round(value) for value, _ in whole.asked}
    assert root.low <= 37.4 <= root.high
    ratios = Noisy(lambda x: np.log(x / 3), 1, common=0.001)
    (root,) = find(ratios, SearchRange(0.1, 1000, log=True)).roots
    assert {0.1, 1.0, 10.0, 100.0, 1000.0} <= {round(value, 9) for value, _ in ratios.asked}
    assert root.value == pytest.approx(3, rel=0.05)


def test_failed_runs_are_left_out() -> None:
    curve = Noisy(lambda x: x - 0.37, 3, common=0.05)

    def failing(value: float, replications: Sequence[int]) -> np.ndarray:
        return np.where(np.array(replications) % 5 == 2, np.nan, curve(value, replications))

    (root,) = find(failing, SearchRange(0, 1)).roots
    assert root.low <= 0.37 <= root.high


@pytest.mark.parametrize("changes", [{"grid": 1}, {"minimum": 2}, {"minimum": 90}, {"tolerance": 0.0}])
def test_impossible_searches_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ScenarioError):
        RootSearch(**changes)


@pytest.mark.parametrize(
    ("shape", "root", "own"),
    [
        (lambda x: x - 0.37, 0.37, 0.0),
        (lambda x: np.exp(3 * x) - np.exp(3 * 0.37), 0.37, 0.0),
        (lambda x: np.tanh(8 * (x - 0.6)), 0.6, 0.1),
    ],
)
def test_interval_holds_the_root_about_95_times_in_100(shape: Shape, root: float, own: float) -> None:
    studies = 150
    found: list[BreakEven] = [find(Noisy(shape, seed, own=own), SearchRange(0, 1)) for seed in range(studies)]
    held = sum(len(f.roots) == 1 and f.roots[0].low <= root <= f.roots[0].high for f in found)
    assert held / studies >= 0.89  # 95 in 100, less what 150 studies cannot tell


FACTORS = [
    {"name": "warmup", "key": "horizon.warmup_days", "low": 0, "high": 60},
    {"name": "days", "key": "horizon.days", "values": [100, 200, 300]},
]


def design(factors: int) -> Design:
    data = {
        "question": "When?",
        "base": "gothenburg",
        "alternatives": ["shared"],
        "factors": FACTORS[:factors],
        "sampling": {"kind": "grid"},
        "measures": ["km_city", "waste_collected_kg"],
    }
    return Design.model_validate(data)


def evaluate(values: Mapping[str, float], replications: Sequence[int]) -> pd.DataFrame:
    """Sharing saves kilometres up to a warm-up of a tenth of the days."""
    level = np.random.default_rng(1).normal(0, 1, 200)[list(replications)]
    change = values["warmup"] - values.get("days", 310) / 10 + level
    rows = {"replication": list(replications), "km_city": 1000.0}
    shared = {**rows, "alternative": "shared", "km_city": 1000.0 + change}
    return pd.concat([pd.DataFrame({**rows, "alternative": "dedicated"}), pd.DataFrame(shared)])


def test_a_design_of_one_factor_gives_its_break_even(tmp_path: Path) -> None:
    told: list[str] = []
    table = breakeven.run(design(1), evaluate, tmp_path / "out", tell=told.append)
    (row,) = table.to_dict("records")
    assert (row["measure"], row["below"], row["above"], row["verdict"]) == ("km_city", "less", "more", "changes sign")
    assert row["low"] <= 31 <= row["high"]
    assert pd.read_csv(tmp_path / "out" / "breakeven.csv")["value"].tolist() == pytest.approx([row["value"]])
    tried = pd.read_csv(tmp_path / "out" / "breakeven_tried.csv")
    assert tried["value"].is_monotonic_increasing
    assert (tried["value"] % 1 == 0).all()
    assert "'shared' has less than 'dedicated' below warmup 30.8 (95 % interval" in told[0]


def test_a_design_of_two_factors_gives_the_frontier(tmp_path: Path) -> None:
    table = breakeven.run(design(2), evaluate, tmp_path)
    assert table["second_value"].tolist() == [100, 200, 300]
    assert table["value"].tolist() == pytest.approx([10, 20, 30], abs=0.5)


def test_factors_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    data = design(1).model_dump() | {"factors": [{"name": "model", "key": "emissions.model", "values": ["a", "b"]}]}
    with pytest.raises(ScenarioError, match="found model; a break-even is searched along one factor of numbers"):
        breakeven.run(Design.model_validate(data), evaluate, tmp_path)
