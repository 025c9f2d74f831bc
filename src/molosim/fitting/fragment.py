"""A fit as configuration: the fitted keys with their provenance, alone or put into a whole configuration."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import tomli_w

from molosim.fitting.estimates import Check, Estimate
from molosim.fitting.fitted import Fitted
from molosim.inputs.scenario import Scenario, dump
from molosim.inputs.table_files import write
from molosim.results.input_copies import beside_copies
from molosim.runtime.files import read_toml

ESTIMATES, CHECKS = "estimates.csv", "checks.csv"
_FACT_LIKE = re.compile(r"\b[MLWAVIX]\d{1,2}\b")


def provenance(fitted: Fitted, on: date) -> dict[str, str]:
    """Where each fitted value comes from, by key path."""
    # A file named as a figure of the bundled facts is not one.
    name = _FACT_LIKE.sub(lambda found: found.group().lower(), fitted.log.sheet.file.name)
    told = {}
    for key in fitted.values:
        of_key = [one for one in fitted.estimates if one.key == key]
        told[key] = f"fitted to {name}, {fitted.period}, on {on}{_spread(of_key)}"
    return told


def _spread(estimates: list[Estimate]) -> str:
    if not estimates:
        return ": as given with the log"
    if len(estimates) > 1:
        return f", n = {sum(one.n for one in estimates):.0f}; intervals beside it"
    one = estimates[0]
    return f", n = {one.n:.0f}; 95 % interval {one.low:.4g} to {one.high:.4g}"


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Tables within tables from key paths."""
    data: dict[str, Any] = {}
    for path, value in values.items():
        *way, last = path.split(".")
        at = data
        for part in way:
            at = at.setdefault(part, {})
        at[last] = value
    return data


def apply(scenario: Scenario, fragment: Path) -> Scenario:
    """A configuration with the values of a fragment in place of its own.

    Raises
    ------
    ScenarioError
        The file is no fragment, or its values do not go with the configuration.
    """
    data = read_toml(fragment)
    told = data.pop("provenance", {})
    return merged(scenario, dict(_flat(data, "")), told)


def merged(scenario: Scenario, values: Mapping[str, Any], told: Mapping[str, str]) -> Scenario:
    """A configuration with other values and their provenance."""
    return scenario.but({**values, "provenance": {**scenario.provenance, **told}})


def _flat(data: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def text_of(fitted: Fitted, on: date) -> str:
    """TOML of the fragment, or with a base of the whole configuration, which names copies of the base's files."""
    told = provenance(fitted, on)
    base = fitted.known.base
    head = [f"Fitted to {fitted.log.sheet.file.name}, {fitted.period}, {len(fitted.log)} events."]
    head += [f"Intervals of all factors are in {ESTIMATES}, tests of the fit in {CHECKS}."]
    if base is None:
        head.append("Values for a configuration; molosim.fitting.fragment.apply puts them into one.")
        body = tomli_w.dumps({**nested(fitted.values), "provenance": told})
    else:
        body = dump(beside_copies(merged(base, fitted.values, told)))
    comments = "".join(f"# {line}\n" for line in [*head, *_intervals(fitted), *fitted.notes])
    return f"{comments}\n{body}"


def _intervals(fitted: Fitted) -> Iterator[str]:
    for one in fitted.estimates:
        if one.key in fitted.values and one.name.rpartition(".")[0] != one.key:
            yield f"{one.key} = {one.value:.4g}, {one.low:.4g} to {one.high:.4g} (n = {one.n:.0f})"


def write_tables(fitted: Fitted, folder: Path) -> None:
    """Estimates and tests as CSV beside the configuration."""
    write(folder / ESTIMATES, _columns(fitted.estimates, Estimate))
    write(folder / CHECKS, _columns(fitted.checks, Check))


def _columns(rows: Sequence[object], kind: type[Estimate | Check]) -> dict[str, list[object]]:
    return {part.name: [_cell(getattr(row, part.name)) for row in rows] for part in fields(kind)}


def _cell(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
