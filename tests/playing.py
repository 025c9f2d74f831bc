"""A result to be shown: the small town, run, with names that would break a page which does not escape them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.worlds import small_data, small_sites, town_files

import molosim
from molosim.scenario import Scenario
from molosim.spec import checked

NASTY = "<script>alert(1)</script>"
SIGNS = "</script><!-- & 'x' \u2028 \"y\""


def shown_town(folder: Path) -> Path:
    """Run the town for some days, two replications, into ``folder/result``."""
    changes = {"title": f"{NASTY} & town", "carriers.0.depot.name": NASTY, "horizon.days": 5}
    data = small_data({**town_files(folder, small_sites(6)), **changes})
    boxes = Path(data["boxes"]["file"])
    content = json.loads(boxes.read_text(encoding="utf-8"))
    for feature, name in zip(content["features"], (NASTY, SIGNS), strict=False):
        feature["properties"]["name"] = name
    boxes.write_text(json.dumps(content), encoding="utf-8")
    molosim.run(checked(Scenario, data), folder / "result", workers=1)
    return folder / "result"
