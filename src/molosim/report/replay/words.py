"""What the page's scripts say, in the language of now."""

from __future__ import annotations

from collections.abc import Mapping

from molosim.report.language import mark, tr
from molosim.trips import Purpose

WORDS: Mapping[str, str] = {
    "play": mark("Play"),
    "pause": mark("Pause"),
    "about day": mark("One day, {date}: boxes every {minutes} minutes, vehicles at each moment."),
    "about period": mark(
        "{days} days, each as the boxes were at the hour at which its work is planned; counts are sums of days."
    ),
    "status": mark("{alternative}: {stored} kg put in, {collected} kg fetched, {refused} refused"),
    "chart": mark("{quantity}, by alternative; the numbers of the moment stand in the table"),
    "map": mark("Map of '{alternative}'; arrow keys move it when it is enlarged"),
    "box": mark("{box}: {parcels} parcels, waste door {fill} % full"),
    "away": mark("Vehicles on their way"),
    "one map": mark("none, one map only"),
    Purpose.DELIVERY: mark("delivery"),
    Purpose.EXTRA_DELIVERY: mark("extra delivery"),
    Purpose.COLLECTION: mark("collection"),
    Purpose.TRANSFER: mark("transfer"),
    "depot": mark("depot"),
    "reception": mark("reception"),
    "recycling centre": mark("recycling centre"),
}
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
