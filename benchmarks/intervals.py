"""How often the study's intervals and decisions are right: known truths, many studies.

    python benchmarks/intervals.py [--studies 20000]

The tests hold a small part of this. Intervals are meant to hold the truth 95 times in 100; the sequential rule is
allowed 93 to 97. Root searches and selections take long and are given a fiftieth and a twentieth of the studies.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from molosim.evaluation.statistics import bootstrap, summary
from molosim.experiments.root_search import SearchRange, find
from molosim.experiments.selection import Effort, best, decide
from molosim.experiments.sequential import Rule, replicate_until

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Floats]
DRAWS: dict[str, Draw] = {
    "normal": lambda rng, n: rng.normal(1, 1, n),
    "skewed (gamma 4)": lambda rng, n: rng.gamma(4, 0.25, n),
}
TARGETS = (1.2, 0.7, 0.5, 0.3, 0.15)
CURVES: dict[str, tuple[Callable[[float], float], float]] = {
    "line": (lambda x: x - 0.37, 0.37),
    "exponential": (lambda x: np.exp(3 * x) - np.exp(3 * 0.37), 0.37),
    "cubic": (lambda x: x**3 - 0.37**3, 0.37),
    "steep step": (lambda x: np.tanh(8 * (x - 0.6)), 0.6),
}
MEANS = (-3.0, -1.0, -0.5, 0.0, 0.6, 2.0)


def sequential(studies: int) -> None:
    print("Sequential rule: target half-width, coverage, mean replications")
    rng = np.random.default_rng(0)
    for name, draw in DRAWS.items():
        for target in TARGETS:
            rule, held, used = Rule(target, limit=300), 0, 0
            for _ in range(studies):
                values = draw(rng, rule.limit)
                found = replicate_until(lambda r, v=values: v[list(r)], rule, batch=20).result
                held += found.low <= 1 <= found.high
                used += found.n
            print(f"  {name:18} {target:5}  {100 * held / studies:5.1f} %  {used / studies:6.1f}")


def fixed(studies: int) -> None:
    print("Intervals of n replications: Student's t, bootstrap")
    rng = np.random.default_rng(1)
    for name, draw in DRAWS.items():
        for n in (8, 15, 40):
            samples = [draw(rng, n) for _ in range(studies)]
            found = [(summary(s), bootstrap(s, resamples=499)) for s in samples]
            held = np.mean([[i.low <= 1 <= i.high for i in pair] for pair in found], axis=0)
            print(f"  {name:18} n {n:3}  {100 * held[0]:5.1f} %  {100 * held[1]:5.1f} %")


def roots(studies: int) -> None:
    print("Break-even: coverage of the root, studies without one root, mean runs")
    for name, (shape, root) in CURVES.items():
        for common, own in ((0.1, 0.0), (0.1, 0.1)):
            held = lost = runs = 0
            for seed in range(studies):
                curve = _Curve(shape, seed, common, own)
                found = find(curve, SearchRange(0, 1)).roots
                runs += curve.runs
                lost += len(found) != 1
                held += len(found) == 1 and found[0].low <= root <= found[0].high
            share = 100 * held / max(studies - lost, 1)
            print(f"  {name:12} noise of a run's own {own}  {share:5.1f} %  {lost:3}  {runs / studies:6.0f}")


class _Curve:
    """Replications with a level and a slope of their own, and runs with noise of their own."""

    def __init__(self, shape: Callable[[float], float], seed: int, common: float, own: float) -> None:
        self.level, self.slope = np.random.default_rng(seed).normal(0, common, (2, 200))
        self.shape, self.seed, self.own, self.runs = shape, seed, own, 0

    def __call__(self, value: float, replications: Sequence[int]) -> Floats:
        which = list(replications)
        self.runs += len(which)
        noise = [np.random.default_rng((self.seed, int(value * 1e9), i)).normal(0, self.own) for i in which]
        return self.shape(value) + self.level[which] + self.slope[which] * value + np.array(noise)


def selection(studies: int) -> None:
    wrong = kept = 0
    spent = np.zeros(len(MEANS))
    for seed in range(studies):
        rng = np.random.default_rng(seed)
        values = np.array(MEANS)[:, None] + rng.normal(0, 0.5, 400) + rng.normal(0, 1, (len(MEANS), 400))

        def sample(point: int, replications: Sequence[int], v: Floats = values) -> Floats:
            return v[point, list(replications)]

        decided = decide(sample, len(MEANS), effort=Effort(limit=400))
        words = ["less" if mean < 0 else "more" if mean > 0 else "" for mean in MEANS]
        wrong += any(d.decision not in {"undecided", word} for d, word in zip(decided, words, strict=True))
        spent += [d.n for d in decided]
        kept += best(sample, len(MEANS), 1.0).point == 0
    print(f"Signs of points with means {MEANS}: a wrong one in {100 * wrong / studies:.1f} % of studies (5 promised)")
    print(f"  replications by point: {', '.join(f'{n:.0f}' for n in spent / studies)}; equal shares of as many: "
          f"{spent.sum() / studies / len(MEANS):.0f}")  # fmt: skip
    print(f"Best point kept in {100 * kept / studies:.1f} % of studies (95 promised)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=20_000)
    studies = parser.parse_args().studies
    sequential(studies)
    fixed(max(studies // 20, 1))
    roots(max(studies // 50, 1))
    selection(max(studies // 20, 1))


if __name__ == "__main__":
    main()
