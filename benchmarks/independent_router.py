"""Distances between random places against an independent router on the same extract: Valhalla, shortest by distance.

    npm install --prefix FOLDER @valhallajs/valhallajs        (once; it brings its own programs, needs Node 16)
    python benchmarks/independent_router.py --valhalla FOLDER [EXTRACT ...] [--pairs 200]

Both get the same ways: the extract's roads as molosim's filter lets them through (what else the extract holds, such as
car parks, only the other would use), cut where a clipped extract lacks their nodes. Both find the shortest way, not the
fastest, so that speeds play no part, from and to the same points of the same streets. They may differ in how they read
turn restrictions, one-way streets, barriers and streets that are open for some only, and in how they measure. The first
row holds molosim as it is against Valhalla with all that the map says; the second leaves restrictions and access out of
both; the third shows what leaving them out of molosim alone would cost.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import osmium

from molosim.network.arcs import Period
from molosim.network.fastest import default_engine
from molosim.network.filters import KEPT_TAGS, is_open
from molosim.network.graph import RoadGraph
from molosim.network.osm import read_map
from molosim.network.places import Places, snap
from molosim.network.siting import draw_addresses
from molosim.network.travel import compute

MAP = Path(__file__).parents[1] / "maps" / "gothenburg_2016_drive.osm.pbf"
SAME_KPH = 36.0
BAR = 0.02
EXACTLY = {"radius": 0, "minimum_reachability": 0, "node_snap_tolerance": 0}
"""Start at the point itself: by default it looks for a place from which many others can be reached."""
VARIANTS = (
    ("all that the map says", True, True, {}),
    ("neither turn restrictions nor access for some only", False, False, {"ignore_restrictions": True}),
    ("all that the map says, against ours without rules", False, True, {}),
)
"""Label, whether molosim keeps the map's rules, whether Valhalla's ways keep all tags, and its options."""
ASK = """
const { Actor } = require('@valhallajs/valhallajs');
const fs = require('fs');
(async () => {
  const [config, questions] = process.argv.slice(2);
  const actor = await Actor.fromConfigFile(config);
  const found = [];
  for (const query of JSON.parse(fs.readFileSync(questions))) {
    try {
      const answer = await actor.route(query);
      found.push(answer.trip.legs.map(leg => leg.summary.length * 1000).reduce((a, b) => a + b));
    } catch (error) { found.push(null); }
  }
  console.log(JSON.stringify(found));
})();
"""


def roads_of(extract: Path, folder: Path, *, whole: bool) -> Path:
    """The extract's drivable ways in runs of present nodes, and its turn restrictions; else only what both read."""
    path = folder / "roads.osm.pbf"
    ways = [
        (thing.id, [node.ref for node in thing.nodes], {k: v for k, v in thing.tags if whole or k in KEPT_TAGS})
        for thing in osmium.FileProcessor(str(extract), osmium.osm.WAY)
        if is_open(dict(thing.tags), "drive")
    ]
    wanted = {ref for _, refs, _ in ways for ref in refs}
    fresh = max(number for number, _, _ in ways)
    cut: dict[int, osmium.osm.mutable.Way] = {}
    with osmium.SimpleWriter(str(path)) as writer:
        present = set()
        for node in osmium.FileProcessor(str(extract), osmium.osm.NODE):
            if node.id in wanted and node.location.valid():
                present.add(node.id)
                writer.add_node(node)
        for number, refs, tags in ways:
            runs = [list(run) for is_here, run in groupby(refs, key=present.__contains__) if is_here]
            for run in (run for run in runs if len(run) > 1):
                fresh += number in cut
                at = fresh if number in cut else number
                cut[at] = osmium.osm.mutable.Way(id=at, nodes=run, tags=tags, version=1)
        for number in sorted(cut):
            writer.add_way(cut[number])
        for relation in osmium.FileProcessor(str(extract), osmium.osm.RELATION):
            if relation.tags.get("type") == "restriction":
                writer.add_relation(relation)
    return path


def ours_m(graph: RoadGraph, places: Places) -> np.ndarray:
    """Shortest distances between all places, metres; on every road the same speed."""
    same = replace(graph, edge_kph=np.full(graph.edge_count, SAME_KPH, dtype=np.float32))
    return compute(same, places, [Period("any")], default_engine())[1, 0]


class Valhalla:
    """The other router, on tiles of one extract."""

    def __init__(self, home: Path, roads: Path, folder: Path) -> None:
        self.home, self.folder, self.config = home.resolve(), folder, folder / "config.json"
        tiles = folder / "tiles"
        tiles.mkdir()
        wanted = ["--mjolnir-tile-dir", str(tiles), "--mjolnir-timezone", "", "--mjolnir-admin", ""]
        self.config.write_text(self._run("npx", "valhalla", "build_config", *wanted), encoding="utf-8")
        self._run("npx", "valhalla", "build_tiles", "-c", str(self.config), str(roads))

    def metres(self, pairs: list[tuple[dict[str, float], dict[str, float]]], **options: object) -> np.ndarray:
        """Metres of the shortest way of each pair; nan where it finds none."""
        questions = [
            {"locations": pair, "costing": "auto", "costing_options": {"auto": {"shortest": True, **options}}}
            for pair in pairs
        ]
        asked, script = self.folder / "questions.json", self.folder / "ask.cjs"
        asked.write_text(json.dumps(questions), encoding="utf-8")
        script.write_text(ASK.replace("'@valhallajs", f"'{self.home}/node_modules/@valhallajs"), encoding="utf-8")
        answer = self._run("node", str(script), str(self.config), str(asked))
        return np.array(json.loads(answer.strip().splitlines()[-1]), dtype=np.float64)

    def _run(self, *command: str) -> str:
        done = subprocess.run(command, cwd=self.home, capture_output=True, text=True, check=True)
        return done.stdout


def compare(extract: Path, home: Path, count: int) -> None:
    graph = read_map(extract)
    free = read_map(extract, rules=False)
    rng = np.random.default_rng(200)
    places = draw_addresses(graph, (), 2 * count, 1.0, rng)
    here, there = np.arange(count), np.arange(count, 2 * count)
    at = [{"lon": float(x), "lat": float(y), **EXACTLY} for x, y in zip(places.lon, places.lat, strict=True)]
    pairs = [(at[i], at[j]) for i, j in zip(here, there, strict=True)]
    anyhow = snap(free, places.names, places.lon, places.lat, 1.0)
    for label, rules, whole, options in VARIANTS:
        distances = ours_m(graph, places) if rules else ours_m(free, anyhow)
        ours = distances[here, there].astype(np.float64)
        with tempfile.TemporaryDirectory(prefix="molosim-") as name:
            other = Valhalla(home, roads_of(extract, Path(name), whole=whole), Path(name))
            tell(f"{graph.name}, {label}", ours, other.metres(pairs, **options))


def tell(label: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    found = np.isfinite(theirs)
    off = np.abs(ours[found] / theirs[found] - 1)
    total = ours[found].sum() / theirs[found].sum() - 1
    print(
        f"{label}: {found.sum()} of {len(ours)} pairs, {np.mean(ours) / 1000:.2f} km on average; off by "
        f"{np.median(off):.2%} (median), {np.mean(off):.2%} (mean), {off.max():.1%} (largest); "
        f"{np.mean(off <= BAR):.1%} of the pairs within {BAR:.0%}; sum of all {total:+.2%} "
        f"({'pass' if abs(total) <= BAR and np.mean(off) <= BAR else 'FAIL'})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extracts", type=Path, nargs="*", default=[MAP], help="OpenStreetMap extracts")
    parser.add_argument("--valhalla", type=Path, help="folder with node_modules/@valhallajs")
    parser.add_argument("--pairs", type=int, default=200)
    chosen = parser.parse_args()
    if chosen.valhalla is None:
        print("Left out: it needs Valhalla. npm install --prefix FOLDER @valhallajs/valhallajs; then --valhalla FOLDER")
        return
    for extract in chosen.extracts:
        compare(extract, chosen.valhalla, chosen.pairs)


if __name__ == "__main__":
    main()
