"""A waste fraction is data: one more line in the inputs, and the kernel and the plain SimPy reference still agree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import molosim

ROOT = Path(__file__).parents[2]
BUSY = """
from tests.simulation.test_twin import Regime, a_busy_case, assert_equal, both_told
from tests.worlds import _DATA as SMALL

doors = SMALL["boxes"]["designs"]["small"]["waste_doors"]
doors.append({**doors[1], "fractions": ["batteries"]})
deposits = SMALL["residents"]["deposits"]
deposits["box_share"]["batteries"] = 0.9
waste = {"name": "cells", "fraction": "batteries", "kg_per_household_year": 40.0, "deposit_kg": 0.3}
deposits["wastes"].append({**waste, "litres_per_kg": 1.0})
case = a_busy_case("shared", outage_until_h=60)
kernel, twin = both_told(case)
assert_equal(kernel, twin, case.end_s)
print(sum(count["collected_g_batteries"] for count in twin.count))
"""


def test_one_more_fraction_is_one_more_name_in_the_inputs(tmp_path: Path) -> None:
    package = tmp_path / "molosim"
    shutil.copytree(Path(molosim.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    boxes = package / "inputs" / "boxes.py"
    source = boxes.read_text(encoding="utf-8")
    more = source.replace('    textiles = "textiles"\n', '    textiles = "textiles"\n    batteries = "batteries"\n')
    assert more != source
    boxes.write_text(more, encoding="utf-8")
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", BUSY],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
