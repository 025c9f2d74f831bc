"""The cache stays within its limit and keeps what was used last."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from molosim.runtime import bundled
from molosim.runtime.cache import CACHE, kept, prune
from molosim.runtime.errors import ScenarioError


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The cache in a folder that is otherwise the user's."""
    monkeypatch.setenv("MOLOSIM_CACHE", str(tmp_path))
    return bundled.cache_folder()


def _keep(cache: Path, names: str) -> list[Path]:
    paths = [cache / "inner" / f"{name}.npy" for name in names]
    for age, path in enumerate(paths):
        kept(path, lambda: np.arange(1000))
        os.utime(path, ns=(age * 10**9, age * 10**9))
    return paths


def test_what_was_not_used_for_longest_goes_first(cache: Path) -> None:
    old, middle, new = _keep(cache, "abc")
    size = old.stat().st_size
    kept(old, lambda: np.zeros(1))  # reading is using
    assert prune(cache, 2 * size) == size
    assert (old.exists(), middle.exists(), new.exists()) == (True, False, True)


def test_within_the_limit_nothing_goes(cache: Path) -> None:
    paths = _keep(cache, "abc")
    assert prune(cache, 10**9) == 0
    assert all(path.exists() for path in paths)
    assert prune(cache / "nowhere", 0) == 0


def test_a_limit_that_is_no_number_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("much", "-1", "nan", "inf"):
        monkeypatch.setenv("MOLOSIM_CACHE_GB", text)
        with pytest.raises(ScenarioError, match=f"MOLOSIM_CACHE_GB: found '{text}'; allowed is"):
            bundled.cache_limit_bytes()
    monkeypatch.setenv("MOLOSIM_CACHE_GB", "0.5")
    assert bundled.cache_limit_bytes() == 500_000_000


def test_nothing_of_the_users_goes(cache: Path) -> None:
    own = [cache.parent / "data.npy", cache.parent / "deep" / "data.npy"]
    for path in own:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"mine")
    _keep(cache, "ab")
    assert prune(cache, 0) > 0
    assert prune(cache.parent, 0) == 0
    assert not list(cache.rglob("*.npy"))
    assert all(path.read_bytes() == b"mine" for path in own)


def test_a_folder_of_that_name_that_molosim_did_not_make_is_no_cache(tmp_path: Path) -> None:
    path = tmp_path / CACHE / "data.npy"
    path.parent.mkdir()
    path.write_bytes(b"mine")
    assert prune(path.parent, 0) == 0
    assert path.exists()
