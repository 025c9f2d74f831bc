"""The STRESS-DES checklist (Monks et al. 2019, doi:10.1080/17477778.2018.1442155), filled from a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from molosim.evaluation.measures import MEASURES
from molosim.inputs.components import POLICIES
from molosim.report.language import day, tr
from molosim.report.number_text import listed, number
from molosim.report.run_data import RunData
from molosim.runtime.files import read_rows

SOURCE = (
    "Monks et al. (2019), Strengthening the reporting of empirical simulation studies, "
    "doi:10.1080/17477778.2018.1442155"
)
ITEMS = read_rows(Path(__file__).with_name("stress_items.csv"))
"""Number, name and message of all items."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the checklist."""

    number: str
    name: str
    told: str


def checklist(outcome: RunData) -> list[Item]:
    """All items in their order, with what this run has to say."""
    values = {**_of_scenario(outcome), **_of_manifest(outcome)}
    return [
        Item(item["number"], tr(item["name"]), tr(item["message"], **values.get(item["number"], {}))) for item in ITEMS
    ]


def _of_scenario(outcome: RunData) -> dict[str, dict[str, str]]:
    """Values of messages, by item."""
    scenario, horizon = outcome.scenario, outcome.scenario.horizon
    others = listed([f"'{name}'" for name in outcome.alternatives[1:]])
    kinds = [f"'{name}': {POLICIES.name(policy)}" for name, policy in scenario.alternatives.items()]
    vans = sum(carrier.vans for carrier in scenario.carriers)
    boxes = number(int(outcome.boxes["box"].nunique()))
    days = {"warmup": number(horizon.warmup_days), "days": number(horizon.days), "n": number(outcome.n)}
    return {
        "1.2": {"n": number(len(MEASURES))},
        "1.3": {"others": others, "baseline": scenario.baseline},
        "2.2": {"carriers": number(len(scenario.carriers)), "vans": number(vans), "boxes": boxes},
        "2.3": {"kinds": "; ".join(kinds)},
        "2.4": {"n": number(scenario.rounds.iterations)},
        "3.3": {"n": str(len(scenario.provenance))},
        "4.1": days,
        "4.2": {**days, "start": day(str(horizon.start))},
        "4.3": days,
        "5.2": {"seed": str(scenario.seed)},
    }


def _of_manifest(outcome: RunData) -> dict[str, dict[str, str]]:
    manifest, about = outcome.manifest, outcome.manifest.get("map", {})
    versions = ", ".join(f"{name} {version}" for name, version in manifest.get("versions", {}).items())
    return {
        "3.1": {"source": str(about.get("source", "?")), "date": day(str(about.get("date", "?")))},
        "5.1": {"version": str(manifest.get("version", "?")), "versions": versions or "?"},
    }
