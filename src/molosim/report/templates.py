"""The one Jinja environment of all pages: every value is escaped, none may be missing."""

from __future__ import annotations

import re
from functools import cache

import jinja2

from molosim.report.language import ntr, spoken, tr
from molosim.report.number_text import number

_BROKEN = re.compile(r"(?<=\d) (?=%)| (?=\u2192)")


def unbroken(text: str) -> str:
    """A text whose numbers stay on a line with their per cent signs, and with the arrows behind them."""
    return _BROKEN.sub("\u00a0", text)


@cache
def environment() -> jinja2.Environment:
    """The environment; its templates lie beside this file."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("molosim.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["unbroken"] = unbroken
    made.globals |= {"tr": tr, "ntr": ntr, "number": number}
    return made


def page(template: str, **values: object) -> str:
    """A page in the language of now."""
    return environment().get_template(template).render(language=spoken().code, **values)
