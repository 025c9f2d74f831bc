"""What a fit gathers: estimates, tests, notes, and the values that a configuration takes from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from molosim.fitting import arrivals, dwell, intensity
from molosim.fitting.estimates import Check, Estimate
from molosim.fitting.log import BoxLog
from molosim.fitting.stays import Stays, Windows
from molosim.inputs.days import DAY_S
from molosim.inputs.residents import Profile
from molosim.inputs.scenario import Scenario

FEWEST = 30
"""Events from which on something is fitted at all."""


@dataclass(frozen=True)
class FitOptions:
    """What a log does not say by itself.

    Parameters
    ----------
    base
        Configuration whose values are kept where the log is silent, and that the fitted ones are put into.
    households
        By box; those of the base's boxes by default. Without any, rates are per box and stay out of the configuration.
    closed
        Hours in which nobody can fetch, such as ``(23, 6)``; the base's by default.
    holding_h
        Hours after which parcels are taken back; the base's by default, else as the log's returns show.
    holidays
        Country code of public holidays, such as ``DK``; the base's by default.
    bootstrap
        Samples behind the p-values of the tests; 0 leaves them out.
    seed
        Of the bootstrap.
    """

    base: Scenario | None = None
    households: Mapping[str, int] | None = None
    closed: tuple[int, int] | None = None
    holding_h: float | None = None
    holidays: str | None = None
    bootstrap: int = 199
    seed: int = 1


@dataclass
class Fitted:
    """What comes out.

    Attributes
    ----------
    values
        Key path of a configuration -> its fitted value; a list of tables' entries by number.
    estimates, checks, notes
        Everything fitted, how well it fits, and what was assumed or could not be told.
    files
        What was written of it.
    """

    log: BoxLog
    windows: Windows
    stays: Stays
    calendar: arrivals.LogCalendar
    known: FitOptions
    house: dwell.House
    values: dict[str, Any] = field(default_factory=dict)
    estimates: list[Estimate] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    dwell: dwell.Fit | None = None
    intensities: dict[str, intensity.Intensity] = field(default_factory=dict)

    @property
    def period(self) -> str:
        """First and last day of the log."""
        # A log that ends at midnight holds nothing of the day that begins then.
        days = int((self.log.local.max() - 1) // DAY_S - self.log.local.min() // DAY_S)
        return f"{self.calendar.first} to {self.calendar.first + timedelta(days=max(days, 0))}"

    def put(self, key: str, one: Estimate, value: float | None = None) -> None:
        """Enter an estimate as a value of a configuration, rounded to what it is good for."""
        self.estimates.append(one)
        self.values[key] = rounded(one.value if value is None else value)


def rounded(value: float) -> float:
    """Four digits, as many as a fit is good for."""
    return float(f"{value:.4g}")


def put_profile(fitted: Fitted, key: str, found: intensity.Intensity, start: Profile) -> None:
    """Enter the factors of a profile; a list is entered where the log tells at least two of its levels."""
    for name in ("weekday", "hour", "month"):
        if name not in found.factors:
            continue
        part = found.factors[name]
        known = ~np.isnan(part.value)
        if known.sum() < 2:
            continue
        given = np.array(getattr(start, name), np.float64)
        filled = np.where(known, part.value, given / given.mean())
        path = f"{key}.{name}"
        fitted.values[path] = [rounded(value) for value in filled.tolist()]
        for level in np.flatnonzero(known).tolist():
            note = "" if part.told_apart[level] else "shared out with the days whose parcels come on the same day"
            fitted.estimates.append(
                Estimate(
                    f"{path}.{level}", float(part.value[level]), float(part.low[level]), float(part.high[level]),
                    float(part.n[level]), "", path, note,
                )
            )  # fmt: skip
        if not known.all():
            which = ", ".join(str(level + 1) for level in np.flatnonzero(~known).tolist())
            kept = "the base's" if fitted.known.base is not None else "1"
            fitted.notes.append(f"{path}: {name} {which} is not in the log; its factor stays {kept}")
    if "holiday" in found.factors and not np.isnan(found.factors["holiday"].value[1]):
        part = found.factors["holiday"]
        value, low, high, n = (float(array[1]) for array in (part.value, part.low, part.high, part.n))
        fitted.put(f"{key}.holiday", Estimate(f"{key}.holiday", value, low, high, n, "", f"{key}.holiday"))


def base_profile(known: FitOptions, path: str) -> Profile:
    """A profile of the base, flat without one."""
    at: Any = known.base
    if at is None:
        return Profile()
    for part in path.split("."):
        at = getattr(at, part)
    return at if isinstance(at, Profile) else Profile()


def put_rate(fitted: Fitted, name: str, found: tuple[float, float, float], n: float, key: str = "") -> Estimate:
    """Enter a rate; without households it is no value of a configuration."""
    by_household = fitted.known.households is not None
    unit = "a household and year" if by_household else "a box and year"
    one = Estimate(name, *found, n, unit, key if by_household else "")
    if key and by_household:
        fitted.put(key, one)
    else:
        fitted.estimates.append(one)
    return one
