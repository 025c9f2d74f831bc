"""Does the answer survive other emission factors: the emission band, as a figure and in words."""

from __future__ import annotations

from textwrap import wrap

import pandas as pd

from molosim.evaluation.measures import models_of
from molosim.evaluation.statistics import different
from molosim.report import style
from molosim.report.contrast_figures import PANELS_ACROSS, VERDICTS, judged, verdict_legend
from molosim.report.drawing import Drawn
from molosim.report.figure_registry import figure
from molosim.report.language import mark, tr
from molosim.report.number_text import difference, number
from molosim.report.run_data import RunData
from molosim.report.sum_figures import note

CITY = "co2e_wtw_city_kg"
SIDES = (CITY, "co2e_wtw_operations_kg", "co2e_wtw_residents_kg")
"""Of the city, of operators and of residents' cars."""
COLUMNS = ("alternative", "model", "measure", "difference", "low", "high", "verdict")


def read(outcome: RunData) -> pd.DataFrame:
    """Changes of the city's CO2e and of its sides by alternative and factor set."""
    table = outcome.stored.frame("band", COLUMNS)
    return table[table["measure"].isin(SIDES)]


def label(outcome: RunData, model: str) -> str:
    """What a factor set is called: as its emission model, a user's own too."""
    found = models_of(outcome.scenario).get(model)
    return tr(found.label) if found else model


def survives(outcome: RunData) -> str:
    """Whether the answer is the same by each factor set."""
    table = read(outcome)
    mine = table[(table["alternative"] == outcome.sharing) & (table["measure"] == CITY)]
    said = list(mine["verdict"])
    headline = outcome.found(outcome.sharing, CITY).verdict
    same = said.count(headline)
    told = {"same": number(same), "all": number(len(said)), "verdict": tr(headline)}
    figures = different(mine["difference"])
    alike = "" if figures == len(said) else " " + tr("They come to {n} different figures here.", n=number(figures))
    if same == len(said):
        return tr("The conclusion survives all {all} factor sets: '{verdict}' by each.", **told) + alike
    others = ", ".join(
        f"{label(outcome, str(row['model']))}: {tr(str(row['verdict']))}"
        for row in mine.to_dict("records")
        if row["verdict"] != headline
    )
    told["others"] = others
    return (
        tr(
            "The conclusion does not survive every factor set: {same} of {all} say '{verdict}'; otherwise {others}.",
            **told,
        )
        + alike
    )


@figure("band", mark("The emission band: what other factor sets say."), section="co2e", place=4, wide=True)
def draw(outcome: RunData) -> Drawn:
    """Change of the city's CO2e by each factor set, with intervals, a panel per alternative."""
    table = read(outcome)
    data = table[table["measure"] == CITY]
    models, others = list(data["model"].unique()), outcome.alternatives[1:]
    fig, panels = style.panels(len(others), PANELS_ACROSS, head_in=1.0, row_in=0.7 + 0.3 * len(models), sharey=True)
    for axes, alternative in zip(panels, others, strict=True):
        mine = data[data["alternative"] == alternative].to_dict("records")
        for row in mine:
            _, colour, marker = VERDICTS[judged(CITY, str(row["verdict"]))]
            place = models.index(row["model"])
            style.whisker(axes, place, (float(row["low"]), float(row["high"])))
            axes.plot(float(row["difference"]), place, marker, color=colour, markersize=6)
        axes.axvline(0, color=style.INK, linewidth=1)
        axes.set_title(alternative)
        axes.set_xlabel(tr("change, {unit}", unit="kg CO2e"))
        axes.locator_params(axis="x", nbins=4)
        style.ruled(axes)
    panels[0].set_yticks(range(len(models)), [_wrapped(label(outcome, model)) for model in models], fontsize=8)
    panels[0].set_ylim(len(models) - 0.5, -0.5)
    verdict_legend(fig)
    against = tr("Against '{baseline}', with 95 % intervals.", baseline=outcome.scenario.baseline)
    return Drawn(fig, data, f"{against} {tr('Each panel has its own scale.')} {note(outcome)}")


def rows(outcome: RunData) -> list[tuple[str, list[tuple[str, str, str, int]]]]:
    """Of the alternative that shares, a row per factor set.

    Its name, and for the city, operators and residents' cars the change, its interval, verdict and judgement (as
    `VERDICTS`).
    """
    table = read(outcome)
    mine = table[table["alternative"] == outcome.sharing].to_dict("records")
    found: dict[str, dict[str, tuple[str, str, str, int]]] = {}
    for row in mine:
        verdict = str(row["verdict"])
        words = difference(*(float(row[key]) for key in ("difference", "low", "high")))
        cell = (*words, tr(verdict), judged(CITY, verdict))
        found.setdefault(str(row["model"]), {})[str(row["measure"])] = cell
    missing = ("", "", "", 2)
    return [(label(outcome, model), [cells.get(name, missing) for name in SIDES]) for model, cells in found.items()]


def _wrapped(text: str) -> str:
    return "\n".join(wrap(text, 34))
