"""Documentation that cannot fall behind the code."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_keys_is_what_the_specs_say() -> None:
    page = runpy.run_path(str(DOCS / "make_configuration.py"))["page"]
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == page(), "run docs/make_configuration.py"
