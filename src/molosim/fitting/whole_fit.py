"""From a log to a fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from molosim.fitting import arrivals, dwell
from molosim.fitting.fitted import FitOptions, Fitted
from molosim.fitting.log import BoxLog
from molosim.fitting.parcel_fit import fit_dwell, fit_parcels, fit_sendings
from molosim.fitting.stays import RETURNED, Stays, stays, windows
from molosim.fitting.waste import fit_waste
from molosim.inputs.cross_checks import holidays
from molosim.network.places import read_box_sites
from molosim.runtime.arrays import Floats
from molosim.runtime.errors import Fault, ScenarioError, did_you_mean, refuse


def fit_log(log: BoxLog, known: FitOptions) -> Fitted:
    """Fit all that a log allows.

    Raises
    ------
    ScenarioError
        Too many odd rows, too few events, boxes whose households are not given, or a country without known holidays.
    """
    known = _completed(known)
    watched = windows(log)
    held = stays(log, watched)
    house = _house(log, held, known)
    fitted = Fitted(log, watched, held, arrivals.calendar(log, known.holidays), known, house)
    _note_rows(fitted)
    weight = _households(log, known)
    if known.households is None:
        fitted.notes.append("no households are given: rates are per box and stay out of the configuration")
    if not len(held) and not len(log.rows("deposited", "refused", "sent", "send_refused")):
        raise ScenarioError.at(str(log.sheet.file), "holds no parcel, no sending and no waste: there is nothing to fit")
    fit_dwell(fitted)
    fit_parcels(fitted, weight)
    fit_sendings(fitted, weight)
    fit_waste(fitted, weight)
    return fitted


def _completed(known: FitOptions) -> FitOptions:
    """With households and holidays of the base where others are not given."""
    refuse(holidays("holidays", known.holidays))
    if (base := known.base) is None:
        return known
    given = known.households or {site.name: site.households for site in read_box_sites(Path(base.boxes.file))}
    return replace(known, households=given, holidays=known.holidays or base.horizon.holidays)


def _house(log: BoxLog, held: Stays, known: FitOptions) -> dwell.House:
    """Closed hours and holding time: as told, as in the base, or as the carriers' returns show."""
    parcels = known.base.residents.parcels if known.base is not None else None
    closed = known.closed or (parcels.dwell.closed_hours if parcels is not None else None)
    holding_h = known.holding_h or (parcels.holding_h if parcels is not None else None)
    if holding_h is None:
        ages = (held.end_s - held.placed_s)[held.how == RETURNED] / 3600
        holding_h = float(ages.min()) if len(ages) else float(log.second[-1] - log.second[0]) / 3600 + 1
    return dwell.House(closed, holding_h)


def _note_rows(fitted: Fitted) -> None:
    log, held = fitted.log, fitted.stays
    fitted.notes += log.notes
    for count, what in (
        (log.unordered, "rows stood before an earlier one of their box; they were put in order"),
        (log.doubled, "rows said what another had said; they were left out"),
        (held.odd, "rows do not go with what their door holds; they were left out"),
        (held.from_before, "parcels left that came before the log began; how long they stayed is not known"),
    ):
        if count:
            fitted.notes.append(f"{count} {what}")


def _households(log: BoxLog, known: FitOptions) -> Floats:
    """Households of each box; ones where nobody tells."""
    if known.households is None:
        return np.ones(len(log.boxes))
    faults = [
        Fault(f"{log.sheet.file}: box '{name}'", "its households are not given" + did_you_mean(name, known.households))
        for name in log.boxes
        if name not in known.households
    ]
    refuse(faults)
    return np.array([known.households[name] for name in log.boxes], np.float64)
