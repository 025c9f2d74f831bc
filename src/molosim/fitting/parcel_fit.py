"""Parcels of a log: how long they stay, how many come and go, through whom."""

from __future__ import annotations

import numpy as np

from molosim.fitting import arrivals, dwell, goodness, intensity, shares
from molosim.fitting.estimates import Estimate
from molosim.fitting.fitted import FEWEST, Fitted, base_profile, put_profile, put_rate, rounded
from molosim.fitting.stays import FETCHED, RETURNED
from molosim.runtime.arrays import Floats


def fit_dwell(fitted: Fitted) -> None:
    """Enter how long parcels stay, and how many expire."""
    held, known, house = fitted.stays, fitted.known, fitted.house
    left = int((held.how == FETCHED).sum())
    returned = int((held.how == RETURNED).sum())
    fitted.estimates += shares.share("parcels taken back as expired", returned, left + returned, "of those that left")
    if left < FEWEST:
        fitted.notes.append(f"dwell is not fitted: {left} parcels were fetched, {FEWEST} are needed")
        return
    _doubt_holding(fitted)
    data = dwell.observed(held, fitted.windows, house)
    # Who never comes is told from who comes late only by parcels that reached the holding time.
    never = bool((~np.isfinite(data.high) & (data.low >= 0.9 * house.holding_h)).any())
    fitted.dwell = found = dwell.fit(data, never=never)
    key = "residents.parcels.dwell"
    for name, unit in (("mean_h", "h"), ("sigma", "")):
        value, low, high = (getattr(part, name) for part in (found.dwell, found.low, found.high))
        fitted.put(f"{key}.{name}", Estimate(f"dwell {name}", value, low, high, left, unit, f"{key}.{name}"))
    if never:
        value, low, high = (part.never_share for part in (found.dwell, found.low, found.high))
        name = f"{key}.never_share"
        fitted.put(name, Estimate("dwell never_share", value, low, high, len(data), "share", name))
    else:
        fitted.notes.append("never_share is not fitted: no parcel was watched up to its holding time")
    if house.closed is not None:
        fitted.values[f"{key}.closed_hours"] = list(house.closed)
    else:
        _suggest_closed(fitted)
    if known.holding_h is not None or (known.base is None and returned):
        fitted.values["residents.parcels.holding_h"] = rounded(house.holding_h)
    if known.bootstrap:
        fitted.checks.append(
            goodness.dwell(found, held, house, never=never, bootstrap=known.bootstrap, seed=known.seed)
        )


def _doubt_holding(fitted: Fitted) -> None:
    """A holding time that the log speaks against: parcels taken back before it, or fetched long after."""
    held, holding_h = fitted.stays, fitted.house.holding_h
    hours = (held.end_s - held.placed_s) / 3600
    early = int(((held.how == RETURNED) & (hours < 0.98 * holding_h)).sum())
    late = int(((held.how == FETCHED) & (hours > 1.02 * holding_h)).sum())
    for count, what in ((early, "taken back before"), (late, "fetched after")):
        if count:
            told = f"{count} parcels were {what} the holding time of {holding_h:g} h"
            fitted.notes.append(f"{told}: if it is another one, give --holding-h")


def _suggest_closed(fitted: Fitted) -> None:
    """Hours in which nobody ever fetched may be closed ones; nobody but the user knows."""
    fetched = fitted.log.rows("fetched")
    counts = np.bincount(fitted.log.local[fetched] // 3600 % 24, minlength=24)
    if not counts.any() or len(fetched) < 200:
        return
    empty = [0, 0]
    for start in range(24):
        length = next((n for n in range(24) if counts[(start + n) % 24]), 24)
        if length > empty[1]:
            empty = [start, length]
    if empty[1] >= 3:
        closes, opens = empty[0], sum(empty) % 24
        fitted.notes.append(
            f"nobody fetched from {closes} to {opens} h: if the house is closed then, give --closed {closes}-{opens}"
        )


def fit_parcels(fitted: Fitted, weight: Floats) -> None:
    """Enter how many parcels come on which days and through whom; ``weight`` are the households of each box."""
    log, key = fitted.log, "residents.parcels.in_profile"
    counts = {name: len(log.rows(name)) for name in ("placed", "no_door", "redirected")}
    tries = counts["placed"] + counts["no_door"]
    fitted.estimates += shares.share("parcels without a door, of all tries", counts["no_door"], tries)
    fitted.estimates += shares.share(
        "parcels given up", counts["redirected"], counts["placed"] + counts["redirected"], "they go to a parcel shop"
    )
    if counts["placed"] < FEWEST:
        fitted.notes.append(f"parcels in are not fitted: {counts['placed']} were placed, {FEWEST} are needed")
        return
    start = base_profile(fitted.known, key)
    by_day = arrivals.by_delivery(log, fitted.windows, fitted.calendar, weight, start=start)
    found = intensity.fit(by_day)
    fitted.intensities["parcels in"] = found
    fitted.checks += goodness.intensity("parcels in", by_day, found)
    carriers = arrivals.carriers_of(log)
    every = (len(carriers) * found.rate, len(carriers) * found.low, len(carriers) * found.high)
    put_rate(fitted, "parcels in", every, float(by_day.counted.sum()), "residents.parcels.per_household_year")
    put_profile(fitted, key, found, start)
    if len(carriers) > 1:
        _carriers(fitted, carriers, found.factors["carrier"])


def _carriers(fitted: Fitted, names: list[str], factors: intensity.Factors) -> None:
    """Carriers' shares of the parcels, where the base has the same carriers."""
    base = fitted.known.base
    ours = [carrier.name for carrier in base.carriers] if base is not None else []
    known = sorted(ours) == sorted(names)
    if base is not None and not known:
        fitted.notes.append(
            f"carriers' shares stay as they are: the log has {', '.join(names)}, the base {', '.join(ours)}"
        )
    values, low, high = (array / len(names) for array in (factors.value, factors.low, factors.high))
    of_all = np.round(values, 4)
    of_all[np.argmax(of_all)] += 1 - of_all.sum()
    for number, name in enumerate(names):
        key = f"carriers.{ours.index(name)}.parcel_share" if known else ""
        one = Estimate(
            f"share of {name}", float(values[number]), float(low[number]), float(high[number]),
            float(factors.n[number]), "share", key,
        )  # fmt: skip
        fitted.estimates.append(one)
        if known:
            fitted.values[key] = round(float(of_all[number]), 6)


def fit_sendings(fitted: Fitted, weight: Floats) -> None:
    """Enter what residents hand in, by hour; ``weight`` are the households of each box."""
    log, key = fitted.log, "residents.parcels.out_profile"
    sent, refused = len(log.rows("sent")), len(log.rows("send_refused"))
    fitted.estimates += shares.share("sendings refused", refused, sent + refused)
    if sent + refused < FEWEST:
        fitted.notes.append(f"sendings are not fitted: there are {sent + refused}, {FEWEST} are needed")
        return
    start = base_profile(fitted.known, key)
    by_hour = arrivals.by_hour(log, fitted.windows, fitted.calendar, weight, ("sent", "send_refused"), start=start)
    found = intensity.fit(by_hour)
    fitted.intensities["sendings"] = found
    fitted.checks += goodness.intensity("sendings", by_hour, found)
    one = put_rate(fitted, "sendings", (found.rate, found.low, found.high), sent + refused)
    put_profile(fitted, key, found, start)
    parcels = next((e for e in fitted.estimates if e.name == "parcels in"), None)
    if parcels is not None:
        over = Estimate("", 1 / parcels.value, 1 / parcels.high, 1 / parcels.low, parcels.n)
        share = Estimate(
            "sendings per parcel in", one.value * over.value, *shares.product(one, over), one.n, "share",
            "residents.parcels.out_share",
        )  # fmt: skip
        fitted.put("residents.parcels.out_share", share)
