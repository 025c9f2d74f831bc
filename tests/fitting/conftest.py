"""Small logs, written as text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from molosim.fitting.log import BoxLog, read_log

Reader = Callable[..., BoxLog]


@pytest.fixture
def log_of(tmp_path: Path) -> Reader:
    """``log_of("box,door,event,time", "A,1,placed,2025-03-03T10:00", ...)``; a row may leave out its last cells."""

    def read(header: str, *rows: str, **options: object) -> BoxLog:
        width = header.count(",")
        path = tmp_path / "log.csv"
        path.write_text("\n".join([header, *(row + "," * (width - row.count(",")) for row in rows)]), encoding="utf-8")
        return read_log(path, **options)  # type: ignore[arg-type]

    return read
