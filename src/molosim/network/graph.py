"""The road graph: compact arrays that load in milliseconds, with the words that say where they come from."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from molosim.runtime.arrays import Flags, Floats, Ints, Ints32
from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import reading

FORMAT = "molosim road graph 1"
FORMAT_WITH_RULES = "molosim road graph 2"
"""Of maps with forbidden turns or limited streets, so that a molosim that knows none refuses them."""
LICENCE = "ODbL 1.0"
ATTRIBUTION = "(c) OpenStreetMap contributors, ODbL 1.0"
DRIVE, BIKE, WALK = "drive", "bike", "walk"
WAYS = {DRIVE: "roads for vehicles", BIKE: "ways for bicycles", WALK: "ways on foot"}
"""What a network has, for messages."""
EARTH_RADIUS_M = 6_371_009.0
"""Mean Earth radius, as OSMnx uses it for edge lengths."""

_TEXTS = ("name", "source", "date", "licence", "attribution")
_NODE_ARRAYS = {"node_lon": "<f8", "node_lat": "<f8"}
_EDGE_ARRAYS = {
    "edge_tail": "<i4",
    "edge_head": "<i4",
    "edge_m": "<f8",
    "edge_kph": "<f4",
    "edge_imputed": "|b1",
    "edge_class": "<i2",
}
_SHAPE_ARRAYS = {"shape_lon": "<f8", "shape_lat": "<f8", "shape_first": "<i8"}
_ARRAYS = _NODE_ARRAYS | _EDGE_ARRAYS | _SHAPE_ARRAYS
_RULE_ARRAYS = {"ban_edge": "<i4", "ban_first": "<i8", "limited": "<i4"}
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def great_circle_m(lon_a: Floats, lat_a: Floats, lon_b: Floats | float, lat_b: Floats | float) -> Floats:
    """Great-circle distance in metres between points in degrees (haversine), broadcast over arrays."""
    half_lat = np.radians(np.subtract(lat_b, lat_a)) / 2
    half_lon = np.radians(np.subtract(lon_b, lon_a)) / 2
    cosines = np.cos(np.radians(lat_a)) * np.cos(np.radians(lat_b))
    square = np.sin(half_lat) ** 2 + cosines * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(square, 1.0))))


@dataclass(frozen=True, slots=True)
class Dropped:
    """What of the data is not in the graph, because not every place in it could be reached and left again."""

    parts: int
    """Strongly connected parts other than the one that was kept."""
    nodes: int
    edges: int
    metres: float
    """Length of those edges."""


@dataclass(frozen=True, slots=True)
class Restrictions:
    """How many of the data's turn restrictions the graph keeps."""

    kept: int
    left_out: Mapping[str, int]
    """How many not, by why."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RoadGraph:
    """A strongly connected directed road graph with n nodes and m edges.

    A street open in both directions is two edges, the second with the first one's shape reversed.

    Attributes
    ----------
    name, source, date, licence, attribution
        What the map shows, where it comes from, the ISO date of its data, and on which terms.
    network
        Who may use its ways: ``drive``, ``bike`` or ``walk``.
    dropped
        What was left out in the making; None where nobody noted it.
    restrictions
        What became of the data's turn restrictions; None where nobody looked for them.
    node_lon, node_lat
        f64[n], degrees (WGS 84).
    edge_tail, edge_head
        i32[m], node indices.
    edge_m
        f64[m], length in metres, above 0.
    edge_kph
        f32[m], speed limit in km/h, imputed where the map has none.
    edge_imputed
        bool[m], whether the limit is imputed.
    edge_class
        i16[m], index into `classes` (OSM ``highway`` values).
    shape_lon, shape_lat
        f64, degrees, all edges' shapes one after the other, both ends included.
    shape_first
        i64[m + 1], where each edge's shape begins.
    ban_edge
        i32, edges of all forbidden ways, one after the other: each is two or more edges, each beginning where the last
        ended, that may not be driven along in this order.
    ban_first
        i64[bans + 1], where each of them begins.
    limited
        i32, edges in order that a trip may begin or end on but not pass along.
    """

    name: str
    source: str
    date: str
    classes: tuple[str, ...]
    node_lon: Floats
    node_lat: Floats
    edge_tail: Ints32
    edge_head: Ints32
    edge_m: Floats
    edge_kph: npt.NDArray[np.float32]
    edge_imputed: Flags
    edge_class: npt.NDArray[np.int16]
    shape_lon: Floats
    shape_lat: Floats
    shape_first: Ints
    licence: str = LICENCE
    attribution: str = ATTRIBUTION
    network: str = DRIVE
    dropped: Dropped | None = None
    restrictions: Restrictions | None = None
    ban_edge: Ints32 = field(default_factory=lambda: np.zeros(0, np.int32))
    ban_first: Ints = field(default_factory=lambda: np.zeros(1, np.int64))
    limited: Ints32 = field(default_factory=lambda: np.zeros(0, np.int32))

    def __post_init__(self) -> None:
        """Raise ValueError where the arrays do not fit each other."""
        for name, dtype in (_ARRAYS | _RULE_ARRAYS).items():
            array = np.asarray(getattr(self, name)).astype(dtype)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        _check(self)

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.node_lon)

    @property
    def edge_count(self) -> int:
        """Number of directed edges."""
        return len(self.edge_tail)

    @property
    def has_rules(self) -> bool:
        """Whether a turn is forbidden or a street is limited."""
        return bool(len(self.ban_edge) or len(self.limited))

    @cached_property
    def bans(self) -> tuple[tuple[int, ...], ...]:
        """Edges of each forbidden way."""
        edges, first = self.ban_edge.tolist(), self.ban_first.tolist()
        return tuple(tuple(edges[a:b]) for a, b in pairwise(first))

    def without_rules(self) -> RoadGraph:
        """The same roads for those who may turn anywhere and take any street."""
        if not self.has_rules:
            return self
        return replace(
            self, ban_edge=np.zeros(0, np.int32), ban_first=np.zeros(1, np.int64), limited=np.zeros(0, np.int32)
        )

    @cached_property
    def bbox(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all shapes, degrees."""
        lon, lat = self.shape_lon, self.shape_lat
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())

    def shape(self, edge: int) -> Floats:
        """Lon/lat f64[k, 2] along one edge."""
        part = slice(self.shape_first[edge], self.shape_first[edge + 1])
        return np.column_stack([self.shape_lon[part], self.shape_lat[part]])

    def of_class(self, names: frozenset[str]) -> Flags:
        """bool[m]: edges whose class is one of ``names``."""
        wanted = np.array([c in names for c in self.classes], dtype=np.bool_)
        return np.asarray(wanted[self.edge_class])

    @cached_property
    def twin(self) -> Ints32:
        """i32[m]: the same street the other way, -1 for one-way streets."""
        return _twins(self)

    @cached_property
    def content_hash(self) -> str:
        """Hex SHA-256 of everything the graph says of its roads; equal content, equal hash, on any machine."""
        digest = hashlib.sha256(_meta_json(self))
        for name, dtype in _stored(self).items():
            array = np.ascontiguousarray(getattr(self, name), dtype=dtype)
            digest.update(f"{name}{array.shape}".encode())
            digest.update(array.tobytes())
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write an ``.npz`` file; the same graph gives the same bytes."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            _add(archive, "meta.json", _meta_json(self, **_notes(self)))
            for name, dtype in _stored(self).items():
                buffer = io.BytesIO()
                array = np.ascontiguousarray(getattr(self, name), dtype=dtype)
                np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
                _add(archive, f"{name}.npy", buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> RoadGraph:
        """Read a file that `save` wrote.

        Raises
        ------
        ScenarioError
            The file is missing, unreadable, foreign, or its arrays do not fit each other.
        """
        try:
            with reading(path):
                return cls(**_fields(path))
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, zlib.error) as error:
            problem = f"is not a map prepared by `molosim map`: {first_line(error)}"
            raise ScenarioError.at(str(path), problem) from error


def _stored(graph: RoadGraph) -> dict[str, str]:
    """Arrays that say what the graph is; those of rules only where it has any: other maps stay as they always were."""
    return _ARRAYS | (_RULE_ARRAYS if graph.has_rules else {})


def _meta_json(graph: RoadGraph, **more: object) -> bytes:
    """Everything but the arrays, as JSON with sorted keys; the network only where it is not the usual one."""
    form = FORMAT_WITH_RULES if graph.has_rules else FORMAT
    meta = {text: getattr(graph, text) for text in _TEXTS} | {"format": form, "classes": graph.classes} | more
    if graph.network != DRIVE:
        meta["network"] = graph.network
    return json.dumps(meta, sort_keys=True, ensure_ascii=True).encode()


def _notes(graph: RoadGraph) -> dict[str, object]:
    """What is told of the making, as a file keeps it; it is no part of the content that the hash stands for."""
    notes = {"dropped": graph.dropped, "restrictions": graph.restrictions}
    return {name: asdict(note) for name, note in notes.items() if note}


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Add a member without anything of the moment or machine (time, rights, system)."""
    info = zipfile.ZipInfo(name, _ZIP_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    archive.writestr(info, data)


def _fields(path: Path) -> dict[str, Any]:
    """Constructor arguments read from a file; raises whatever reading a broken file raises."""
    with zipfile.ZipFile(path) as archive:
        meta = json.loads(archive.read("meta.json"))
        if not isinstance(meta, dict) or meta.get("format") not in (FORMAT, FORMAT_WITH_RULES):
            raise ValueError(f"its format is neither {FORMAT!r} nor {FORMAT_WITH_RULES!r}")
        fields: dict[str, Any] = {text: str(meta[text]) for text in _TEXTS}
        fields["classes"] = tuple(str(name) for name in meta["classes"])
        fields["network"] = str(meta.get("network", DRIVE))
        fields["dropped"] = Dropped(**meta["dropped"]) if "dropped" in meta else None
        if "restrictions" in meta:
            noted = meta["restrictions"]
            fields["restrictions"] = Restrictions(
                int(noted["kept"]), {str(k): int(v) for k, v in noted["left_out"].items()}
            )
        for name in _ARRAYS | (_RULE_ARRAYS if meta["format"] == FORMAT_WITH_RULES else {}):
            buffer = io.BytesIO(archive.read(f"{name}.npy"))
            fields[name] = np.lib.format.read_array(buffer, allow_pickle=False)
    return fields


def first_line(error: Exception) -> str:
    """First line of an error's message, or its kind where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _check(graph: RoadGraph) -> None:
    """Raise ValueError for the first invariant that does not hold."""
    for problem, holds in _invariants(graph):
        if not holds:
            raise ValueError(problem)


def _invariants(graph: RoadGraph) -> Iterator[tuple[str, bool]]:
    """What would be wrong, and whether all is well; each one may rely on those before it."""
    n, m = graph.node_count, graph.edge_count
    yield "it has no roads", n > 0 and m > 0
    yield "its node arrays differ in length", graph.node_lat.shape == (n,)
    yield "its edge arrays differ in length", all(getattr(graph, name).shape == (m,) for name in _EDGE_ARRAYS)
    for ends in (graph.edge_tail, graph.edge_head):
        yield "an edge ends at no node", bool(ends.min() >= 0 and ends.max() < n)
    for numbers in (graph.edge_m, graph.edge_kph):
        yield "a length or speed is not above 0", bool(np.all((numbers > 0) & np.isfinite(numbers)))
    classes = graph.edge_class
    yield "an edge has no class", bool(classes.min() >= 0 and classes.max() < len(graph.classes))
    first, points = graph.shape_first, graph.shape_lon.shape
    whole = first.shape == (m + 1,) and graph.shape_lat.shape == points == (first[-1],)
    yield "its shapes do not fit its edges", bool(whole and first[0] == 0 and np.all(np.diff(first) >= 2))
    for degrees, most in ((graph.node_lon, 180), (graph.shape_lon, 180), (graph.node_lat, 90), (graph.shape_lat, 90)):
        yield "a coordinate is not on Earth", bool(np.all(np.abs(degrees) <= most))
    limited, banned, begin = graph.limited, graph.ban_edge, graph.ban_first
    for edges in (limited, banned):
        yield "a rule is of no edge", edges.ndim == 1 and not np.any((edges < 0) | (edges >= m))
    yield "its limited streets are not in order", not np.any(np.diff(limited) <= 0)
    whole = begin.ndim == 1 and len(begin) > 0 and begin[0] == 0 and begin[-1] == len(banned)
    yield "its forbidden ways are not of two or more edges", bool(whole and np.all(np.diff(begin) >= 2))
    inner = np.setdiff1d(np.arange(1, len(banned)), begin)
    yield (
        "a forbidden way is no way",
        bool(np.all(graph.edge_head[banned[inner - 1]] == graph.edge_tail[banned[inner]])),
    )


def _twins(graph: RoadGraph) -> Ints32:
    """Pair each edge with the one whose shape is its own reversed; -1 where there is none."""
    twin = np.full(graph.edge_count, -1, dtype=np.int32)
    waiting: dict[tuple[int, int, bytes], int] = {}
    for edge, (tail, head) in enumerate(zip(graph.edge_tail.tolist(), graph.edge_head.tolist(), strict=True)):
        shape = graph.shape(edge)
        other = waiting.pop((head, tail, shape[::-1].tobytes()), None)
        if other is None:
            waiting[tail, head, shape.tobytes()] = edge
        else:
            twin[edge], twin[other] = other, edge
    return twin
