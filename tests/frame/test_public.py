"""What programs may rely on: the names of `molosim` and of `molosim.seams`, documented, light, and true."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib
import inspect
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import tomli_w
from pydantic import BaseModel
from tests.experiments.standin import threads
from tests.worlds import small_data, small_sites, town_files
from typer.testing import CliRunner

import molosim
from molosim import seams
from molosim.cli import app

PUBLIC = [name for name in molosim.__all__ if name != "__version__"]
FUNCTIONS = [name for name in PUBLIC if inspect.isfunction(getattr(molosim, name))]
CLASSES = [name for name in PUBLIC if isinstance(getattr(molosim, name), type)]
STORY = (
    "load", "run", "account", "measure", "write_report", "write_figures", "export", "replay", "rerun", "compare",
    "load_design", "sweep", "merge", "breakeven", "decide", "replicate_until", "sensitivity", "fit", "site",
)  # fmt: skip
"""The functions in an order in which each finds what its examples need."""


def sections(doc: str) -> dict[str, list[str]]:
    """Lines of a numpydoc docstring by the heading that they stand under; the summary under none."""
    found: dict[str, list[str]] = {"": []}
    lines = inspect.cleandoc(doc).splitlines()
    at = ""
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if below and set(below) == {"-"} and len(below) == len(line):
            found[at := line] = []
        elif not (line and set(line) == {"-"}):
            found[at].append(line)
    return found


def parameters(function: Any) -> list[str]:
    stars = {inspect.Parameter.VAR_KEYWORD: "**", inspect.Parameter.VAR_POSITIONAL: "*"}
    every = inspect.signature(function).parameters.values()
    return [stars.get(one.kind, "") + one.name for one in every if one.name not in ("self", "cls")]


def faults(function: Any) -> Iterator[str]:
    """What the docstring of a function or method lacks, or has too much."""
    if not function.__doc__:
        yield "has no docstring"
        return
    there = sections(function.__doc__)
    if not there[""] or not re.fullmatch(r"[A-Z].*\.", there[""][0]):
        yield "has no summary of one line"
    documented = [name for line in there.get("Parameters", []) if line[:1].strip() for name in line.split(", ")]
    if documented != parameters(function):
        yield f"documents {documented}, has {parameters(function)}"
    returned = inspect.signature(function).return_annotation
    if (returned not in (None, "None", inspect.Signature.empty)) != bool({"Returns", "Yields"} & set(there)):
        yield f"returns {returned}, documents {sorted(there)}"
    yield from (f"{name} is empty" for name, lines in there.items() if not any(lines))


def methods(cls: type) -> dict[str, Any]:
    """Public methods that a class defines itself."""
    own = {name: getattr(cls, name) for name, one in vars(cls).items() if inspect.isfunction(one) and name[0] != "_"}
    return {name: one for name, one in own.items() if one.__module__.startswith("molosim")}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_functions_docstring_matches_its_signature(name: str) -> None:
    function = getattr(molosim, name)
    assert list(faults(function)) == []
    assert {"Raises", "Examples"} <= set(sections(function.__doc__))
    assert len(parameters(function)) <= 8


@pytest.mark.parametrize("cls", [getattr(molosim, name) for name in CLASSES] + [seams.Trigger])
def test_a_classs_docstring_names_its_fields_and_its_methods_are_documented(cls: type) -> None:
    there = sections(cls.__doc__ or "")
    assert re.fullmatch(r"[A-Z].*\.", there[""][0])
    if dataclasses.is_dataclass(cls) and "Parameters" in there:
        named = [line for line in there["Parameters"] if line[:1].strip()]
        assert named == [field.name for field in dataclasses.fields(cls)]
    assert {name: found for name, one in methods(cls).items() if (found := list(faults(one)))} == {}


def test_the_check_of_docstrings_fires() -> None:
    def undocumented(a: int) -> int:
        return a

    def other_names(a: int, *, b: int) -> int:
        """Sum of two.

        Parameters
        ----------
        a
            One.
        c
            Another.
        """
        return a + b

    assert list(faults(undocumented)) == ["has no docstring"]
    assert list(faults(other_names)) == [
        "documents ['a', 'c'], has ['a', 'b']",
        "returns int, documents ['', 'Parameters']",
    ]


def test_names_are_listed_alike_for_python_and_for_checkers() -> None:
    """Imports that a type checker follows are those that the table makes when a name is first used."""
    tree = ast.parse(Path(molosim.__file__).read_text(encoding="utf-8"))
    (typed,) = (one for one in tree.body if isinstance(one, ast.If) and isinstance(one.test, ast.Name))
    imported = {
        f"{one.module}:{name.name}" for one in typed.body if isinstance(one, ast.ImportFrom) for name in one.names
    }
    assert imported == {f"molosim.{module}:{name}" for name, module in molosim._HOME.items()}
    assert {name.partition(":")[2] for name in imported} == set(PUBLIC)
    assert set(PUBLIC) <= set(dir(molosim))
    assert len(PUBLIC) <= 30


def test_no_name_is_that_of_a_room() -> None:
    """Else importing the room would put its module in the place of the function."""
    rooms = {module.name for module in pkgutil.iter_modules(molosim.__path__)}
    assert rooms >= {"report", "cli", "seams"}
    assert rooms & set(PUBLIC) == set()


def test_an_unknown_name_is_an_attribute_error_with_a_near_one() -> None:
    with pytest.raises(AttributeError, match=r"module 'molosim' has no attribute 'swep'; did you mean 'sweep'\?"):
        molosim.swep  # noqa: B018
    with pytest.raises(ImportError):
        from molosim import zzz  # noqa: F401, PLC0415


def test_every_room_says_that_it_is_internal() -> None:
    for module in pkgutil.iter_modules(molosim.__path__):
        if module.ispkg:
            assert "Internal: " in (importlib.import_module(f"molosim.{module.name}").__doc__ or ""), module.name


def test_classes_and_functions_of_the_seams_say_what_they_are() -> None:
    every = [getattr(seams, name) for name in seams.__all__]
    ours = [one for one in every if inspect.isclass(one) or inspect.isfunction(one)]
    assert [one for one in ours if not re.match(r"[A-Z].*", one.__doc__ or "")] == []
    assert len(ours) > 15


def given() -> Iterator[type]:
    """Classes that authors of own components meet."""
    every = [getattr(seams, name) for name in seams.__all__] + [getattr(molosim, name) for name in OPEN]
    yield from (one for one in every if inspect.isclass(one))


OPEN = ("CollectionPolicy", "EmissionModel", "Demand")


def test_each_field_of_what_components_are_given_is_told_by_help() -> None:
    """Strings under fields never reach ``help``: of named tuples it showed 'Alias for field number 1'."""
    lacking = {}
    for cls in given():
        fields = getattr(cls, "_fields", None) or [
            one.name for one in getattr(cls, "__dataclass_fields__", {}).values()
        ]
        told = [line for line in sections(cls.__doc__ or "").get("Attributes", []) if line[:1].strip()]
        if fields and list(fields) != told:
            lacking[cls.__name__] = told
    assert lacking == {}


def test_classes_that_the_seams_reach_are_among_them() -> None:
    """What an annotation of a field or a method names is public too, or of NumPy and Python."""
    public = {*seams.__all__, *PUBLIC}
    reached: set[str] = set()
    for cls in given():
        if issubclass(cls, BaseModel) and cls.__name__ not in OPEN:
            continue  # a part of the configuration, which has a page of its own
        notes = [*inspect.get_annotations(cls).values()]
        for one in (getattr(member, "fget", member) for member in vars(cls).values()):
            notes += inspect.get_annotations(one).values() if inspect.isfunction(one) else ()
        reached |= {word for note in notes for word in re.findall(r"(?<![.\w])[A-Z]\w+", str(note))}
    assert reached - public == ELSEWHERE


ELSEWHERE = {
    *("Any", "Callable", "ClassVar", "ForwardRef", "Iterator", "None", "Sequence"),
    *("Certainty", "Column", "Flags"),  # types of words and arrays, told where they stand
    *("Profile", "Shift"),  # parts of the configuration, which has a page of its own
}


def test_the_page_of_the_seams_has_each_of_their_names() -> None:
    page = (Path(__file__).parents[2] / "docs" / "seams.md").read_text(encoding="utf-8")
    found = set(re.findall(r"^## (\w+)$|^\| `(\w+)` \|", page, flags=re.MULTILINE))
    assert {*seams.__all__, *OPEN} <= {name for pair in found for name in pair}


@pytest.mark.parametrize("name", ["InputFile", *OPEN])
def test_the_examples_of_own_components_run(name: str) -> None:
    wrong: list[str] = []
    (test,) = doctest.DocTestFinder(recurse=False).find(getattr(molosim, name), name, globs={})
    assert len(test.examples) > 3
    doctest.DocTestRunner().run(test, out=wrong.append)
    assert "".join(wrong) == ""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the examples name: a configuration with its map, two designs, a box log."""
    folder = tmp_path_factory.mktemp("town")
    short = {"horizon.days": 12, "horizon.replications": 1}
    data = small_data({**town_files(folder, small_sites(3)), **short})
    (folder / "town.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    walk = {"name": "walk", "key": "boxes.walking_limit_m", "unit": "m", "low": 100.0, "high": 900.0}
    kg = {"name": "kg", "key": "residents.deposits.wastes.*.kg_per_household_year", "low": 0.5, "high": 2.0}
    said = {
        "question": "How far?",
        "base": "../town.toml",
        "overrides": {"horizon.days": 3, "horizon.warmup_days": 0},
        "alternatives": ["shared"],
        "measures": ["km_waste"],
        "replications": 2,
    }
    designs = {
        "design": {"sampling": {"kind": "grid", "levels": 2}, "factors": [walk]},
        "screening": {"sampling": {"kind": "morris", "n": 2}, "factors": [{**kg, "relative": True}]},
    }
    for name, more in designs.items():
        (folder / name).mkdir()
        (folder / name / "design.toml").write_text(tomli_w.dumps(said | more), encoding="utf-8")
    made = CliRunner().invoke(app, ["log", str(folder / "town.toml"), "--out", str(folder / "log.csv")])
    assert made.exit_code == 0, made.output
    return folder


def test_the_examples_are_true_one_after_the_other(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(town)
    monkeypatch.setattr("molosim.experiments.executors.local", threads)
    assert set(STORY) == set(FUNCTIONS)
    finder, wrong = doctest.DocTestFinder(recurse=False), []
    for one in [*(getattr(molosim, name) for name in STORY), molosim.Scenario.but]:
        (test,) = finder.find(one, one.__qualname__, globs={})
        assert test.examples
        doctest.DocTestRunner(optionflags=doctest.REPORT_ONLY_FIRST_FAILURE).run(test, out=wrong.append)
    assert "".join(wrong) == ""


OWN = """
    import numpy as np
    from molosim import CollectionPolicy, Demand, EmissionModel
    from molosim.seams import FUELS, ParcelsAddressed, ParcelsSent, Trips, Visit, WasteArisen, emitted, unknown

    class Weekly(CollectionPolicy):
        day: int = 2

        def visits(self, boxes, today):
            return [Visit(one.box) for one in boxes if today.weekday == self.day]

    class PerKilometre(EmissionModel):
        litres: float = 0.1
        label: str = "litres per km"

        def emit(self, trips, vehicles, conditions):
            trips = Trips.of(trips)
            return emitted(
                trips, vehicles, conditions,
                litres=self.litres * trips.km, kwh=0.2 * trips.km, fuels=FUELS["defra"],
                air=(unknown(trips), unknown(trips)),
            )

    class Daily(Demand):
        deposit_g: int = 500

        def parcels(self, homes, context, rng):
            days = np.arange(context.days.count)
            return ParcelsAddressed(days, days % 2, days % 2, 0 * days + 900)

        def sent(self, homes, context, rng):
            none = np.zeros(0, np.int64)
            return ParcelsSent(none, none, none, none)

        def waste(self, homes, waste, context, rng):
            second = np.arange(context.days.count) * 86400 + 64800
            return WasteArisen(second, 0 * second + self.deposit_g)
"""


def test_own_components_from_public_names_run_and_run_again(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_town.py").write_text(dedent(OWN), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    own = importlib.import_module("own_town")
    changes = {
        "horizon.days": 7,
        "alternatives": {"mine": own.Weekly(day=4), "hybrid": {"kind": "none"}},
        "baseline": "hybrid",
        "emissions.model": own.PerKilometre(litres=0.2),
        "residents.demand": "own_town:Daily",
    }
    scenario = molosim.load(town / "town.toml").but(changes)
    results = molosim.run(scenario, tmp_path / "result", workers=1)
    assert set((results.pickups["day"] + 2) % 7) == {4}  # the first measured day is a Wednesday
    read = results.scenario
    assert (read.alternatives, read.emissions.model) == (scenario.alternatives, scenario.emissions.model)
    assert molosim.write_report(results.folder).is_file()
    assert molosim.rerun(results.folder, workers=1).outcome == ()
    recorded = json.loads((results.folder / "manifest.json").read_text(encoding="utf-8"))["components"]
    assert {one["class"] for one in recorded} == {"own_town:Weekly", "own_town:PerKilometre", "own_town:Daily"}
    with pytest.raises(molosim.ScenarioError, match="found 'flaat'; did you mean 'flat'"):
        molosim.measure(results.folder, "flaat")
    del sys.modules["own_town"]


PLUGIN = Path(__file__).parents[2] / "examples" / "plugin"


def test_the_example_and_its_tests_take_public_names_alone() -> None:
    wrong = []
    for file in PLUGIN.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [f"{'.' * node.level}{node.module}"] if isinstance(node, ast.ImportFrom) else []
            internal = [name for name in names if name.startswith(("molosim.", ".")) and name != "molosim.seams"]
            wrong += [f"{file.name}: {name}" for name in internal]
    assert wrong == []


def test_the_tests_of_the_example_are_found_in_a_copy_of_its_folder(tmp_path: Path) -> None:
    shutil.copytree(PLUGIN, tmp_path / "mine", ignore=shutil.ignore_patterns("__pycache__"))
    path = os.pathsep.join([str(tmp_path / "mine" / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-p", "no:cacheprovider", "tests"],
        cwd=tmp_path / "mine", env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "test_pilot.py::test_check_knows_the_parts" in done.stdout
