"""The cache stays within its limit and keeps what was used last."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from molosim.runtime import bundled
from molosim.runtime.cache import kept, prune
from molosim.runtime.errors import ScenarioError


def _keep(cache: Path, names: str) -> list[Path]:
    paths = [cache / "inner" / f"{name}.npy" for name in names]
    for age, path in enumerate(paths):
        kept(path, lambda: np.arange(1000))
        os.utime(path, ns=(age * 10**9, age * 10**9))
    return paths


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    old, middle, new = _keep(tmp_path, "abc")
    size = old.stat().st_size
    kept(old, lambda: np.zeros(1))  # reading is using
    assert prune(tmp_path, 2 * size) == size
    assert (old.exists(), middle.exists(), new.exists()) == (True, False, True)


def test_within_the_limit_nothing_goes(tmp_path: Path) -> None:
    paths = _keep(tmp_path, "abc")
    assert prune(tmp_path, 10**9) == 0
    assert all(path.exists() for path in paths)
    assert prune(tmp_path / "nowhere", 0) == 0


def test_a_limit_that_is_no_number_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("much", "-1", "nan", "inf"):
        monkeypatch.setenv("MOLOSIM_CACHE_GB", text)
        with pytest.raises(ScenarioError, match=f"MOLOSIM_CACHE_GB: found '{text}'; allowed is"):
            bundled.cache_limit_bytes()
    monkeypatch.setenv("MOLOSIM_CACHE_GB", "0.5")
    assert bundled.cache_limit_bytes() == 500_000_000
