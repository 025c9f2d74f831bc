"""The log of a run's boxes says what their ledgers say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from molosim.inputs.boxes import FRACTIONS
from molosim.simulation.alternative_run import prepare, simulate
from molosim.simulation.box_log import WORDS, box_log
from molosim.simulation.world import World

BOX = 1


@pytest.mark.parametrize("alternative", ["dedicated", "shared", "none"])
def test_events_are_those_of_the_ledger(world_of: Callable[..., World], alternative: str) -> None:
    world = world_of({"boxes.outages_per_year": 0})
    prepared = prepare(world, 0)
    logged = box_log(world, prepared, alternative, [BOX])
    assert set(logged["box"]) == {world.sites[BOX].name}
    seen = Counter(logged["event"])
    table = simulate(world, prepared, alternative).boxes
    ledger = {name: int(column[BOX]) for name, column in table.items() if column.dtype.kind == "i"}
    for event, name in (
        ("placed", "parcels_placed"),
        ("fetched", "parcels_fetched"),
        ("returned", "parcels_returned"),
        ("redirected", "parcels_redirected"),
        ("sent", "sends_accepted"),
        ("send_refused", "sends_refused"),
        ("send_collected", "sends_collected"),
        ("emptied", "containers"),
    ):
        assert seen[event] == ledger[name], event
    assert seen["deposited"] == sum(ledger[f"stored_n_{f}"] for f in FRACTIONS)
    assert seen["refused"] == sum(ledger[f"refused_n_{f}"] for f in FRACTIONS)
    pairs = zip(logged["event"], logged["mass_kg"], strict=True)
    stored_g = sum(round(kg * 1000) for event, kg in pairs if event == "deposited")
    assert stored_g == sum(ledger[f"stored_g_{f}"] for f in FRACTIONS)
    assert (seen["log_start"], seen["log_end"]) == (1, 1)


def test_doors_hold_one_thing_at_a_time_and_a_box_out_of_order_is_silent(world_of: Callable[..., World]) -> None:
    world = world_of({"boxes.outages_per_year": 200})
    logged = box_log(world, prepare(world, 0), "dedicated", range(3))
    assert logged["time"] == sorted(logged["time"])
    held: dict[tuple[str, str], str] = {}
    broken: set[str] = set()
    before = 0
    for box, door, event in zip(logged["box"], logged["door"], logged["event"], strict=True):
        if event == "out_of_order":
            broken.add(box)
        elif event == "in_order":
            broken.remove(box)
        elif event in WORDS.values():
            assert box not in broken
        if event in ("placed", "sent"):
            assert (box, door) not in held
            held[box, door] = event
        elif event in ("fetched", "returned", "send_collected"):
            came = held.pop((box, door), None)
            before += came is None
            assert came in (None, "sent" if event == "send_collected" else "placed")
    assert before <= 3 * 6  # what was inside when the warm-up ended: at most a thing a door
    assert logged["event"].count("out_of_order") == logged["event"].count("in_order") > 3


def test_a_box_in_order_again_logs_again(world_of: Callable[..., World]) -> None:
    world = world_of({"boxes.outages_per_year": 200})
    logged = box_log(world, prepare(world, 0), "dedicated", range(3))
    for name in set(logged["box"]):
        mine = [event for box, event in zip(logged["box"], logged["event"], strict=True) if box == name]
        again = mine.index("in_order")
        assert any(event in WORDS.values() for event in mine[again:])


def test_an_event_names_a_door_where_one_was_opened(world_of: Callable[..., World]) -> None:
    """Who is refused saw none."""
    world = world_of({"residents.parcels.out_share": 0.6, "boxes.designs.small.parcel_doors.1.count": 1})
    logged = box_log(world, prepare(world, 0), "dedicated", range(3))
    named = {event for event, door in zip(logged["event"], logged["door"], strict=True) if door}
    without = {event for event, door in zip(logged["event"], logged["door"], strict=True) if not door}
    unopened = {"refused", "redirected", "send_refused", "no_door"}
    assert without & set(WORDS.values()) == unopened
    assert named == set(WORDS.values()) - unopened
