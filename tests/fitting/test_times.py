"""Times of logs: offsets, zones, and the nights on which clocks are changed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from molosim.fitting.log import BoxLog
from molosim.runtime.errors import ScenarioError

Reader = Callable[..., BoxLog]
HEAD = "box,door,event,time"
CPH = {"zone": "Europe/Copenhagen"}
SPRING, AUTUMN = "2025-03-30", "2025-10-26"  # the clock goes from 02 to 03, and from 03 to 02


def rows(*times: str) -> list[str]:
    return [f"A,{i},placed,{time}" for i, time in enumerate(times)]


def hours(log: BoxLog) -> list[float]:
    return ((log.second - log.second[0]) / 3600).tolist()


def test_without_zone_the_clock_is_taken_as_it_stands(log_of: Reader) -> None:
    log = log_of(HEAD, *rows(f"{AUTUMN}T01:30", f"{AUTUMN} 04:30:00"))
    assert hours(log) == [0, 3]
    assert "no time zone is given" in log.notes[0]


def test_offsets_tell_how_long_it_was(log_of: Reader) -> None:
    log = log_of(HEAD, *rows(f"{AUTUMN}T01:30+02:00", f"{AUTUMN}T04:30+01:00"))
    assert hours(log) == [0, 4]
    assert (log.local % 86400 / 3600).tolist() == [1.5, 4.5]
    assert log.notes == ()


def test_utc_is_made_local(log_of: Reader) -> None:
    summer, winter = "2025-07-01T10:00:00Z", "2025-12-01T10:00:00Z"
    assert (log_of(HEAD, *rows(summer, winter), **CPH).local % 86400 / 3600).tolist() == [12, 11]
    assert "all times are UTC" in log_of(HEAD, *rows(summer, winter)).notes[0]


def test_an_hour_that_comes_twice_is_told_apart_by_the_order_of_rows(log_of: Reader) -> None:
    times = [f"{AUTUMN}T{clock}" for clock in ("01:30", "02:10", "02:50", "02:20", "02:40", "03:10")]
    log = log_of(HEAD, *rows(*times), **CPH)
    assert np.round(hours(log), 2).tolist() == np.round([0, 40 / 60, 80 / 60, 110 / 60, 130 / 60, 160 / 60], 2).tolist()
    assert log.unordered == 0
    assert "4 times are in an hour that the clock showed twice" in log.notes[0]
    assert "2 are taken as its first pass" in log.notes[0]


def test_the_night_in_spring_is_an_hour_shorter(log_of: Reader) -> None:
    assert hours(log_of(HEAD, *rows(f"{SPRING}T01:30", f"{SPRING}T04:30"), **CPH)) == [0, 2]


@pytest.mark.parametrize(
    ("times", "options", "fault"),
    [
        ([f"{SPRING}T02:30"], CPH, "line 2, time: found '2025-03-30 02:30:00', which Europe/Copenhagen never showed"),
        (["2025-03-03"], {}, "line 2, time: found '2025-03-03'; must be a time such as"),
        (["03/03/2025 10:00"], {}, "line 2, time: found '03/03/2025 10:00'; must be a time such as"),
        (["0001-01-01T00:00"], {}, "line 2, time: found '0001-01-01T00:00'; must be"),
        (["2025-03-03T10:00", "2025-03-03T10:00Z"], {}, "1 of 2 times say their offset from UTC and the others do not"),
        (["2025-03-03T10:00"], {"zone": "Europe/Kopenhagen"}, "did you mean 'Europe/Copenhagen'?"),
    ],
)
def test_times_that_cannot_be(log_of: Reader, times: list[str], options: dict[str, str], fault: str) -> None:
    with pytest.raises(ScenarioError) as error:
        log_of(HEAD, *rows(*times), **options)
    assert fault in str(error.value)
