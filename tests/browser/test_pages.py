"""All pages in a browser: whole, silent, named, on a phone as on a desk, and on paper."""

from pathlib import Path

import pytest
from tests.browser.conftest import DESK, PHONE, Open, Tab
from tests.playing import NASTY

CONTROLS = {"button", "combobox", "slider", "link", "checkbox", "radio", "textbox", "image", "img", "region", "table"}
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
TEXTS = """
    const texts = (svg) => [...svg.querySelectorAll("text")]
      .map((text) => [text.textContent, text.getBoundingClientRect()])
      .filter(([words, box]) => words.trim() && box.width);
"""


@pytest.fixture(params=["report", "danish", "sweep", "replay"])
def page(request: pytest.FixtureRequest, pages: dict[str, Path]) -> Path:
    """Each page in turn."""
    return pages[request.param]


@pytest.fixture(params=["report", "danish", "sweep"])
def report(request: pytest.FixtureRequest, pages: dict[str, Path]) -> Path:
    """Each page with figures."""
    return pages[request.param]


def ready(tab: Tab) -> Tab:
    player = "document.querySelector('#player')"
    tab.until(f"document.readyState === 'complete' && (!{player} || {player}.dataset.ready)")
    return tab


@SIZES
def test_a_page_is_silent_fits_and_asks_for_nothing(opened: Open, page: Path, size: tuple[int, int]) -> None:
    tab = ready(opened(page, size))
    assert tab("return window.innerWidth") == size[0]
    assert tab("return document.documentElement.scrollWidth") <= size[0]
    assert tab.errors() == []
    assert tab.requests() == []
    assert tab("return alerts") == []


@SIZES
def test_every_section_is_seen(opened: Open, page: Path, size: tuple[int, int]) -> None:
    tab = ready(opened(page, size))
    headings = tab("return [...document.querySelectorAll('h1, h2')].map((h) => [h.innerText.trim(), h.offsetHeight])")
    assert len(headings) >= 3
    assert all(words and height for words, height in headings)
    assert headings[0][0].startswith(f"{NASTY} & town")
    drawn = tab("return [...document.querySelectorAll('figure')].map((f) => f.querySelector('svg')?.clientHeight ?? 1)")
    assert all(height > 0 for height in drawn)


def test_whatever_can_be_used_has_a_name(opened: Open, page: Path) -> None:
    tab = ready(opened(page))
    unnamed = [role for role, words in tab.nodes() if role.lower() in CONTROLS - {"table"} and not words]
    assert unnamed == []


def test_names_are_text(opened: Open, page: Path) -> None:
    tab = ready(opened(page))
    assert NASTY in tab("return document.body.innerText")
    assert tab("return [...document.scripts].filter((s) => s.textContent.startsWith('alert')).length") == 0


def test_a_page_prints(opened: Open, page: Path) -> None:
    assert ready(opened(page)).pages_printed() >= 1


def test_figures_are_drawn(opened: Open, report: Path) -> None:
    tab = ready(opened(report))
    figures = tab("""
        return [...document.querySelectorAll("figure svg")].map((svg) => {
          const drawn = [...svg.querySelectorAll("path, use, image")].filter((mark) => {
            const box = mark.getBoundingClientRect();
            return box.width + box.height > 0;
          });
          return [svg.closest("figure").innerText, drawn.length, svg.querySelectorAll("text").length];
        });""")
    assert len(figures) >= 2
    assert [words for words, marks, texts in figures if marks < 5 or texts < 2] == []


def test_labels_of_figures_are_not_cut(opened: Open, report: Path) -> None:
    tab = ready(opened(report))
    cut = tab(TEXTS + """
        return [...document.querySelectorAll("figure svg")].flatMap((svg) => {
          const frame = svg.getBoundingClientRect();
          return texts(svg).filter(([, box]) => Math.max(frame.left - box.left, box.right - frame.right,
            frame.top - box.top, box.bottom - frame.bottom) > 2).map(([words]) => words);
        });""")  # fmt: skip
    assert cut == []


def test_labels_of_figures_do_not_overlap(opened: Open, report: Path) -> None:
    tab = ready(opened(report))
    overlapping = tab(TEXTS + """
        return [...document.querySelectorAll("figure svg")].flatMap((svg) => {
          const all = texts(svg);
          return all.flatMap(([words, one], i) => all.slice(i + 1).filter(([, other]) =>
            Math.min(one.right, other.right) - Math.max(one.left, other.left) > 3
            && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 4
          ).map(([others]) => [words, others]));
        });""")  # fmt: skip
    assert overlapping == []
