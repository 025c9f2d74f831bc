"""Downloading the roads of a place from OpenStreetMap's servers, the way OSMnx does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from molosim.network.graph import RoadGraph, first_line
from molosim.spec import ScenarioError


def download(place: str) -> RoadGraph:
    """Download the drivable roads within a place's boundary.

    Takes as long as the servers ask to wait: where they are busy, a minute between tries.

    Parameters
    ----------
    place
        A place that OpenStreetMap's search knows and has an area of, e.g. ``Aalborg, Denmark``.

    Returns
    -------
    RoadGraph
        Dated today: the servers answer with what OpenStreetMap holds now.

    Raises
    ------
    ScenarioError
        The servers cannot be reached, do not know the place, know no area of it, or no roads in it.
    """
    import osmnx as ox  # noqa: PLC0415  # takes seconds to import

    from molosim.network.build import road_graph  # noqa: PLC0415  # imports OSMnx

    try:
        with _leaving_no_trace():
            graph = ox.graph_from_place(place, network_type="drive", simplify=False, retain_all=True)
    # The requests library raises OSErrors; on answers of no use OSMnx raises ValueErrors and TypeErrors.
    except OSError as error:
        problem = "OpenStreetMap's servers cannot be reached; `molosim map import` takes a downloaded extract instead"
        raise ScenarioError.at(f"place {place!r}", f"{problem} ({type(error).__name__})") from error
    except (ValueError, TypeError, KeyError) as error:
        raise ScenarioError.at(f"place {place!r}", f"cannot be downloaded: {first_line(error)}") from error
    today = datetime.now(tz=UTC).date().isoformat()
    return road_graph(graph, name=place, source=f"OpenStreetMap download of {place!r}", date=today)


@contextmanager
def _leaving_no_trace() -> Iterator[None]:
    """Undo what OSMnx does beside downloading.

    It would leave a folder of answers wherever the program was started, and it replaces the function that looks up
    hosts.
    """
    import osmnx as ox  # noqa: PLC0415  # takes seconds to import

    use_cache, look_up = ox.settings.use_cache, socket.getaddrinfo
    ox.settings.use_cache = False
    try:
        yield
    finally:
        ox.settings.use_cache, socket.getaddrinfo = use_cache, look_up
