"""The simulated days: weekdays, months and public holidays, and who works when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from molosim.inputs.fleet import WEEKDAYS, Shift
from molosim.inputs.residents import Profile
from molosim.inputs.scenario import Horizon
from molosim.runtime.arrays import Flags, Floats, Ints, read_only

DAY_S = 86_400
YEAR_DAYS = 365.25


@dataclass(frozen=True)
class Days:
    """Arrays with an entry per simulated day, warm-up included, for reading alone.

    Attributes
    ----------
    weekday
        0 for Monday.
    month
        0 for January.
    holiday
        Whether it is a public holiday.
    warmup
        Days before the first one that counts.
    """

    weekday: Ints
    month: Ints
    holiday: Flags
    warmup: int

    def __post_init__(self) -> None:
        for name in ("weekday", "month", "holiday"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def count(self) -> int:
        """Number of simulated days."""
        return len(self.weekday)

    def worked(self, shift: Shift) -> Flags:
        """Whether a shift is worked, per day."""
        open_days = np.array([name in shift.weekdays for name in WEEKDAYS])
        worked: Flags = open_days[self.weekday] & (shift.on_holidays | ~self.holiday)
        return worked

    def intensity(self, profile: Profile) -> Floats:
        """Relative intensity of each day; weekday and month factors have mean 1."""
        weekday, month = np.array(profile.weekday), np.array(profile.month)
        by_day: Floats = (weekday / weekday.mean())[self.weekday] * (month / month.mean())[self.month]
        return np.where(self.holiday, by_day * profile.holiday, by_day)


def days_of(horizon: Horizon) -> Days:
    """Lay out the days of a horizon."""
    dates = [horizon.start + timedelta(days=day) for day in range(horizon.warmup_days + horizon.days)]
    free: set[object] = set()
    if horizon.holidays is not None:
        import holidays  # noqa: PLC0415 - slow to import and only needed here

        free = set(holidays.country_holidays(horizon.holidays, years=sorted({d.year for d in dates})))
        if horizon.holidays == "SE":  # the package counts every Sunday as a holiday in Sweden
            free -= {d for d in dates if d.weekday() == 6}
    return Days(
        weekday=np.array([d.weekday() for d in dates]),
        month=np.array([d.month - 1 for d in dates]),
        holiday=np.array([d in free for d in dates]),
        warmup=horizon.warmup_days,
    )
