"""The reference for insertion: which stops, loads and tours of a day it is given, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from molosim.routing.joint import Joint, cost_s
from molosim.simulation import reference
from molosim.simulation.alternative_run import prepare
from molosim.simulation.world import World

TAKE_FILL, DETOUR_FILL = 0.3, 0.6
SHARED = {"kind": "shared", "take_fill": TAKE_FILL, "detour_fill": DETOUR_FILL, "max_detour_min": 0.0}
DAYS = 6


@pytest.fixture
def town(world_of: Callable[..., World]) -> World:
    """No detour is ever short enough, so that full boxes are left out."""
    return world_of(
        {"reference.days": DAYS, "alternatives": {"shared": SHARED, "none": {"kind": "none"}}, "baseline": "none"},
        boxes=4,
    )


def asked(town: World, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Joint], list[list[int]]]) -> list[Joint]:
    """The days that a solver is asked about."""
    found: list[Joint] = []

    def solve(joint: Joint, iterations: int) -> list[list[int]]:
        found.append(joint)
        return answer(joint)

    monkeypatch.setattr(reference, "solve", solve)
    # Answers are kept by their question.
    monkeypatch.setattr(reference, "kept", lambda path, build: build())
    return found


def test_the_same_plan_is_no_better(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(town, monkeypatch, lambda joint: joint.tours)
    assert reference.insertion_gap(town, prepare(town, 0)) == {
        "days": DAYS,
        "gap_mean": 0,
        "gap_max": 0,
        "driving_gap_mean": 0,
    }
    assert len(found) == DAYS


def test_gaps_are_shares_of_what_the_reference_costs(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a plan that serves every tour's stops in the opposite order."""
    found = asked(town, monkeypatch, lambda joint: [tour[::-1] for tour in joint.tours])
    gaps = reference.insertion_gap(town, prepare(town, 0))
    ours = np.array([cost_s(joint, joint.tours) for joint in found])
    theirs = np.array([cost_s(joint, [tour[::-1] for tour in joint.tours]) for joint in found])
    assert gaps["gap_mean"] == pytest.approx((ours / theirs - 1).mean())
    assert gaps["gap_max"] == pytest.approx((ours / theirs - 1).max())
    # Service and what is left out are the same in both.
    same = np.array([joint.service_s[np.concatenate(joint.tours)].sum() + joint.prize_s.sum() for joint in found])
    assert gaps["driving_gap_mean"] == pytest.approx(((ours - same) / (theirs - same) - 1).mean())


def test_a_day_is_its_stops_with_what_they_bring_and_boxes_hold(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(town, monkeypatch, lambda joint: joint.tours)
    reference.insertion_gap(town, prepare(town, 0))
    taken = 0
    for joint in found:
        must = [stop for tour in joint.tours for stop in tour]
        assert must == list(range(len(must)))
        left_out = len(joint.service_s) - len(must)
        assert len(joint.seconds) == len(joint.service_s) + 1
        # Stops of the plan have no price, left out boxes that of the longest detour, which is none here.
        assert joint.prize_s.tolist() == [0] * (len(must) + left_out)
        assert (joint.deliver[: len(must), 0] > 0).any()
        assert not joint.deliver[len(must) :].any()
        assert (joint.seconds.diagonal() == 0).all()
        boxes = joint.pick_up[:, 1] > 0
        assert boxes[len(must) :].all()
        taken += int(boxes.sum())
        limit_g = town.scenario.vehicles["van"].payload_kg
        assert (joint.deliver[:, 1] <= limit_g).all()
        assert (joint.limits[:3] == town.fleets[0].limits[0, :3]).all()
    assert taken > 0
