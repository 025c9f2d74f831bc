"""Every word of a page is there in Danish, and both languages tell the same numbers, each in its own form."""

import importlib.util
import re
import shutil
import tomllib
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
import tomli_w
from babel.messages.pofile import read_po

from molosim.report import language, number_text, write_report
from molosim.report.language import speaking, tr
from molosim.runtime.errors import ScenarioError

Build = Callable[..., Path]
ENGLISH = re.compile(r"\b(the|of|with|and|is|are|that|which|than|what|were|has|not)\b", re.IGNORECASE)

_spec = importlib.util.spec_from_file_location("messages", Path(__file__).with_name("messages.py"))
assert _spec is not None
assert _spec.loader is not None
messages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(messages)


class Cells(HTMLParser):
    """Texts of a page: all but those in another language and in code; and of the cells that hold numbers."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, bool, bool]] = []
        self.said: list[str] = []
        self.numbers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"meta", "wbr", "br"}:
            return
        told = dict(attrs)
        _, foreign, cell = self.open[-1] if self.open else ("", False, False)
        foreign |= (tag != "html" and told.get("lang") == "en") or tag in {"style", "code", "metadata"}
        self.open.append((tag, foreign, cell or (tag == "td" and "n" in (told.get("class") or "").split())))

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"meta", "wbr", "br"}:
            self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_data(self, data: str) -> None:
        if self.open and not self.open[-1][1] and data.strip():
            self.said.append(data.strip())
            if self.open[-1][2]:
                self.numbers.append(data)


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    with (messages.FOLDER / "locale" / "da.po").open("rb") as file:
        found = read_po(file, locale="da")
    return {
        entry.id[0] if isinstance(entry.id, tuple) else entry.id: (
            " ".join(entry.string) if isinstance(entry.string, tuple) else entry.string
        )
        for entry in found
        if entry.id
    }


@pytest.fixture(scope="module")
def danish(reported: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = shutil.copytree(reported, tmp_path_factory.mktemp("danish") / "result")
    return write_report(folder, "da").read_text(encoding="utf-8")


def test_every_message_has_its_danish(catalogue: dict[str, str]) -> None:
    missing = [message for message in messages.every_message() if not catalogue.get(message)]
    assert missing == [], "add these to src/molosim/report/locale/da.po"


def test_no_danish_is_left_of_what_nobody_says_any_more(catalogue: dict[str, str]) -> None:
    assert set(catalogue) - messages.every_message() == set()


def test_danish_has_the_same_places_to_fill(catalogue: dict[str, str]) -> None:
    for message, said in catalogue.items():
        assert messages.placeholders(said) == messages.placeholders(message), message


def test_a_danish_page_has_no_english_but_names_and_sources(danish: str) -> None:
    assert '<html lang="da">' in danish
    english = [said for said in Cells(danish).said if ENGLISH.search(said)]
    assert english == []


def test_both_pages_hold_the_same_numbers(reported: Path, danish: str) -> None:
    def numbers(cells: Cells, point: str, group: str) -> list[float]:
        found = re.findall(rf"[\d{re.escape(point + group)}]*\d", " ".join(cells.numbers))
        return [float(number.replace(group, "").replace(point, ".")) for number in found]

    english = numbers(Cells((reported / "report.html").read_text(encoding="utf-8")), ".", ",")
    assert len(english) > 500
    assert numbers(Cells(danish), ",", ".") == english


def test_numbers_have_the_form_of_the_language() -> None:
    with speaking("da"):
        assert number_text.number(1234567) == "1.234.567"
        assert number_text.tick(-0.25) == f"{number_text.MINUS}0,25"
        assert number_text.span(1150, 1310, "kg CO2e") == f"1,15 til 1,31{number_text.THIN}t CO2e"
        assert language.day("2016-12-27") == "27. december 2016"
    assert number_text.number(1234567) == "1,234,567"
    assert language.day("2016-12-27") == "December 27, 2016"
    assert language.day("some time") == "some time"


def test_what_is_not_in_the_catalogue_stays_as_it_is() -> None:
    with speaking("da"):
        assert tr("<b>a box</b> called {name}", name="{0}") == "<b>a box</b> called {0}"


def test_the_configuration_says_the_language(result_folder: Build) -> None:
    folder = result_folder()
    config = tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))
    (folder / "config.toml").write_text(tomli_w.dumps({**config, "report": {"language": "da"}}), encoding="utf-8")
    assert '<html lang="da">' in write_report(folder).read_text(encoding="utf-8")


def test_an_unknown_language_is_one_clear_line(reported: Path) -> None:
    with pytest.raises(ScenarioError, match="found 'dk'; allowed: en, da"):
        write_report(reported, "dk")
