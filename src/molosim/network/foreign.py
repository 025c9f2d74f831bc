"""Whether what others wrote can be true: XML without declarations, coordinates that fit the lengths beside them."""

from __future__ import annotations

import bz2
import gzip
import math
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast
from xml.parsers import expat

import numpy as np

from molosim.network.graph import great_circle_m
from molosim.runtime.arrays import Floats
from molosim.runtime.errors import ScenarioError

if TYPE_CHECKING:
    import networkx as nx

_XML_SUFFIXES = (".graphml", ".osm", ".xml", ".gz", ".bz2")
_CHUNK_BYTES = 1 << 14
_FITS = (0.8, 1.25)
"""Computed over stated length, in the median: OSMnx's lengths are great circles too, so what is far off is wrong."""


class _PrologEndsError(Exception):
    """The first element has begun: no declaration can follow."""


class _DoctypeError(Exception):
    """There is a document type declaration."""


def refuse_doctype(path: Path) -> None:
    """Refuse XML that declares entities: no map needs them, and they can blow up to any size or name other files.

    What is no XML, or broken, is left to whoever reads it.

    Raises
    ------
    ScenarioError
        The file has a document type declaration.
    """
    if not path.name.lower().endswith(_XML_SUFFIXES):
        return
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _raise(_DoctypeError)
    parser.StartElementHandler = _raise(_PrologEndsError)
    try:
        with _opened(path) as file:
            while chunk := file.read(_CHUNK_BYTES):
                parser.Parse(chunk, False)  # the parser takes it by position only
    except _DoctypeError:
        raise ScenarioError.at(str(path), "declares a document type (DOCTYPE), which no map needs; refused") from None
    except (_PrologEndsError, expat.ExpatError, OSError, EOFError, zlib.error, ValueError):
        return


def _opened(path: Path) -> IO[bytes]:
    """The XML of a file, unpacked where its name says that it is packed."""
    match path.suffix.lower():
        case ".gz":
            return cast("IO[bytes]", gzip.open(path))
        case ".bz2":
            return bz2.open(path)
        case _:
            return path.open("rb")


def _raise(error: type[Exception]) -> Callable[..., None]:
    def handler(*_: object) -> None:
        raise error

    return handler


def check_degrees(graph: nx.MultiDiGraph, path: Path) -> None:
    """Check that nodes lie on Earth in degrees and that edges are as long as the file says.

    Parameters
    ----------
    graph
        As OSMnx has it, in degrees.
    path
        The file, for messages.

    Raises
    ------
    ScenarioError
        A coordinate is nowhere; or the lengths show that latitude and longitude are swapped or that the coordinate
        system is another one than the file names.
    """
    for node, data in graph.nodes(data=True):
        x, y = float(data["x"]), float(data["y"])
        if not (abs(x) <= 180 and abs(y) <= 90):
            problem = f"node {node} is at {x:g}, {y:g}, which is no longitude and latitude; does it name the right crs?"
            raise ScenarioError.at(str(path), problem)
    edges = [(u, v, data) for u, v, data in graph.edges(data=True) if _length(data) > 0]
    if not edges:
        return
    stated_m = np.array([_length(data) for *_, data in edges])
    lines = [_line(graph, u, v, data) for u, v, data in edges]
    if _fits(lines, stated_m):
        return
    if _fits([line[:, ::-1] for line in lines], stated_m):
        raise ScenarioError.at(str(path), "has latitude and longitude swapped: its roads' lengths say so")
    problem = "has roads whose lengths do not fit their coordinates; does it name the right crs?"
    raise ScenarioError.at(str(path), problem)


def _length(data: dict[str, Any]) -> float:
    try:
        length = float(data.get("length", math.nan))
    except (TypeError, ValueError):
        return math.nan
    return length if math.isfinite(length) else math.nan


def _line(graph: nx.MultiDiGraph, u: Any, v: Any, data: dict[str, Any]) -> Floats:
    """Lon/lat f64[k, 2] of an edge."""
    if "geometry" in data:
        return np.asarray(data["geometry"].coords, dtype=np.float64)[:, :2]
    return np.array([[float(graph.nodes[node]["x"]), float(graph.nodes[node]["y"])] for node in (u, v)])


def _fits(lines: Sequence[Floats], stated_m: Floats) -> bool:
    computed_m = np.array([great_circle_m(*line[:-1].T, *line[1:].T).sum() for line in lines])
    low, high = _FITS
    return bool(low <= np.median(computed_m / stated_m) <= high)
