"""The answer in words: one sentence with its number and interval, then what else is gained and lost."""

from __future__ import annotations

from dataclasses import dataclass

from molosim.emissions import MODELS
from molosim.measures import HEADLINE, MEASURES
from molosim.report.folder import Found, Outcome
from molosim.report.text import THIN, listed, number, quantity, span

KINDS = {
    "shared": "Letting the delivery vans take the waste along",
    "hybrid": "Letting the delivery vans take the waste along, with a collection vehicle for what gets too full,",
    "dedicated": "Fetching the waste with a collection vehicle of its own",
    "none": "Taking no waste at the boxes",
}
CITY = "co2e_wtw_city_kg"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the experiment says."""

    first: str
    """The answer in one sentence."""
    more: tuple[str, ...]
    loses: tuple[str, ...]
    """One line for each headline measure in which an alternative does worse than the baseline."""


def answer(outcome: Outcome) -> Answer:
    """Words for an outcome."""
    return Answer(_first(outcome), (_effort(outcome), *_small_truths(outcome)), _losses(outcome))


def _first(outcome: Outcome) -> str:
    name, baseline, days = outcome.sharing, outcome.scenario.baseline, outcome.scenario.horizon.days
    found = outcome.found(name, CITY)
    subject = f"{KINDS[outcome.scenario.alternatives[name].kind]} ('{name}')"
    against = f"than '{baseline}' in {days} days"
    verdict, size = found.verdict, quantity(abs(found.difference), "kg CO2e")
    if verdict in {"less", "more"}:
        ends = sorted((abs(found.low), abs(found.high)))
        interval = f"95 % interval {span(ends[0], ends[1], 'kg CO2e')}, {outcome.n} paired replications"
        verb, side = ("saves", "less") if verdict == "less" else ("costs", "more")
        return f"{subject} {verb} the city {size}: it emits that much {side} {against} ({interval})."
    if verdict == "one replication, no interval":
        side = "less" if found.difference < 0 else "more"
        return f"{subject} emitted {size} {side} {against} in one replication; one replication has no interval."
    if verdict == "identical":
        return f"{subject} changes nothing in the city's CO2e against '{baseline}' in {days} days."
    if verdict == "not defined":
        return f"{subject} cannot be compared with '{baseline}': no replication has both."
    interval = f"95 % interval of the difference {span(found.low, found.high, 'kg CO2e')}"
    return (
        f"{subject} shows no difference from '{baseline}' in the city's CO2e in {days} days "
        f"({interval}, {outcome.n} paired replications)."
    )


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
    if vans:
        per_cent = number(100 * abs(city.difference) / vans, 2)
        lines.append(
            f"That is {per_cent}{THIN}% of what the delivery vans emit anyway "
            f"({quantity(vans, 'kg CO2e')} in '{baseline}'): deliveries, not waste, are the city's larger matter."
        )
    operators = outcome.found(name, "co2e_wtw_operations_kg")
    lines.append(
        f"Without residents' cars, the operators' CO2e changes from "
        f"{quantity(operators.mean_baseline, 'kg')} to {quantity(operators.mean, 'kg')} "
        f"({operators.verdict})."
    )
    verdicts = {model.label: outcome.found(name, f"co2e_wtw_city_{key}_kg").verdict for key, model in MODELS.items()}
    if len(set(verdicts.values())) == 1:
        lines.append(f"Both emission models say the same of the city's CO2e: {next(iter(verdicts.values()))}.")
    else:
        said = listed([f"'{label}' says: {verdict}" for label, verdict in verdicts.items()])
        lines.append(f"The emission models do not agree on the city's CO2e: {said}.")
    return lines


def _losses(outcome: Outcome) -> tuple[str, ...]:
    lines = []
    for alternative in outcome.alternatives[1:]:
        for name in HEADLINE:
            m, found = MEASURES[name], outcome.found(alternative, name)
            if m.better is None or found.verdict not in {"less", "more"} or found.verdict == m.better:
                continue
            before, after = quantity(found.mean_baseline, m.unit), quantity(found.mean, m.unit)
            interval = span(found.low, found.high, m.unit)
            lines.append(f"'{alternative}': {m.label}: {before} → {after}; difference {interval}")
    return tuple(lines)
