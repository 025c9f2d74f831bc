"""The page: data packed, the drawing library and our script inlined, and nothing that could ask for anything else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import numpy as np
from bokeh.resources import Resources
from jinja2.utils import htmlsafe_json_dumps
from numpy.typing import NDArray

from molosim.report import templates
from molosim.report.language import mark, spoken, tr
from molosim.report.map_figures import ATTRIBUTION
from molosim.report.replay.day_tables import REPLICATION, DayTables
from molosim.report.replay.motion import Plane
from molosim.report.replay.timelines import QUANTITIES, Frames, Timeline, Tour, period, sampled_day
from molosim.report.replay.words import speeds, words
from molosim.runtime.arrays import Floats
from molosim.trips import MUNICIPALITY

_SCRIPTS = ("data.js", "drawing.js", "words.js", "player.js", "controls.js")
TOWN = mark("municipality")
"""The operator of tables that is no carrier, so that its name is ours to translate."""
_MARGIN = 0.04


def render(tables: DayTables) -> str:
    """The page's HTML."""
    here = files("molosim.report.replay")
    scripts = [*_library(), "\n".join((here / name).read_text(encoding="utf-8") for name in _SCRIPTS)]
    policy = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return templates.page(
        "replay/replay.html.jinja",
        title=tables.scenario.title,
        replications=tables.scenario.horizon.replications,
        replication=REPLICATION + 1,
        # What the scripts hold is ours or the library's, and its hash is in the policy; none of it comes from a result.
        scripts=scripts,
        policy=policy,
        style=(here / "replay.css").read_text(encoding="utf-8"),
        data=htmlsafe_json_dumps(_content(tables), separators=(",", ":"), allow_nan=False),
        attribution=tr(ATTRIBUTION),
        library=f"Bokeh {version('bokeh')}",
    )


def _library() -> Iterator[str]:
    """Scripts of the drawing library, fit to stand in a page."""
    for script in Resources(mode="inline", components=["bokeh", "bokeh-api"], log_level="warn").js_raw:
        yield re.sub(r"</(?=script)", r"<\\/", script, flags=re.IGNORECASE).replace("\r\n", "\n")


def _content(tables: DayTables) -> dict[str, Any]:
    sites = tables.sites.drop_duplicates("box").sort_values("box")
    plane = Plane(float(sites["lon"].mean()), float(sites["lat"].mean()))
    at = plane.xy(sites[["lon", "lat"]].to_numpy())
    day, days = sampled_day(tables, plane), period(tables)
    motions, numbered = _motions(day.tours)
    timelines = {"day": _timeline(day, tables.alternatives), "period": _timeline(days, tables.alternatives)}
    timelines["day"]["tours"] = numbered
    marks = list(_marks(tables, plane))
    return {
        "language": spoken().code,
        "words": words(),
        "speeds": speeds(),
        "alternatives": list(tables.alternatives),
        "quantities": [{"key": key, "label": tr(label), "unit": unit} for key, (label, unit) in QUANTITIES.items()],
        "boxes": {
            "x": _packed(at[:, 0], "i4"),
            "y": _packed(at[:, 1], "i4"),
            "names": sites["name"].astype(str).tolist(),
            "districts": sites["district"].astype(str).tolist(),
        },
        "marks": marks,
        "roads": [_road(feature, plane) for feature in tables.roads],
        "motions": motions,
        "timelines": timelines,
        "extent": _extent([at, *(tour.motion.xy for tours in day.tours.values() for tour in tours)], marks),
    }


def _timeline(timeline: Timeline, alternatives: Sequence[str]) -> dict[str, Any]:
    return {
        "first": timeline.first.isoformat(),
        "step_s": timeline.step_s,
        "count": timeline.count,
        "frames": [_frames(timeline.frames[of]) for of in alternatives],
        "tours": [],
    }


def _frames(frames: Frames) -> dict[str, Any]:
    return {
        "fill": _packed(100 * np.nan_to_num(np.clip(frames.fill, 0, 1)), "u1"),
        "parcels": _packed(frames.parcels, "u2"),
        "refused": _packed(np.minimum(frames.refused, 255), "u1"),
        "counts": {key: _packed(values, "f4") for key, values in frames.counts.items()},
    }


def _motions(tours: Mapping[str, Sequence[Tour]]) -> tuple[list[dict[str, Any]], list[list[int]]]:
    """Each way once, however many alternatives drive it, and the numbers of each alternative's ways."""
    numbers: dict[str, int] = {}
    every: list[dict[str, Any]] = []
    numbered: list[list[int]] = []
    for its_tours in tours.values():
        numbered.append([])
        for tour in its_tours:
            motion = tour.motion
            packed = {
                "operator": tr(TOWN) if tour.operator == MUNICIPALITY else tour.operator,
                "vehicle": tour.vehicle,
                "purpose": tour.purpose,
                "x": _packed(motion.xy[:, 0], "i4"),
                "y": _packed(motion.xy[:, 1], "i4"),
                "second": _packed(motion.second, "i4"),
            }
            number = numbers.setdefault(repr(packed), len(every))
            if number == len(every):
                every.append(packed)
            numbered[-1].append(number)
    return every, numbered


def _road(feature: Mapping[str, Any], plane: Plane) -> dict[str, Any]:
    geometry = feature["geometry"]
    lines = [geometry["coordinates"]] if geometry["type"] == "LineString" else geometry["coordinates"]
    xy = plane.xy([point for line in lines for point in line])
    return {
        "road": feature["properties"].get("road", ""),
        "first": _packed(np.cumsum([0, *(len(line) for line in lines)]), "i4"),
        "x": _packed(xy[:, 0], "i4"),
        "y": _packed(xy[:, 1], "i4"),
    }


def _marks(tables: DayTables, plane: Plane) -> Iterator[dict[str, Any]]:
    """Depots and where waste goes."""
    town = tables.scenario.municipality
    places = [("depot", carrier.depot) for carrier in tables.scenario.carriers]
    places += [("depot", town.depot), ("reception", town.reception)]
    places += [("recycling centre", centre) for centre in town.recycling_centres]
    for kind, place in places:
        x, y = plane.xy([place.lon, place.lat])[0]
        yield {"kind": kind, "name": place.name, "x": round(x), "y": round(y)}


def _extent(parts: Sequence[Floats], marks: Sequence[Mapping[str, Any]]) -> list[int]:
    """West, south, east, north of everything that is shown, in metres, with a margin."""
    xy = np.concatenate([*parts, np.array([[mark["x"], mark["y"]] for mark in marks])])
    low, high = xy.min(axis=0), xy.max(axis=0)
    margin = np.maximum(_MARGIN * (high - low), 100.0)
    return [round(value) for value in (*(low - margin), *(high + margin))]


def _packed(values: NDArray[Any], kind: str) -> dict[str, str]:
    """An array as text: little-endian bytes in base 64."""
    rounded = values if kind[0] == "f" else np.rint(values)
    return {"kind": kind, "bytes": base64.b64encode(rounded.astype(f"<{kind}").tobytes()).decode()}
