"""What vehicles drove and were charged in: outdoor temperature by day, CO2 of electricity by hour."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from molosim.runtime.arrays import Column, Floats, read_only

HOUR_S = 3600
DAY_H = 24


@dataclass(frozen=True, eq=False)
class Conditions:
    """Of the measured days, in local time as the simulation's clock tells it: 24 hours to every day.

    Attributes
    ----------
    temperature_c
        f64[days], mean of each day, degrees Celsius; days count from the end of the warm-up, as in the tables.
    grid_g_per_kwh
        f64[24 days], CO2e of a kilowatt-hour drawn in each hour, from midnight of the first measured day on.
    """

    temperature_c: Floats
    grid_g_per_kwh: Floats

    def __post_init__(self) -> None:
        days = len(self.temperature_c)
        if not days or len(self.grid_g_per_kwh) != DAY_H * days:
            raise ValueError(f"{days} days have {DAY_H * days} hours, got {len(self.grid_g_per_kwh)}")
        for name in ("temperature_c", "grid_g_per_kwh"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @classmethod
    def steady(cls, days: int, *, temperature_c: float = 10.0, grid_g_per_kwh: float = 96.0) -> Conditions:
        """The same temperature every day and the same electricity in every hour."""
        return cls(np.full(days, temperature_c), np.full(DAY_H * days, grid_g_per_kwh))

    def temperature_of(self, day: Column) -> Floats:
        """Temperature on days counted from the first measured one; days outside have that of the nearest."""
        return self.temperature_c[np.clip(np.asarray(day, dtype=np.int64), 0, len(self.temperature_c) - 1)]

    def grid_kg(self, start_s: Floats, kwh: Floats, kw: Floats) -> Floats:
        """CO2e of energy drawn at constant power, kg: the sum over hours of kilowatt-hours times that hour's factor.

        Parameters
        ----------
        start_s
            When drawing begins, seconds since midnight of the first measured day.
        kwh, kw
            Energy and power at the socket; power above 0. What is drawn after the last day meets its hours again.
        """
        begin = np.asarray(start_s, dtype=np.float64) / HOUR_S
        end = begin + kwh / kw
        return kw * (self._sum_until(end) - self._sum_until(begin)) / 1000

    @cached_property
    def _sums(self) -> Floats:
        """Sum of the factors of all hours before each."""
        return np.concatenate([[0.0], np.cumsum(self.grid_g_per_kwh)])

    def _sum_until(self, hour: Floats) -> Floats:
        """Integral of the factor from the first midnight, the last day repeated for ever."""
        hours = len(self.grid_g_per_kwh)
        over_days = np.ceil(np.maximum(hour - hours, 0) / DAY_H)
        within = np.interp(hour - DAY_H * over_days, np.arange(hours + 1), self._sums)
        return np.asarray(within + over_days * (self._sums[-1] - self._sums[-1 - DAY_H]), dtype=np.float64)
