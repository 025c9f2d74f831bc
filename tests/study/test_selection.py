"""Decisions between points with known means: right as often as promised, and no replications where all is clear."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from molosim.experiments.selection import Effort, best, decide, reach, samples
from molosim.experiments.sequential import Contrast
from molosim.runtime.errors import ScenarioError

MEANS = (-3.0, -1.0, -0.5, 0.0, 0.6, 2.0)


def normal(
    seed: int, means: Sequence[float] = MEANS, shared: float = 0.5
) -> Callable[[int, Sequence[int]], np.ndarray]:
    """Points of known means whose replications share some of their chance."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0, shared, 500)
    values = np.array(means)[:, None] + common + rng.normal(0, 1, (len(means), 500))
    return lambda point, replications: values[point, list(replications)]


def test_confidence_sequence_holds_however_often_one_looks() -> None:
    rng = np.random.default_rng(0)
    counts = np.arange(2, 201)
    values = rng.normal(0, 1, (3000, 200))
    mean = (values.cumsum(axis=1) / np.arange(1, 201))[:, 1:]
    spread = np.sqrt(((values**2).cumsum(axis=1)[:, 1:] - counts * mean**2) / (counts - 1))
    half = np.array([reach(n, 0.05) for n in counts])
    wrong = (np.abs(mean) > np.where(np.isfinite(half), half, 1e9) * spread).any(axis=1).mean()
    assert wrong <= 0.05


def test_half_width_by_the_test_turned_round() -> None:
    # At the interval's end the mixture's likelihood ratio is 1 / alpha.
    n, alpha = 17, 0.01
    mean, spread = reach(n, alpha), 1.0
    total, squares = n * mean, (n - 1) * spread**2 + n * mean**2
    ratio = np.sqrt(1 / (n + 1)) * ((n + 1) * squares / ((n + 1) * squares - total**2)) ** (n / 2)
    assert ratio == pytest.approx(1 / alpha)


def test_replications_go_where_it_is_undecided() -> None:
    found = decide(normal(1), len(MEANS), effort=Effort(limit=150))
    assert [d.decision for d in found] == ["less", "less", "less", "undecided", "more", "more"]
    counts = [d.n for d in found]
    assert counts[3] == 150
    assert counts[0] <= 20
    assert counts[0] <= counts[1] <= counts[2] < counts[3]


def test_no_verdict_is_wrong_in_95_of_100_studies() -> None:
    right = {-3.0: "less", -1.0: "less", -0.5: "less", 0.0: None, 0.6: "more", 2.0: "more"}
    wrong = 0
    for seed in range(150):
        found = decide(normal(seed), len(MEANS), effort=Effort(limit=100))
        wrong += any(d.decision in {"less", "more"} and d.decision != right[MEANS[d.point]] for d in found)
    assert wrong / 150 <= 0.05


def test_what_does_not_matter_is_decided_too() -> None:
    found = decide(normal(2), len(MEANS), indifference=0.45, effort=Effort(limit=400))
    assert found[3].decision == "within the indifference"
    assert found[3].n < 400


def test_budget_is_kept_and_goes_to_what_is_nearest_to_a_decision() -> None:
    found = decide(normal(3), len(MEANS), effort=Effort(budget=20))
    assert sum(d.n for d in found) == 6 * 10 + 20
    assert found[3].n <= 20


def test_the_same_difference_every_time_is_decided_at_once() -> None:
    found = decide(lambda point, r: np.full(len(r), float(point) - 1), 3, effort=Effort(minimum=5))
    assert [d.decision for d in found] == ["less", "within the indifference", "more"]


def test_failed_replications_are_left_out() -> None:
    whole = normal(4)
    found = decide(lambda point, r: np.where(np.array(r) % 3 == 0, np.nan, whole(point, r)), 1)
    assert found[0].decision == "less"
    assert best(lambda point, r: np.where(np.array(r) % 3 == 0, np.nan, whole(point, r)), 6, 1.0).point == 0


def test_the_best_is_kept_as_often_as_promised_and_the_beaten_stop_early() -> None:
    means, studies = (-1.0, 0.0, 0.0, 1.0, 2.0), 150
    found = [best(normal(seed, means), len(means), 1.0) for seed in range(studies)]
    assert sum(one.point == 0 for one in found) / studies >= 0.95
    spent = np.mean([[one.n[point] for point in range(5)] for one in found], axis=0)
    assert spent[4] < spent[1]


def test_more_can_be_better_and_shared_chance_costs_nothing() -> None:
    little, much = (best(normal(5, shared=shared), 6, 1.0, better="more") for shared in (0.0, 30.0))
    assert little.point == much.point == 5
    assert sum(much.n.values()) == sum(little.n.values())


def test_limit_leaves_contenders() -> None:
    found = best(normal(6, (0.0, 0.0, 5.0)), 3, 0.05, effort=Effort(limit=20))
    assert found.point is None
    assert found.contenders == (0, 1)


def test_design_points_are_run_through_an_evaluator() -> None:
    asked: list[tuple[float, int]] = []

    def evaluate(values: Mapping[str, float], replications: Sequence[int]) -> pd.DataFrame:
        asked.extend((values["x"], i) for i in replications)
        frames = [
            pd.DataFrame({"alternative": name, "replication": list(replications), "km": 10.0 * i + k * values["x"]})
            for k, (name, i) in enumerate((("base", 1), ("shared", 1)))
        ]
        return pd.concat(frames)

    found = decide(samples(evaluate, [{"x": -1.0}, {"x": 2.0}], Contrast("shared", "base", "km")), 2)
    assert [d.decision for d in found] == ["less", "more"]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("changes", [{"minimum": 2}, {"minimum": 30, "limit": 20}, {"batch": 0}, {"budget": -1}])
def test_impossible_efforts_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(ScenarioError):
        Effort(**changes)


def test_an_indifference_of_nothing_is_refused() -> None:
    with pytest.raises(ScenarioError, match="a difference that matters is above 0"):
        best(normal(1), 6, 0.0)
