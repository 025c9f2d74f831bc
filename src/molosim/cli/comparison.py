"""What a run found, told at its end: a compact table for people, the same numbers as plain values for programs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from molosim.cli.screen import rows

if TYPE_CHECKING:
    from rich.table import Table

    from molosim.results.results import Results

_COLOURS = {"less": "cyan", "more": "magenta"}
"""Neither is good or bad in itself; what no difference is shown of steps back."""


def table(results: Results) -> Table:
    """Headline measures: the baseline's mean, and the difference of each other alternative with its interval."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from molosim.evaluation.measures import HEADLINE, MEASURES

    scenario, found = results.scenario, results.comparison
    interval = "with its 95 % interval" if scenario.horizon.replications > 1 else "one replication, so no intervals"
    others = list(found["alternative"].unique())
    shown = Table(
        title=Text(f"Difference from '{scenario.baseline}', {interval}"),  # names are text, whatever signs they have
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for heading in ("", "unit", scenario.baseline, *others):
        shown.add_column(Text(heading), justify="left" if heading in ("", "unit") else "right")
    by_name = found.set_index(["measure", "alternative"])
    for name in HEADLINE:
        ours = [by_name.loc[(name, other)] for other in others]
        cells = [
            Text(
                _difference(row["difference"], row["low"], row["high"], row["verdict"]),
                style=_COLOURS.get(row["verdict"], "dim"),
            )
            for row in ours
        ]
        shown.add_row(MEASURES[name].label, MEASURES[name].unit, _number(ours[0]["mean_baseline"]), *cells)
    return shown


def infeasible(results: Results) -> list[str]:
    """A line for each alternative that nobody could drive."""
    from molosim.evaluation.statistics import DRY, infeasible

    return [
        f"infeasible: in '{alternative}' {tours} tours took more than their vehicles' batteries had; its figures are no"
        f" finding ({DRY} in replications.parquet has the number by replication)"
        for alternative, tours in infeasible(results.replications).items()
    ]


def outcome(results: Results) -> dict[str, object]:
    """The folder, the answer and the headline differences."""
    from molosim.evaluation.measures import HEADLINE, MEASURES
    from molosim.report.answer import answer
    from molosim.report.run_data import read

    found, scenario = results.comparison, results.scenario
    labels = [{"label": m.label, "unit": m.unit} for m in (MEASURES[name] for name in HEADLINE)]
    by_measure = dict(zip(HEADLINE, labels, strict=True))
    headline = rows(found[found["measure"].isin(HEADLINE)])
    return {
        "folder": results.folder,
        "report": results.folder / "report.html",
        "title": scenario.title,
        "baseline": scenario.baseline,
        "replications": scenario.horizon.replications,
        "days": scenario.horizon.days,
        "answer": answer(read(results.folder)).first,
        "infeasible": infeasible(results),
        "headline": [row | by_measure[row["measure"]] for row in headline],
    }


def _difference(mean: float, low: float, high: float, verdict: str) -> str:
    if verdict in ("less", "more"):
        return f"{_number(mean, sign='+')} [{_number(low, sign='+')}, {_number(high, sign='+')}]"
    return _number(mean, sign="+") if verdict.startswith("one replication") else verdict


def _number(value: float, *, sign: str = "") -> str:
    if not math.isfinite(value):
        return "-"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:{sign},.{digits}f}"
