"""Small worlds on their map, each built once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.simulation.stories import Story, story_in
from tests.worlds import small_scenario, small_sites, town_files

from molosim.network.places import BoxSite
from molosim.simulation.world import World, build_world


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where worlds keep their travel and plans."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def world_of(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., World]:
    """``world_of({"key.path": value}, boxes=3)``: the small town with other values."""
    folder = tmp_path_factory.mktemp("town")

    def build(
        changes: Mapping[str, Any] | None = None, *, boxes: int = 3, sites: tuple[BoxSite, ...] | None = None
    ) -> World:
        files = town_files(folder, sites or small_sites(boxes))
        return build_world(small_scenario({**files, **(changes or {})}), cache)

    return build


@pytest.fixture
def story(world_of: Callable[..., World], tmp_path: Path) -> Callable[..., Story]:
    """``story({"key.path": value})``."""

    def begin(changes: dict[str, Any] | None = None) -> Story:
        return story_in(world_of, tmp_path, changes)

    return begin
