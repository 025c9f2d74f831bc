"""A small complete configuration as plain data, to be spoilt in one place by each test."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data() -> dict[str, Any]:
    """The bundled configuration, its files as absolute paths."""
    folder = ROOT / "configs"
    content = tomllib.loads((folder / "gothenburg.toml").read_text(encoding="utf-8"))
    for key in ("boxes", "addresses"):
        content[key]["file"] = str(folder / content[key]["file"])
    return content
