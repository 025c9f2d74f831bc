"""What was compiled is forgotten when any source of compiled functions changes, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from molosim.runtime.numba_cache import forget_stale


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, text in (
        ("routing/tours.py", "from molosim.runtime.numba_cache import kernel\n"),
        ("routing/plain.py", ""),
        ("simulation/box_state.py", "A = 1\n"),
        ("inputs/boxes.py", "FRACTIONS = ()\n"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def compiled(package: Path) -> Path:
    folder = package / "routing" / "__pycache__"
    folder.mkdir(exist_ok=True)
    for ending in ("nbi", "1.nbc", "pyc"):
        (folder / f"tours.tell-1.py311.{ending}").write_bytes(b"")
    return folder


@pytest.mark.parametrize(
    ("changed", "left"),
    [
        (None, 3),
        ("routing/plain.py", 3),
        ("routing/tours.py", 1),
        ("simulation/box_state.py", 1),
        ("inputs/boxes.py", 1),
    ],
)
def test_only_what_compiled_functions_are_made_of_matters(package: Path, changed: str | None, left: int) -> None:
    forget_stale(package)
    folder = compiled(package)
    if changed is not None:
        (package / changed).write_text(
            "from molosim.runtime.numba_cache import kernel\nB = 2\n" * (left == 1), encoding="utf-8"
        )
    forget_stale(package)
    assert len(list(folder.iterdir())) == left


def test_what_is_there_from_before_is_not_trusted(package: Path) -> None:
    folder = compiled(package)
    forget_stale(package)
    assert [path.suffix for path in folder.iterdir()] == [".pyc"]
