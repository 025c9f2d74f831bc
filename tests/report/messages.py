"""Every message that a page may show: what the code and the templates mark, and what measures are called."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from jinja2.ext import babel_extract

from molosim import emissions, report
from molosim.evaluation.measures import MEASURES
from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.components import POLICIES
from molosim.report.page_tables import BOUNDARY
from molosim.report.replay.words import WORDS
from molosim.report.stress import ITEMS

FOLDER = Path(report.__file__).parent
CALLS = ("tr", "ntr", "mark")


def every_message() -> set[str]:
    """Messages in English; of those with a plural the form for one."""
    return {*_in_code(), *_in_templates(), *_named()}


def _in_code() -> Iterator[str]:
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                first = node.args[0]
                if isinstance(first, ast.Constant):  # else a name, whose messages are marked elsewhere
                    yield first.value


def _in_templates() -> Iterator[str]:
    for path in sorted(FOLDER.rglob("*.jinja")):
        with path.open("rb") as file:
            for _, _, message, _ in babel_extract(file, list(CALLS), [], {}):
                text = message[0] if isinstance(message, tuple | list) else message
                if text:
                    yield text


def _named() -> Iterator[str]:
    yield from FRACTIONS
    yield from WORDS.values()
    yield from emissions.CERTAINTY.values()
    yield from (item[part] for item in ITEMS for part in ("name", "message"))
    yield from (words for what, _, how in BOUNDARY for words in (what, how))
    for m in MEASURES.values():
        yield from (m.label, m.definition, m.unit)
        if m.unit.startswith("kg") and "/" not in m.unit:
            yield f"t{m.unit[2:]}"
    for model in emissions.MODELS.values():
        yield model.label
    for policy in POLICIES.built_in.values():
        yield policy.subject  # type: ignore[attr-defined]


def placeholders(text: str) -> set[str]:
    """Names in braces."""
    return set(re.findall(r"{(\w+)}", text))
