"""What is exactly at a limit, at the start or at the end: each case is one that a slip of one would miss."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.simulation.stories import DAY_S, FRI, MON, TUE, A, H, Story
from tests.worlds import small_sites

from molosim.network.graph import great_circle_m
from molosim.routing import tours as t
from molosim.routing.joint import Joint
from molosim.simulation import alternative_run, reference
from molosim.simulation import box_state as c
from molosim.simulation.alternative_run import prepare, simulate
from molosim.simulation.run_operations import AlternativeRun
from molosim.simulation.sample import Sample
from molosim.simulation.world import World

WITHOUT_DOOR = (c.LOG_REFUSED, c.LOG_WALKED, c.LOG_KEPT, c.LOG_CENTRE, c.LOG_RESIDUAL, c.LOG_NOT_SENT, c.LOG_NO_DOOR)


def run_of(world: World, *, events: bool) -> AlternativeRun:
    prepared = prepare(world, 0)
    city = AlternativeRun(
        world, prepared.draws, prepared.plans, "dedicated", sample=Sample(events=events) if events else Sample()
    )
    city.run_until(world.days.count * DAY_S - 1)
    return city


def test_events_without_a_door_have_none(world_of: Callable[..., World]) -> None:
    log = run_of(world_of(), events=True).residents.log
    away = np.isin(log[:, 1], WITHOUT_DOOR)
    assert set(log[away, 1].tolist()) >= {c.LOG_REFUSED, c.LOG_KEPT, c.LOG_RESIDUAL}
    assert set(log[away, -1].tolist()) == {-1}
    assert (log[~away, -1] >= -1).all()


def test_a_run_keeps_no_log_unless_it_is_asked_to(world_of: Callable[..., World]) -> None:
    assert len(run_of(world_of(), events=False).residents.log) == 0
    assert len(run_of(world_of(), events=True).residents.log) > 0


def test_nobody_waits_to_try_again_before_the_first_day(world_of: Callable[..., World]) -> None:
    queues = prepare(world_of(), 0).draws.queues
    assert (queues[:, :, [c.Q_RETRY, c.Q_RETRY_LAST]] == -1).all()


def test_boxes_at_the_walking_limit_are_neighbours(world_of: Callable[..., World]) -> None:
    sites = small_sites(2)
    lon, lat = (np.array([getattr(site, name) for site in sites]) for name in ("lon", "lat"))
    detour = world_of(boxes=2).scenario.boxes.walking_detour
    apart = float(detour * great_circle_m(lon[:1], lat[:1], lon[1], lat[1])[0])
    for limit, neighbours in ((apart, 1), (math.nextafter(apart, 0), 0)):
        layout = world_of({"boxes.walking_limit_m": limit}, boxes=2).layout
        assert layout.boxes[:, c.B_NEIGHBOURS].tolist() == [neighbours] * 2


def test_home_stops_of_the_warm_up_do_not_count(world_of: Callable[..., World]) -> None:
    """Monday to Friday warm up; on Saturday and Sunday nobody drives."""
    weekdays = ["mon", "tue", "wed", "thu", "fri"]
    world = world_of({"horizon.warmup_days": 5, "horizon.days": 2, "carriers.1.shift.weekdays": weekdays})
    prepared = prepare(world, 0)
    assert all(len(plans.tours) for plans in prepared.plans)
    assert simulate(world, prepared, "none").totals["home_stops"] == 0


def joints(world: World, patch: pytest.MonkeyPatch) -> list[tuple[Any, Joint]]:
    """The days that the reference studies, and what it asks of each."""
    found: list[tuple[Any, Joint]] = []
    honest = reference._joint

    def spy(world: World, policy: Any, studied: Any) -> Joint | None:
        joint = honest(world, policy, studied)
        if joint is not None:
            found.append((studied, joint))
        return joint

    patch.setattr(reference, "_joint", spy)
    patch.setattr(reference, "solve", lambda joint, iterations: joint.tours)
    patch.setattr(reference, "kept", lambda path, build: build())
    reference.insertion_gap(world, prepare(world, 0))
    return found


@pytest.mark.parametrize(("grams", "taken"), [(1199, False), (1200, True)])
def test_the_reference_takes_from_boxes_from_the_fill_on(
    story: Callable[..., Story], monkeypatch: pytest.MonkeyPatch, grams: int, *, taken: bool
) -> None:
    """Three tenths of four kilograms."""
    told = story({"reference.days": 5})
    told.deposit(10 * H, A, grams)
    for day in range(MON, FRI + 1):
        told.parcel(day, A)
    monkeypatch.setattr(alternative_run, "draw", lambda *_, **__: told.draws())
    days = {studied.today.day: joint for studied, joint in joints(told.world, monkeypatch)}
    assert set(days) == set(range(MON, FRI + 1))
    assert bool(days[TUE].pick_up[:, 1].any()) == taken
    assert not days[MON].pick_up.any()


def test_the_reference_studies_the_longest_tour_and_the_one_before(
    world_of: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"carriers.0.vans": 4, "carriers.0.home.stops_per_van_day": 5.0, "carriers.0.parcel_share": 0.9}
    world = world_of({"reference.days": 8, "reference.vans": 2, **changes, "carriers.1.parcel_share": 0.1})
    inner = 0
    for studied, joint in joints(world, monkeypatch):
        tours = studied.tours
        longest = int(np.argmax(tours[:, t.TOUR_RETURN]))
        first = max(0, min(longest - 1, len(tours) - 2))
        sizes = (tours[:, t.TOUR_LAST] - tours[:, t.TOUR_FIRST])[first : first + 2].tolist()
        assert [len(tour) for tour in joint.tours] == [size for size in sizes if size]
        stops = np.concatenate(
            [studied.stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST]] for tour in tours[first : first + 2]]
        )
        assert joint.service_s[: len(stops)].tolist() == stops[:, t.STOP_SERVICE].tolist()
        inner += 0 < longest < len(tours) - 1
    assert inner > 0


@pytest.mark.parametrize("prefix", ["B", "P", "S", "C"])
def test_tables_of_the_kernels_have_as_many_columns_as_are_named(prefix: str) -> None:
    names = {"B": "BOX", "P": "PARCEL", "S": "SEND", "C": "CONTAINER"}
    last = max(value for name, value in vars(c).items() if name.startswith(f"{prefix}_") and isinstance(value, int))
    assert getattr(c, f"{names[prefix]}_COLUMNS") == last + 1
