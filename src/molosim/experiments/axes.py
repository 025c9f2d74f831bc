"""A design's factors as axes along which something is searched."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

from molosim.experiments.design import Design, Factor, Value
from molosim.experiments.points import point_at
from molosim.experiments.root_search import SearchRange
from molosim.experiments.sampling import value_at
from molosim.runtime.errors import ScenarioError

_LEVELS = 5


def axes(design: Design) -> tuple[SearchRange, Sequence[float | None]]:
    """Range of the first factor, and values of the second: one None where there is no second.

    Raises
    ------
    ScenarioError
        If there are more than two factors, or any that is not of numbers.
    """
    faults = [f.name for f in design.factors if f.values is not None and not all(map(_number, f.values))]
    if len(design.factors) > 2 or faults:
        problem = "a break-even is searched along one factor of numbers, or over two; put others into overrides"
        raise ScenarioError.at("factors", f"found {', '.join(faults or design.names)}; {problem}")
    first, *others = design.factors
    low, high = _ends(first)
    if not low < high:
        raise ScenarioError.at(f"factors.{first.name}", "needs a range, or two values at least")
    over = SearchRange(low, high, first.scale == "log", cache(partial(_nearest, design, first.name)))
    return over, [float(v) for v in _levels(design, others[0])] if others else [None]


def _number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ends(factor: Factor) -> tuple[float, float]:
    if factor.values is not None:
        numbers = [float(value) for value in factor.values]
        return min(numbers), max(numbers)
    return float(value_at(factor, 0)), float(value_at(factor, 1))


def _levels(design: Design, factor: Factor) -> Sequence[Value]:
    if factor.values is not None:
        return factor.values
    count = getattr(design.sampling, "levels", _LEVELS)
    return [value_at(factor, i / (count - 1)) for i in range(count)]


def _nearest(design: Design, name: str, value: float) -> float:
    """The value that a point gets: whole where the configuration's is."""
    return float(point_at(design, 0, {name: value}).values[name] or 0)
