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
ITEMS = [(row["number"], row["name"]) for row in read_rows(Path(__file__).with_name("stress_items.csv"))]
"""Number and name of all items."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the checklist."""

    number: str
    name: str
    told: str


def checklist(outcome: RunData) -> list[Item]:
    """All items in their order, with what this run has to say."""
    told = {**_objectives(outcome), **_logic(outcome), **_data(outcome), **_runs(outcome), **_implementation(outcome)}
    return [Item(key, tr(name), told[key]) for key, name in ITEMS]


def _objectives(outcome: RunData) -> dict[str, str]:
    others = listed([f"'{name}'" for name in outcome.alternatives[1:]])
    return {
        "1.1": tr(
            "To tell how many trips, kilometres and how much CO2 a city saves or loses if vans that deliver parcels to "
            "shared boxes take the boxes' waste back, against a collection vehicle of its own."
        ),
        "1.2": tr(
            "{n} measures, each with its definition under 'All measures'; of each run summed after the warm-up. Paired "
            "differences within replications, 95 % intervals by Student's t.", n=number(len(MEASURES)),
        ),
        "1.3": tr(
            "Alternatives {others} against the baseline '{baseline}' in the same world; what each is stands in "
            "config.toml under [alternatives].", others=others, baseline=outcome.scenario.baseline,
        ),
    }  # fmt: skip


def _logic(outcome: RunData) -> dict[str, str]:
    scenario = outcome.scenario
    kinds = [f"'{name}': {POLICIES.name(policy)}" for name, policy in scenario.alternatives.items()]
    vans = sum(carrier.vans for carrier in scenario.carriers)
    boxes = number(int(outcome.boxes["box"].nunique()))
    carriers = {"carriers": number(len(scenario.carriers)), "vans": number(vans), "boxes": boxes}
    return {
        "2.1": tr(
            "The figure 'From household to treatment' shows the flow of waste, the maps the places; docs/model.md has "
            "the whole."
        ),
        "2.2": tr(
            "Residents send, fetch and deposit; {carriers} carriers with {vans} vans plan each morning, deliver to "
            "homes and {boxes} boxes and, where the alternative says so, take waste; collection vehicles and transfer "
            "runs bring it to the reception. Rules: docs/model.md.", **carriers,
        ),
        "2.3": tr("Alternatives differ only in who takes waste when: {kinds}.", kinds="; ".join(kinds)),
        "2.4": tr(
            "Fastest paths by customizable contraction hierarchies; fixed territories with local search for "
            "deliveries; cheapest insertion of box visits; collection rounds by PyVRP with {n} iterations.",
            n=number(scenario.rounds.iterations),
        ),
        "2.5": tr(
            "Entities: parcels, sendings, deposits. Activities: driving, service at stops, exchange at boxes, tipping. "
            "Resources: doors and containers of boxes, vans, collection vehicles, carriers' stores. Queues: parcels "
            "waiting for a door, first come first served. Entry: residents and carriers; exit: fetched, taken back, "
            "redirected, handed over or lost."
        ),
    }  # fmt: skip


def _data(outcome: RunData) -> dict[str, str]:
    scenario, about = outcome.scenario, outcome.manifest.get("map", {})
    return {
        "3.1": tr(
            "Map: {source}, of {date}. Every value of the configuration names its source under 'Assumptions'.",
            source=about.get("source", "?"), date=day(str(about.get("date", "?"))),
        ),
        "3.2": tr(
            "Largest strongly connected part of the roads; missing speed limits are those usual for the road's class; "
            "places snap to the nearest road."
        ),
        "3.3": tr("All in config.toml in this folder; {n} entries with sources here.", n=len(scenario.provenance)),
        "3.4": tr(
            "Values that nobody measured are marked GK in the table of assumptions; simplifications stand in "
            "docs/model.md."
        ),
    }  # fmt: skip


def _runs(outcome: RunData) -> dict[str, str]:
    horizon = outcome.scenario.horizon
    days = {"warmup": number(horizon.warmup_days), "days": number(horizon.days), "n": number(outcome.n)}
    return {
        "4.1": tr("Boxes and stores begin empty; {warmup} days of warm-up are left out. Not stationary: weekdays, "
                  "months and holidays differ.", **days),
        "4.2": tr("{days} days after {warmup} days of warm-up, from {start}.", **days, start=day(str(horizon.start))),
        "4.3": tr("{n} replications with common random numbers, so that differences are paired; the number is the "
                  "configuration's, and the intervals tell whether it is enough.", **days),
    }  # fmt: skip


def _implementation(outcome: RunData) -> dict[str, str]:
    manifest = outcome.manifest
    versions = ", ".join(f"{name} {version}" for name, version in manifest.get("versions", {}).items())
    return {
        "5.1": tr("molosim {version}; {versions}.", version=manifest.get("version", "?"), versions=versions or "?"),
        "5.2": tr(
            "NumPy's generators with a stream for each source of chance, box and carrier, named by seed {seed} and "
            "replication; all alternatives meet the same draws.", seed=outcome.scenario.seed,
        ),
        "5.3": tr(
            "Process interaction in SimPy on a clock of whole seconds; residents' events by a compiled kernel in the "
            "order of their time. Replications run in parallel processes; the result is the same for any number."
        ),
        "5.4": tr("Machine, running time and memory stand in manifest.json."),
        "6.1": tr("molosim is free software (MIT); this folder's config.toml runs again by 'molosim rerun'."),
    }  # fmt: skip
