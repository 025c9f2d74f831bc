"""Logs as they come: out of order, doubled, with doors that were filled twice, with gaps and outages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from molosim.fitting.dwell import House, observed
from molosim.fitting.log import BoxLog
from molosim.fitting.stays import FETCHED, INSIDE, RETURNED, stays, windows
from molosim.runtime.errors import ScenarioError

Reader = Callable[..., BoxLog]
HEAD = "box,door,event,time,mass_kg,fraction,carrier"
OPEN = House(None, 168.0)


def at(clock: str, day: int = 3) -> str:
    return f"2025-03-{day:02d}T{clock}"


def test_parcels_are_paired_by_door(log_of: Reader) -> None:
    log = log_of(
        HEAD,
        f"A,1,placed,{at('10:00')}",
        f"A,2,placed,{at('10:00')}",
        f"B,1,placed,{at('11:00')}",
        f"A,1,fetched,{at('18:00')}",
        f"A,1,placed,{at('09:00', 4)}",
        f"A,2,returned,{at('10:00', 10)}",
    )
    held = stays(log, windows(log))
    assert held.how.tolist() == [FETCHED, RETURNED, INSIDE, INSIDE]
    assert ((held.end_s - held.placed_s) / 3600).tolist() == [8, 168, 167, 145]
    seen = observed(held, windows(log), OPEN)
    assert seen.low.tolist() == [8, 168, 167, 145]
    assert np.isfinite(seen.high).tolist() == [True, False, False, False]


def test_rows_out_of_order_are_put_in_order(log_of: Reader) -> None:
    log = log_of(HEAD, f"A,1,fetched,{at('18:00')}", f"A,1,placed,{at('10:00')}")
    assert log.unordered == 1
    assert stays(log, windows(log)).how.tolist() == [FETCHED]


def test_doubles_are_left_out_but_two_parcels_without_a_door_are_two(log_of: Reader) -> None:
    placed, refused = f"A,1,placed,{at('10:00')}", f"A,,no_door,{at('10:00')}"
    log = log_of(HEAD, placed, placed, refused, refused)
    assert log.doubled == 1
    assert log.event.tolist() == ["placed", "no_door", "no_door"]


def many(*odd: str) -> list[str]:
    """Sound rows among which a few odd ones are borne."""
    return [f"A,{door},placed,{at('08:00')}" for door in range(100, 140)] + list(odd)


def test_a_door_filled_twice_tells_nothing_of_its_first_parcel(log_of: Reader) -> None:
    log = log_of(HEAD, *many(f"A,1,placed,{at('10:00')}", f"A,1,placed,{at('12:00')}", f"A,1,fetched,{at('13:00')}"))
    held = stays(log, windows(log))
    assert held.odd == 1
    assert ((held.end_s - held.placed_s)[held.how == FETCHED] / 3600).tolist() == [1]
    assert len(held) == 41


def test_what_leaves_an_empty_door_is_odd_unless_the_log_has_just_begun(log_of: Reader) -> None:
    rows = many(f"A,1,fetched,{at('09:00')}", f"A,1,fetched,{at('10:00')}")
    log = log_of(HEAD, *rows)
    held = stays(log, windows(log))
    assert (held.from_before, held.odd) == (1, 1)


def test_too_many_odd_rows_are_no_log(log_of: Reader) -> None:
    log = log_of(HEAD, *(f"A,1,placed,{at(f'{hour:02d}:00')}" for hour in range(8, 20)))
    with pytest.raises(ScenarioError) as error:
        stays(log, windows(log))
    lines = [str(fault) for fault in error.value.faults]
    assert "11 rows do not go with what their door holds and 0 are doubles, of 12; at most 5% may be odd" in lines[0]
    assert "line 3, event: is 'placed', but its door has held something since line 2" in lines[1]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("A,1,opened,2025-03-03T10:00", "event: found 'opened'; must be one of placed, no_door"),
        ("A,,placed,2025-03-03T10:00", "door: is empty; a row of 'placed' must name its door"),
        ("A,1,deposited,2025-03-03T10:00,-1,hazardous", "mass_kg: found '-1'; must be a number above 0"),
        ("A,1,deposited,2025-03-03T10:00,1,paint", "fraction: found 'paint'; must be one of hazardous, electronics"),
    ],
)
def test_rows_that_cannot_be(log_of: Reader, row: str, fault: str) -> None:
    with pytest.raises(ScenarioError, match="line 2") as error:
        log_of(HEAD, row)
    assert fault in str(error.value)


def test_a_logs_own_words(log_of: Reader) -> None:
    words = {"INDSAT": "placed", "AFHENTET": "fetched"}
    log = log_of(HEAD, f"A,1,INDSAT,{at('10:00')}", f"A,1,AFHENTET,{at('11:00')}", words=words)
    assert log.event.tolist() == ["placed", "fetched"]
    with pytest.raises(ScenarioError, match="event 'X': found 'gone'; must be one of placed"):
        log_of(HEAD, f"A,1,X,{at('10:00')}", words={"X": "gone"})


def test_a_gap_in_the_log_ends_what_is_known(log_of: Reader) -> None:
    log = log_of(
        HEAD,
        f"A,,log_start,{at('00:00')}",
        f"A,1,placed,{at('10:00')}",
        f"A,,log_end,{at('20:00')}",
        f"A,,log_start,{at('00:00', 5)}",
        f"A,1,fetched,{at('10:00', 5)}",
        f"A,2,placed,{at('11:00', 5)}",
        f"A,,log_end,{at('20:00', 5)}",
    )
    watched = windows(log)
    assert ((watched.watched[:, 2] - watched.watched[:, 1]) / 3600).tolist() == [20, 20]
    held = stays(log, watched)
    assert held.how.tolist() == [INSIDE, INSIDE]
    assert ((held.end_s - held.placed_s) / 3600).tolist() == [10, 9]
    assert (held.odd, held.from_before) == (0, 1)


@pytest.mark.parametrize(
    ("leaves", "low_h", "high_h"),
    [
        ("fetched,2025-03-04T05:59", 19 + 59 / 60, 19 + 59 / 60),  # it was open after all
        ("fetched,2025-03-04T06:00", 13, 20),  # somebody waited for six, and had wanted to since eleven
        ("fetched,2025-03-04T06:05", 20 + 5 / 60, 20 + 5 / 60),
        ("returned,2025-03-04T04:00", 13, np.inf),  # nobody could come after eleven
    ],
)
def test_closed_hours_hide_when_somebody_would_have_come(
    log_of: Reader, leaves: str, low_h: float, high_h: float
) -> None:
    event, time = leaves.split(",")
    log = log_of(HEAD, f"A,1,placed,{at('10:00')}", f"A,1,{event},{time}")
    seen = observed(stays(log, windows(log)), windows(log), House((23, 6), 168))
    assert (seen.low[0], seen.high[0]) == pytest.approx((low_h, high_h))


def test_who_comes_when_a_box_is_mended_would_have_come_since_it_broke(log_of: Reader) -> None:
    log = log_of(
        HEAD,
        f"A,1,placed,{at('10:00')}",
        f"A,2,placed,{at('10:00')}",
        f"A,,out_of_order,{at('12:00')}",
        f"A,,in_order,{at('15:00')}",
        f"A,1,fetched,{at('15:00')}",
        f"A,2,fetched,{at('16:00')}",
    )
    watched = windows(log)
    seen = observed(stays(log, watched), watched, OPEN)
    assert (seen.low.tolist(), seen.high.tolist()) == ([2, 6], [5, 6])
    assert not watched.inside(log.box[:1], log.second[3:4] - 60)[0]


def test_a_parcel_is_lost_sight_of_at_its_holding_time_however_late_the_carrier_comes(log_of: Reader) -> None:
    log = log_of(HEAD, f"A,1,placed,{at('10:00')}", f"A,1,returned,{at('12:00', 12)}")
    seen = observed(stays(log, windows(log)), windows(log), House((23, 6), 168))
    assert (seen.low[0], seen.high[0]) == (168, np.inf)
