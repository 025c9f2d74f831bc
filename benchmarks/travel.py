"""How long travel between all places takes: contraction hierarchy, SciPy and NetworkX on the bundled map, in one run.

    python benchmarks/travel.py [--places 2050] [--networkx-sources 20]

NetworkX runs from some of the places only and is scaled up. All is one process; the ratios, not the seconds, are what
carries over to another machine.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import networkx as nx
import numpy as np

from molosim.network.arcs import Arcs, Period, Weighted, arcs_between, weigh
from molosim.network.fastest import Engine, Fastest, default_engine
from molosim.network.graph import RoadGraph
from molosim.network.places import Places
from molosim.network.siting import draw_addresses
from molosim.network.travel import Router, compute, travel_for

MAP = Path(__file__).parents[1] / "maps" / "gothenburg_2016.npz"
PERIOD = Period("all day", (), 0.7)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def times_only(arcs: Arcs, weighted: Weighted, engine: Engine) -> None:
    times = Fastest(arcs, engine).times(weighted)
    for start in range(0, len(arcs.leave), 256):
        times(arcs.leave[start : start + 256])


def networkx_times(arcs: Arcs, weighted: Weighted, sources: int) -> None:
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(
        zip(weighted.tail.tolist(), weighted.head.tolist(), weighted.ms.tolist(), strict=True)
    )
    for source in arcs.leave[:sources].tolist():
        nx.single_source_dijkstra_path_length(graph, source)


def measured(graph: RoadGraph, places: Places, sources: int) -> Iterator[tuple[str, float]]:
    engines: tuple[Engine, ...] = ("cch", "scipy") if default_engine() == "cch" else ("scipy",)
    for engine in engines:
        yield f"seconds and metres, {engine}", seconds(lambda e=engine: compute(graph, places, (PERIOD,), e))
    arcs = arcs_between(graph, places)
    weighted = weigh(graph, arcs, PERIOD)
    for engine in engines:
        yield f"times only, {engine}", seconds(lambda e=engine: times_only(arcs, weighted, e))
    scale = len(places) / sources
    yield (
        f"times only, NetworkX ({sources} sources x {scale:g})",
        scale * seconds(lambda: networkx_times(arcs, weighted, sources)),
    )
    with tempfile.TemporaryDirectory() as folder:
        for way in ("made and kept", "read again"):
            yield f"travel_for, {way}", seconds(lambda: travel_for(graph, places, (PERIOD,), Path(folder)))
    yield "map from disk", seconds(lambda: RoadGraph.load(MAP))
    router = Router(graph, places, (PERIOD,))
    yield "a path with its shape", seconds(lambda: [router.path_lonlat(0, k) for k in range(1, 101)]) / 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, default=2050)
    parser.add_argument("--networkx-sources", type=int, default=20)
    options = parser.parse_args()
    graph = RoadGraph.load(MAP)
    places = draw_addresses(graph, (), options.places, 1.0, np.random.default_rng(1))
    # Compiled, and streets paired, before anything is measured.
    compute(graph, draw_addresses(graph, (), 3, 1.0, np.random.default_rng(1)), (PERIOD,), "scipy")

    print(f"{graph.name}: {graph.node_count} nodes, {graph.edge_count} edges; {len(places)} x {len(places)} places")
    first = None
    for name, took_s in measured(graph, places, options.networkx_sources):
        first = first or took_s
        print(f"{name:45s} {took_s:10.4f} s {took_s / first:10.3f} x")


if __name__ == "__main__":
    main()
