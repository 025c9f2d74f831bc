"""Speed limits: what OSM's ``maxspeed`` says, and what is assumed where it says nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from molosim.runtime import bundled

NORDIC_KPH: Mapping[str, float] = bundled.road_facts()["assumed_kph"]
"""Assumed limits by road class where too few roads of the class have one, km/h.

General limits of Danish and Swedish towns (50 km/h built-up, 110 on urban motorways; a Danish *opholds- og legeområde*
is 15), with ``residential`` between the general 50 and the common 30 zones. An assumption, not a measurement.
"""
CYCLING_KPH: Mapping[str, float] = bundled.road_facts()["cycling_kph"]
"""Speeds of a laden cargo bike without its stops, by class of way, km/h. An assumption, not a measurement."""
OTHER_CYCLING_KPH = 17.0
"""The same on any other class."""
WALKING_KPH = 4.3
"""On foot (1.2 m/s, as refused residents walk to another box). An assumption."""
OTHER_KPH = 40.0
"""Assumed limit of any other class, km/h."""
FIXED = frozenset({"living_street"})
"""Classes with a limit by law: a mean over the few tagged ones would be a worse guess."""
MIN_TAGGED_ROADS = 10
MIN_TAGGED_SHARE = 0.2
"""From so many roads, and so large a share of a class's length, a class's own mean is taken."""

_IMPLICIT_KPH = {"urban": 50.0, "rural": 80.0, "living_street": 15.0, "zone30": 30.0, "30": 30.0, "50": 50.0}
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*(km/h|kmh|kph|mph|knots)?", re.IGNORECASE)
_UNIT_KPH = {"mph": 1.609344, "knots": 1.852}
_PLAUSIBLE_KPH = (5.0, 130.0)


def limit_kph(maxspeed: object) -> float | None:
    """Speed limit that a ``maxspeed`` value states, km/h.

    Takes numbers with or without unit, several of them (by lane or merged: their mean) and implicit ones such as
    ``DK:urban``. None where there is none, where it says no number (``signals``, ``none``), or where the number is
    outside 5 to 130 km/h and so a slip of a mapper.
    """
    if isinstance(maxspeed, (list, tuple, set)):
        texts = [str(value) for value in maxspeed]
    else:
        texts = re.split(r"[|;]", str(maxspeed))
    limits = [limit for limit in map(_one_limit_kph, texts) if limit is not None]
    return sum(limits) / len(limits) if limits else None


def _one_limit_kph(text: str) -> float | None:
    """Limit that one value states."""
    text = text.strip()
    number = _NUMBER.fullmatch(text)
    if number:
        kph = float(number[1].replace(",", ".")) * _UNIT_KPH.get((number[2] or "").lower(), 1.0)
    else:
        country, _, kind = text.partition(":")
        kph = _IMPLICIT_KPH.get(kind.replace("zone:", ""), 0.0) if len(country) == 2 else 0.0
    return kph if _PLAUSIBLE_KPH[0] <= kph <= _PLAUSIBLE_KPH[1] else None


def assumed_kph(roads: Iterable[tuple[str, float, float | None]]) -> dict[str, float]:
    """Limit to assume for each class among ``roads``, km/h.

    Parameters
    ----------
    roads
        Class, length in metres, stated limit in km/h or None.

    Returns
    -------
    dict
        The mean of the stated limits, weighted with length, where enough of the class is tagged; else `NORDIC_KPH`.
    """
    total_m: dict[str, float] = {}
    stated: dict[str, tuple[int, float, float]] = {}
    for name, metres, kph in roads:
        total_m[name] = total_m.get(name, 0.0) + metres
        if kph is not None:
            count, length_m, weighted = stated.get(name, (0, 0.0, 0.0))
            stated[name] = count + 1, length_m + metres, weighted + metres * kph
    assumed = {}
    for name, metres in total_m.items():
        count, length_m, weighted = stated.get(name, (0, 0.0, 0.0))
        enough = name not in FIXED and count >= MIN_TAGGED_ROADS and length_m >= MIN_TAGGED_SHARE * metres
        assumed[name] = weighted / length_m if enough else NORDIC_KPH.get(name, OTHER_KPH)
    return assumed
