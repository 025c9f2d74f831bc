"""The tool that makes mutants finds what can go wrong, one change at a time, and names it so that it is found again."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.mutants.mutations import drawn, modules, mutants_of, valid
from tests.mutants.named import named
from tests.mutants.reach import Reached, affordable

import molosim

PACKAGE = Path(molosim.__file__).parent


def changes(source: str) -> list[str]:
    """What the second line of a function becomes, change by change."""
    text = f"def f(a, b, x):\n    {source}\n"
    return [mutant.applied(text).splitlines()[1].strip() for mutant in mutants_of("m", text)]


@pytest.mark.parametrize(
    ("line", "mutants"),
    [
        ("return a < b", ["return a <= b"]),
        ("return a is not None", ["return a is None"]),
        ("return a not in b", ["return a in b"]),
        ("return (a) + (b)", ["return (a) - (b)"]),
        ("return a and not b", ["return a or not b", "return a and   b"]),
        ("return min(a, -b)", ["return max(a, -b)", "return min(a, b)"]),
        ("return a if b else x", ["return a if not (b) else x"]),
        ("return x[2]", ["return x[3]", "return x[1]"]),
        ("x[a] = b", ["pass"]),
        ("x[a] += b", ["pass", "x[a] -= b"]),
        ("a.append(b)", ["pass"]),
        ("raise ValueError(f'{a}: {1 + 1}')", ["pass"]),
        ("return lambda: a / b", ["return lambda: a * b"]),
        ("return True", ["return False"]),
        ("return 'a' 'b'", []),
        ("c: int = b", []),
    ],
)
def test_each_place_is_changed_in_each_way(line: str, mutants: list[str]) -> None:
    assert changes(line) == mutants


def test_a_mutant_keeps_its_name_when_other_lines_change() -> None:
    before = "def f(a):\n    return a + 1\n"
    after = "B = 7\n\n\ndef f(a):\n    b = a * 2\n    return a + 1\n"
    assert {m.key for m in mutants_of("m", before)} < {m.key for m in mutants_of("m", after)}


def test_names_are_unique_and_most_of_what_comes_of_them_is_python() -> None:
    for module, path in modules(PACKAGE):
        source = path.read_text(encoding="utf-8")
        found = mutants_of(module, source)
        assert len({mutant.key for mutant in found}) == len(found), module
        for mutant in found[::25]:
            assert valid(mutant, source), mutant.key
            assert ast.dump(ast.parse(mutant.applied(source))) != ast.dump(ast.parse(source)), mutant.key


def test_the_same_seed_draws_the_same_and_another_one_others() -> None:
    one, of = drawn(PACKAGE, 40, 1)
    assert len(one) == 40 < of
    assert [m.key for m in drawn(PACKAGE, 40, 1)[0]] == [m.key for m in one]
    assert {m.key for m in drawn(PACKAGE, 40, 2)[0]} != {m.key for m in one}
    assert {m.key for m in drawn(PACKAGE, 20, 1)[0]} < {m.key for m in one}


def test_the_named_mutants_still_change_something() -> None:
    for mutant in named(PACKAGE):
        source = (PACKAGE / f"{mutant.module}.py").read_text(encoding="utf-8")
        assert valid(mutant, source)
        assert ast.dump(ast.parse(mutant.applied(source))) != ast.dump(ast.parse(source)), mutant.key


def test_a_shared_fixture_is_paid_once_out_of_the_budget() -> None:
    tests = {name: Reached(1.0, {}, {"world": 5.0}) for name in "abc"} | {"d": Reached(4.0, {}, {})}
    assert affordable(list("abcd"), tests, 8.0) == {"a": 6.0, "b": 1.0, "c": 1.0}
    assert affordable(list("dabc"), tests, 8.0) == {"d": 4.0}
