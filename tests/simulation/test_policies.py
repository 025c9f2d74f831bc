"""What every shipped trigger promises, asked from the registry, and what each does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molosim.inputs.components import TRIGGERS
from molosim.policies.calendar import Calendar
from molosim.policies.forecast import Forecast
from molosim.policies.policy import BoxStatus, Today
from molosim.policies.threshold import Threshold

EXAMPLES: dict[str, Any] = {
    "calendar": Calendar(weekdays=("mon", "thu"), min_fill=0.2),
    "threshold": Threshold(fill=0.8, along_fill=0.5),
    "forecast": Forecast(fill=0.9, days_ahead=3),
}

statuses = st.lists(
    st.builds(BoxStatus, st.integers(0, 99), st.floats(0, 1), st.floats(0.01, 40), st.floats(0, 0.5)),
    max_size=12,
    unique_by=lambda status: status.box,
)
moments = st.integers(0, 400)


def due(policy: Any, boxes: list[BoxStatus], day: int) -> list[int]:
    return policy.due(boxes, Today(day, day % 7))


def test_every_shipped_trigger_has_an_example_here() -> None:
    assert {name: type(example) for name, example in EXAMPLES.items()} == dict(TRIGGERS.built_in)


@pytest.mark.parametrize("kind", EXAMPLES)
@settings(max_examples=100, deadline=None, derandomize=True)
@given(boxes=statuses, day=moments)
def test_a_policy_names_boxes_it_was_shown_each_once_in_their_order(
    kind: str, boxes: list[BoxStatus], day: int
) -> None:
    shown = [status.box for status in boxes]
    named = due(EXAMPLES[kind], boxes, day)
    assert named == [box for box in shown if box in named]
    # And again the same: it remembers nothing.
    assert due(EXAMPLES[kind], boxes, day) == named


@pytest.mark.parametrize("kind", EXAMPLES)
@settings(max_examples=100, deadline=None, derandomize=True)
@given(boxes=statuses, day=moments, pick=st.integers(0, 11), more=st.floats(0, 1))
def test_a_fuller_box_is_never_less_due(kind: str, boxes: list[BoxStatus], day: int, pick: int, more: float) -> None:
    if not boxes:
        return
    fuller = list(boxes)
    at = pick % len(boxes)
    fuller[at] = boxes[at]._replace(fill=min(1.0, boxes[at].fill + more), waste_kg=boxes[at].waste_kg + more)
    assert set(due(EXAMPLES[kind], boxes, day)) <= set(due(EXAMPLES[kind], fuller, day))


@pytest.mark.parametrize("kind", EXAMPLES)
@pytest.mark.parametrize("day", range(7))
def test_nothing_is_due_where_there_is_nothing(kind: str, day: int) -> None:
    assert due(EXAMPLES[kind], [], day) == []
    assert due(EXAMPLES[kind], [BoxStatus(box, 0.0, 0.0, 0.0) for box in range(3)], day) == []


def box(number: int, fill: float, *, kg: float = 1.0, per_day: float = 0.0) -> BoxStatus:
    return BoxStatus(number, fill, kg, per_day)


def test_a_calendar_comes_on_its_days_for_what_is_full_enough() -> None:
    calendar, boxes = EXAMPLES["calendar"], [box(0, 0.1), box(1, 0.2), box(2, 0.9), box(3, 0.5, kg=0)]
    assert [due(calendar, boxes, day) for day in range(7)] == [[1, 2], [], [], [1, 2], [], [], []]


def test_a_calendar_may_skip_weeks() -> None:
    calendar = Calendar(weekdays=("wed",), every_weeks=2)
    days = [day for day in range(35) if calendar.due([box(0, 0.5)], Today(day, day % 7))]
    assert days == [2, 16, 30]


def test_a_threshold_sends_a_vehicle_for_one_that_also_sees_those_nearly_there() -> None:
    threshold = EXAMPLES["threshold"]
    assert due(threshold, [box(0, 0.79), box(1, 0.6)], 1) == []
    assert due(threshold, [box(0, 0.8), box(1, 0.6), box(2, 0.49)], 1) == [0, 1]


def test_a_threshold_alone_sees_what_has_passed_it() -> None:
    assert due(Threshold(fill=0.5), [box(0, 0.6), box(1, 0.49)], 1) == [0]


def test_a_forecast_adds_what_the_days_ahead_will_bring() -> None:
    boxes = [box(0, 0.5, per_day=0.14), box(1, 0.5, per_day=0.13), box(2, 0.9), box(3, 0.9, kg=0)]
    assert due(EXAMPLES["forecast"], boxes, 1) == [0, 2]
