"""A result to be shown: the small town, run, with names that would break a page which does not escape them."""

from __future__ import annotations

import json
from pathlib import Path

import tomli_w
from tests.worlds import small_data, small_sites, town_files

import molosim
from molosim.experiments.design import load_design
from molosim.experiments.executors import local
from molosim.experiments.sweep import sweep
from molosim.inputs.scenario import Scenario
from molosim.inputs.validation import checked
from molosim.report import write_report

NASTY = "<script>alert(1)</script>"
SIGNS = "</script><!-- & 'x' \"y\""


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


def shown_sweep(folder: Path) -> Path:
    """Sweep the town over two factors, with a question that is no better, into ``folder/sweep``."""
    data = small_data({**town_files(folder, small_sites(3)), "horizon.days": 3, "horizon.warmup_days": 0})
    walk = {"name": "walk", "key": "boxes.walking_limit_m", "unit": "m", "low": 100.0, "high": 900.0}
    kg = {"name": "kg", "key": "residents.deposits.wastes.*.kg_per_household_year", "relative": True}
    said = {
        "question": f"{NASTY} & town",
        "base": "../town.toml",
        "alternatives": ["shared"],
        "measures": ["km_waste", "refused_share"],
        "replications": 2,
        "sampling": {"kind": "grid", "levels": 2},
        "factors": [walk, kg | {"low": 0.5, "high": 2.0}],
    }
    (folder / "town.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    (folder / "design").mkdir()
    (folder / "design" / "design.toml").write_text(tomli_w.dumps(said), encoding="utf-8")
    swept = sweep(load_design(folder / "design"), folder / "sweep", opening=local(1))
    write_report(swept.folder)
    return swept.folder
