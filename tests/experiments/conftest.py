"""Designs on a town of 7 x 7 junctions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from tests.worlds import small_data, small_sites, town_files

from molosim.experiments.design import Design, load_design

WALK = {"name": "walk", "key": "boxes.walking_limit_m", "unit": "m", "low": 100.0, "high": 900.0}
REGIME = {"name": "regime", "key": "boxes.regime", "values": ["reserved", "shared"]}
Designed = Callable[..., Design]


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town's configuration, a few days."""
    folder = tmp_path_factory.mktemp("town")
    files = town_files(folder, small_sites(3))
    data = small_data({**files, "horizon.days": 4, "horizon.warmup_days": 1})
    (folder / "town.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    return folder / "town.toml"


@pytest.fixture
def designed(config: Path, tmp_path: Path) -> Designed:
    """Makes designs: five by two points, four replications, unless told otherwise."""

    def make(*factors: dict[str, Any], **more: Any) -> Design:
        data = {
            "question": "When?",
            "base": str(config),
            "alternatives": ["shared"],
            "measures": ["km_city", "cost_waste"],
            "replications": 4,
            "sampling": {"kind": "grid", "levels": 5},
            "factors": list(factors) or [WALK, REGIME],
        }
        folder = tmp_path / "design"
        folder.mkdir(exist_ok=True)
        (folder / "design.toml").write_text(tomli_w.dumps(data | more), encoding="utf-8")
        return load_design(folder)

    return make
