"""Components of a user's own: found by their name, changed by key path, written down as what they are or refused."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import molosim
from molosim.inputs.components import (
    EMISSION_MODELS,
    POLICIES,
    SEAMS,
    Component,
    components,
    record,
)
from molosim.inputs.scenario import Scenario, as_recorded, dump, load
from molosim.policies.policy import BoxStatus, CollectionPolicy, Detour, Today, Visit
from molosim.policies.threshold import Threshold
from molosim.runtime.errors import ScenarioError
from molosim.runtime.source import source_of

SOURCE = """
    from collections.abc import Sequence
    from pydantic import Field
    from molosim.emissions.models.flat import Flat
    from molosim.inputs.residents import Exponential
    from molosim.policies.policy import BoxStatus, CollectionPolicy, Today, Visit
    from molosim.policies.threshold import Threshold

    class Weekly(CollectionPolicy):
        day: int = Field(default=2, ge=0, le=6)

        def visits(self, boxes, today):
            return [Visit(one.box) for one in boxes if today.weekday == self.day]

    class Late(Threshold):
        def due(self, boxes, today):
            return []

    class Heavier(Flat):
        times: float = 2.0

    class Near(Exponential):
        pass
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A package of a user's own: two modules."""
    package = tmp_path / "own_parts"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "parts.py").write_text(dedent(SOURCE), encoding="utf-8")
    (package / "other.py").write_text("A = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import own_parts.parts  # type: ignore[import-not-found]  # noqa: PLC0415

    yield own_parts.parts
    for name in [name for name in sys.modules if name.partition(".")[0] == "own_parts"]:
        del sys.modules[name]


@pytest.fixture
def scenario() -> Scenario:
    return molosim.load("gothenburg")


def refusal(scenario: Scenario, changes: dict[str, Any]) -> str:
    with pytest.raises(ScenarioError) as caught:
        scenario.but(changes)
    return str(caught.value)


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.what)
def test_every_shipped_component_is_found_by_its_name_and_named_as_it_is_found(seam: Any) -> None:
    assert seam.built_in
    for name, one in seam.built_in.items():
        assert issubclass(one if isinstance(one, type) else type(one), Component)
        if not isinstance(one, type):
            assert seam.name(one) == name


def test_an_object_and_a_table_are_the_same(own: Any, scenario: Scenario, tmp_path: Path) -> None:
    by_object = scenario.but({"alternatives.mine": own.Weekly(day=4)})
    by_table = scenario.but({"alternatives.mine": {"kind": "own_parts.parts:Weekly", "day": 4}})
    assert by_object == by_table
    assert by_object.but({"alternatives.mine.day": 1}).alternatives["mine"] == own.Weekly(day=1)
    file = tmp_path / "mine.toml"
    file.write_text(dump(by_object), encoding="utf-8")
    assert load(file) == by_object


def test_a_subclass_of_a_shipped_trigger_is_recorded_as_what_it_is(own: Any, scenario: Scenario) -> None:
    """What ran once was recorded as a plain threshold: a result claimed a policy that it did not run."""
    mine = scenario.but({"alternatives.dedicated.trigger": own.Late(fill=0.5)})
    assert 'kind = "own_parts.parts:Late"' in dump(mine)
    assert type(mine.alternatives["dedicated"].trigger) is own.Late  # type: ignore[attr-defined]
    (one,) = record(mine)
    assert (one["key"], one["class"]) == ("alternatives.dedicated.trigger", "own_parts.parts:Late")
    assert one["parameters"] == {"fill": 0.5, "along_fill": 1.0}


def test_shipped_components_need_no_record_of_their_source(scenario: Scenario) -> None:
    assert record(scenario) == []
    assert len(list(components(scenario))) >= 6


def test_an_emission_model_is_a_name_a_table_or_an_object(own: Any, scenario: Scenario) -> None:
    flat = EMISSION_MODELS.built_in["flat"]
    assert scenario.but({"emissions.model": "flat"}).emissions.model == flat
    idle = scenario.but({"emissions.model.idle_share": 0.5}).emissions.model
    assert (EMISSION_MODELS.name(idle), idle.model_dump()["idle_share"]) == ("speed_stop", 0.5)
    mine = scenario.but({"emissions.model": "own_parts.parts:Heavier"}).emissions.model
    assert mine == own.Heavier()
    assert EMISSION_MODELS.name(EMISSION_MODELS.built_in["flat_danish"]) == "flat_danish"


def test_faults_in_a_components_keys_are_faults_at_their_place(own: Any, scenario: Scenario) -> None:
    mine = scenario.but({"alternatives.mine": own.Weekly()})
    assert refusal(mine, {"alternatives.mine.day": 9}).startswith("alternatives.mine.day: found 9; must be less than")
    assert refusal(mine, {"alternatives.mine.dya": 1}) == "alternatives.mine.dya: unknown key; did you mean 'day'?"
    assert "alternatives.mine.day: found '4'; must be a valid integer" in refusal(mine, {"alternatives.mine.day": "4"})


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("own_parts.parts:Weekli", "alternatives.x: found 'own_parts.parts:Weekli'; 'own_parts.parts' has no class"),
        (
            {"kind": "own_parts.parts:Late", "fill": 1},
            "alternatives.x.kind: found 'own_parts.parts:Late'; a collection",
        ),
        ({"kind": "no_such:Thing"}, "alternatives.x.kind: found 'no_such:Thing'; no module 'no_such' can be imported"),
        ({"kind": "sharde"}, "alternatives.x.kind: found 'sharde'; did you mean 'shared'?"),
        ({"kind": 3}, "alternatives.x.kind: found 3; allowed: dedicated, shared, hybrid, none, module:Class"),
        (7, "alternatives.x: found 7; must be a table of keys with 'kind', or a name"),
    ],
)
def test_what_is_no_component_is_one_line(own: Any, scenario: Scenario, value: Any, line: str) -> None:
    del own
    assert refusal(scenario, {"alternatives.x": value}).startswith(line)


class Here(CollectionPolicy):
    """As if it were of a script."""

    __module__ = "__main__"

    def visits(self, boxes: Sequence[BoxStatus], today: Today) -> Sequence[Visit]:
        del today
        return [Visit(one.box) for one in boxes]


def test_a_class_of_a_script_or_notebook_is_refused_with_the_line_that_mends_it(
    scenario: Scenario,
) -> None:
    line = refusal(scenario, {"alternatives.mine": Here()})
    assert line.startswith("alternatives.mine: class Here is defined in a script or notebook")
    assert line.endswith("put it into a file my_here.py and write: from my_here import Here")
    with pytest.raises(ScenarioError, match="script or notebook"):
        as_recorded(scenario.model_copy(update={"alternatives": {**scenario.alternatives, "mine": Here()}}))


def test_a_class_of_a_function_is_refused(scenario: Scenario) -> None:
    class Inner(Threshold):
        """Nobody else can import it."""

    assert "class Inner is defined in a function" in refusal(
        scenario, {"alternatives.dedicated.trigger": Inner(fill=0.5)}
    )


def test_a_class_that_its_module_no_longer_has_is_refused(
    own: Any, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = own.Weekly()
    monkeypatch.setattr(own, "Weekly", types.SimpleNamespace())
    assert "is not what 'own_parts.parts:Weekly' names" in refusal(scenario, {"alternatives.mine": old})


def test_a_subclass_where_no_seam_is_never_becomes_its_base(own: Any, scenario: Scenario) -> None:
    """Participation is a closed choice: an own kind of it would be recorded as the shipped one."""
    near = own.Near(kind="exponential", half_m=100)
    line = refusal(scenario, {"residents.walking.parcels": near})
    assert line.startswith("residents.walking.parcels: a Near would be recorded as Exponential")
    walking = scenario.residents.walking.model_copy(update={"parcels": near})
    flattened = scenario.model_copy(update={"residents": scenario.residents.model_copy(update={"walking": walking})})
    with pytest.raises(ScenarioError, match="a Near would be recorded as Exponential"):
        as_recorded(flattened)


def test_the_source_is_every_file_of_the_package(own: Any, tmp_path: Path) -> None:
    before = source_of(own.Weekly)
    assert (before.package, before.files) == ("own_parts", 3)
    (tmp_path / "own_parts" / "other.py").write_text("A = 2\n", encoding="utf-8")
    assert source_of(own.Weekly).sha256 != before.sha256
    (tmp_path / "own_parts" / "other.py").write_text("A = 1\n", encoding="utf-8")
    assert source_of(own.Weekly) == before


def test_a_policy_says_itself_what_nobody_could_carry_out(scenario: Scenario) -> None:
    carriers = tuple(carrier.model_copy(update={"takes_waste": False}) for carrier in scenario.carriers)
    line = refusal(scenario, {"carriers": carriers})
    assert "alternatives.shared: no carrier has takes_waste = true" in line
    assert set(POLICIES.built_in) == {"dedicated", "shared", "hybrid", "none"}


class Nothing(CollectionPolicy):
    """Overrides nothing."""


class Takes(CollectionPolicy):
    """Vans take waste that they pass."""

    def pickup_fill(self, boxes: Sequence[BoxStatus], today: Today, carrier: str) -> float:
        return 0.5


class Asks(CollectionPolicy):
    """Vans make detours, and the municipality comes."""

    def detours(self, boxes: Sequence[BoxStatus], today: Today) -> Sequence[Detour]:
        return ()

    def visits(self, boxes: Sequence[BoxStatus], today: Today) -> Sequence[Visit]:
        return ()


@pytest.mark.parametrize(
    ("policy", "shares", "collects"),
    [
        (Nothing, False, False),
        (Here, False, True),
        (Takes, True, False),
        (Asks, True, True),
        *[(POLICIES.built_in[name], *both) for name, both in {
            "dedicated": (False, True), "shared": (True, False), "hybrid": (True, True), "none": (False, False),
        }.items()],
    ],
)  # fmt: skip
def test_who_is_asked_follows_from_what_a_policy_overrides(policy: Any, shares: bool, collects: bool) -> None:
    """An own policy with visits() alone was once in order, recorded as used, and collected nothing."""
    assert (policy.shares, policy.collects) == (shares, collects)


class Fails(Threshold):
    """Finds no faults, but one of its own."""

    def faults(self, carriers: Any, municipality: Any) -> Any:
        yield from ()
        raise LookupError("no such list")


def test_what_fails_in_looking_for_faults_is_one_at_the_component(scenario: Scenario) -> None:
    mine = {"alternatives.dedicated.trigger": Fails(fill=0.5)}
    line = (
        rf"alternatives\.dedicated\.trigger: {__name__}:Fails\.faults raised LookupError: no such list \(.*, line \d+\)"
    )
    assert re.fullmatch(line, refusal(scenario, mine))


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("import no_such_library\n", "fails: ModuleNotFoundError: No module named 'no_such_library'"),
        ("class Weekly(Policy): ...\n", "fails: NameError: name 'Policy' is not defined"),
        ("def visits(:\n", "fails: SyntaxError: invalid syntax"),
    ],
)
def test_a_module_that_fails_as_it_is_imported_is_one_line(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, line: str
) -> None:
    """The fault is the user's, and says so; it is no defect of the program."""
    name = f"broken_{len(source)}"
    (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    said = refusal(scenario, {"alternatives.x": {"kind": f"{name}:Weekly"}})
    assert said.startswith(f"alternatives.x.kind: found '{name}:Weekly'; importing '{name}' {line}")
    assert "\n" not in said
