"""Figure of where the waste goes, from the household to treatment or loss."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from sankeyflow import Sankey

from molosim.report import style
from molosim.report.drawing import Drawn
from molosim.report.figure_registry import figure
from molosim.report.language import mark, tr
from molosim.report.number_text import number
from molosim.report.run_data import RunData
from molosim.report.sum_figures import note

LEFT, RIGHT = "left", "right"
NODES = (
    (
        ("offered", mark("offered by households"), style.GREY, LEFT),
        ("kept", mark("kept at home at the start"), style.YELLOW, LEFT),
        ("before", mark("in boxes at the start"), style.YELLOW, LEFT),
    ),
    (
        ("stored", mark("put into boxes"), style.GREEN, LEFT),
        ("centre", mark("recycling centre"), style.ORANGE, RIGHT),
        ("home", mark("kept at home at the end"), style.YELLOW, RIGHT),
        ("residual", mark("residual bin: lost"), style.RED, RIGHT),
    ),
    (
        ("held", mark("with carriers at the start"), style.YELLOW, LEFT),
        ("vans", mark("delivery vans"), style.BLUE, LEFT),
        ("collection", mark("collection vehicles"), style.SKY, LEFT),
        ("inside", mark("still in boxes"), style.YELLOW, RIGHT),
    ),
    (
        ("reception", mark("reception"), style.GREEN, RIGHT),
        ("stores", mark("still with carriers"), style.YELLOW, RIGHT),
    ),
)
"""By stage: key, words, colour, and the side of the words: that on which nothing goes on."""
LEAST_SHARE = 5e-4
"""Flows below this share of all cannot be seen; they stay in the figure's data and in the words' kilograms."""


@figure("flow", mark("From household to treatment, or loss."), section="waste", place=1, wide=True)
def waste(outcome: RunData) -> Drawn:
    """Kilograms from household to reception or loss, in the baseline and in the alternative that shares."""
    shown = (outcome.scenario.baseline, outcome.sharing)
    fig = style.figure(6.6, width_in=style.WIDE_IN)
    data = pd.concat([flows(outcome, alternative) for alternative in shown])
    for axes, alternative in zip(fig.subplots(2, 1), shown, strict=True):
        axes.set_title(alternative)
        _draw(axes, data[data["alternative"] == alternative])
    return Drawn(fig, data, note(outcome))


def flows(outcome: RunData, alternative: str) -> pd.DataFrame:
    """Mean kilograms between stages: alternative, source, target, kg."""
    rows = [(alternative, *flow) for flow in _flows(outcome, alternative)]
    return pd.DataFrame(rows, columns=["alternative", "source", "target", "kg"])


def _flows(outcome: RunData, alternative: str) -> Iterator[tuple[str, str, float]]:
    """What goes in and out of each stage balances: what was there at the start is what else came out.

    What was there first leaves first, and waste kept at home goes into a box where it can.
    """

    def kg(name: str) -> float:
        value = outcome.mean(alternative, f"waste_{name}_kg")
        return value if np.isfinite(value) else 0.0  # where nobody carried any

    stored, inside, vans, collection = (kg(name) for name in ("stored", "inside", "by_vans", "by_collection"))
    fates = {target: kg(target) for target in ("stored", "centre", "home", "residual")}
    kept = max(sum(fates.values()) - kg("offered"), 0.0)
    for target, all_kg in fates.items():
        of_kept = min(kept, all_kg)
        kept -= of_kept
        yield "kept", target, of_kept
        yield "offered", target, all_kg - of_kept
    yield "before", "stored", max(vans + collection + inside - stored, 0.0)
    yield "stored", "vans", vans
    yield "stored", "collection", collection
    yield "stored", "inside", inside
    yield "collection", "reception", collection
    stores, brought = kg("in_stores"), max(kg("delivered") - collection, 0.0)
    held = max(brought + stores - vans, 0.0)
    of_held = min(held, brought)  # what came first leaves first
    yield "held", "reception", of_held
    yield "held", "stores", held - of_held
    yield "vans", "reception", brought - of_held
    yield "vans", "stores", stores - (held - of_held)


def _draw(axes: Axes, data: pd.DataFrame) -> None:
    total = float(data.loc[data["source"].isin(["offered", "kept", "before"]), "kg"].sum())
    seen = data[data["kg"] > LEAST_SHARE * total]
    if seen.empty:
        axes.set_axis_off()
        axes.text(0.5, 0.5, tr("no waste was offered"), transform=axes.transAxes, ha="center")
        return
    stages = [[(node, _size(seen, node[0])) for node in stage] for stage in NODES]
    nodes = [
        [(key, size, {"color": colour, "label": _words(data, key, words), "label_pos": side})
         for (key, words, colour, side), size in stage if size]
        for stage in stages
    ]  # fmt: skip
    drawing = Sankey(
        flows=list(seen[["source", "target", "kg"]].itertuples(index=False, name=None)),
        nodes=[stage for stage in nodes if stage],
        flow_color_mode="dest",
        node_height_pad_min=0.12,  # room for the words beside a thin flow
        node_pad_y_min=0.02,
        node_pad_y_max=0.1,
        node_opts={"label_format": "{label}", "label_opts": {"fontsize": 8, "bbox": _PAPER}},
    )
    drawing.draw(axes)


_PAPER = {"facecolor": "white", "alpha": 0.6, "edgecolor": "none", "pad": 0.8}
"""Behind words; an outline of them would make them drawings that nobody can search or hear."""


def _size(data: pd.DataFrame, key: str) -> float:
    """Kilograms through a node."""
    return max(float(data.loc[data[end] == key, "kg"].sum()) for end in ("target", "source"))


def _words(data: pd.DataFrame, key: str, words: str) -> str:
    """A node's name and kilograms; of the boxes what was put in: what was there at the start has its own."""
    kg = float(data.loc[(data["target"] == key) & (data["source"] != "before"), "kg"].sum()) or _size(data, key)
    return f"{tr(words)}\n{number(round(kg))} kg"
