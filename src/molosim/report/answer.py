"""The answer in words: one sentence with its number and interval, then what else is gained and lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from molosim.emissions import MODELS
from molosim.measures import HEADLINE, MEASURES
from molosim.report.folder import Found, Outcome
from molosim.report.text import THIN, fixed, listed, number, quantity, span

KINDS = {
    "shared": "Letting the delivery vans take the waste along",
    "hybrid": "Letting the delivery vans take the waste along, with a collection vehicle for what gets too full,",
    "dedicated": "Fetching the waste with a collection vehicle of its own",
    "none": "Taking no waste at the boxes",
}
CITY = "co2e_wtw_city_kg"
UNIT = "kg CO2e"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the experiment says."""

    first: str
    """The answer in one sentence."""
    more: tuple[str, ...]
    loses: tuple[tuple[str, tuple[str, ...]], ...]
    """Alternatives with a line for each headline measure in which they do worse than the baseline."""


def answer(outcome: Outcome) -> Answer:
    """Words for an outcome."""
    return Answer(_first(outcome), (*_small_truths(outcome), _effort(outcome)), _losses(outcome))


def _first(outcome: Outcome) -> str:
    name, baseline = outcome.sharing, outcome.scenario.baseline
    found, kind = outcome.found(name, CITY), outcome.scenario.alternatives[name].kind
    what, size = KINDS[kind], quantity(abs(found.difference), UNIT)
    who = "Sharing" if kind in {"shared", "hybrid"} else f"'{name}'"
    subject = f"{what} ('{name}')"
    against = f"than '{baseline}' {_period(outcome)}, the whole city counted"
    side = "less" if found.difference < 0 else "more"
    if found.verdict in {"less", "more"}:
        ends = sorted((abs(found.low), abs(found.high)))
        interval = f"95 % interval {span(ends[0], ends[1], UNIT)} {side}, {found.n} paired replications"
        lead = f"{who} saves CO2 here" if side == "less" else f"{who} loses here"
        lead += "" if len(set(_by_model(outcome).values())) == 1 else ", by some emission models and not by others"
        return f"{lead}: {_lower(subject)} emits {size} {side} {against} ({interval})."
    if found.verdict == "one replication, no interval":
        return f"One replication only, so no interval: {_lower(subject)} emitted {size} {side} {against}."
    if found.verdict == "identical":
        return f"No difference at all: {_lower(subject)} emits as much CO2e as '{baseline}' in every replication."
    if found.verdict == "not defined":
        return f"No answer: no replication has both '{name}' and '{baseline}'."
    interval = f"95 % interval of the difference {span(found.low, found.high, UNIT)}, {found.n} paired replications"
    return f"No difference shown: {_lower(subject)} emits neither more nor less CO2e {against} ({interval})."


def planning(gap: Mapping[str, float]) -> str:
    """How good the plans are, by the reference that the manifest has; empty where it has none."""
    if not gap:
        return ""
    drive, all_time = (fixed(100 * gap[key], 1) for key in ("driving_gap_mean", "gap_mean"))
    return (
        f"On {number(gap['days'])} sampled days, tours with inserted pick-ups drive {drive}{THIN}% longer than those "
        f"that a joint solver (PyVRP) found for the same stops; with the time at stops it is {all_time}{THIN}%."
    )


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def _period(outcome: Outcome) -> str:
    days = outcome.scenario.horizon.days
    return "in a year" if days in {365, 366} else f"in {days} days"


def _effort(outcome: Outcome) -> str:
    told = (
        ("km_waste", "kilometres driven for waste by operators"),
        ("trips_waste_vehicles", "trips made for waste alone"),
        ("h_waste", "hours spent on it"),
        ("cost_waste", "cost of collecting it (EUR)"),
    )
    parts = [f"{words} {_change(outcome.found(outcome.sharing, name))}" for name, words in told]
    return f"For the operators, against '{outcome.scenario.baseline}': {'; '.join(parts)}."


def _change(found: Found) -> str:
    if found.verdict == "identical":
        return "do not change"
    doubt = "" if found.verdict in {"less", "more"} else f" ({found.verdict})"
    return f"{number(found.mean_baseline)} → {number(found.mean)}{doubt}"


def _small_truths(outcome: Outcome) -> list[str]:
    name, baseline = outcome.sharing, outcome.scenario.baseline
    city, vans = outcome.found(name, CITY), outcome.mean(baseline, "co2e_wtw_vans_kg")
    lines = []
    if vans and city.verdict in {"less", "more"}:
        per_cent = number(100 * abs(city.difference) / vans, 2)
        lines.append(
            f"That is {per_cent}{THIN}% of what the delivery vans emit ({quantity(vans, UNIT)} in '{baseline}'), "
            f"nearly all of it for parcels."
        )
    operators = outcome.found(name, "co2e_wtw_operations_kg")
    lines.append(f"Operators alone, without residents' cars: {_difference(operators, UNIT)}.")
    verdicts = _by_model(outcome)
    if len(set(verdicts.values())) == 1:
        said = next(iter(verdicts.values()))
        lines.append(f"All {len(verdicts)} emission models say the same of the city's CO2e: {said}.")
    else:
        said = listed([f"{verdict} by '{label}'" for label, verdict in verdicts.items()])
        lines.append(f"The emission models do not agree on the city's CO2e: {said}.")
    return lines


def _by_model(outcome: Outcome) -> dict[str, str]:
    """What each emission model says of the city's CO2e."""
    found = {m.label: outcome.found(outcome.sharing, f"co2e_wtw_city_{key}_kg").verdict for key, m in MODELS.items()}
    return {label: verdict for label, verdict in found.items() if verdict != "not defined"}


def _losses(outcome: Outcome) -> tuple[tuple[str, tuple[str, ...]], ...]:
    told = ((alternative, tuple(_lost(outcome, alternative))) for alternative in outcome.alternatives[1:])
    return tuple((alternative, lines) for alternative, lines in told if lines)


def _lost(outcome: Outcome, alternative: str) -> Iterator[str]:
    for name in HEADLINE:
        m, found = MEASURES[name], outcome.found(alternative, name)
        if m.better is None or found.verdict not in {"less", "more"} or found.verdict == m.better:
            continue
        unit = "percentage points" if m.unit == "%" else m.unit
        yield f"{m.label}: {_difference(found, unit)}, from {quantity(found.mean_baseline, m.unit)}"


def _difference(found: Found, unit: str) -> str:
    """``46 kg less (95 % interval 42 to 50 kg)``, or the verdict where none is shown."""
    if found.verdict not in {"less", "more"}:
        return found.verdict
    ends = sorted((abs(found.low), abs(found.high)))
    return f"{quantity(abs(found.difference), unit)} {found.verdict} (95 % interval {span(ends[0], ends[1], unit)})"
