"""Write the box files of this experiment: ``python make_sites.py`` beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from molosim.inputs.scenario import find_map
from molosim.network.graph import RoadGraph
from molosim.network.places import read_districts, write_box_sites
from molosim.network.siting import site_boxes
from molosim.runtime import bundled

COUNTS = (15, 30, 50, 75)
SPACINGS_M = (150, 350)
HOUSEHOLDS = 15_000
NOTE = "Sites at kerbs in apartment districts, drawn by molosim; an assumption, nothing stands there"


def main() -> None:
    """Site each number of boxes at each spacing; the households stay the same."""
    here = Path(__file__).parent
    graph = RoadGraph.load(find_map("gothenburg_2016"))
    districts = read_districts(bundled.folder("configs") / "gothenburg_districts.geojson")
    for count in COUNTS:
        for spacing_m in SPACINGS_M:
            rng = np.random.default_rng(count)
            sites = site_boxes(graph, districts, count, HOUSEHOLDS, spacing_m=spacing_m, kerb_m=5, rng=rng)
            write_box_sites(here / f"boxes_{count}_{spacing_m}m.geojson", sites, note=NOTE, certainty="GK")


if __name__ == "__main__":
    main()
