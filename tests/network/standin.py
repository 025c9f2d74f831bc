"""A stand-in for OpenStreetMap's servers on this machine, which understands the questions that OSMnx really asks."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import shapely

IDLE = "Connected as: 1\nCurrent time: {}\nAnnounced endpoint: none\nRate limit: 2\n2 slots available now.\n"
WORKING = "Connected as: 1\nCurrent time: {}\nAnnounced endpoint: none\nRate limit: 2\nCurrently running queries:\n"
TAKEN = (
    "Connected as: 1\nCurrent time: {}\nAnnounced endpoint: none\nRate limit: 2\n"
    "Slot available after: 2999-01-01T00:00:00Z, in 3600 seconds.\n"
)
CUT = object()
"""In place of an answer: the connection breaks in the middle of one."""


@dataclass
class Answer:
    """What the server says whatever it is asked."""

    status: int = 200
    body: str = "{}"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class World:
    """What the servers hold, what they were asked, and what goes wrong next."""

    places: list[dict[str, object]] = field(default_factory=list)
    elements: list[dict[str, object]] = field(default_factory=list)
    date: str = "2025-06-07T08:09:10Z"
    asked: list[str] = field(default_factory=list)
    """Paths."""
    queries: list[str] = field(default_factory=list)
    status: list[str] = field(default_factory=list)
    """Status texts to come, before the usual one."""
    faults: list[object] = field(default_factory=list)
    """Answers to come to searches and queries, before the right ones: `Answer` or `CUT`."""
    every: dict[tuple[object, object], dict[str, object]] = field(default_factory=dict)
    """Elements by type and number, as of the last question."""

    def answer(self, path: str, body: str) -> object:
        split = urlsplit(path)
        self.asked.append(split.path)
        if split.path.endswith("/status"):
            return Answer(body=self.status.pop(0) if self.status else IDLE)
        if self.faults:
            return self.faults.pop(0)
        if split.path == "/search":
            wanted = parse_qs(split.query)
            usual = {"format": ["json"], "polygon_geojson": ["1"], "dedupe": ["0"], "limit": ["50"]}
            assert usual.items() <= wanted.items(), wanted
            return Answer(body=json.dumps(self.places))
        (query,) = parse_qs(body)["data"]
        self.queries.append(query)
        return Answer(body=json.dumps({"osm3s": {"timestamp_osm_base": self.date}, "elements": self.select(query)}))

    def select(self, query: str) -> list[dict[str, object]]:
        """What Overpass would answer: every statement's elements, and what they consist of."""
        assert query.startswith("[out:json][timeout:180];("), query
        assert query.endswith(";out;"), query
        self.every = {(part["type"], part["id"]): part for part in self.elements}
        found: dict[tuple[object, object], dict[str, object]] = {}
        for kind, filters, poly in re.findall(r"(node|way|relation)((?:\[.*?\])+)\(poly:'([^']*)'\);", query):
            area = polygon_of(poly)
            for element in self.elements:
                if element["type"] == kind and fits(element.get("tags", {}), filters) and self.touches(element, area):
                    found |= {(e["type"], e["id"]): e for e in self.with_parts(element)}
        return list(found.values())

    def touches(self, element: dict[str, object], area: shapely.Polygon) -> bool:
        at = [(part["lon"], part["lat"]) for part in self.with_parts(element) if part["type"] == "node"]
        return bool(at) and area.intersects(shapely.LineString(at) if len(at) > 1 else shapely.Point(at))

    def with_parts(self, element: dict[str, object]) -> Iterator[dict[str, object]]:
        yield element
        refs = [("node", ref) for ref in element.get("nodes", [])]
        refs += [(member["type"], member["ref"]) for member in element.get("members", [])]
        for ref in refs:
            if ref in self.every:
                yield from self.with_parts(self.every[ref])


def polygon_of(poly: str) -> shapely.Polygon:
    """Polygon of Overpass's latitudes and longitudes."""
    numbers = [float(number) for number in poly.split()]
    return shapely.Polygon(list(zip(numbers[1::2], numbers[::2], strict=True)))


def fits(tags: dict[str, str], filters: str) -> bool:
    """Whether tags pass Overpass filters: a key, a key with a value, a key whose value must not match."""
    for key, operator, value in re.findall(r"""\[['"](.*?)['"](?:(=|!~)['"](.*?)['"])?\]""", filters):
        has = key in tags
        if operator == "!~":
            if has and re.search(value, tags[key]):
                return False
        elif not has or (operator == "=" and tags[key] != value):
            return False
    return True


@contextmanager
def serving(world: World) -> Iterator[str]:
    """Address at which the world answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            answer = world.answer(self.path, body)
            if answer is CUT:
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b'{"elements": [')
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            content = answer.body.encode()
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815  # the name http.server calls

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
