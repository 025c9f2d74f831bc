"""Points of a design: each a checked scenario of its own; every invalid factor is told before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molosim.experiments.design import Design, Factor, Value, shown
from molosim.experiments.sampling import sample
from molosim.inputs.cross_checks import entries, known, matches
from molosim.inputs.named_files import file_keys
from molosim.inputs.scenario import MAP_KEYS, Scenario, load
from molosim.runtime.errors import Fault, ScenarioError, did_you_mean, refuse, within

_TOLD = 20
"""Faults told at most; the same mistake at each of a thousand points is one."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where all factors have a value."""

    number: int
    values: dict[str, Value | None]
    """By the factors' names, multiples where a factor is relative."""
    scenario: Scenario


def points(design: Design) -> list[Point]:
    """All points in their order, checked.

    Raises
    ------
    ScenarioError
        With every fault of the base, the overrides and the factors; each names a point that has it.
    """
    base = base_scenario(design)
    targets = _targets(design, base)
    found: list[Point] = []
    faults: dict[tuple[str, str], Fault] = {}
    for number, values in enumerate(sample(design)):
        try:
            found.append(_point(design, base, targets, number, values))
        except ScenarioError as error:
            for fault in error.faults:
                where = f"point {number} ({shown(values)}): {fault.place}"
                faults.setdefault((fault.place, fault.problem), Fault(where, fault.problem))
    if faults:
        told = list(faults.values())
        more = [Fault("design", f"and {len(told) - _TOLD} more faults")] if len(told) > _TOLD else []
        raise ScenarioError([*told[:_TOLD], *more])
    return found


def point_at(design: Design, number: int, values: Mapping[str, Value]) -> Point:
    """A point that need not be one of the design's; factors that ``values`` lacks stay as in the base.

    Raises
    ------
    ScenarioError
        For values that the configuration cannot have, and names that are no factor's.
    """
    faults = [fault for name in values for fault in known("values", name, design.names)]
    refuse(faults)
    base = base_scenario(design)
    return _point(design, base, _targets(design, base), number, {**dict.fromkeys(design.names), **values})


def base_scenario(design: Design) -> Scenario:
    """What all points share: base, overrides, seed, replications, alternatives.

    Raises
    ------
    ScenarioError
        As `molosim.inputs.scenario.load` and `Scenario.but`, and for alternatives that the base does not have.
    """
    beside = design.folder / design.base
    # What figures come from is no part of their outcome, and is slow to check a thousand times.
    base = load(beside if beside.is_file() else design.base).model_copy(update={"provenance": {}})
    changes: dict[str, Any] = {key: _found(design, key, value) for key, value in design.overrides.items()}
    with within("overrides"):
        base = base.but({**changes, "horizon.replications": design.replications})
    if design.seed is not None:
        base = base.but(seed=design.seed)
    if design.alternatives is None:
        return base
    faults = [fault for name in design.alternatives for fault in known("alternatives", name, base.alternatives)]
    refuse(faults)
    wanted = {base.baseline, *design.alternatives}
    return base.but(alternatives={name: policy for name, policy in base.alternatives.items() if name in wanted})


@dataclass(frozen=True, slots=True)
class _Target:
    """A key path that a factor moves, and what the base has there."""

    path: str
    base: Any

    def value(self, factor: Factor, value: Value) -> Value:
        """What to put there."""
        if factor.relative:
            value = self.base * value
        whole = isinstance(self.base, int) and not isinstance(self.base, bool)
        return round(value) if whole and isinstance(value, float) else value


Targets = Mapping[str, tuple[_Target, ...]]


def _targets(design: Design, base: Scenario) -> Targets:
    """Key paths of each factor, wildcards told out."""
    there = dict(entries(base.model_dump(mode="json")))
    faults: list[Fault] = []
    targets: dict[str, tuple[_Target, ...]] = {}
    for factor in design.factors:
        place, mine = f"factors.{factor.name}", []
        for key in factor.keys:
            paths = [path for path in there if matches(path, key)]
            if not paths:
                faults.append(Fault(f"{place}.key", f"no key '{key}' in {design.base}" + did_you_mean(key, there)))
            mine += [_Target(path, there[path]) for path in paths]
        numbers = all(isinstance(t.base, int | float) and not isinstance(t.base, bool) for t in mine)
        if factor.relative and not numbers:
            faults.append(Fault(f"{place}.relative", "needs keys whose base values are numbers"))
        targets[factor.name] = tuple(mine)
    refuse(faults)
    return targets


def _point(design: Design, base: Scenario, targets: Targets, number: int, values: Mapping[str, Value | None]) -> Point:
    changes: dict[str, Any] = {}
    own = dict(values)
    for factor in design.factors:
        value = values[factor.name]
        if value is None:
            first = targets[factor.name][0].base
            own[factor.name] = 1.0 if factor.relative else first if isinstance(first, Value) else str(first)
            continue
        for target in targets[factor.name]:
            changes[target.path] = _found(design, target.path, target.value(factor, value))
        if not factor.relative:
            own[factor.name] = targets[factor.name][0].value(factor, value)
    return Point(number, own, base.but(changes))


def _found(design: Design, key: str, value: Any) -> Any:
    """A file beside the design by its whole path; anything else as it is."""
    if _names_file(key) and isinstance(value, str) and (design.folder / value).is_file():
        return str((design.folder / value).resolve())
    return value


def _names_file(key: str) -> bool:
    """Whether a key's value is the name of a file, or may be: of maps, and of a user's own components."""
    known_keys = (*file_keys(Scenario), *(f"map.{name}" for name in MAP_KEYS))
    own = key.startswith(("alternatives.", "emissions.model.", "residents.demand."))
    return own or any(matches(key, pattern) or matches(pattern, key) for pattern in known_keys)


def files(design: Design) -> Iterator[Path]:
    """Files beside the design that its overrides and factors name, as paths relative to its folder."""
    named = [value for key, value in design.overrides.items() if _names_file(key)]
    named += [value for factor in design.factors if any(map(_names_file, factor.keys)) for value in factor.values or ()]
    for name in named:
        path = Path(str(name))
        if not path.is_absolute() and ".." not in path.parts and (design.folder / path).is_file():
            yield path
