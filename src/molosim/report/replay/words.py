"""What the page's scripts say, in the language of now."""

from __future__ import annotations

from pathlib import Path

from molosim.report.language import tr
from molosim.runtime.files import read_rows

WORDS = {row["name"]: row["message"] for row in read_rows(Path(__file__).with_name("words.csv"))}
"""By the names that the scripts have for them; purposes of trips and kinds of places among them."""

_DAY = ((0.4, 2), (1.0, 5), (2.0, 10), (4.0, 20))
_PERIOD = ((4.0, 4), (12.0, 12), (30.0, 30))


def words() -> dict[str, str]:
    """Every message by its name."""
    return {name: tr(message) for name, message in WORDS.items()}


def speeds() -> dict[str, list[tuple[float, str]]]:
    """Frames a second and how the reader is told, for each part; the third is the usual one."""
    day = [(speed, tr("{n} min per second", n=minutes)) for speed, minutes in _DAY]
    days = [(speed, tr("{n} days per second", n=number)) for speed, number in _PERIOD]
    return {
        "day": [*day, (12.0, tr("1 h per second"))],
        "period": [(0.5, tr("1 day in 2 seconds")), (1.0, tr("1 day per second")), *days],
    }
