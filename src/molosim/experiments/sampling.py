"""Where a design's factors are tried: grids, and samples by SciPy and SALib."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from molosim.experiments.design import (
    Design,
    Factor,
    Grid,
    LatinHypercube,
    LogNormal,
    Morris,
    Normal,
    OneAtATime,
    Sobol,
    Triangular,
    Value,
)
from molosim.runtime.arrays import Floats

Row = dict[str, Value | None]
"""A value of every factor by name; None for the base's own."""
_CUT = 0.001


def sample(design: Design) -> list[Row]:
    """Values of the factors at every point, in the order in which points are numbered."""
    match design.sampling:
        case Grid(levels=levels):
            return [dict(zip(design.names, row, strict=True)) for row in product(*_all_levels(design, levels))]
        case OneAtATime(levels=levels):
            base: Row = dict.fromkeys(design.names)
            steps = zip(design.names, _all_levels(design, levels), strict=True)
            return [base, *({**base, name: value} for name, values in steps for value in values)]
        case _:
            return [
                {factor.name: value_at(factor, u) for factor, u in zip(design.factors, row, strict=True)}
                for row in unit_sample(design).tolist()
            ]


def problem(design: Design) -> dict[str, Any]:
    """The factors as SALib wants them told, each between 0 and 1."""
    return {"num_vars": len(design.factors), "names": list(design.names), "bounds": [[0.0, 1.0]] * len(design.factors)}


def unit_sample(design: Design) -> Floats:
    """Points of a sampled design in the unit cube, of shape (points, factors); rows are the points in their order.

    Raises
    ------
    TypeError
        For grids, which are no sample.
    """
    match design.sampling:
        case LatinHypercube(n=n, seed=seed):
            from scipy.stats import qmc  # noqa: PLC0415 - a second that only samples need

            return qmc.LatinHypercube(len(design.factors), rng=np.random.default_rng(seed)).random(n)
        case Sobol(n=n, second_order=second_order, seed=seed):
            from SALib.sample import sobol  # noqa: PLC0415 - as above

            return np.asarray(sobol.sample(problem(design), n, calc_second_order=second_order, seed=seed))
        case Morris(n=n, levels=levels, seed=seed):
            from SALib.sample import morris  # noqa: PLC0415 - as above

            return np.asarray(morris.sample(problem(design), n, num_levels=levels, seed=seed))
    raise TypeError(f"a {design.sampling.kind} design has no sample")


def value_at(factor: Factor, u: float) -> Value:
    """Value of a factor at ``u`` between 0 and 1: of a range by its scale, of a distribution the quantile."""
    if factor.values is not None:
        return factor.values[min(int(u * len(factor.values)), len(factor.values) - 1)]
    if factor.low is not None and factor.high is not None:
        if factor.scale == "log":
            return float(factor.low * (factor.high / factor.low) ** u)
        return float(factor.low + u * (factor.high - factor.low))
    return _quantile(factor, u)


def _quantile(factor: Factor, u: float) -> float:
    from scipy import special  # noqa: PLC0415 - as above

    match factor.distribution:
        case Normal(mean=mean, sd=sd):
            return float(mean + sd * special.ndtri(np.clip(u, _CUT, 1 - _CUT)))
        case LogNormal(median=median, sigma=sigma):
            return float(median * np.exp(sigma * special.ndtri(np.clip(u, _CUT, 1 - _CUT))))
        case Triangular(low=low, mode=mode, high=high):
            below = (mode - low) / (high - low)
            if u < below:
                return float(low + np.sqrt(u * (high - low) * (mode - low)))
            return float(high - np.sqrt((1 - u) * (high - low) * (high - mode)))
    raise TypeError(f"'{factor.name}' has no distribution")


def _all_levels(design: Design, levels: int) -> list[tuple[Value, ...]]:
    return [_levels(factor, levels) for factor in design.factors]


def _levels(factor: Factor, levels: int) -> tuple[Value, ...]:
    if factor.values is not None:
        return factor.values
    between = (np.arange(levels) + 0.5) / levels if factor.distribution else np.linspace(0, 1, levels)
    return tuple(value_at(factor, u) for u in between.tolist())
