"""Where a vehicle is, worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molosim.report.replay.motion import Motion, Plane, move

LINE = np.array([[0.0, 0.0], [300.0, 0.0], [300.0, 100.0], [0.0, 100.0]])


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def test_a_vehicle_stands_where_it_serves_and_drives_evenly_between() -> None:
    # Leaves at 100, is at the corner (300, 100), 400 m on, at 140, stands until 200, and is back at 230.
    motion = move(LINE, [0, 2, 3], ints(100, 140, 230), ints(100, 200, 230), driven_m=700.0)
    assert at(motion, 100) == (0, 0, 0)
    assert at(motion, 120) == (200, 0, 200)
    assert at(motion, 130) == (300, 0, 300)
    assert at(motion, 170) == at(motion, 140) == (300, 100, 400)
    assert at(motion, 215) == (150, 100, 550)
    assert at(motion, 230) == (0, 100, 700)


def test_metres_are_those_of_the_trip_although_its_line_is_shorter() -> None:
    motion = move(LINE, [0, 2, 3], ints(0, 40, 70), ints(0, 40, 70), driven_m=770.0)
    assert motion.metre[-1] == pytest.approx(770)
    assert at(motion, 40)[2] == pytest.approx(440)


def test_places_on_one_spot_are_stood_at_one_after_the_other() -> None:
    motion = move(LINE, [0, 0, 0, 3], ints(0, 10, 20, 90), ints(5, 20, 30, 90), driven_m=700.0)
    assert at(motion, 25) == (0, 0, 0)
    assert at(motion, 60)[2] == pytest.approx(350)
    assert at(motion, 90) == (0, 100, 700)


def test_a_tour_that_goes_nowhere_stays() -> None:
    motion = move(np.zeros((2, 2)), [0, 1], ints(5, 9), ints(5, 9), driven_m=0.0)
    assert at(motion, 7) == (0, 0, 0)


@pytest.mark.parametrize("vertices", [[0, 3], [0, 2, 4], [0, 3, 2]])
def test_lines_that_do_not_fit_their_stops_are_told(vertices: list[int]) -> None:
    with pytest.raises(ValueError, match="does not fit its 3 stops"):
        move(LINE, vertices, ints(0, 1, 2), ints(0, 1, 2), driven_m=1.0)


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 900), st.integers(0, 300)), min_size=1, max_size=8),
    st.integers(0, 10_000),
)
def test_time_and_way_never_run_back(legs: list[tuple[int, int, int]], seed: int) -> None:
    points = 1 + sum(points for points, _, _ in legs)
    xy = np.cumsum(np.random.default_rng(seed).normal(0, 100, (points, 2)), axis=0)
    vertices = [0, *np.cumsum([points for points, _, _ in legs]).tolist()]
    arrive, leave = [100], [100]
    for _, driving, standing in legs:
        arrive.append(leave[-1] + driving)
        leave.append(arrive[-1] + standing)
    motion = move(xy, vertices, ints(*arrive), ints(*leave), driven_m=1000.0)
    assert np.all(np.diff(motion.second) >= 0)
    assert np.all(np.diff(motion.metre) >= 0)
    for vertex, second in zip(vertices, leave, strict=True):
        here = motion.xy[motion.second == second]
        assert np.isclose(np.hypot(*(here - xy[vertex]).T), 0).any()


def test_a_degree_has_the_length_that_it_has() -> None:
    plane = Plane(12.0, 60.0)
    (x, y), (_, north) = plane.xy([[13.0, 60.0], [12.0, 61.0]])
    assert (x, y) == (pytest.approx(111_195 / 2, rel=1e-4), 0)  # half as long as at the equator: cos 60
    assert north == pytest.approx(111_195, rel=1e-4)


def at(motion: Motion, second: float) -> tuple[float, float, float]:
    """East, north and metres driven, as the page has them."""
    spots = (motion.xy[:, 0], motion.xy[:, 1], motion.metre)
    x, y, metre = (round(float(np.interp(second, motion.second, values)), 6) for values in spots)
    return x, y, metre
