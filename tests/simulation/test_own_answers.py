"""What policies and demand of a user's own are given cannot be changed; what they answer is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.worlds import small_scenario, small_sites

from molosim.demand.demand import Catchment, Demand, ParcelsAddressed, ParcelsSent, WasteArisen, demand_context
from molosim.inputs.days import days_of
from molosim.policies.dedicated import Dedicated
from molosim.policies.policy import BoxStatus, CollectionPolicy, Detour, Today, Visit
from molosim.policies.shared import Shared
from molosim.policies.trigger import Trigger
from molosim.runtime.errors import ScenarioError
from molosim.simulation.alternative_run import prepare, simulate
from molosim.simulation.chance import draw
from molosim.simulation.decisions import Decisions
from molosim.simulation.world import World

BOXES = tuple(BoxStatus(box, 0.5, 2.0, 0.1) for box in range(3))
TODAY = Today(3, 3)


class Says(CollectionPolicy):
    """Answers as it is told."""

    answer: Any

    def visits(self, boxes: Sequence[BoxStatus], today: Today) -> Sequence[Visit]:
        return self.said(boxes)

    def detours(self, boxes: Sequence[BoxStatus], today: Today) -> Sequence[Detour]:
        return self.said(boxes)

    def pickup_fill(self, boxes: Sequence[BoxStatus], today: Today, carrier: str) -> Any:
        return self.said(boxes)

    def said(self, boxes: Sequence[BoxStatus]) -> Any:
        return self.answer(boxes) if callable(self.answer) else self.answer


def out_of_range(*_: object) -> Any:
    raise IndexError("out of range")


def asked(method: str, policy: CollectionPolicy) -> Any:
    decisions = Decisions(policy, "mine", len(BOXES))
    return {
        "visits": lambda: decisions.visits(BOXES, TODAY, ["truck"]),
        "detours": lambda: decisions.detours(BOXES, TODAY, ["Alfa"]),
        "pickup_fill": lambda: decisions.pickup_ppm(BOXES, TODAY, "Alfa"),
    }[method]()


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(ScenarioError) as caught:
        call()
    (fault,) = caught.value.faults
    assert "\n" not in str(fault)
    return str(fault)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ((), {}),
        ([Visit(2), Visit(0, "truck")], {None: [2], "truck": [0]}),
        ([Visit(np.int64(1))], {None: [1]}),  # type: ignore[arg-type]
        (lambda boxes: (Visit(one.box) for one in boxes), {None: [0, 1, 2]}),
    ],
)
def test_visits_are_boxes_by_vehicle(answer: Any, found: object) -> None:
    assert asked("visits", Says(answer=answer)) == found


@pytest.mark.parametrize(("answer", "ppm"), [(0.25, 250_000), (1, 1_000_000), (np.float32(0.5), 500_000)])
def test_a_fill_is_one_for_all_boxes_or_one_for_each(answer: Any, ppm: int) -> None:
    assert asked("pickup_fill", Says(answer=answer)) == [ppm] * 3
    assert asked("pickup_fill", Says(answer=[answer, 0, 0.1])) == [ppm, 0, 100_000]
    assert asked("pickup_fill", Says(answer=np.array([answer, 0, 0.1]))) == [ppm, 0, 100_000]


@pytest.mark.parametrize(
    ("method", "answer", "line"),
    [
        ("visits", None, "returned None; must be a list of Visit"),
        ("visits", [0, 1], "returned 0; must be a list of Visit"),
        ("visits", [(0, None)], "returned (0, None); must be a list of Visit"),
        ("visits", {Visit(0)}, "returned {Visit(box=0, vehicle=None)}; must be a list of Visit"),
        *[
            ("visits", [Visit(box)], f"names box {box!r}; boxes are numbered 0 to 2")
            for box in ("0", 0.5, 0.0, True, 3)
        ],
        ("visits", [Visit(0), Visit(0, "truck")], "names a box twice on one day"),
        ("visits", [Visit(0, "tank")], "sends a 'tank'; the municipality has truck"),
        ("detours", None, "returned None; must be a list of Detour"),
        ("detours", [(0, 60)], "returned (0, 60); must be a list of Detour"),
        ("detours", [Detour(-1, 60)], "names box -1; boxes are numbered 0 to 2"),
        ("detours", [Detour(0, 60), Detour(0, 90)], "names a box twice on one day"),
        *[
            ("detours", [Detour(0, most)], f"allows {most!r} seconds; must be a number from 0 to 1e+12")
            for most in ("600", -5, float("inf"), float("nan"), 1e30, True)
        ],
        ("detours", [Detour(0, 60, "Alfa")], "asks 'Alfa'; must be a tuple of names, or None for all"),
        ("detours", [Detour(0, 60, ("Gamma",))], "asks 'Gamma'; carriers are Alfa"),
        ("pickup_fill", True, "says True; a fill is a share from 0 to 1"),
        ("pickup_fill", "0.5", "says '0'; a fill is a share from 0 to 1"),
        ("pickup_fill", {0: 0.2}, "says {0: 0.2}; a fill is a share from 0 to 1"),
        ("pickup_fill", [0.1, None, 0.1], "says None; a fill is a share from 0 to 1"),
        ("pickup_fill", 1.5, "says 1.5; a fill is a share from 0 to 1"),
        ("pickup_fill", [0.1], "has 1 entries; there are 3 boxes"),
    ],
)
def test_an_answer_that_nobody_could_carry_out_is_one_line(method: str, answer: Any, line: str) -> None:
    said = refused(lambda: asked(method, Says(answer=answer)))
    assert said == f"alternatives.mine: {__name__}:Says.{method} {line}"


def test_entries_of_two_dimensions_are_refused() -> None:
    assert "says array(" in refused(lambda: asked("pickup_fill", Says(answer=np.full((3, 2), 0.5))))


@pytest.mark.parametrize("method", ["visits", "detours", "pickup_fill"])
@pytest.mark.parametrize("error", [IndexError("list index out of range"), SystemExit(0), ScenarioError.at("x", "y")])
def test_an_error_of_a_users_own_class_is_its_line_and_no_defect(method: str, error: BaseException) -> None:
    def fail(boxes: object) -> None:
        raise error

    said = refused(lambda: asked(method, Says(answer=fail)))
    if isinstance(error, ScenarioError):
        assert said == "alternatives.mine.x: y"
    else:
        told = re.escape(f"{type(error).__name__}: {error}")
        where = rf"alternatives\.mine: .*:Says\.{method} raised {told} \(test_own_answers\.py, line \d+\)"
        assert re.fullmatch(where, said)


def test_what_ends_the_program_or_is_its_own_fault_stays_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (KeyboardInterrupt(), MemoryError()):
        with pytest.raises(type(error)):
            asked("visits", Says(answer=lambda boxes, error=error: (_ for _ in ()).throw(error)))
    monkeypatch.setattr(Shared, "detours", out_of_range)
    with pytest.raises(IndexError):
        asked("detours", Shared())


class WrongSignature(CollectionPolicy):
    """Misses the day."""

    def visits(self, boxes: Any) -> Any:  # type: ignore[override]
        return boxes


class Broken(Trigger):
    """Fails below a shipped policy."""

    def due(self, boxes: Sequence[BoxStatus], today: Today) -> list[int]:
        return [boxes[99].box]


def test_a_wrong_signature_and_a_broken_trigger_are_told_at_their_key() -> None:
    said = refused(lambda: asked("visits", WrongSignature()))
    assert f"alternatives.mine: {__name__}:WrongSignature.visits raised TypeError: " in said
    said = refused(lambda: asked("visits", Dedicated(trigger=Broken())))
    assert said.startswith(f"alternatives.mine.trigger: {__name__}:Broken.due raised IndexError: tuple index out of")


@pytest.mark.parametrize("write", ["sort", "pop", "clear"])
def test_a_policy_cannot_change_the_boxes_that_others_are_shown(world_of: Callable[..., World], write: str) -> None:
    world = world_of({"horizon.days": 2, "horizon.warmup_days": 0})
    mine = {"mine": Says(answer=lambda boxes: getattr(boxes, write)())}
    world = replace(world, scenario=world.scenario.model_copy(update={"alternatives": mine}))
    said = refused(lambda: simulate(world, prepare(world, 0), "mine"))
    assert "raised AttributeError: 'tuple' object has no attribute" in said


NONE = np.zeros(0, np.int64)
FINE = {
    "parcels": ParcelsAddressed(NONE, NONE, NONE, NONE),
    "sent": ParcelsSent(NONE, NONE, NONE, NONE),
    "waste": WasteArisen(np.array([50_000]), np.array([500])),
}


class Arises(Demand):
    """Says as it is told, or what is fine."""

    told: Any = None

    def parcels(self, homes: Catchment, context: Any, rng: Any) -> Any:
        return self.say("parcels", rng)

    def sent(self, homes: Catchment, context: Any, rng: Any) -> Any:
        return self.say("sent", rng)

    def waste(self, homes: Catchment, waste: Any, context: Any, rng: Any) -> Any:
        return self.say("waste", rng)

    def say(self, what: str, rng: Any) -> Any:
        said = (self.told or {}).get(what, FINE[what])
        return said(rng) if callable(said) else said


def drawn(**told: Any) -> Any:
    scenario = small_scenario()
    residents = scenario.residents.model_copy(update={"demand": Arises(told=told)})
    scenario = scenario.model_copy(update={"residents": residents})
    return draw(scenario, small_sites(2), days_of(scenario.horizon), 50, 0)


@pytest.mark.parametrize("none", [[], np.array([]), NONE, np.zeros(0, np.int8)], ids=repr)
def test_an_empty_table_is_one_of_whatever_type(none: Any) -> None:
    found = drawn(parcels=ParcelsAddressed(none, none, none, none), waste=WasteArisen(none, none))
    assert len(found.parcels) == len(found.deposits) == 0


@pytest.mark.parametrize(
    ("method", "said", "line"),
    [
        ("parcels", None, "found None; must be ParcelsAddressed"),
        ("parcels", FINE["waste"], "found WasteArisen("),
        ("sent", (NONE, NONE, NONE, NONE), "must be ParcelsSent"),
        ("waste", WasteArisen(0, 100), "found arrays of second (), mass_g (); all must have one dimension"),  # type: ignore[arg-type]
        ("waste", WasteArisen(*np.ones((2, 2, 2), int)), "found arrays of second (2, 2), mass_g (2, 2); all must have"),
        ("waste", WasteArisen(np.array([1]), np.array([2, 3])), "found arrays of second (1,), mass_g (2,); all must"),
        (
            "waste",
            WasteArisen(np.array([1]), np.array([2**33])),
            "mass_g 8589934592 to 8589934592; must be at least 1 an",
        ),
        ("waste", WasteArisen(np.array([1]), np.array([2.5])), "found mass_g of float64; must be whole numbers"),
        ("waste", WasteArisen(np.array([1]), np.ma.array([2], mask=[1])), "found mass_g of masked entries; must be"),  # type: ignore[no-untyped-call]
        ("waste", WasteArisen(np.array([-1]), np.array([9])), "found second -1 to -1; must be at least 0 and below"),
    ],
)
def test_what_cannot_arise_is_one_line(method: str, said: Any, line: str) -> None:
    told = refused(lambda: drawn(**{method: said}))
    assert told.startswith(f"residents.demand: {__name__}:Arises.{method}, box 'box 0': ")
    assert line in told


def test_what_a_demand_fails_with_is_one_line() -> None:
    told = refused(lambda: drawn(sent=out_of_range))
    assert re.search(r":Arises\.sent raised IndexError: .* \(test_own_answers\.py, line \d+\)$", told)


def test_chance_that_is_not_the_generators_is_found_and_asking_twice_moves_no_draw() -> None:
    foreign = np.random.RandomState(1)

    def own(rng: Any) -> Any:
        return WasteArisen(rng.integers(0, 86_400, 5), np.full(5, 500))

    told = refused(lambda: drawn(waste=lambda _: own(foreign_rng(foreign))))
    assert told.endswith("draws otherwise when asked again; all chance must come from its rng")
    deposits = drawn(waste=own).deposits
    assert len(deposits) == 2 * 5 * len(small_scenario().residents.deposits.wastes)
    assert np.array_equal(deposits, drawn(waste=own).deposits)


def foreign_rng(state: np.random.RandomState) -> Any:
    return np.random.default_rng(state.randint(2**31))


def test_days_are_not_to_be_written_to() -> None:
    days = demand_context(small_scenario()).days
    for values in (days.weekday, days.month, days.holiday):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1
