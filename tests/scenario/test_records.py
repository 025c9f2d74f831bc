"""What a result says of a user's classes is what ran: classes, objects, files and source, or it is refused."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import tomli_w
from pydantic import create_model

import molosim
from molosim.inputs.components import record, state_forgotten
from molosim.inputs.named_files import file_keys, named_files
from molosim.inputs.scenario import Scenario, as_recorded, dump, load
from molosim.policies.threshold import Threshold
from molosim.runtime.errors import ScenarioError
from molosim.runtime.source import source_of

HEAD = """
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from pydantic import ConfigDict, Field, PrivateAttr, field_serializer
from molosim import CollectionPolicy, InputFile
from molosim.seams import Visit
"""
POLICY = """
class Mine(CollectionPolicy):
    n: int = 1

    @cached_property
    def odd(self):
        return self.n % 2

    def visits(self, boxes, today):
        return [Visit(one.box) for one in boxes]
"""
Write = Callable[..., ModuleType]


@pytest.fixture
def scenario() -> Scenario:
    return molosim.load("gothenburg")


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes a module of a user's own, and imports it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def written(name: str, text: str = POLICY) -> ModuleType:
        file = tmp_path / f"{name.replace('.', '/')}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(HEAD + text, encoding="utf-8")
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield written
    for name in set(sys.modules) - before:
        del sys.modules[name]


def refusal(scenario: Scenario, value: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        scenario.but({"alternatives.mine": value})
    assert "\n" not in str(caught.value)
    return str(caught.value)


def refused(scenario: Scenario, mine: object) -> str:
    """As a scenario would be that was not made by `Scenario.but`."""
    odd = scenario.model_copy(update={"alternatives": {**scenario.alternatives, "mine": mine}})
    with pytest.raises(ScenarioError) as caught:
        as_recorded(odd)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("kind: str = 'dedicated'", "has a field 'kind', which in a table names the class"),
        ("of: str = Field('x', alias='kind')", "has a field 'kind', which in a table names the class"),
        ("_n: int = 0", "has private state '_n', which no record holds; make it a field"),
        ("_n: int = PrivateAttr(default=0)", "has private state '_n'"),
        ("model_config = ConfigDict(frozen=False)", "must stay frozen and forbid other keys"),
        ("model_config = ConfigDict(extra='allow')", "must stay frozen and forbid other keys"),
        ("files: frozenset[Annotated[str, InputFile()]] = frozenset()", "marks files in 'files.*'"),
    ],
)
def test_a_class_whose_table_could_not_hold_it_is_refused_as_it_is_defined(
    write: Write, scenario: Scenario, text: str, line: str
) -> None:
    with pytest.raises(TypeError, match=line.replace("*", r"\*").replace(".", r"\.")):
        write("parts", f"class Mine(CollectionPolicy):\n    {text}\n")
    assert "fails: TypeError: class Mine " in refusal(scenario, {"kind": "parts:Mine"})


@pytest.mark.parametrize(
    ("text", "value", "line"),
    [
        ("n: int = Field(default=1, exclude=True)", 2, "n: 2 would be recorded as 1"),
        ("n: int = 1\n    @field_serializer('n')\n    def _s(self, n): return 7", 1, "n: 1 would be recorded as 7"),
        ("n: int | None = 3", None, "n: None would be recorded as 3"),
        ("n: Any = 1", [None, 1], "n: found [None, 1], but files have no None; leave it out"),
        ("n: Any = 1", {"a": None, "b": 1}, "n: found {'a': None, 'b': 1}, but files have no None"),
        ("n: Any = 1", {"a": {"b": [None]}}, "n.a.b: found [None], but files have no None"),
    ],
)
def test_what_is_written_down_is_what_was_given(
    write: Write, scenario: Scenario, text: str, value: Any, line: str
) -> None:
    """From tables, which are read back, from Python, and past `Scenario.but`."""
    parts = write("parts", f"class Mine(CollectionPolicy):\n    {text}\n")
    if value is not None:
        assert line in refusal(scenario, {"kind": "parts:Mine", "n": value})
    assert line in refusal(scenario, parts.Mine(n=value))
    assert line in refused(scenario, parts.Mine(n=value))


def test_keys_of_tables_are_texts(write: Write, scenario: Scenario) -> None:
    mine = write("parts", "class Mine(CollectionPolicy):\n    n: Any = 1\n").Mine(n={1: 2})
    assert "mine.n: {1: 2} would be recorded as {'1': 2}" in refusal(scenario, mine)


def test_another_change_never_turns_what_is_there_into_something_else(write: Write, scenario: Scenario) -> None:
    """A command that only changes the seed once ran, and recorded, another object."""
    mine = write("parts").Mine()
    object.__setattr__(mine, "visits", lambda boxes, today: [])
    odd = scenario.model_copy(update={"alternatives": {**scenario.alternatives, "mine": mine}})
    with pytest.raises(ScenarioError, match=r"alternatives\.mine: 'visits' was put into this Mine"):
        odd.but(seed=2)
    assert "'visits' was put into this Mine" in refusal(scenario, mine)


def test_what_is_computed_once_from_fields_is_no_state(write: Write, scenario: Scenario) -> None:
    mine = write("parts").Mine(n=3)
    assert mine.odd == 1
    kept = scenario.but({"alternatives.mine": mine})
    assert kept.alternatives["mine"] == write("parts").Mine(n=3)
    assert kept.but({"alternatives.mine": {"kind": "shared"}, "horizon.days": 3}).horizon.days == 3
    assert kept.but({"alternatives.mine.kind": "parts:Mine", "alternatives.more": "none"}).alternatives["more"]


def test_what_runs_is_what_is_read_back(write: Write, scenario: Scenario) -> None:
    """So nothing that only an object in memory has can decide."""
    mine = write("parts").Mine()
    object.__setattr__(mine, "odd", 5)
    odd = scenario.model_copy(update={"alternatives": {**scenario.alternatives, "mine": mine}})
    assert as_recorded(odd).alternatives["mine"].odd == 1  # type: ignore[attr-defined]


def test_tables_are_in_the_order_of_the_file(write: Write, scenario: Scenario, tmp_path: Path) -> None:
    """Plain keys before tables: a policy may go through them in their order."""
    mine = write("parts", "class Mine(CollectionPolicy):\n    n: Any = 1\n").Mine(n={"k": {"z": 1}, "a": 2})
    runs = as_recorded(scenario.but({"alternatives.mine": mine}))
    (tmp_path / "mine.toml").write_text(dump(runs), encoding="utf-8")
    again = load(tmp_path / "mine.toml")
    assert [list(one.alternatives["mine"].n) for one in (runs, again)] == [["a", "k"]] * 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["visits", "subject", "detours"])
def test_a_class_changed_since_it_was_defined_is_refused(
    write: Write, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    mine = write("parts").Mine
    monkeypatch.setattr(mine, name, False)
    assert f"'{name}' of class Mine was changed after the class was defined" in refusal(scenario, mine())


def test_a_shipped_class_that_was_changed_is_refused(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Threshold, "due", lambda self, boxes, today: [])
    line = refusal(scenario, {"kind": "dedicated", "trigger": {"kind": "threshold", "fill": 0.5}})
    assert "'due' of class Threshold was changed" in line


def test_a_base_of_no_seam_counts_too(write: Write, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = write("parts", "class Base:\n    pass\nclass Mine(Base, CollectionPolicy):\n    pass\n")
    assert scenario.but({"alternatives.mine": parts.Mine()})
    monkeypatch.setattr(parts.Base, "visits", lambda *_: [], raising=False)
    assert "'visits' of class Base was changed" in refusal(scenario, parts.Mine())


def test_a_class_inside_another_is_found_by_its_name(write: Write, scenario: Scenario, tmp_path: Path) -> None:
    parts = write("parts", "class Outer:\n    class In(CollectionPolicy):\n        n: int = 1\n")
    mine = scenario.but({"alternatives.mine": parts.Outer.In(n=2)})
    (tmp_path / "mine.toml").write_text(dump(mine), encoding="utf-8")
    assert load(tmp_path / "mine.toml").alternatives["mine"] == parts.Outer.In(n=2)


def test_a_class_that_no_file_has_is_refused(write: Write, scenario: Scenario) -> None:
    parts = write("parts")
    made = create_model("Made", __base__=parts.Mine, __module__="parts")
    parts.Made = made  # type: ignore[attr-defined]
    assert "class Made stands in no file of 'parts'" in refusal(scenario, made())


def test_a_class_is_named_where_it_is_defined(write: Write, scenario: Scenario) -> None:
    """Another module that hands it on, and perhaps does more, would be in no record."""
    write("pack.policy")
    write("pack.more", "from pack.policy import Mine\n")
    write("other", "from pack.policy import Mine\n")
    assert scenario.but({"alternatives.mine": "pack.more:Mine"})
    assert refusal(scenario, {"kind": "other:Mine"}).endswith(
        "found 'other:Mine'; it is defined elsewhere, write 'pack.policy:Mine'"
    )


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("parts.Mine", "alternatives.mine: found 'parts.Mine'; did you mean 'parts:Mine'?"),
        ({"kind": "parts.Mine"}, "alternatives.mine.kind: found 'parts.Mine'; did you mean 'parts:Mine'?"),
        ({"kind": "__main__:Mine"}, "alternatives.mine.kind: found '__main__:Mine'; '__main__' has no class 'Mine'"),
        (Threshold(fill=0.5), "alternatives.mine.kind: found 'threshold'"),
        (Threshold, "alternatives.mine: found the class Threshold; must be an object of it: Threshold(...)"),
        ({"kind": "dedicated", "trigger": Threshold}, "alternatives.mine.trigger: found the class Threshold; must be"),
    ],
)
def test_what_was_meant_is_said(write: Write, scenario: Scenario, value: Any, line: str) -> None:
    write("parts")
    assert refusal(scenario, value).startswith(line)


def test_a_class_of_a_script_is_one_line_from_a_table_too(
    scenario: Scenario, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = write("parts", "class Mine(CollectionPolicy):\n    __module__ = '__main__'\n")
    monkeypatch.setattr(sys.modules["__main__"], "Mine", parts.Mine, raising=False)
    line = refusal(scenario, {"kind": "__main__:Mine"})
    assert line.startswith("alternatives.mine.kind: class Mine is defined in a script or notebook")


def test_an_emission_model_has_its_article(scenario: Scenario, write: Write) -> None:
    write("parts")
    with pytest.raises(ScenarioError, match=r"; an emission model derives from molosim\.EmissionModel"):
        scenario.but({"emissions.model": "parts:Mine"})


@pytest.mark.parametrize("call", [molosim.run, molosim.sweep, molosim.decide, molosim.breakeven])
def test_a_file_in_place_of_what_it_holds_is_one_line(tmp_path: Path, call: Any) -> None:
    with pytest.raises(ScenarioError) as caught:
        call("town.toml", tmp_path / "out")
    place, load = ("scenario", "load") if call is molosim.run else ("design", "load_design")
    assert str(caught.value) == f"{place}: found a str; must be a {place.title()}: molosim.{load}('town.toml')"


@pytest.mark.parametrize(
    ("kind", "value", "keys"),
    [
        ("Annotated[Path, InputFile()]", "a.csv", ["files"]),
        ("Annotated[str, InputFile()] | None = None", "a.csv", ["files"]),
        ("tuple[Annotated[str, InputFile()], ...]", ["a.csv", "b.csv"], ["files.0", "files.1"]),
        ("Annotated[list[Path], InputFile()]", ["a.csv", "b.csv"], ["files.0", "files.1"]),
        ("dict[str, Annotated[Path, InputFile()] | None]", {"x": "a.csv"}, ["files.x"]),
    ],
)
def test_a_marked_file_is_found_in_every_form(write: Write, tmp_path: Path, kind: str, value: Any, keys: Any) -> None:
    """It is looked for beside the configuration, and the record names its copy."""
    parts = write("parts", f"class Mine(CollectionPolicy):\n    files: {kind}\n")
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("1\n", encoding="utf-8")
    data = {**tomllib.loads(dump(molosim.load("gothenburg")))}
    data["alternatives"]["mine"] = {"kind": "parts:Mine", "files": value}
    (tmp_path / "town.toml").write_text(tomli_w.dumps(data), encoding="utf-8")
    mine = load(tmp_path / "town.toml")
    found = [file for file in named_files(mine) if "mine" in file.key]
    assert [file.key for file in found] == [f"alternatives.mine.{key}" for key in keys]
    assert [file.name for file in found] == [str(tmp_path / name) for name in ("a.csv", "b.csv")[: len(keys)]]
    (one,) = record(mine)
    for file in found:
        assert file.copy in str(one["parameters"]["files"])
    assert file_keys(parts.Mine) == ("files.*" if "." in keys[0] and "list" not in kind else "files",)
    assert as_recorded(mine).alternatives["mine"] == mine.alternatives["mine"]


def test_the_source_is_all_that_the_class_is_made_of(write: Write, tmp_path: Path) -> None:
    """What it imports beside it, also within functions, and bases of other packages; not what is installed."""
    write("base.policy")
    write("helper_late", "B = 2\n")
    write("helper", "A = 1\n")
    mine = write(
        "pack.mine",
        "import helper\nimport numpy\nfrom base.policy import Mine as Base\n"
        "class Mine(Base):\n    def detours(self, boxes, today):\n        import helper_late\n        return ()\n",
    ).Mine
    before = source_of(mine)
    assert (before.package, before.files) == ("pack, base, helper, helper_late", 4)
    for name in ("base/policy.py", "helper.py", "helper_late.py", "pack/rules.nbin.csv"):
        old = (tmp_path / name).read_text(encoding="utf-8") if name.endswith(".py") else "1"
        (tmp_path / name).write_text(f"{old}\n", encoding="utf-8")
        now = source_of(mine)
        assert now.sha256 != before.sha256, name
        before = now


def test_results_hidden_files_and_bytecode_are_no_source(write: Write, tmp_path: Path) -> None:
    mine = write("study.mine").Mine
    before = source_of(mine)
    for name in ("results/r/files.json", "results/r/trips.csv", ".git/x", "__pycache__/y.py", "z.pyc"):
        file = tmp_path / "study" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('{"program": "molosim", "files": {}}', encoding="utf-8")
    assert source_of(mine) == before


@pytest.mark.parametrize("name", ["parts", "helper"])
def test_files_edited_since_their_import_are_never_recorded_as_what_ran(
    write: Write, scenario: Scenario, tmp_path: Path, name: str
) -> None:
    write("helper", "A = 1\n")
    mine = scenario.but({"alternatives.mine": write("parts", f"import helper\n{POLICY}").Mine()})
    (one,) = record(mine)
    file = tmp_path / f"{name}.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=f"mine: files of {name} are not as they were imported"):
        record(mine)
    file.write_text(text, encoding="utf-8")
    assert record(mine) == [one]


def test_what_a_component_keeps_is_forgotten(write: Write, scenario: Scenario) -> None:
    text = "class Mine(CollectionPolicy):\n    n: dict[str, int] = {'x': 0}\n"
    mine = scenario.but({"alternatives.mine": write("parts", text).Mine()})
    policy: Any = mine.alternatives["mine"]
    with state_forgotten(mine):
        policy.n["x"] += 1
        object.__setattr__(policy, "seen", 1)
    assert (policy.n, "seen" in policy.__dict__) == ({"x": 0}, False)
