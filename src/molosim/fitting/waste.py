"""Waste of a log: how often it is brought, how much it weighs, and how much of it finds no room."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from molosim.fitting import arrivals, goodness, intensity, shares
from molosim.fitting.estimates import Estimate
from molosim.fitting.fitted import FEWEST, Fitted, base_profile, put_profile, put_rate
from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.days import DAY_S
from molosim.network.graph import great_circle_m
from molosim.network.places import read_box_sites
from molosim.runtime.arrays import Flags, Floats


def fit_waste(fitted: Fitted, weight: Floats) -> None:
    """Enter what waste residents bring, by hour and fraction; ``weight`` are the households of each box."""
    log, base = fitted.log, fitted.known.base
    key = "residents.deposits.profile"
    total = len(log.rows("deposited", "refused"))
    if total < FEWEST:
        fitted.notes.append(f"deposits are not fitted: there are {total}, {FEWEST} are needed")
        return
    returns = _returns(fitted)
    refused = len(log.rows("refused"))
    if refused > 0.05 * total and base is None:
        fitted.notes.append("more than 5 % of deposits were refused; who comes again counts twice in the rate")
    start = base_profile(fitted.known, key)
    by_hour = arrivals.by_hour(
        log, fitted.windows, fitted.calendar, weight, ("deposited", "refused"), start=start, returns=returns
    )
    found = intensity.fit(by_hour)
    fitted.intensities["deposits"] = found
    fitted.checks += goodness.intensity("deposits", by_hour, found)
    put_rate(fitted, "deposits", (found.rate, found.low, found.high), total)
    put_profile(fitted, key, found, start)
    years = float(by_hour.counted.sum()) / found.rate
    # How much of a first visit each event is.
    first = np.ones(len(log))
    for again in returns:
        first -= np.where(log.event == again.event, again.share[log.box], 0)
    for fraction in FRACTIONS:
        _fraction(fitted, fraction, years, first, found.dispersion)


def _returns(fitted: Fitted) -> list[arrivals.Return]:
    """Refused residents who are in the log again, by the base's shares: some at once at another box, some later.

    Where no other box of the log is near enough, that way's share goes to the others, as in the model.
    """
    base = fitted.known.base
    if base is None:
        return []
    refused = base.residents.deposits.refused
    near = _near(fitted)
    later = np.where(near, refused.come_again, refused.come_again / max(1 - refused.other_box, 1e-9))
    return [
        arrivals.Return("refused", np.where(near, refused.other_box, 0.0), 0),
        arrivals.Return("refused", np.minimum(later, 1.0), round(refused.again_days * DAY_S)),
    ]


def _near(fitted: Fitted) -> Flags:
    """Whether another box of the log is a walk away, by box; boxes that the base does not know have none near."""
    base, log = fitted.known.base, fitted.log
    if base is None:
        return np.zeros(len(log.boxes), bool)
    sites = {site.name: site for site in read_box_sites(Path(base.boxes.file))}
    known = np.array([name in sites for name in log.boxes])
    lon, lat = (np.array([getattr(sites[n], axis) for n in log.boxes if n in sites]) for axis in ("lon", "lat"))
    metres = base.boxes.walking_detour * great_circle_m(lon[:, None], lat[:, None], lon, lat)
    np.fill_diagonal(metres, np.inf)
    near = np.zeros(len(log.boxes), bool)
    near[known] = (metres <= base.boxes.walking_limit_m).any(axis=1)
    return near


def _fraction(fitted: Fitted, fraction: str, years: float, first: Floats, dispersion: float) -> None:
    """Deposits, masses and refusals of one fraction; what they make of the base's households."""
    log = fitted.log
    rows = log.rows("deposited", "refused")
    rows = rows[log.fraction[rows] == fraction]
    if not len(rows):
        return
    refused = int((log.event[rows] == "refused").sum())
    fitted.estimates += shares.share(f"{fraction}: refused", refused, len(rows))
    counted = max(float(first[rows].sum()), 0.0)
    low, high = shares.poisson(counted, dispersion=dispersion)
    rate = put_rate(fitted, f"{fraction}: deposits", (counted / years, low / years, high / years), len(rows))
    rows = rows[~np.isnan(log.mass_kg[rows])]
    kg = log.mass_kg[rows]
    # What is heavy is refused more often, and would count more often where it comes again.
    weights = first[rows]
    mass = shares.mean(f"{fraction}: kg of a deposit", kg, weights, "kg") if (weights > 0).sum() >= FEWEST else None
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
