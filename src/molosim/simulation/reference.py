"""Gap of cheapest insertion: sampled days planned jointly, deliveries and pick-ups together."""

from __future__ import annotations

import numpy as np

from molosim.inputs.days import DAY_S
from molosim.routing import tours as t
from molosim.routing.joint import Joint, cost_s, solve
from molosim.runtime.arrays import Ints
from molosim.runtime.cache import content_key, kept
from molosim.runtime.streams import stream
from molosim.simulation.alternative_run import Prepared
from molosim.simulation.decisions import Decisions
from molosim.simulation.roads import WORLD
from molosim.simulation.run_operations import AlternativeRun
from molosim.simulation.sample import Sample, StudiedDay
from molosim.simulation.world import World

_FORMAT = "molosim joint 1"
_MUST = 0


def insertion_gap(world: World, prepared: Prepared) -> dict[str, float]:
    """Compare inserted plans of some days with joint PyVRP plans of the same stops and vans.

    Returns
    -------
    dict
        ``days`` studied; ``gap_mean`` and ``gap_max``, the share by which driving, service and the worth of boxes left
        out exceed the joint plan's; ``driving_gap_mean``, the same for driving alone. Empty where no alternative shares
        vans or no day was studied.
    """
    scenario = world.scenario
    sharing = [(name, policy) for name, policy in scenario.alternatives.items() if policy.shares]
    if not sharing or not scenario.reference.days:
        return {}
    name, policy = sharing[0]
    decisions = Decisions(policy, name, len(world.sites))
    total, driving = [], []
    for studied in _studied_days(world, prepared, name):
        joint = _joint(world, decisions, studied)
        if joint is None:
            continue
        best = _solved(world, joint)
        ours, theirs = cost_s(joint, joint.tours), cost_s(joint, best)
        total.append(ours / theirs - 1)
        drives = [cost_s(joint, tours) - _beside_driving(joint, tours) for tours in (joint.tours, best)]
        driving.append(drives[0] / drives[1] - 1)
    if not total:
        return {}
    return {
        "days": float(len(total)),
        "gap_mean": float(np.mean(total)),
        "gap_max": float(np.max(total)),
        "driving_gap_mean": float(np.mean(driving)),
    }


def _studied_days(world: World, prepared: Prepared, alternative: str) -> list[StudiedDay]:
    """Run an alternative up to the last of some days drawn at random and keep their plans."""
    days, wanted = world.days, world.scenario.reference.days
    worked = np.any([days.worked(carrier.shift) for carrier in world.scenario.carriers], axis=0)
    candidates = np.flatnonzero(worked)
    candidates = candidates[candidates >= days.warmup]
    rng = stream(world.scenario.seed, WORLD, "reference")
    chosen = rng.choice(candidates, min(wanted, len(candidates)), replace=False)
    if len(chosen) == 0:
        return []
    sample = Sample(study_days=frozenset(chosen.tolist()))
    AlternativeRun(world, prepared.draws, prepared.plans, alternative, sample=sample).run_until(
        (int(chosen.max()) + 1) * DAY_S - 1
    )
    # One carrier a day, by turns, so that all are studied when there are enough days.
    by_day = {day: [s for s in sample.studied if s.today.day == day] for day in sorted(chosen.tolist())}
    return [plans[turn % len(plans)] for turn, plans in enumerate(by_day.values()) if plans]


def _joint(world: World, decisions: Decisions, studied: StudiedDay) -> Joint | None:
    """The stops of neighbouring vans around the day's longest tour, and full boxes near them that were left out."""
    if not len(studied.tours):  # in a hamlet there are days on which nobody gets anything
        return None
    fleet, most = world.fleets[studied.carrier], world.scenario.reference.vans
    van = int(np.argmax(studied.tours[:, t.TOUR_RETURN]))
    first = max(0, min(van - most // 2, len(studied.tours) - most))
    chosen = studied.tours[first : first + most]
    rows = [studied.stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST]] for tour in chosen]
    stops = np.concatenate(rows)
    kinds = np.unique(fleet.type_of[chosen[:, t.TOUR_VEHICLE]])
    period = int(fleet.periods[kinds[0]])
    if len(stops) == 0 or (fleet.periods[kinds] != period).any():  # the solver has one network
        return None
    bounds = np.cumsum([0, *(len(r) for r in rows)])
    tours = [list(range(a, b)) for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True) if b > a]
    seen = set(studied.stops[: int(studied.tours[-1, t.TOUR_LAST]), t.STOP_PLACE].tolist())
    # What the policy would ask for if nobody passed any box.
    names = [carrier.name for carrier in world.scenario.carriers]
    unpassed = tuple(box._replace(passed=False) for box in studied.boxes)
    wanted = decisions.detours(unpassed, studied.today, names)
    worth_s = {detour.box: round(detour.most_s) for detour in wanted}
    left_out = [b for b in sorted(worth_s) if world.first_box + b not in seen and _nearby(world, b, stops, period)]
    places = np.array(
        [fleet.depot, *stops[:, t.STOP_PLACE].tolist(), *(world.first_box + b for b in left_out)], np.int64
    )
    stop_spec = world.scenario.box_stop
    service = [*stops[:, t.STOP_SERVICE].tolist(), *[round(stop_spec.fixed_s)] * len(left_out)]
    pick_up = np.zeros((len(service), 3), np.int64)
    take_fill = decisions.pickup_ppm(studied.boxes, studied.today, names[studied.carrier])
    for row, place in enumerate(places[1:].tolist()):
        box = place - world.first_box
        if 0 <= box < len(world.sites) and studied.boxes[box].fill >= take_fill[box] / 1e6:
            pick_up[row] = -(-studied.waste[box, 1:] // 1000)
    deliver = np.zeros_like(pick_up)
    deliver[: len(stops), :2] = -(stops[:, [t.STOP_ML, t.STOP_G]] // 1000)
    return Joint(
        seconds=world.travel.seconds[period][np.ix_(places, places)],
        service_s=np.array(service, np.int64),
        deliver=deliver,
        pick_up=pick_up,
        prize_s=np.array([_MUST] * len(stops) + [worth_s[box] for box in left_out], np.int64),
        tours=tours,
        depart_s=fleet.depart_s,
        limits=fleet.limits[kinds].min(axis=0),
    )


def _nearby(world: World, box: int, stops: Ints, period: int) -> bool:
    """Whether one of the stops is within five minutes' drive of a box."""
    return bool(world.to_box[box][period, stops[:, t.STOP_PLACE]].min() <= 300)


def _beside_driving(joint: Joint, tours: list[list[int]]) -> int:
    """Service and prizes left out: what `cost_s` counts beside driving."""
    seen = {stop for tour in tours for stop in tour}
    service = sum(int(joint.service_s[stop]) for stop in seen)
    return service + sum(int(prize) for stop, prize in enumerate(joint.prize_s) if stop not in seen)


def _solved(world: World, joint: Joint) -> list[list[int]]:
    """PyVRP's tours, or those kept of an earlier run; -1 ends a tour."""
    iterations = world.scenario.reference.iterations
    key = content_key(
        _FORMAT, iterations, joint.seconds, joint.service_s, joint.deliver, joint.pick_up, joint.prize_s, joint.tours,
        joint.depart_s, joint.limits,
    )  # fmt: skip
    flat = kept(
        world.cache / "joint" / f"{key}.npy",
        lambda: np.array([x for tour in solve(joint, iterations) for x in (*tour, -1)], np.int64),
    )
    tours: list[list[int]] = [[]]
    for stop in flat.tolist():
        if stop < 0:
            tours.append([])
        else:
            tours[-1].append(stop)
    return tours[:-1]
