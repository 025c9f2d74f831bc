"""Documentation that cannot fall behind the code."""

import re
import runpy
from pathlib import Path

import typer

from molosim.cli import app
from molosim.experiments.design import load_design
from molosim.experiments.points import points

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "sweeps.md").read_text(encoding="utf-8")
click_app = typer.main.get_group(app)


def test_the_pages_of_keys_are_what_the_specs_say() -> None:
    for path, page in runpy.run_path(str(DOCS / "make_configuration.py"))["pages"]().items():
        assert path.read_text(encoding="utf-8") == page, "run docs/make_configuration.py"


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
