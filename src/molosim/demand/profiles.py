"""Demand that ships: Poisson arrivals by the profiles of ``residents.parcels`` and ``residents.deposits``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from molosim.demand.demand import Catchment, Demand, DemandContext, ParcelsAddressed, ParcelsSent, WasteArisen
from molosim.inputs.days import DAY_S, YEAR_DAYS, Days
from molosim.inputs.fleet import Carrier
from molosim.inputs.residents import Parcels, Profile, Waste
from molosim.runtime.arrays import Floats, Ints


class Profiles(Demand):
    """Poisson arrivals that follow profiles of weekday, hour, month and holidays; masses are log-normal.

    Its figures are those of ``residents.parcels`` and ``residents.deposits``.
    """

    def parcels(self, homes: Catchment, context: DemandContext, rng: np.random.Generator) -> ParcelsAddressed:
        """As in `Demand`."""
        spec, days = context.residents.parcels, context.days
        per_day = homes.households * spec.per_household_year / YEAR_DAYS * days.intensity(spec.in_profile)
        day = np.repeat(np.arange(days.count), rng.poisson(per_day))
        carrier = _carriers(rng, context.carriers, len(day))
        return ParcelsAddressed(day, carrier, *_formats(rng, spec, len(day)))

    def sent(self, homes: Catchment, context: DemandContext, rng: np.random.Generator) -> ParcelsSent:
        """As in `Demand`."""
        spec = context.residents.parcels
        per_year = homes.households * spec.per_household_year * spec.out_share
        second = _seconds(rng, context.days, spec.out_profile, per_year)
        carrier = _carriers(rng, context.carriers, len(second))
        return ParcelsSent(second, carrier, *_formats(rng, spec, len(second)))

    def waste(self, homes: Catchment, waste: Waste, context: DemandContext, rng: np.random.Generator) -> WasteArisen:
        """As in `Demand`."""
        kg_per_year = homes.households * waste.kg_per_household_year * homes.share
        profile = context.residents.deposits.profile
        second = _seconds(rng, context.days, profile, kg_per_year / waste.deposit_kg)
        return WasteArisen(second, whole(lognormal(rng, waste.deposit_kg * 1000, waste.sigma, len(second))))


BUILT_IN = {"profiles": Profiles()}


def lognormal(rng: np.random.Generator, mean: float, sigma: float, size: int) -> Floats:
    """Draw from a log-normal distribution of a given mean (not median)."""
    return rng.lognormal(np.log(mean) - sigma**2 / 2, sigma, size)


def whole(values: Floats) -> Ints:
    """Whole numbers of at least 1."""
    return np.maximum(1, np.rint(values)).astype(np.int64)


def _seconds(rng: np.random.Generator, days: Days, profile: Profile, per_year: float) -> Ints:
    """Moments of a Poisson process whose intensity follows a profile, unsorted within a day."""
    counts = rng.poisson(per_year / YEAR_DAYS * days.intensity(profile))
    day = np.repeat(np.arange(days.count), counts)
    hours = np.cumsum(profile.hour) / np.sum(profile.hour)
    hour = np.searchsorted(hours, rng.random(len(day)), side="right")
    return day * DAY_S + hour * 3600 + rng.integers(0, 3600, len(day))


def _carriers(rng: np.random.Generator, carriers: Sequence[Carrier], size: int) -> Ints:
    shares = np.cumsum([carrier.parcel_share for carrier in carriers])
    return np.minimum(np.searchsorted(shares, rng.random(size), side="right"), len(carriers) - 1)


def _formats(rng: np.random.Generator, parcels: Parcels, size: int) -> tuple[Ints, Ints]:
    """Format and grams of parcels."""
    shares = np.cumsum([f.share for f in parcels.formats])
    kind = np.searchsorted(shares / shares[-1], rng.random(size), side="right")
    means, sigmas = np.array([f.mean_kg for f in parcels.formats]), np.array([f.sigma for f in parcels.formats])
    grams = np.exp(rng.standard_normal(size) * sigmas[kind] + np.log(means[kind] * 1000) - sigmas[kind] ** 2 / 2)
    return kind, whole(grams)
