"""Both pages of a result in a browser: whole, silent, named, on a phone as on a desk, and on paper."""

from pathlib import Path

import pytest
from tests.browser.conftest import DESK, PHONE, Open, Tab
from tests.playing import NASTY

CONTROLS = {"button", "combobox", "slider", "link", "checkbox", "radio", "textbox", "image", "img", "region", "table"}
PAGES = ("report.html", "replay.html")
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])


@pytest.fixture(params=PAGES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def ready(tab: Tab) -> Tab:
    player = "document.querySelector('#player')"
    tab.until(f"document.readyState === 'complete' && (!{player} || {player}.dataset.ready)")
    return tab


@SIZES
def test_a_page_is_silent_fits_and_asks_for_nothing(
    opened: Open, result: Path, name: str, size: tuple[int, int]
) -> None:
    tab = ready(opened(result / name, size))
    assert tab("return window.innerWidth") == size[0]
    assert tab("return document.documentElement.scrollWidth") <= size[0]
    assert tab.errors() == []
    assert tab.requests() == []
    assert tab("return alerts") == []


@SIZES
def test_every_section_is_seen(opened: Open, result: Path, name: str, size: tuple[int, int]) -> None:
    tab = ready(opened(result / name, size))
    headings = tab("return [...document.querySelectorAll('h1, h2')].map((h) => [h.innerText.trim(), h.offsetHeight])")
    assert len(headings) >= 3
    assert all(words and height for words, height in headings)
    assert headings[0][0].startswith(f"{NASTY} & town")
    drawn = tab("return [...document.querySelectorAll('figure')].map((f) => f.querySelector('svg')?.clientHeight ?? 1)")
    assert all(height > 0 for height in drawn)


def test_whatever_can_be_used_has_a_name(opened: Open, result: Path, name: str) -> None:
    tab = ready(opened(result / name))
    unnamed = [role for role, words in tab.nodes() if role.lower() in CONTROLS - {"table"} and not words]
    assert unnamed == []


def test_names_are_text(opened: Open, result: Path, name: str) -> None:
    tab = ready(opened(result / name))
    assert NASTY in tab("return document.body.innerText")
    assert tab("return [...document.scripts].filter((s) => s.textContent.startsWith('alert')).length") == 0


def test_a_page_prints(opened: Open, result: Path, name: str) -> None:
    assert ready(opened(result / name)).pages_printed() >= 1


def test_labels_of_figures_are_not_cut(opened: Open, result: Path) -> None:
    tab = ready(opened(result / "report.html"))
    cut = tab("""
        const cut = [];
        for (const svg of document.querySelectorAll("figure svg")) {
          const frame = svg.getBoundingClientRect();
          for (const text of svg.querySelectorAll("text")) {
            const box = text.getBoundingClientRect();
            const across = Math.max(frame.left - box.left, box.right - frame.right);
            const along = Math.max(frame.top - box.top, box.bottom - frame.bottom);
            if (box.width && Math.max(across, along) > 2) cut.push(text.textContent);
          }
        }
        return cut;""")
    assert cut == []
