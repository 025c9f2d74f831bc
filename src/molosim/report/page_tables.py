"""Rows of the page's tables; every cell is plain text, which the page escapes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molosim import emissions
from molosim.emissions.grid import conditions_of, factors_of
from molosim.evaluation.measures import MEASURES, models_of
from molosim.inputs.emission_settings import FileGrid
from molosim.report.contrast_figures import judged
from molosim.report.language import mark, tr
from molosim.report.map_figures import box_table
from molosim.report.number_text import difference, number, tick
from molosim.report.run_data import Found, RunData
from molosim.runtime import bundled
from molosim.runtime.files import read_rows

SHOWN_IN_CONFIG_ONLY = mark("see config.toml")
NOTHING = ("", "-")
FACT_ID = re.compile(r"\b[A-Z]\d{1,2}\b")
NOT_REPRODUCED = ("machine", "started", "wall_s", "peak_memory_mb")
"""Parts of the manifest that differ between two runs of the same; the report is the same bytes for both."""

BOUNDARY = [
    (row["what"], row["inside"] == "yes", row["how"]) for row in read_rows(Path(__file__).with_name("boundary.csv"))
]
"""Who and what is inside the system that CO2e is counted for."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A difference from the baseline."""

    mean: str
    difference: str
    interval: str
    verdict: str
    judged: int
    """0 better, 1 worse, 2 neither: as in `molosim.report.contrast_figures.VERDICTS`."""


@dataclass(frozen=True, slots=True)
class Row:
    """A measure in all alternatives."""

    label: str
    unit: str
    definition: str
    baseline: str
    cells: tuple[Cell, ...]


def boundary(outcome: RunData) -> list[tuple[str, bool, str]]:
    """`BOUNDARY` in the language of now, with what hangs on the headline's emission model."""
    cold = outcome.scenario.emissions.model.cold_cars
    own = (mark("Cold starts, and the effect of load"), cold, mark("only by emission models that have them"))
    bus = (mark("Residents by bus"), False, mark("the bus runs anyway; their share stands among the measures"))
    return [(tr(part), counted, tr(how)) for part, counted, how in (*BOUNDARY, bus, own)]


def compared(outcome: RunData, names: Iterable[str]) -> list[Row]:
    """Measures with their differences, a cell per alternative other than the baseline."""
    rows = []
    for name in names:
        m = MEASURES[name]
        cells = tuple(_cell(name, outcome.found(other, name)) for other in outcome.alternatives[1:])
        base = number(outcome.mean(outcome.scenario.baseline, name))
        rows.append(Row(tr(m.label), tr(m.unit), tr(m.definition), base, cells))
    return rows


def _cell(name: str, found: Found) -> Cell:
    if found.verdict == "identical":
        return Cell(number(found.mean), number(0), "", tr(found.verdict), 2)
    shown, interval = difference(found.difference, found.low, found.high)
    return Cell(number(found.mean), shown, interval, tr(found.verdict), judged(name, found.verdict))


def plausible(outcome: RunData, names: Iterable[str]) -> list[tuple[str, str, str, list[str]]]:
    """Label, unit, definition and the mean in each alternative."""
    return [
        (
            tr(MEASURES[name].label),
            tr(MEASURES[name].unit),
            tr(MEASURES[name].definition),
            [number(outcome.mean(alternative, name)) for alternative in outcome.alternatives],
        )
        for name in names
    ]


def worst_boxes(outcome: RunData, alternative: str, count: int = 10) -> list[tuple[str, str, str, str]]:
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
    """The facts that the provenance names, in full, in the language of the facts."""
    certainty: str
    """Of these, as codes: R, R2, C, GK; of a value without a fact what its provenance says."""


def assumptions(outcome: RunData) -> list[Assumption]:
    """A row for each key path of the configuration's provenance."""
    scenario = outcome.scenario.model_dump(mode="json")
    return [
        Assumption(key, _values(scenario, key), text, tuple(_sources(text)), _codes(text))
        for key, text in outcome.scenario.provenance.items()
    ]


def _values(scenario: Mapping[str, Any], key: str) -> str:
    found = list(dict.fromkeys(_found(scenario, key.split("."))))
    return ", ".join(found) if found and len(", ".join(found)) <= 60 else tr(SHOWN_IN_CONFIG_ONLY)


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
            yield f"{name}. {': '.join(told)}.{source}"


def _codes(text: str) -> str:
    """Certainty of the facts that a provenance names; GK for an assumption without one."""
    facts = bundled.facts()
    named = [facts[name].certainty for name in dict.fromkeys(FACT_ID.findall(text)) if name in facts]
    codes = [code for code in dict.fromkeys(named) if code not in NOTHING]
    return "; ".join(codes) or ("GK" if "assumption" in text else "-")


def certainty(code: str) -> str:
    """``R; range GK`` spelled out: ``read in the source; range assumption``."""
    spelled = code.replace("->", " -> ").replace("+", " + ")
    if spelled.strip() == "-":
        return tr("unknown")
    words = re.sub(r"\b(R2|R|C|GK)\b", lambda match: tr(emissions.CERTAINTY[match.group()]), spelled)
    return words.replace(" -> ", f", {tr('then')} ").replace("range", tr("range"))


def factors(outcome: RunData) -> list[tuple[str, str, str, str, str]]:
    """Name, value with unit, source, fact's id and certainty's code of every emission factor, the run's own last."""
    scenario = outcome.scenario
    if isinstance(grid := scenario.emissions.grid, FileGrid):
        copy = grid.model_copy(update={"file": str(outcome.stored.folder / grid.file)})
        said = scenario.emissions.model_copy(update={"grid": copy})
        scenario = scenario.model_copy(update={"emissions": said})
    every = (*emissions.factors(models_of(scenario).values()), *factors_of(scenario.emissions, conditions_of(scenario)))
    return [(f.name, f"{tick(f.value, 4)} {f.unit}", f.source, f.facts or "-", f.certainty) for f in every]


def reproducibility(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The manifest's keys and values, but for what differs between two runs of the same."""
    return [pair for key, value in manifest.items() if key not in NOT_REPRODUCED for pair in _flat(key, value)]


def _flat(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{key}.{name}", inner)
    elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
        yield from _flat(key, dict(enumerate(value)))
    else:
        yield key, ", ".join(map(str, value)) if isinstance(value, list) else str(value)
