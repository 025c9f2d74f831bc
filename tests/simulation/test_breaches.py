"""Each count of broken rules is above zero where its rule is broken on purpose, and each balance fails once."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.simulation.stories import LEG_S, STORE, THU, TUE, A, B, H, Story
from tests.simulation.test_charging import electric, story_with

import molosim
from molosim.evaluation.measures import MEASURES
from molosim.inputs.boxes import FRACTIONS
from molosim.routing import tours as t
from molosim.simulation import alternative_run
from molosim.simulation.alternative_run import BalanceError, RunTables, prepare, simulate
from molosim.simulation.box_ledger import L
from molosim.simulation.carrier_vehicles import CarrierVehicles
from molosim.simulation.depot_store import DepotStore
from molosim.simulation.residents import ResidentsState
from molosim.simulation.waste_loads import Reception
from molosim.simulation.world import World

Stories = Callable[..., Story]
PLENTY = 1 << 30


def believes(patch: pytest.MonkeyPatch, limit: int) -> None:
    """Let carriers plan and load as if their vehicles had no such limit; what they then drive is held against it."""
    honest = CarrierVehicles.of_tours

    def generous(vehicles: CarrierVehicles, *arguments: Any) -> Any:
        today = honest(vehicles, *arguments)
        today.limits[:, limit] += PLENTY
        return today

    patch.setattr(CarrierVehicles, "of_tours", generous)


def volume(story: Stories, patch: pytest.MonkeyPatch) -> Story:
    """70 litres for the home, 3.6 for A, and a container of 57.5 litres in a van of 125."""
    believes(patch, t.LIMIT_ML)
    told = story({"vehicles.van.volume_l": 125.0})
    told.deposit(10 * H, A, 3000)
    told.parcel(TUE, A)
    told.hasten(to=told.world.first_box)
    told.home_ml = 70_000
    return told


def mass(story: Stories, patch: pytest.MonkeyPatch) -> Story:
    """1 kg for the home and 14.9 kg of textiles in a van for 15.5."""
    believes(patch, t.LIMIT_G)
    told = story({"vehicles.van.payload_kg": 15.5})
    told.deposit(10 * H, A, 14_900, "textiles")
    told.parcel(TUE, A)
    told.hasten(to=told.world.first_box)
    return told


def adr(story: Stories, patch: pytest.MonkeyPatch) -> Story:
    """Containers with 9 and 10.8 points in a van for 15."""
    believes(patch, t.LIMIT_POINTS)
    told = story({"vehicles.van.adr_points": 15.0})
    told.deposit(10 * H, A, 3000)
    told.deposit(12 * H, B, 3600)
    told.parcel(TUE, A)
    told.parcel(TUE, B)
    return told


def shift(story: Stories, patch: pytest.MonkeyPatch) -> Story:
    """The shift ends a second before a container more is taken, over the reception and back."""
    believes(patch, t.LIMIT_RETURN)
    day_s = 4 * LEG_S + 240 + 240 + 20 + 60 + 600 - 1
    told = story(
        {
            "carriers.0.waste_to": {"kind": "reception", "unload_s": 600},
            "carriers.0.shift": {"start_h": 8, "hours": day_s / H},
        }
    )
    told.deposit(10 * H, A, 3000)
    told.parcel(TUE, A)
    return told


def battery(story: Stories, patch: pytest.MonkeyPatch) -> Story:
    """Home and back are 10 km; a box more makes 15, of which the battery has 12."""
    believes(patch, t.LIMIT_RANGE_M)
    told = story_with(story, electric(12))
    told.deposit(12 * H, B, 3600)
    return told


def age(story: Stories, patch: pytest.MonkeyPatch) -> Story:
    """A store that must be emptied after a day and is on the fourth."""
    honest = DepotStore.send_if_due
    patch.setattr(
        DepotStore, "send_if_due", lambda store, day, later: honest(store, day, later) if day == THU else None
    )
    every_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    told = story({"carriers.0.waste_to": {**STORE, "max_age_days": 1}, "carriers.0.shift.weekdays": every_day})
    told.deposit(10 * H, A, 3000)
    told.parcel(TUE, A)
    return told


def tender(story: Stories, patch: pytest.MonkeyPatch) -> Story:
    """A van that was sent to a box before it was forbidden to come there."""
    told = story()
    told.parcel(TUE, A)
    honest = alternative_run.simulate

    def forbidden(world: World, *arguments: Any, **more: Any) -> RunTables:
        (fleet,) = world.fleets
        limits = fleet.limits.copy()
        limits[:, t.LIMIT_AT_BOXES] = 0
        return honest(replace(world, fleets=(replace(fleet, limits=limits),)), *arguments, **more)

    patch.setattr("tests.simulation.stories.simulate", forbidden)
    return told


SPOILT: dict[str, Callable[[Stories, pytest.MonkeyPatch], Story]] = {
    "breaches_volume": volume,
    "breaches_mass": mass,
    "breaches_adr": adr,
    "breaches_shift": shift,
    "breaches_range": battery,
    "breaches_age": age,
    "breaches_tender": tender,
}


def counted(tables: RunTables) -> dict[str, float]:
    return {name: count for name, count in tables.totals.items() if name.startswith("breaches_") and count}


@pytest.mark.parametrize("measure", [name for name in MEASURES if name.startswith("breaches_")])
def test_each_breach_is_counted_where_its_rule_is_broken(story: Stories, measure: str) -> None:
    """And no other: what is counted is this rule."""
    with pytest.MonkeyPatch.context() as patch:
        tables = SPOILT[measure](story, patch).told("shared")
    assert counted(tables) == {measure: 1}


@pytest.mark.parametrize("measure", SPOILT)
def test_none_is_counted_where_the_rule_holds(story: Stories, measure: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        told = SPOILT[measure](story, patch)
    assert counted(told.told("shared")) == {}


def lost(column: str, by: int = 1) -> Callable[[pytest.MonkeyPatch], None]:
    """A count of the second box is off whenever the books are read."""

    def spoil(patch: pytest.MonkeyPatch) -> None:
        honest = ResidentsState.accounts

        def broken(residents: ResidentsState, now: int) -> Any:
            ledger = honest(residents, now)
            ledger[1, L[column]] += by
            return ledger

        patch.setattr(ResidentsState, "accounts", broken)

    return spoil


def never_arrives(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Reception, "receive", lambda reception, load: None)


def a_stay_too_many(patch: pytest.MonkeyPatch) -> None:
    """Counted after the warm-up."""
    honest, calls = ResidentsState.stays, []

    def broken(residents: ResidentsState) -> Any:
        calls.append(1)
        stays = honest(residents).copy()
        stays[0] += len(calls) - 1
        return stays

    patch.setattr(ResidentsState, "stays", broken)


LOST = {
    "a parcel that is fetched twice": lost("parcels_fetched"),
    "a parcel redirected that never came": lost("parcels_redirected"),
    "a sending refused that none wanted": lost("sends_refused"),
    "waste thrown away that nobody had": lost(f"residual_g_{FRACTIONS[0]}"),
    "waste in a box that nobody put in": lost(f"inside_g_{FRACTIONS[-1]}"),
    "waste that leaves the box and is never delivered": never_arrives,
    "a stay of no parcel": a_stay_too_many,
}


def balances() -> set[tuple[str, int]]:
    """File and line of every statement that finds a balance wrong."""
    found = set()
    for path in Path(molosim.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and node.exc is not None and "BalanceError" in ast.unparse(node.exc):
                found.add((path.name, node.lineno))
    return found


def test_every_balance_is_seen_to_fail(world_of: Callable[..., World]) -> None:
    world = world_of()
    prepared = prepare(world, 0)
    failed = set()
    for what, spoil in LOST.items():
        with pytest.MonkeyPatch.context() as patch:
            spoil(patch)
            with pytest.raises(BalanceError) as error:
                simulate(world, prepared, "dedicated")
        end = error.traceback[-1]
        at = (Path(str(end.path)).name, end.lineno + 1)
        assert at not in failed, what
        failed.add(at)
    assert failed == balances()
