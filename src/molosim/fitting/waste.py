"""Waste of a log: how often it is brought, how much it weighs, and how much of it finds no room."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from molosim.boxes import FRACTIONS
from molosim.fitting import arrivals, goodness, intensity, shares
from molosim.fitting.estimates import Estimate
from molosim.fitting.fitted import FEWEST, Fitted, base_profile, put_profile, put_rate


def fit_waste(fitted: Fitted, weight: NDArray[np.float64]) -> None:
    """Enter what waste residents bring, by hour and fraction; ``weight`` are the households of each box."""
    log, base = fitted.log, fitted.known.base
    key = "residents.deposits.profile"
    total = len(log.rows("deposited", "refused"))
    if total < FEWEST:
        fitted.notes.append(f"deposits are not fitted: there are {total}, {FEWEST} are needed")
        return
    # A refused deposit that comes again, here or at another box, is in the log again.
    again = base.residents.deposits.refused if base is not None else None
    back = min(again.other_box + again.come_again, 1.0) if again is not None else 0.0
    refused = len(log.rows("refused"))
    if refused > 0.05 * total and again is None:
        fitted.notes.append("more than 5 % of deposits were refused; who comes again counts twice in the rate")
    start = base_profile(fitted.known, key)
    by_hour = arrivals.by_hour(
        log, fitted.windows, fitted.calendar, weight, {"deposited": 1.0, "refused": 1.0 - back}, start=start
    )
    found = intensity.fit(by_hour)
    fitted.intensities["deposits"] = found
    fitted.checks += goodness.intensity("deposits", by_hour, found)
    put_rate(fitted, "deposits", (found.rate, found.low, found.high), total)
    put_profile(fitted, key, found, start)
    years = float(by_hour.counted.sum()) / found.rate
    for fraction in FRACTIONS:
        _fraction(fitted, fraction, years, 1.0 - back, found.dispersion)


def _fraction(fitted: Fitted, fraction: str, years: float, refused_counts: float, dispersion: float) -> None:
    """Deposits, masses and refusals of one fraction; what they make of the base's households."""
    log = fitted.log
    rows = log.rows("deposited", "refused")
    rows = rows[log.fraction[rows] == fraction]
    if not len(rows):
        return
    refused = int((log.event[rows] == "refused").sum())
    fitted.estimates += shares.share(f"{fraction}: refused", refused, len(rows))
    counted = len(rows) - refused * (1 - refused_counts)
    low, high = shares.poisson(counted, dispersion=dispersion)
    rate = put_rate(fitted, f"{fraction}: deposits", (counted / years, low / years, high / years), len(rows))
    rows = rows[~np.isnan(log.mass_kg[rows])]
    kg = log.mass_kg[rows]
    # What is heavy is refused more often, and would count more often where it comes again.
    first = np.where(log.event[rows] == "refused", refused_counts, 1.0)
    mass = shares.mean(f"{fraction}: kg of a deposit", kg, first, "kg") if (first > 0).sum() >= FEWEST else None
    if mass is not None:
        fitted.estimates.append(mass)
        if fitted.known.bootstrap:
            known = fitted.known
            fitted.checks.append(goodness.mass(fraction, kg, bootstrap=known.bootstrap, seed=known.seed))
    _of_households(fitted, fraction, rate, mass)


def _of_households(fitted: Fitted, fraction: str, rate: Estimate, mass: Estimate | None) -> None:
    """The share of a household's kilograms that comes to the box, and the mass of a deposit, of the base's wastes."""
    base = fitted.known.base
    if base is None or fitted.known.households is None:
        return
    wastes = [(i, w) for i, w in enumerate(base.residents.deposits.wastes) if w.fraction.value == fraction]
    if not wastes:
        fitted.notes.append(f"{fraction} stays out of the configuration: residents.deposits.wastes has none of it")
        return
    of_household = sum(w.kg_per_household_year for _, w in wastes)
    usual_kg = of_household / sum(w.kg_per_household_year / w.deposit_kg for _, w in wastes)
    one = mass or Estimate("", usual_kg, usual_kg, usual_kg, 0)
    low, high = shares.product(rate, one)
    key = f"residents.deposits.box_share.{fraction}"
    value = rate.value * one.value / of_household
    if value > 1:
        fitted.notes.append(
            f"{key} would be {value:.3g}: households have more {fraction} than the base says; it is set to 1"
        )
    estimate = Estimate(
        f"{fraction}: share of a household's kg", value, low / of_household, high / of_household, rate.n, "share", key
    )
    fitted.put(key, estimate, min(value, 1.0))
    for number, waste in wastes if mass is not None else []:
        key = f"residents.deposits.wastes.{number}.deposit_kg"
        by = waste.deposit_kg / usual_kg
        told = f"{fraction}: all kinds scaled alike" if len(wastes) > 1 else ""
        name = f"{waste.name}: kg of a deposit"
        fitted.put(key, Estimate(name, one.value * by, one.low * by, one.high * by, one.n, "kg", key, told))
