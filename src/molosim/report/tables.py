"""Rows of the page's tables; every cell is plain text, which the page escapes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from molosim import bundled, emissions
from molosim.measures import MEASURES
from molosim.report.figures import judged
from molosim.report.folder import Found, Outcome
from molosim.report.maps import box_table
from molosim.report.text import difference, number, tick

SHOWN_IN_CONFIG_ONLY = "see config.toml"
NOTHING = ("", "-")
FACT_ID = re.compile(r"\b[A-Z]\d{1,2}\b")
NOT_REPRODUCED = ("machine", "started", "wall_s", "peak_memory_mb")
"""Parts of the manifest that differ between two runs of the same; the report is the same bytes for both."""

BOUNDARY = (
    ("Delivery vans", "yes", "whole tours, with and without waste; engine off at stops"),
    ("Collection vehicles", "yes", "whole tours from depot to depot, with tipping"),
    ("Transfer runs", "yes", "from carriers' stores to the reception and back"),
    ("Residents' cars to recycling centres", "yes", "trips made for this waste alone, both ways; others cost nothing"),
    ("Making of fuel and electricity", "yes", "well-to-wheel; tank-to-wheel stands apart"),
    ("Residents on foot to a box", "no", "no emissions"),
    ("Residents' ways to parcel shops", "no", "parcels redirected are counted, their ways are not"),
    ("Treatment of the waste", "no", "the same per kilogram wherever it is handed over; lost kilograms are counted"),
    ("Making of boxes, containers and vehicles", "no", "none of the alternatives is given a share"),
    ("Cold starts, load, heating and cooling", "no", "under a few per cent of a tour; alike in all alternatives"),
)
"""Who and what is inside the system that CO2e is counted for."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A difference from the baseline."""

    mean: str
    difference: str
    interval: str
    verdict: str
    judged: int
    """0 better, 1 worse, 2 neither: as in `molosim.report.figures.VERDICTS`."""


@dataclass(frozen=True, slots=True)
class Row:
    """A measure in all alternatives."""

    label: str
    unit: str
    definition: str
    baseline: str
    cells: tuple[Cell, ...]


def compared(outcome: Outcome, names: Iterable[str]) -> list[Row]:
    """Measures with their differences, a cell per alternative other than the baseline."""
    rows = []
    for name in names:
        m = MEASURES[name]
        cells = tuple(_cell(name, outcome.found(other, name)) for other in outcome.alternatives[1:])
        base = number(outcome.mean(outcome.scenario.baseline, name))
        rows.append(Row(m.label, m.unit, m.definition, base, cells))
    return rows


def _cell(name: str, found: Found) -> Cell:
    if found.verdict == "identical":
        return Cell(number(found.mean), "0", "", found.verdict, 2)
    shown, interval = difference(found.difference, found.low, found.high)
    return Cell(number(found.mean), shown, interval, found.verdict, judged(name, found.verdict))


def plausible(outcome: Outcome, names: Iterable[str]) -> list[tuple[str, str, str, list[str]]]:
    """Label, unit, definition and the mean in each alternative."""
    return [
        (
            MEASURES[name].label,
            MEASURES[name].unit,
            MEASURES[name].definition,
            [number(outcome.mean(alternative, name)) for alternative in outcome.alternatives],
        )
        for name in names
    ]


def worst_boxes(outcome: Outcome, alternative: str, count: int = 10) -> list[tuple[str, str, str, str]]:
    """Name, district, kilograms collected and per cent refused of the boxes that refuse most."""
    sites = box_table(outcome, alternative).sort_values(["refused_share", "box"], ascending=[False, True])
    return [
        (str(s["name"]), str(s["district"]), number(s["collected_kg"]), number(s["refused_share"], 2))
        for s in sites.head(count).to_dict("records")
    ]


@dataclass(frozen=True, slots=True)
class Assumption:
    """Where a value of the configuration comes from."""

    key: str
    value: str
    provenance: str
    sources: tuple[str, ...]
    """The facts that the provenance names, in full."""


def assumptions(outcome: Outcome) -> list[Assumption]:
    """A row for each key path of the configuration's provenance."""
    scenario = outcome.scenario.model_dump(mode="json")
    return [
        Assumption(key, _values(scenario, key), text, tuple(_sources(text)))
        for key, text in outcome.scenario.provenance.items()
    ]


def _values(scenario: Mapping[str, Any], key: str) -> str:
    found = list(dict.fromkeys(_found(scenario, key.split("."))))
    return ", ".join(found) if found and len(", ".join(found)) <= 60 else SHOWN_IN_CONFIG_ONLY


def _found(holder: Any, path: list[str]) -> Iterator[str]:
    """Values at a path in which ``*`` stands for any key, as text; a holder of further keys has none of its own."""
    if not path:
        if isinstance(holder, list) and not any(isinstance(item, dict | list) for item in holder):
            yield "[" + ", ".join(map(_plain, holder)) + "]"
        elif not isinstance(holder, dict | list):
            yield _plain(holder)
        return
    items = dict(enumerate(holder)) if isinstance(holder, list) else holder if isinstance(holder, dict) else {}
    for key, value in items.items():
        if path[0] in {"*", str(key)}:
            yield from _found(value, path[1:])


def _plain(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    return tick(value) if isinstance(value, int | float) else str(value)


def _sources(text: str) -> Iterator[str]:
    facts = bundled.facts()
    for name in dict.fromkeys(FACT_ID.findall(text)):
        if fact := facts.get(name):
            value = " ".join(part for part in (fact.value, fact.unit) if part not in NOTHING)
            told = [fact.name, *([value] if value else [])]
            source = f" {fact.source}" if fact.source not in NOTHING else ""
            yield f"{name}. {': '.join(told)}.{source} ({certainty(fact.certainty)})"


def certainty(code: str) -> str:
    """``R; range GK`` spelled out: ``read in the source; range assumption``."""
    spelled = code.replace("->", " -> ").replace("+", " + ")
    if spelled.strip() == "-":
        return "unknown"
    words = {str(short): long for short, long in emissions.CERTAINTY.items()}
    return re.sub(r"\b(R2|R|C|GK)\b", lambda match: words[match.group()], spelled).replace(" -> ", ", then ")


def factors() -> list[tuple[str, str, str, str, str]]:
    """Name, value with unit, source, fact's id and certainty of every emission factor."""
    return [
        (
            f.name,
            f"{tick(f.value, 4)} {f.unit}",
            f.source,
            f.facts or "none",
            emissions.CERTAINTY[f.certainty],
        )
        for f in emissions.factors()
    ]


def reproducibility(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The manifest's keys and values, but for what differs between two runs of the same."""
    return [pair for key, value in manifest.items() if key not in NOT_REPRODUCED for pair in _flat(key, value)]


def _flat(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{key}.{name}", inner)
    else:
        yield key, ", ".join(map(str, value)) if isinstance(value, list) else str(value)
