"""A fit in words, for the screen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from molosim.fitting.estimates import Estimate
from molosim.fitting.fitted import Fitted

DOUBT = 0.05
"""A p-value below this is told as a misfit."""


def in_table(one: Estimate) -> bool:
    """Whether an estimate is a factor of a profile, which only the table of all of them has."""
    return one.key != "" and one.name.rpartition(".")[0] == one.key


def told(fitted: Fitted) -> Iterator[str]:
    """Lines: what was read, what was fitted, how well, what was assumed."""
    log = fitted.log
    yield f"{log.sheet.file}: {len(log)} events of {len(log.boxes)} boxes, {fitted.period}"
    names, counts = np.unique(log.event, return_counts=True)
    yield "  " + ", ".join(f"{count} {name}" for name, count in zip(names.tolist(), counts.tolist(), strict=True))
    yield "Fitted, with 95 % intervals:"
    for one in fitted.estimates:
        if not in_table(one):
            unit = f" {one.unit}" if one.unit not in ("", "share") else ""
            yield f"  {one.name}: {one.value:.4g}{unit}, {one.low:.4g} to {one.high:.4g} (n = {one.n:.0f})"
    if fitted.checks:
        yield "How well it fits:"
    for check in fitted.checks:
        verdict = "does not fit" if check.p < DOUBT else "nothing against it"
        yield f"  {check.name}: {verdict} (p = {check.p:.3f}, {check.method})"
    for note in fitted.notes:
        yield f"Note: {note}"
