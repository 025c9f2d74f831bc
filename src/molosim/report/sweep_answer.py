"""What a sweep or a break-even search says, in words: the answer first, and where sharing loses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from molosim.experiments.breakeven import sentence
from molosim.experiments.design import OneAtATime
from molosim.measures import MEASURES
from molosim.report.figures import judged
from molosim.report.study import SHARING, Study
from molosim.report.text import THIN, fixed, listed, number, tick

_TOLD = 2
"""Measures whose sensitivity is told in words; figures have all."""
_CONFINED = 0.9
"""Share of a factor's range within which losing is worth telling as confined."""

Losses = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the experiment says."""

    first: str
    """The answer in one sentence."""
    more: tuple[str, ...]
    loses: Losses
    """Alternatives with a line for each measure in which they do worse somewhere."""


def answer(study: Study) -> Answer:
    """Words for a study."""
    first = _over_points(study) if study.points else _first_root(study)
    more = (*(_roots(study) if study.points else ()), *_sensitivities(study), *_caveats(study))
    return Answer(first, more, _losses(study))


def counts(study: Study, alternative: str, measure: str, column: str = "verdict") -> tuple[int, int, int]:
    """Points at which an alternative is better, worse, neither."""
    found = [judged(measure, str(verdict)) for verdict in study.of(alternative, measure)[column]]
    return found.count(0), found.count(1), found.count(2)


def _over_points(study: Study) -> str:
    alternative, measure = study.alternatives[0], study.measures[0]
    better, worse, neither = counts(study, alternative, measure)
    who = "Sharing" if study.kinds.get(alternative) in SHARING else f"'{alternative}'"
    if MEASURES[measure].better is None:
        lead = f"{who} differs at {study.points - neither} of {study.points} points"
    elif better == study.points:
        lead = f"{who} does better at all {study.points} points"
    elif worse == study.points:
        lead = f"{who} loses at all {study.points} points"
    elif not better and not worse:
        lead = f"No difference is shown at any of {study.points} points"
    elif not worse:
        lead = f"{who} does better at {better} of {study.points} points and loses at none"
    elif not better:
        lead = f"{who} loses at {worse} of {study.points} points and does better at none"
    else:
        lead = (
            f"It depends: {who.lower() if who == 'Sharing' else who} does better at {better} of {study.points} points"
        )
        lead += f" and loses at {worse}"
    told = f"'{alternative}' against '{study.baseline}', {_lower(MEASURES[measure].label)}"
    return f"{lead} ({told}; no difference shown at {neither}; 95 % intervals, {study.n} paired replications a point)."


def _first_root(study: Study) -> str:
    rows = study.roots[study.roots["alternative"] == study.alternatives[0]]
    rows = rows[rows["measure"] == study.measures[0]]
    found = rows[rows["value"].notna()]
    row = _records(found if len(found) else rows)[0]
    return f"{sentence(row)} ({row['n']:g} paired replications)."


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as `sentence` reads them: what is empty in the table is None."""
    return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in table.to_dict("records")]


def _roots(study: Study) -> Iterator[str]:
    rows = study.roots[study.roots["alternative"] == study.alternatives[0]] if len(study.roots) else study.roots
    for row in _records(rows[rows["measure"] == study.measures[0]] if len(rows) else rows):
        yield f"Break-even: {sentence(row)}."


def _sensitivities(study: Study) -> Iterator[str]:
    table, alternative = study.sensitivity, study.alternatives[0]
    if table.empty:
        return
    index = "total" if table["method"].eq("sobol").any() else "mu_star"
    for measure in study.measures[:_TOLD]:
        rows = table[(table["alternative"] == alternative) & (table["measure"] == measure) & (table["index"] == index)]
        rows = rows.sort_values("estimate", ascending=False)
        if rows.empty:
            continue
        told = listed([f"{row['factor']} ({_index(row, index, measure)})" for row in _records(rows.head(3))])
        if index == "total":
            yield f"{MEASURES[measure].label}, '{alternative}': its variance comes from {told}, interactions counted."
        else:
            yield f"{MEASURES[measure].label}, '{alternative}': moved most, over a factor's range, by {told}."
    noise = table.loc[table["alternative"] == alternative, "noise_share"].dropna()
    if len(noise) and noise.max() > 0.1:
        yield (
            f"Up to {fixed(100 * float(noise.max()), 0)}{THIN}% of the variance between points is chance within them, "
            "which total indices and effects take for interaction: more replications would lower them."
        )


def _index(row: dict[str, Any], index: str, measure: str) -> str:
    middle, low, high = (float(row[name]) for name in ("estimate", "low", "high"))
    if index == "total":
        return f"{fixed(100 * middle, 0)}{THIN}%, {fixed(100 * low, 0)} to {fixed(100 * high, 0)}"
    return f"{number(middle)}{THIN}{MEASURES[measure].unit}"


def _caveats(study: Study) -> Iterator[str]:
    if study.points > 1:
        alternative, measure = study.alternatives[0], study.measures[0]
        better, worse, _ = counts(study, alternative, measure, "verdict_together")
        yield (
            f"Read together by Holm's correction, so that the chance of any wrong claim is 5{THIN}% at most, "
            f"'{alternative}' is better at {better} and worse at {worse} of {study.points} points "
            f"({_lower(MEASURES[measure].label)})."
        )
    if study.failed:
        yield f"{study.failed} runs ended in an error and are left out; they stand in runs.parquet."


def _losses(study: Study) -> Losses:
    tell = _lost if study.points else _lost_beyond
    told = ((name, tuple(tell(study, name))) for name in study.alternatives)
    return tuple((name, lines) for name, lines in told if lines)


def _lost(study: Study, alternative: str) -> Iterator[str]:
    for measure in study.differences["measure"].unique():
        rows = study.of(alternative, measure)
        worse = rows[[judged(measure, str(verdict)) == 1 for verdict in rows["verdict"]]]
        if worse.empty:
            continue
        m = MEASURES[measure]
        worst = max(_records(worse), key=lambda row: abs(row["difference"]))
        where = _where(study, rows, worse)
        yield (
            f"{m.label}: {worst['verdict']} at {len(worse)} of {len(rows)} points{where}; at worst by "
            f"{number(abs(worst['difference']))}{THIN}{'percentage points' if m.unit == '%' else m.unit}"
        )


def _lost_beyond(study: Study, alternative: str) -> Iterator[str]:
    """On which side of its break-even an alternative loses."""
    for row in _records(study.roots[study.roots["alternative"] == alternative]):
        measure, factor = row["measure"], row["factor"]
        lead = MEASURES[measure].label + (f", {row['second']} {tick(row['second_value'], 3)}" if row["second"] else "")
        for side in ("below", "above"):
            if row["value"] is not None and judged(measure, row[side]) == 1:
                yield f"{lead}: {row[side]} {side} {factor} {tick(row['value'], 3)}"
        if row["value"] is None and any(f"{word} throughout" in row["verdict"] for word in _worse(measure)):
            yield f"{lead}: {row['verdict']}"


def _worse(measure: str) -> list[str]:
    return [word for word in ("less", "more") if judged(measure, word) == 1]


def _where(study: Study, rows: pd.DataFrame, worse: pd.DataFrame) -> str:
    """Values of factors to which losing is confined; nothing where it is not."""
    if isinstance(study.design.sampling, OneAtATime):
        return ""  # most points have most factors as in the base
    parts = []
    for name in study.design.names:
        every, lost = rows[f"factor_{name}"].unique(), worse[f"factor_{name}"].unique()
        if len(lost) == len(every) or len(worse) == len(rows):
            continue
        numeric = pd.api.types.is_numeric_dtype(rows[f"factor_{name}"])
        if not numeric:
            parts.append(f"{name} {listed([str(value) for value in lost])}")
        elif len(lost) == 1:
            parts.append(f"{name} {tick(float(lost[0]), 3)}")
        elif max(lost) - min(lost) < _CONFINED * (max(every) - min(every)):
            parts.append(f"{name} {tick(float(min(lost)), 3)} to {tick(float(max(lost)), 3)}")
    return f", all with {' and '.join(parts)}" if parts else ""


def _lower(text: str) -> str:
    return text if text[:2].isupper() else text[0].lower() + text[1:]
