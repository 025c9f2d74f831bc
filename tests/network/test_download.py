"""Downloads from a stand-in for OpenStreetMap's servers on this machine."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import osmnx as ox
import pytest

from molosim.network.download import download
from molosim.spec import ScenarioError

SQUARE = [[10.0, 57.0], [10.01, 57.0], [10.01, 57.01], [10.0, 57.01], [10.0, 57.0]]
AREA = {
    "importance": 1,
    "lat": "57.005",
    "lon": "10.005",
    "boundingbox": ["57.0", "57.01", "10.0", "10.01"],
    "geojson": {"type": "Polygon", "coordinates": [SQUARE]},
}
POINT = AREA | {"geojson": {"type": "Point", "coordinates": [10.005, 57.005]}}
ROADS = [
    *({"type": "node", "id": k, "lon": 10.001 + 0.002 * (k % 3), "lat": 57.001 + 0.002 * (k // 3)} for k in range(9)),
    {"type": "way", "id": 1, "nodes": [0, 1, 2, 5, 8], "tags": {"highway": "residential", "maxspeed": "30"}},
    {"type": "way", "id": 2, "nodes": [0, 3, 6, 7, 8], "tags": {"highway": "living_street"}},
    {"type": "way", "id": 3, "nodes": [3, 4, 5], "tags": {"highway": "tertiary", "oneway": "yes"}},
]


class Servers:
    """What the stand-in answers, and what it was asked."""

    def __init__(self) -> None:
        self.search: object = [AREA]
        self.roads: list[dict[str, object]] = ROADS
        self.asked: list[str] = []

    def answer(self, path: str) -> bytes:
        self.asked.append(path.split("?", maxsplit=1)[0])
        if path.endswith("/status"):
            return (
                b"Connected as: 1\nCurrent time: now\nAnnounced endpoint: none\nRate limit: 2\n2 slots available now.\n"
            )
        return json.dumps({"elements": self.roads} if path.endswith("/interpreter") else self.search).encode()


@pytest.fixture
def servers(monkeypatch):
    world = Servers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = world.answer(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  # the name http.server calls

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setattr(ox.settings, "nominatim_url", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(ox.settings, "overpass_url", f"http://127.0.0.1:{server.server_port}/api")
    # The pauses are politeness to real servers.
    monkeypatch.setattr("osmnx._nominatim.time.sleep", lambda _: None)
    yield world
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_place_is_searched_its_roads_are_fetched_and_nothing_is_left_behind(servers, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = ox.settings.use_cache, socket.getaddrinfo
    graph = download("Somewhere, Denmark")
    assert servers.asked == ["/search", "/api/status", "/api/interpreter"]
    assert (graph.node_count, graph.edge_count) == (2, 5)
    assert graph.classes == ("living_street", "residential", "tertiary")
    assert graph.name == "Somewhere, Denmark"
    assert graph.source == "OpenStreetMap download of 'Somewhere, Denmark'"
    assert list(tmp_path.iterdir()) == []
    assert (ox.settings.use_cache, socket.getaddrinfo) == before


@pytest.mark.parametrize(
    ("search", "roads", "problem"),
    [
        ([], ROADS, "returned 0 results"),
        ([POINT], ROADS, r"did not geocode query .* to a geometry of type \(Multi\)Polygon"),
        ({"error": "no"}, ROADS, "did not return a list"),
        ([AREA], [], "No data elements"),
        ([AREA], ROADS[:9], "cannot be downloaded|no two places"),
    ],
)
def test_answers_of_no_use_are_one_clear_line(servers, search, roads, problem):
    servers.search, servers.roads = search, roads
    with pytest.raises(ScenarioError, match=problem) as caught:
        download("Nowhere")
    assert "\n" not in str(caught.value)


def test_without_a_network_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setattr(ox.settings, "nominatim_url", "http://127.0.0.1:9")
    monkeypatch.setattr("osmnx._nominatim.time.sleep", lambda _: None)
    with pytest.raises(ScenarioError) as caught:
        download("Aalborg, Denmark")
    assert str(caught.value) == (
        "place 'Aalborg, Denmark': OpenStreetMap's servers cannot be reached; "
        "`molosim map import` takes a downloaded extract instead (ConnectionError)"
    )
