"""Which country a map is in, as far as its tags tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import osmium

_KEYS = ("addr:country", "is_in:country_code", "ISO3166-1", "ISO3166-1:alpha2", "maxspeed", "source:maxspeed")
_SPEED_KEYS = frozenset({"maxspeed", "source:maxspeed"})
_CODE = re.compile(r"[A-Z]{2}")
_LEAST_VOTES = 5


def country_of(path: Path) -> str | None:
    """ISO 3166 code (``DK``) that most of an extract's tags name; None where too few or no majority name one.

    Addresses name it outright, speed limits by their rule (``DK:urban``).
    """
    votes: Counter[str] = Counter()
    found = osmium.FileProcessor(path).with_filter(osmium.filter.KeyFilter(*_KEYS))
    for thing in cast("Iterable[osmium.osm.Node | osmium.osm.Way | osmium.osm.Relation]", found):
        for key in _KEYS:
            value = thing.tags.get(key) or ""
            code, colon, _ = value.partition(":")
            if _CODE.fullmatch(code) and bool(colon) == (key in _SPEED_KEYS):
                votes[code] += 1
    if not votes:
        return None
    code, most = votes.most_common(1)[0]
    return code if most >= _LEAST_VOTES and most > votes.total() / 2 else None


def code_of(name: str | None) -> str | None:
    """ISO 3166 code of a country by its English name; None where nobody knows its public holidays."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415  # 0.2 s that few need

    names = COUNTRIES.get(re.sub(r"\W+", "_", (name or "").strip().lower()), ())
    return str(names[1]) if len(names) > 1 else None
