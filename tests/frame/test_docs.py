"""Documentation that cannot fall behind the code."""

import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from molosim.cli import app
from molosim.experiments.design import load_design
from molosim.experiments.points import points

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "sweeps.md").read_text(encoding="utf-8")
NAMED = re.compile(r"(?:^|`)molosim ((?!is\b)[a-z][^`\n]*)(?=`|$)", flags=re.MULTILINE)
click_app = typer.main.get_group(app)


@pytest.mark.parametrize("script", ["make_configuration.py", "make_codebook.py", "make_seams.py"])
def test_the_pages_made_from_the_code_are_what_it_says(script: str) -> None:
    for path, page in runpy.run_path(str(DOCS / script))["pages"]().items():
        assert path.read_text(encoding="utf-8") == page, f"run docs/{script}"


def test_the_design_in_the_guide_is_one(tmp_path: Path) -> None:
    (design,) = re.findall(r"```toml\n(.*?)```", GUIDE, flags=re.DOTALL)
    (tmp_path / "design.toml").write_text(design, encoding="utf-8")
    assert len(points(load_design(tmp_path))) == 3 * 5


def test_the_guides_commands_have_the_options_that_it_gives_them() -> None:
    used = set()
    for line in re.findall(r"molosim [a-z]+ .*?(?:[^\\]$|\")", GUIDE, flags=re.DOTALL | re.MULTILINE):
        command = line.split()[1]
        known = {option for p in click_app.commands[command].params for option in p.opts}
        options = set(re.findall(r"(?<= )--[a-z]+", line))
        assert options <= known, line
        used |= {command} | options
    assert used >= {"check", "sweep", "merge", "rerun", "breakeven", "sensitivity", "--shard", "--workers", "--dask"}


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command and group by its name."""
    for name, command in group.commands.items():
        yield f"{before}{name}", command
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")


def test_commands_and_options_that_any_page_names_exist() -> None:
    known = dict(commands(click_app))
    pages = [DOCS.parent / "README.md", *DOCS.glob("*.md"), *DOCS.parent.glob("*/*/README.md")]
    named = 0
    for page in pages:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(
            r"(?:^|`)molosim ((?!is\b)[a-z][^`\n]*)(?=`|$)", "\n".join(_code(text)), flags=re.MULTILINE
        ):
            words = line.split()
            name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
            assert name in known, f"{page.name}: molosim {line}"
            parameters = known["site propose" if name == "site" else name].params
            options = {option for one in parameters for option in (*one.opts, *one.secondary_opts)}
            assert set(re.findall(r"(?<=\s)--[a-z][a-z-]*", line)) <= {*options, "--help"}, (
                f"{page.name}: molosim {line}"
            )
            named += 1
    assert named > 60


def _code(text: str) -> Iterator[str]:
    """Blocks of code, and spans of it in backticks."""
    blocks = text.split("```")
    yield from blocks[1::2]
    for prose in blocks[::2]:
        yield from (f"`{span}`" for span in re.findall(r"`([^`\n]+)`", prose))
