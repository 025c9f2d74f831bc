"""From a log to counts: what came by hour, and parcels by the day on which they may have come to their carrier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from molosim.fitting.intensity import Axis, Counts
from molosim.fitting.log import BoxLog
from molosim.fitting.stays import Windows
from molosim.inputs.days import DAY_S, YEAR_DAYS, Days, days_of
from molosim.inputs.residents import Profile
from molosim.inputs.scenario import Horizon
from molosim.runtime.arrays import Floats, Ints

HOUR_S = 3600
BACKLOG_DAYS = 14
"""So many days before its first delivery may a parcel have come to its carrier at most."""
OFTEN = 0.2
"""Share of a weekday's dates with deliveries from which on it counts as one on which parcels are brought."""


@dataclass(frozen=True, eq=False)
class LogCalendar:
    """The days of a log."""

    first: date
    days: Days
    """From `BACKLOG_DAYS` before ``first`` on."""

    @property
    def count(self) -> int:
        """Days of the log."""
        return self.days.count - BACKLOG_DAYS

    def of_log(self, array: Ints) -> Ints:
        """Of an array by day, the part that belongs to the log."""
        return array[BACKLOG_DAYS:]


def calendar(log: BoxLog, holidays: str | None) -> LogCalendar:
    """Lay out the days of a log, with the public holidays of a country if one is given."""
    first_day, last_day = int(log.local.min() // DAY_S), int(log.local.max() // DAY_S)
    first = date(1970, 1, 1) + timedelta(days=first_day)
    start = first - timedelta(days=BACKLOG_DAYS)
    horizon = Horizon(start=start, warmup_days=0, days=last_day - first_day + 1 + BACKLOG_DAYS, holidays=holidays)
    return LogCalendar(first, days_of(horizon))


def wall_clock(log: BoxLog, seconds: Ints) -> Ints:
    """What the clock of the log showed at some moments."""
    row = np.clip(np.searchsorted(log.second, seconds, side="right") - 1, 0, len(log) - 1)
    return seconds + log.local[row] - log.second[row]


def exposure(log: BoxLog, watched: Windows, weight: Floats, hours: int) -> Floats:
    """Years times ``weight`` (by box) for which each hour of the log was watched, outages left out; by hour."""
    midnight = int(log.local.min() // DAY_S) * DAY_S
    seen = np.zeros((len(weight), hours))
    for sign, spans in ((1.0, watched.watched), (-1.0, watched.outages)):
        for box, start, end in spans.tolist():
            first, last = (wall_clock(log, np.array([start, end])) - midnight).tolist()
            grid = np.arange(first // HOUR_S, last // HOUR_S + 1)
            overlap = np.minimum(last, (grid + 1) * HOUR_S) - np.maximum(first, grid * HOUR_S)
            seen[box, grid[grid < hours]] += sign * overlap[grid < hours]
    years: Floats = weight @ np.clip(seen, 0, HOUR_S) / (DAY_S * YEAR_DAYS)
    return years


@dataclass(frozen=True, eq=False)
class Return:
    """Those who come a second time: by box the share of an event's, who are in the log again some time later."""

    event: str
    share: Floats
    after_s: int


def by_hour(
    log: BoxLog,
    watched: Windows,
    when: LogCalendar,
    weight: Floats,
    events: Sequence[str],
    *,
    start: Profile,
    returns: Sequence[Return] = (),
) -> Counts:
    """Counts of some events by hour, those who come again taken off when they do.

    Parameters
    ----------
    weight
        Households of each box, or ones.
    start
        Profile whose factors are taken where the log is silent.
    """
    hours = when.count * 24
    counted = np.zeros(hours)
    midnight = int(log.local.min() // DAY_S) * DAY_S
    rows = log.rows(*events)
    rows = rows[watched.inside(log.box[rows], log.second[rows])]
    counted += np.bincount((log.local[rows] - midnight) // HOUR_S, minlength=hours)
    for again in returns:
        rows = log.rows(again.event)
        hour = (log.local[rows] + again.after_s - midnight) // HOUR_S
        rows, hour = rows[hour < hours], hour[hour < hours]
        counted -= np.bincount(hour, again.share[log.box[rows]], minlength=hours)
    day = np.arange(hours) // 24
    axes = [
        Axis("weekday", when.of_log(when.days.weekday)[day], 7),
        Axis("hour", np.arange(hours) % 24, 24),
        Axis("month", when.of_log(when.days.month)[day], 12, start=_scaled(start.month)),
        *_holiday(when.of_log(when.days.holiday.astype(np.int64))[day]),
    ]
    return Counts(counted, exposure(log, watched, weight, hours), np.arange(hours), day, tuple(axes))


def by_delivery(log: BoxLog, watched: Windows, when: LogCalendar, weight: Floats, *, start: Profile) -> Counts:
    """Parcels by carrier and day of delivery, with the days on which they may have come to the carrier.

    A parcel waits for its carrier's next delivery day; so each day of the calendar is a source of the next day on which
    the carrier brought anything to any box. A carrier's first delivery day is left out: what had waited is not known.
    """
    rows = log.rows("placed", "no_door", "redirected")
    first, total = int(log.local.min() // DAY_S) - BACKLOG_DAYS, when.days.count
    day = log.local[rows] // DAY_S - first
    carriers, who = np.unique(log.carrier[rows].astype(str), return_inverse=True)
    new = _first_tries(log, rows, day, who.ravel(), total)
    present = _present(log, watched, weight, total, first)
    brought = [np.unique(day[who.ravel() == number]) for number in range(len(carriers))]
    counted = [new[k, on] for k, on in enumerate(brought)]
    following = [np.searchsorted(on, np.arange(total)) for on in brought]
    known = [(at > 0) & (at < len(on)) for on, at in zip(brought, following, strict=True)]
    begins = np.cumsum([0, *map(len, brought)])
    cell = [np.where(ok, begin + at, -1) for ok, begin, at in zip(known, begins[:-1], following, strict=True)]
    days_brought, cells = np.concatenate(brought), np.concatenate(cell)
    source, weekday = np.tile(np.arange(total), len(carriers)), when.days.weekday
    axes = [
        Axis("weekday", weekday[source], 7, start=_scaled(start.weekday), groups=_delivered_with(weekday, day)),
        Axis("month", when.days.month[source], 12, start=_scaled(start.month)),
        *_holiday(when.days.holiday.astype(np.int64)[source]),
        *([Axis("carrier", np.repeat(np.arange(len(carriers)), total), len(carriers))] if len(carriers) > 1 else []),
    ]
    years = np.where(cells >= 0, present[days_brought[cells]], 0) / YEAR_DAYS
    return Counts(np.concatenate(counted), years, cells, days_brought, tuple(axes))


def _first_tries(log: BoxLog, rows: Ints, day: Ints, who: Ints, days: int) -> Floats:
    """Parcels that each carrier brings for the first time, by carrier and day.

    A parcel without a door is tried again at the carrier's next visit of the box: those are taken off there.
    """
    new = np.zeros((int(who.max()) + 1, days))
    visits = log.box[rows] * len(new) + who
    for visit in np.unique(visits).tolist():
        mine = visits == visit
        event, on = log.event[rows][mine], day[mine]
        tries, left, given_up = (
            np.bincount(on[np.isin(event, kinds)], minlength=days)
            for kinds in (("placed", "no_door"), ("no_door",), ("redirected",))
        )
        came = np.unique(on)
        again = np.r_[0, (left - given_up)[came][:-1]]
        new[visit % len(new), came] += np.maximum(tries[came] - again, 0)
    return new


def carriers_of(log: BoxLog) -> list[str]:
    """Names of those who brought parcels, in the order of the axis ``carrier``."""
    names: list[str] = np.unique(log.carrier[log.rows("placed", "no_door", "redirected")].astype(str)).tolist()
    return names


def _present(log: BoxLog, watched: Windows, weight: Floats, days: int, first: int) -> Floats:
    """Weight of the boxes that were watched at noon of each day."""
    present = np.zeros(days)
    noon = (np.arange(days) + first) * DAY_S + DAY_S // 2
    for box, start, end in watched.watched.tolist():
        begin, last = wall_clock(log, np.array([start, end])).tolist()
        # A day that the log holds in part is one of its days.
        present[(noon + DAY_S // 2 > begin) & (noon - DAY_S // 2 < last)] += weight[box]
    return present


def _delivered_with(weekday: Ints, day: Ints) -> Ints:
    """For each weekday the one on which its parcels are brought."""
    seen = np.unique(day)
    dates = np.bincount(weekday[seen.min() : seen.max() + 1], minlength=7)
    brought = np.bincount(weekday[seen], minlength=7)
    often = brought >= OFTEN * np.maximum(dates, 1)
    if not often.any():
        return np.zeros(7, np.int64)
    return np.array([next((d + wait) % 7 for wait in range(7) if often[(d + wait) % 7]) for d in range(7)])


def _holiday(level: Ints) -> list[Axis]:
    """An axis of holidays where the log has any."""
    return [Axis("holiday", level, 2, by_first=True)] if level.any() else []


def _scaled(factors: tuple[float, ...]) -> Floats:
    """Factors of mean 1; those that are 0 cannot be a start and are small instead."""
    values: Floats = np.maximum(np.array(factors, np.float64), 1e-3 * max(factors))
    return values / float(values.mean())
