"""The language of what a report says and the form of its numbers: English as written, others from a catalogue."""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from molosim.inputs.scenario import LANGUAGES
from molosim.runtime.errors import ScenarioError, did_you_mean

SOURCE = "en"
"""What messages are written in."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its catalogue and its forms of numbers."""

    code: str
    locale: Locale
    catalogue: gettext.NullTranslations


_spoken: ContextVar[Language | None] = ContextVar("spoken", default=None)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Messages and numbers are in this language until the block ends, in this thread alone.

    Raises
    ------
    ScenarioError
        If there is no such language.
    """
    token = _spoken.set(language(code))
    try:
        yield
    finally:
        _spoken.reset(token)


@cache
def language(code: str) -> Language:
    """A language by its code; raises as `speaking`."""
    if code not in LANGUAGES:
        problem = f"found '{code}'; allowed: {', '.join(LANGUAGES)}"
        raise ScenarioError.at("language", problem + did_you_mean(code, LANGUAGES))
    if code == SOURCE:
        return Language(code, Locale(code), gettext.NullTranslations())
    with resources.files(__package__).joinpath(f"locale/{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Language(code, Locale(code), gettext.GNUTranslations(compiled))


def spoken() -> Language:
    """The language of now; English where nobody has said."""
    return _spoken.get() or language(SOURCE)


def tr(message: str, /, **values: object) -> str:
    """A message in the language of now, with its ``{placeholders}`` filled."""
    text = spoken().catalogue.gettext(message)
    return text.format(**values) if values else text


def ntr(one: str, many: str, n: int, /, **values: object) -> str:
    """A message that differs between one and many; ``{n}`` is the number."""
    return spoken().catalogue.ngettext(one, many, n).format(n=decimal(n, "#,##0"), **values)


def mark(message: str) -> str:
    """A message that is put into a language later, by `tr`; unchanged here, found by who collects messages."""
    return message


def decimal(value: float | Decimal, pattern: str) -> str:
    """A number by a CLDR pattern such as ``#,##0.00``, which also says to how many decimals it is rounded."""
    return format_decimal(value, format=pattern, locale=spoken().locale)


def day(text: str) -> str:
    """A date such as ``2025-01-06`` in words; another text as it is."""
    try:
        return format_date(date.fromisoformat(text), format="long", locale=spoken().locale)
    except ValueError:
        return text
