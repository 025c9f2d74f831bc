"""The sequential rule: what it promises, at its corners, and its coverage of a known difference."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from molosim.evaluation.statistics import half_width
from molosim.experiments.sequential import Contrast, Rule, enough, half_widths, replicate_until
from molosim.runtime.errors import ScenarioError

TRUTH = 3.0


def stream(seed: int, sd: float = 1.0) -> Callable[[Sequence[int]], np.ndarray]:
    """Replication ``i`` has the same difference whenever it is asked for."""
    values = np.random.default_rng(seed).normal(TRUTH, sd, 2000)
    return lambda replications: values[list(replications)]


def test_half_widths_are_those_of_each_first_part() -> None:
    values = np.random.default_rng(0).normal(1e6, 1, 30)
    widths = half_widths(values)
    assert np.isnan(widths[0])
    assert widths[1:] == pytest.approx([half_width(values[:n]) for n in range(2, 31)], rel=1e-6)


def test_target_is_met_and_stays_met_over_the_look_ahead() -> None:
    rule = Rule(0.4)
    found = replicate_until(stream(1), rule)
    assert found.reached
    assert found.first is not None
    assert found.result.n == found.first + rule.look_ahead
    assert (found.half_widths[found.first - 1 :] <= 0.4).all()
    assert found.first == rule.minimum or found.half_widths[found.first - 2] > 0.4


def test_a_lucky_moment_does_not_stop_it() -> None:
    # Ten calm differences, then a wild one: the target is met at 10 and not at 11.
    values = np.concatenate([np.linspace(0.9, 1.1, 10), [5.0], np.random.default_rng(0).normal(1, 0.1, 200)])
    rule = Rule(0.2, minimum=10)
    assert half_widths(values)[9] < 0.2
    first = enough(values, rule)
    assert first is not None
    assert first > 11


def test_look_ahead_grows_with_the_number() -> None:
    rule = Rule(1.0, look_ahead=5)
    assert [rule.ahead(n) for n in (10, 100, 200, 399)] == [5, 5, 10, 19]


def test_minimum_holds_even_where_nothing_varies() -> None:
    found = replicate_until(lambda replications: np.zeros(len(replications)), Rule(0.1, minimum=7))
    assert (found.first, found.result.n, found.result.verdict) == (7, 12, "identical")


def test_limit_is_kept_and_said() -> None:
    asked: list[int] = []

    def sample(replications: Sequence[int]) -> np.ndarray:
        asked.extend(replications)
        return stream(2)(replications)

    found = replicate_until(sample, Rule(0.001, limit=33), batch=8)
    assert not found.reached
    assert asked == list(range(33))
    assert found.result.n == 33


@pytest.mark.parametrize("batch", [2, 7, 64])
def test_result_is_the_same_for_any_batch(batch: int) -> None:
    one, many = (replicate_until(stream(3), Rule(0.3), batch=b) for b in (1, batch))
    assert (one.result, one.first) == (many.result, many.first)


def test_a_relative_target_is_a_share_of_the_difference() -> None:
    absolute, relative = replicate_until(stream(4), Rule(0.3)), replicate_until(stream(4), Rule(0.1, relative=True))
    assert abs(absolute.result.n - relative.result.n) < 15
    assert (relative.result.high - relative.result.low) / 2 <= 0.1 * relative.result.difference


def test_a_relative_target_of_no_difference_is_never_reached() -> None:
    rule = Rule(0.05, relative=True, limit=120)
    found = replicate_until(lambda r: np.where(np.array(r) % 2, 1.0, -1.0), rule, batch=20)
    assert not found.reached
    assert found.result.verdict == "no difference shown"


def test_failed_replications_are_left_out_and_replaced() -> None:
    whole = stream(6)
    found = replicate_until(
        lambda r: np.where(np.array(r) % 4 == 3, np.nan, whole(r)), Rule(0.4, minimum=10, limit=200), batch=4
    )
    assert found.reached
    assert np.isfinite(found.half_widths[1:]).all()


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"target": 0.0}, "target"),
        ({"target": 1.0, "minimum": 2}, "minimum"),
        ({"target": 1.0, "minimum": 20, "limit": 10}, "minimum"),
        ({"target": 1.0, "look_ahead": -1}, "look_ahead"),
    ],
)
def test_impossible_rules_are_refused(changes: dict[str, float], place: str) -> None:
    with pytest.raises(ScenarioError, match=place):
        Rule(**changes)


def test_contrast_pairs_by_replication_and_keeps_what_is_not_defined() -> None:
    runs = pd.DataFrame(
        {
            "alternative": ["a", "a", "a", "b", "b", "b"],
            "replication": [0, 1, 2, 2, 1, 0],
            "km": [10.0, 20.0, 0.3, 0.1 + 0.2, np.nan, 13.0],
        }
    )
    found = Contrast("b", "a", "km").differences(runs, [2, 0, 1, 5])
    assert list(found[:2]) == [0, 3]
    assert np.isnan(found[2:]).all()


@pytest.mark.parametrize(("sd", "target"), [(1.0, 0.6), (1.0, 0.3), (2.0, 0.7)])
def test_coverage_of_a_known_difference_is_93_to_97_in_a_hundred(sd: float, target: float) -> None:
    rng = np.random.default_rng(11)
    rule = Rule(target, limit=120)
    covered = 0
    for _ in range(4000):
        values = rng.normal(TRUTH, sd, rule.limit)
        result = replicate_until(lambda r, values=values: values[list(r)], rule, batch=30).result
        covered += result.low <= TRUTH <= result.high
    assert 0.93 <= covered / 4000 <= 0.97
