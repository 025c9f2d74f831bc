"""Figure of where the waste goes, from the household to treatment or loss."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from sankeyflow import Sankey

from molosim.report import style
from molosim.report.drawing import Drawn
from molosim.report.figures import note
from molosim.report.folder import Outcome
from molosim.report.language import mark, tr
from molosim.report.text import number

NODES = (
    (("offered", mark("offered by households"), style.GREY), ("before", mark("in boxes at the start"), style.YELLOW)),
    (
        ("stored", mark("boxes"), style.GREEN),
        ("centre", mark("recycling centre"), style.ORANGE),
        ("home", mark("kept at home"), style.YELLOW),
        ("residual", mark("residual bin: lost"), style.RED),
    ),
    (
        ("held", mark("with carriers at the start"), style.YELLOW),
        ("vans", mark("delivery vans"), style.BLUE),
        ("collection", mark("collection vehicles"), style.SKY),
        ("inside", mark("still in boxes"), style.YELLOW),
    ),
    (("reception", mark("reception"), style.GREEN), ("stores", mark("still with carriers"), style.YELLOW)),
)
"""By stage: key, words and colour."""
LEAST_SHARE = 5e-4
"""Flows below this share of all cannot be seen; they stay in the figure's data."""


def waste(outcome: Outcome) -> Drawn:
    """Kilograms from household to reception or loss, in the baseline and in the alternative that shares."""
    shown = (outcome.scenario.baseline, outcome.sharing)
    fig = style.figure(6.6, width_in=style.WIDE_IN)
    data = pd.concat([flows(outcome, alternative) for alternative in shown])
    for axes, alternative in zip(fig.subplots(2, 1), shown, strict=True):
        axes.set_title(alternative)
        _draw(axes, data[data["alternative"] == alternative])
    style.source_line(fig, note(outcome))
    return Drawn(fig, data)


def flows(outcome: Outcome, alternative: str) -> pd.DataFrame:
    """Mean kilograms between stages: alternative, source, target, kg."""
    rows = [(alternative, *flow) for flow in _flows(outcome, alternative)]
    return pd.DataFrame(rows, columns=["alternative", "source", "target", "kg"])


def _flows(outcome: Outcome, alternative: str) -> Iterator[tuple[str, str, float]]:
    """What goes in and out of each stage balances: what was there at the start is what else came out."""

    def kg(name: str) -> float:
        value = outcome.mean(alternative, f"waste_{name}_kg")
        return value if np.isfinite(value) else 0.0  # where nobody carried any

    stored, inside, vans, collection = (kg(name) for name in ("stored", "inside", "by_vans", "by_collection"))
    for target in ("stored", "centre", "home", "residual"):
        yield "offered", target, kg(target)
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
    total = float(data.loc[data["source"].isin(["offered", "before"]), "kg"].sum())
    seen = data[data["kg"] > LEAST_SHARE * total]
    if seen.empty:
        axes.set_axis_off()
        axes.text(0.5, 0.5, tr("no waste was offered"), transform=axes.transAxes, ha="center")
        return
    size = {}
    for key in dict.fromkeys([*seen["source"], *seen["target"]]):
        arrives, leaves = (float(seen.loc[seen[end] == key, "kg"].sum()) for end in ("target", "source"))
        size[key] = max(arrives, leaves)
    words = {key: f"{tr(text)}\n{number(round(size.get(key, 0)))} kg" for stage in NODES for key, text, _ in stage}
    nodes = [[(words[k], size[k], {"color": c}) for k, _, c in stage if k in size] for stage in NODES]
    drawing = Sankey(
        flows=[(words[a], words[b], kg) for a, b, kg in seen[["source", "target", "kg"]].itertuples(index=False)],
        nodes=[stage for stage in nodes if stage],
        flow_color_mode="dest",
        node_height_pad_min=0.12,  # room for the words beside a thin flow
        node_pad_y_min=0.02,
        node_pad_y_max=0.1,
        node_opts={"label_format": "{label}", "label_opts": {"fontsize": 8}},
    )
    drawing.draw(axes)
