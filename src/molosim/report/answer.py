"""The answer in words: one sentence with its number and interval, then what else is gained and lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from molosim.emissions import MODELS
from molosim.evaluation.measures import HEADLINE, MEASURES
from molosim.report.language import mark, tr
from molosim.report.number_text import fixed, listed, lowered, number, quantity, span
from molosim.report.run_data import Found, RunData

CITY = "co2e_wtw_city_kg"
UNIT = "kg CO2e"
EFFORT = (
    ("km_waste", mark("kilometres driven for waste by operators")),
    ("trips_waste_vehicles", mark("trips made for waste alone")),
    ("h_waste", mark("hours spent on it")),
    ("cost_waste", mark("cost of collecting it (EUR)")),
)
BORNE = ("co2e_wtw_vans_kg", "km_vans", "h_vans", "cost_vans")
"""What a van that takes waste along has more of, whatever the city saves."""
TOGETHER = {
    ("less", "less"): mark("Cost and CO2e together: cheaper and greener."),
    ("less", "more"): mark("Cost and CO2e together: greener but dearer."),
    ("more", "less"): mark("Cost and CO2e together: cheaper, but with more CO2e."),
    ("more", "more"): mark("Cost and CO2e together: dearer and with more CO2e."),
}
"""By the verdicts on the city's CO2e and on its cost."""
VERDICTS = (
    mark("less"), mark("more"), mark("no difference shown"), mark("identical"), mark("not defined"),
    mark("one replication, no interval"), mark("infeasible"),
)  # fmt: skip
"""What `molosim.evaluation.statistics` says of a difference."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the experiment says."""

    short: str
    """The answer in a few words with its number; empty where `first` is no longer."""
    first: str
    """The answer in one sentence."""
    more: tuple[str, ...]
    loses: tuple[tuple[str, tuple[str, ...]], ...]
    """Alternatives with a line for each headline measure in which they do worse than the baseline."""
    borne: tuple[str, ...]
    """What the alternative that the answer is about asks of the delivery vans: a line for each measure that rises."""


def answer(outcome: RunData) -> Answer:
    """Words for an outcome."""
    more = (*_small_truths(outcome), _effort(outcome))
    borne = tuple(_worse(outcome, outcome.sharing, BORNE))
    return Answer(_short(outcome), _first(outcome), more, _losses(outcome), borne)


def _short(outcome: RunData) -> str:
    found = outcome.found(outcome.sharing, CITY)
    told = {"size": quantity(abs(found.difference), UNIT), "period": _period(outcome)}
    if found.verdict == "less":
        return tr("{lead}: {size} less {period}.", lead=_lead(outcome, saves=True), **told)
    if found.verdict == "more":
        return tr("{lead}: {size} more {period}.", lead=_lead(outcome, saves=False), **told)
    return ""


def _first(outcome: RunData) -> str:
    name, baseline = outcome.sharing, outcome.scenario.baseline
    found, policy = outcome.found(name, CITY), outcome.scenario.alternatives[name]
    told = {
        "subject": f"{lowered(tr(policy.subject))} ('{name}')",
        "baseline": baseline,
        "period": _period(outcome),
        "size": quantity(abs(found.difference), UNIT),
        "n": number(found.n),
    }
    saves = found.difference < 0
    if found.verdict in {"less", "more"}:
        ends = sorted((abs(found.low), abs(found.high)))
        told |= {"interval": span(ends[0], ends[1], UNIT), "lead": _lead(outcome, saves=saves)}
        if saves:
            return tr(
                "{lead}: {subject} emits {size} less than '{baseline}' {period}, the whole city counted "
                "(95 % interval {interval} less, {n} paired replications).", **told,
            )  # fmt: skip
        return tr(
            "{lead}: {subject} emits {size} more than '{baseline}' {period}, the whole city counted "
            "(95 % interval {interval} more, {n} paired replications).", **told,
        )  # fmt: skip
    return _unsure(found, told, saves=saves)


def _unsure(found: Found, told: dict[str, str], *, saves: bool) -> str:
    if found.verdict == "one replication, no interval":
        if saves:
            return tr(
                "One replication only, so no interval: {subject} emitted {size} less than '{baseline}' {period}, "
                "the whole city counted.", **told,
            )  # fmt: skip
        return tr(
            "One replication only, so no interval: {subject} emitted {size} more than '{baseline}' {period}, "
            "the whole city counted.", **told,
        )  # fmt: skip
    if found.verdict == "identical":
        return tr("No difference at all: {subject} emits as much CO2e as '{baseline}' in every replication.", **told)
    if found.verdict == "infeasible":
        return tr(
            "No answer, for a plan is infeasible: with {subject} or with '{baseline}' tours took more than their "
            "vehicles' batteries had. The breaches of range say how many.", **told,
        )  # fmt: skip
    if found.verdict == "not defined":
        return tr("No answer: there is no replication in which both {subject} and '{baseline}' have a value.", **told)
    return tr(
        "No difference shown: {n} paired replications cannot tell whether {subject} emits more or less CO2e than "
        "'{baseline}' {period}, the whole city counted (95 % interval of the difference {interval}).",
        **told, interval=span(found.low, found.high, UNIT),
    )  # fmt: skip


def _lead(outcome: RunData, *, saves: bool) -> str:
    shares = outcome.scenario.alternatives[outcome.sharing].shares
    who = tr("Sharing") if shares else f"'{outcome.sharing}'"
    if len(set(_by_model(outcome).values())) == 1:
        return tr("{who} saves CO2 here", who=who) if saves else tr("{who} loses here", who=who)
    if saves:
        return tr("{who} saves CO2 here, by some emission models and not by others", who=who)
    return tr("{who} loses here, by some emission models and not by others", who=who)


def planning(gap: Mapping[str, float]) -> str:
    """How good the plans are, by the reference that the manifest has; empty where it has none."""
    if not gap:
        return ""
    drive, all_time = (fixed(100 * gap[key], 1) for key in ("driving_gap_mean", "gap_mean"))
    return tr(
        "On {days} sampled days, tours with inserted pick-ups drive {drive} % longer than those that a joint solver "
        "(PyVRP) found for the same stops; with the time at stops it is {all_time} %.",
        days=number(gap["days"]), drive=drive, all_time=all_time,
    )  # fmt: skip


def _period(outcome: RunData) -> str:
    days = outcome.scenario.horizon.days
    return tr("in a year") if days in {365, 366} else tr("in {n} days", n=number(days))


def _effort(outcome: RunData) -> str:
    parts = [f"{tr(words)} {_change(outcome.found(outcome.sharing, name))}" for name, words in EFFORT]
    lead = tr("For the operators, against '{baseline}': ", baseline=outcome.scenario.baseline)
    return f"{lead}{'; '.join(parts)}."


def _change(found: Found) -> str:
    if found.verdict == "identical":
        return tr("do not change")
    doubt = "" if found.verdict in {"less", "more"} else f" ({tr(found.verdict)})"
    return f"{number(found.mean_baseline)} → {number(found.mean)}{doubt}"


def _small_truths(outcome: RunData) -> Iterator[str]:
    name, baseline = outcome.sharing, outcome.scenario.baseline
    city, vans = outcome.found(name, CITY), outcome.mean(baseline, "co2e_wtw_vans_kg")
    if vans and city.verdict in {"less", "more"}:
        yield tr(
            "That is {share} % of what the delivery vans emit ({vans} in '{baseline}'), nearly all of it for parcels.",
            share=number(100 * abs(city.difference) / vans, 2), vans=quantity(vans, UNIT), baseline=baseline,
        )  # fmt: skip
    operators, residents = (outcome.found(name, f"co2e_wtw_{side}_kg") for side in ("operations", "residents"))
    yield tr("Operators alone, without residents' cars: {change}.", change=changed(operators, UNIT))
    yield tr("Residents' cars alone: {change}.", change=changed(residents, UNIT))
    cost = outcome.found(name, "cost_city")
    if words := TOGETHER.get((city.verdict, cost.verdict)):
        size = tr("The whole city's cost: {change}.", change=changed(cost, "EUR"))
        yield f"{tr(words)} {size}"
    verdicts = _by_model(outcome)
    if len(set(verdicts.values())) == 1:
        said = tr(next(iter(verdicts.values())))
        yield tr("All {n} emission models say the same of the city's CO2e: {verdict}.", n=len(verdicts), verdict=said)
    else:
        by = [tr("{verdict} by '{model}'", verdict=tr(v), model=tr(label)) for label, v in verdicts.items()]
        yield tr("The emission models do not agree on the city's CO2e: {said}.", said=listed(by))


def _by_model(outcome: RunData) -> dict[str, str]:
    """What each emission model says of the city's CO2e."""
    names = {f"co2e_wtw_city_{key}_kg": model.label for key, model in MODELS.items()}
    found = {
        label: outcome.found(outcome.sharing, m).verdict for m, label in names.items() if m in outcome.replications
    }
    return {label: verdict for label, verdict in found.items() if verdict != "not defined"}


def _losses(outcome: RunData) -> tuple[tuple[str, tuple[str, ...]], ...]:
    told = ((alternative, tuple(_worse(outcome, alternative, HEADLINE))) for alternative in outcome.alternatives[1:])
    return tuple((alternative, lines) for alternative, lines in told if lines)


def _worse(outcome: RunData, alternative: str, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        m, found = MEASURES[name], outcome.found(alternative, name)
        if m.better is None or found.verdict not in {"less", "more"} or found.verdict == m.better:
            continue
        unit = mark("percentage points") if m.unit == "%" else m.unit
        base = quantity(found.mean_baseline, m.unit)
        yield tr("{measure}: {change}, from {base}", measure=tr(m.label), change=changed(found, unit), base=base)


def changed(found: Found, unit: str) -> str:
    """``46 kg less (95 % interval 42 to 50 kg)``, or the verdict where none is shown."""
    if found.verdict not in {"less", "more"}:
        return tr(found.verdict)
    ends = sorted((abs(found.low), abs(found.high)))
    told = {"size": quantity(abs(found.difference), unit), "interval": span(ends[0], ends[1], unit)}
    if found.verdict == "less":
        return tr("{size} less (95 % interval {interval})", **told)
    return tr("{size} more (95 % interval {interval})", **told)
