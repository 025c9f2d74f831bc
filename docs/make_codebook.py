"""Writes codebook.md from the schema of results; run it after changing a table."""

from __future__ import annotations

from pathlib import Path

from molosim.results.codebook import page


def pages() -> dict[Path, str]:
    """The page by its file."""
    return {Path(__file__).with_name("codebook.md"): page()}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
