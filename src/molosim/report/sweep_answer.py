"""What a sweep or a break-even search says, in words: the answer first, and where sharing loses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from molosim.evaluation.measures import MEASURES
from molosim.experiments.design import OneAtATime
from molosim.report.contrast_figures import judged
from molosim.report.language import mark, tr
from molosim.report.number_text import THIN, difference, fixed, listed, lowered, number, tick
from molosim.report.study import Study, undriven

UNCHANGED = (
    mark("no single break-even"), mark("less and more by turns"),
    mark("no sign change shown within range"), mark("no sign change within range"), mark("less throughout"),
    mark("more throughout"), mark("identical throughout"), mark("no difference shown throughout"),
    mark("less where feasible"), mark("more where feasible"), mark("identical where feasible"),
    mark("infeasible throughout"), mark("less and more, with infeasible values between"),
)  # fmt: skip
"""What `molosim.experiments.root_search` says where it finds no change of sign."""
_TOLD = 2
"""Measures whose sensitivity is told in words; figures have all."""
_CONFINED = 0.9
"""Share of a factor's range within which losing is worth telling as confined."""

Losses = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class SweepAnswer:
    """What the experiment says."""

    first: str
    """The answer in one sentence."""
    more: tuple[str, ...]
    loses: Losses
    """Alternatives with a line for each measure in which they do worse somewhere."""


def answer(study: Study) -> SweepAnswer:
    """Words for a study."""
    first = _over_points(study) if study.points else _first_root(study)
    more = (*_reach(study), *(_roots(study) if study.points else ()), *_sensitivities(study), *_caveats(study))
    return SweepAnswer(first, more, _losses(study))


def counts(study: Study, alternative: str, measure: str, column: str = "verdict") -> tuple[int, int, int]:
    """Points at which an alternative is better, worse, neither; infeasible ones are none of these."""
    rows = study.of(alternative, measure)
    found = [judged(measure, str(verdict)) for verdict in rows[column][~undriven(rows)]]
    return found.count(0), found.count(1), found.count(2)


def _over_points(study: Study) -> str:
    alternative, measure = study.alternatives[0], study.measures[0]
    better, worse, neither = counts(study, alternative, measure)
    who = tr("Sharing") if alternative in study.sharing else f"'{alternative}'"
    driven = better + worse + neither
    if not driven:
        return tr("No answer: {who} is infeasible at all {all} points.", who=who, all=number(study.points))
    told = {"who": who, "all": number(driven), "better": number(better), "worse": number(worse)}
    lead = _lead(told, driven, better, worse, judgeable=MEASURES[measure].better is not None)
    said = tr(
        "{lead} ('{alternative}' against '{baseline}', {measure}; no difference shown at {neither}; 95 % intervals, "
        "{n} paired replications a point).",
        lead=lead, alternative=alternative, baseline=study.baseline, measure=lowered(tr(MEASURES[measure].label)),
        neither=number(neither), n=study.n,
    )  # fmt: skip
    if driven == study.points:
        return said
    more = number(study.points - driven)
    return said + " " + tr("{n} more points are infeasible: nobody could drive them, and they are no findings.", n=more)


def _reach(study: Study) -> Iterator[str]:
    """How large the first difference is, at the points where it is least and most."""
    if not study.points:
        return
    alternative, measure = study.alternatives[0], study.measures[0]
    rows = study.of(alternative, measure)
    rows = rows[~undriven(rows)].dropna(subset="difference").sort_values("difference", kind="stable")
    outer = _records(rows.iloc[[0, -1]] if len(rows) else rows)
    ends = [_changed(row, measure, _point(study, row)) for row in outer]
    told = {"measure": tr(MEASURES[measure].label), "alternative": alternative}
    if len(rows) > 1:
        yield tr("{measure}, '{alternative}': from {least} to {most}.", least=ends[0], most=ends[1], **told)
    elif len(rows):
        yield tr("{measure}, '{alternative}': {change}.", change=ends[0], **told)


def _changed(row: dict[str, Any], measure: str, point: str) -> str:
    """A difference with its unit and interval, and where it is."""
    m = MEASURES[measure]
    ends = (float("nan") if row[key] is None else float(row[key]) for key in ("low", "high"))
    shown, interval = difference(float(row["difference"]), *ends)
    unit = tr(mark("percentage points") if m.unit == "%" else m.unit)
    told = {"size": f"{shown}{THIN}{unit}", "point": point}
    if not interval:
        return tr("{size} at {point}", **told)
    return tr("{size} (95 % interval {interval}) at {point}", interval=interval, **told)


def _point(study: Study, row: dict[str, Any]) -> str:
    """Where a point lies: its factors' values."""
    return listed([f"{name} {_value(row[f'factor_{name}'])}" for name in study.design.names])


def _value(value: Any) -> str:
    return tick(float(value), 3) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _lead(told: dict[str, str], points: int, better: int, worse: int, *, judgeable: bool) -> str:
    if not judgeable:
        return tr("{who} is not judged by this measure; it was tried at {all} points", **told)
    if better == points:
        return tr("{who} does better at all {all} points", **told)
    if worse == points:
        return tr("{who} loses at all {all} points", **told)
    if not better and not worse:
        return tr("No difference is shown at any of {all} points", **told)
    if not worse:
        return tr("{who} does better at {better} of {all} points and loses at none", **told)
    if not better:
        return tr("{who} loses at {worse} of {all} points and does better at none", **told)
    told["who"] = lowered(told["who"])
    return tr("It depends: {who} does better at {better} of {all} points and loses at {worse}", **told)


def _first_root(study: Study) -> str:
    rows = study.roots[study.roots["alternative"] == study.alternatives[0]]
    rows = rows[rows["measure"] == study.measures[0]]
    found = rows[rows["value"].notna()]
    row = _records(found if len(found) else rows)[0]
    if found.empty and len(rows) > 1 and len(set(rows["verdict"])) == 1:
        told = {"sentence": sentence({**row, "second": None}), "m": number(len(rows)), "second": row["second"]}
        return tr("{sentence}, at all {m} values of {second} ({n} paired replications).", n=number(row["n"]), **told)
    return tr("{sentence} ({n} paired replications).", sentence=sentence(row), n=number(row["n"]))


def sentence(row: dict[str, Any]) -> str:
    """A row of a break-even search's table in words."""
    where = f", {row['second']} {tick(row['second_value'], 3)}" if row["second"] else ""
    told = {"lead": f"{tr(MEASURES[row['measure']].label)}{where}: '{row['alternative']}'"}
    told |= {"baseline": row["baseline"], "factor": row["factor"]}
    if void := row.get("infeasible"):
        return tr("{sentence} ({n} values tried are infeasible)", sentence=_root(row, told), n=number(void))
    return _root(row, told)


def _root(row: dict[str, Any], told: dict[str, str]) -> str:
    if not row["verdict"].startswith("changes sign"):
        said = no_root(row["verdict"])
        return tr("{lead} against '{baseline}' along {factor}: {verdict}", **told, verdict=said)
    told |= {key: tick(row[key], 3) for key in ("value", "low", "high")}
    told |= {key: tr(row[key]) for key in ("below", "above")}
    return tr(
        "{lead} has {below} than '{baseline}' below {factor} {value} (95 % interval {low} to {high}) and {above} above",
        **told,
    )


def no_root(verdict: str) -> str:
    """What a search says that found no change of sign."""
    lead, colon, throughout = verdict.partition(": ")
    return f"{tr(lead)}: {tr(throughout)}" if colon else tr(verdict)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as `sentence` reads them: what is empty in the table is None."""
    return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in table.to_dict("records")]


def _roots(study: Study) -> Iterator[str]:
    rows = study.roots[study.roots["alternative"] == study.alternatives[0]] if len(study.roots) else study.roots
    for row in _records(rows[rows["measure"] == study.measures[0]] if len(rows) else rows):
        yield tr("Break-even: {sentence}.", sentence=sentence(row))


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
        words = {"measure": tr(MEASURES[measure].label), "alternative": alternative, "factors": told}
        if index == "total":
            yield tr("{measure}, '{alternative}': its variance comes from {factors}, interactions counted.", **words)
        else:
            yield tr("{measure}, '{alternative}': moved most, over a factor's range, by {factors}.", **words)
    noise = table.loc[table["alternative"] == alternative, "noise_share"].dropna()
    if len(noise) and noise.max() > 0.1:
        yield tr(
            "Up to {share} % of the variance between points is chance within them, which total indices and effects "
            "take for interaction: more replications would lower them.", share=fixed(100 * float(noise.max()), 0),
        )  # fmt: skip


def _index(row: dict[str, Any], index: str, measure: str) -> str:
    middle, low, high = (float(row[name]) for name in ("estimate", "low", "high"))
    if index == "total":
        middle, low, high = (100 * value for value in (middle, low, high))
        return tr("{middle} %, {low} to {high}", middle=fixed(middle, 0), low=fixed(low, 0), high=fixed(high, 0))
    return f"{number(middle)}{THIN}{tr(MEASURES[measure].unit)}"


def _caveats(study: Study) -> Iterator[str]:
    if study.points > 1 and "verdict_together" in study.differences:
        alternative, measure = study.alternatives[0], study.measures[0]
        better, worse, _ = counts(study, alternative, measure, "verdict_together")
        yield tr(
            "Read together by Holm's correction, so that the chance of any wrong claim is 5 % at most, '{alternative}' "
            "is better at {better} and worse at {worse} of {all} points ({measure}).",
            alternative=alternative, better=number(better), worse=number(worse),
            all=number(study.points - study.infeasible(alternative)),
            measure=lowered(tr(MEASURES[measure].label)),
        )  # fmt: skip
    for alternative in study.alternatives:
        if void := study.infeasible(alternative):
            yield tr(
                "'{alternative}' or '{baseline}' is infeasible at {n} of {all} points: tours took more than their "
                "batteries had, or none could be planned. Tables and figures mark them.",
                alternative=alternative, baseline=study.baseline, n=number(void), all=number(study.points),
            )  # fmt: skip
    if study.failed:
        n = number(study.failed)
        yield tr("{n} runs ended in an error and are left out; they stand in runs.parquet.", n=n)


def _losses(study: Study) -> Losses:
    tell = _lost if study.points else _lost_beyond
    told = ((name, tuple(tell(study, name))) for name in study.alternatives)
    return tuple((name, lines) for name, lines in told if lines)


def _lost(study: Study, alternative: str) -> Iterator[str]:
    for measure in study.differences["measure"].unique():
        rows = study.of(alternative, measure)
        rows = rows[~undriven(rows)]
        worse = rows[[judged(measure, str(verdict)) == 1 for verdict in rows["verdict"]]]
        if worse.empty:
            continue
        m = MEASURES[measure]
        worst = max(_records(worse), key=lambda row: abs(row["difference"]))
        where = _where(study, rows, worse)
        size = f"{number(abs(worst['difference']))}{THIN}{tr(mark('percentage points') if m.unit == '%' else m.unit)}"
        yield tr(
            "{measure}: {verdict} at {n} of {all} points{where}; at worst by {size}", measure=tr(m.label),
            verdict=tr(worst["verdict"]), n=number(len(worse)), all=number(len(rows)), where=where, size=size,
        )  # fmt: skip


def _lost_beyond(study: Study, alternative: str) -> Iterator[str]:
    """On which side of its break-even an alternative loses."""
    for row in _records(study.roots[study.roots["alternative"] == alternative]):
        measure, factor = row["measure"], row["factor"]
        lead = tr(MEASURES[measure].label) + (
            f", {row['second']} {tick(row['second_value'], 3)}" if row["second"] else ""
        )
        for side in ("below", "above"):
            if row["value"] is not None and judged(measure, row[side]) == 1:
                told = {"lead": lead, "verdict": tr(row[side]), "factor": factor, "value": tick(row["value"], 3)}
                if side == "below":
                    yield tr("{lead}: {verdict} below {factor} {value}", **told)
                else:
                    yield tr("{lead}: {verdict} above {factor} {value}", **told)
        lost = [f"{word} {where}" for word in _worse(measure) for where in ("throughout", "where feasible")]
        if row["value"] is None and any(words in row["verdict"] for words in lost):
            yield f"{lead}: {no_root(row['verdict'])}"


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
            ends = {"low": tick(float(min(lost)), 3), "high": tick(float(max(lost)), 3)}
            parts.append(f"{name} {tr('{low} to {high}', **ends)}")
    return tr(", all with {what}", what=listed(parts)) if parts else ""
