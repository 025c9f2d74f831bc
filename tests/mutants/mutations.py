"""All small changes that could be made to a module's source, found in its syntax tree and named so that they last."""

from __future__ import annotations

import ast
import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOMS = ("simulation", "policies", "routing", "evaluation")

_OPERATORS = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: (r"is", "is not"),
    ast.IsNot: (r"is\s+not", "is"),
    ast.In: (r"in", "not in"),
    ast.NotIn: (r"not\s+in", "in"),
    ast.Add: (r"\+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: (r"\*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "//"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: (r"\|", "&"),
    ast.And: (r"\band\b", "or"),
    ast.Or: (r"\bor\b", "and"),
}
"""Each operator as it is written (a pattern), and what takes its place."""

_SWAPPED = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One change of one place in a module."""

    module: str
    """As in ``simulation/van_tours``."""
    function: str
    """Qualified name of the function or class around it; empty at the top of the module."""
    line: str
    """The line that the change starts on, without its indentation."""
    change: str
    """What becomes of what."""
    nth: int
    """Counts changes that are alike in all of the above."""
    start: int
    end: int
    """Extent in the source that is replaced."""
    text: str
    """What takes its place."""
    lines: tuple[int, int] | None
    """First and last line of the statement around it, from 1; None where it runs at import."""
    names: tuple[str, ...] = ()
    """What the statement assigns to, where it runs at import."""

    @property
    def key(self) -> str:
        """Name by which it is found again after edits elsewhere in the module."""
        return " | ".join((self.module, self.function, self.line, self.change, str(self.nth)))

    def applied(self, source: str) -> str:
        """The module's source with the change, each line of what follows where it was."""
        lines = source.count("\n", self.start, self.end) - self.text.count("\n")
        return source[: self.start] + self.text + "\n" * lines + source[self.end :]

    def diff(self, source: str) -> str:
        """What differs, as a unified diff without its header."""
        lines = difflib.unified_diff(source.splitlines(), self.applied(source).splitlines(), lineterm="", n=0)
        return "\n".join(list(lines)[2:])


def _assigned(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement binds."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    for target in targets:
        for node in ast.walk(target) if target is not None else ():
            if isinstance(node, ast.Name):
                yield node.id


class _Finder(ast.NodeVisitor):
    """Collects (start, end, text, change) with what is around it."""

    def __init__(self, module: str, source: str) -> None:
        self.module, self.source = module, source
        self._lines = source.splitlines(keepends=True)
        self._offset = [0]
        for line in self._lines:
            self._offset.append(self._offset[-1] + len(line))
        self._names: list[str] = []
        self._functions = self._lambdas = 0
        self._statements: list[ast.stmt] = []
        self._count: Counter[tuple[str, str, str]] = Counter()
        self.found: list[Mutant] = []

    def _at(self, line: int, column: int) -> int:
        before = self._lines[line - 1].encode()[:column].decode()
        return self._offset[line - 1] + len(before)

    def _extent(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _add(self, start: int, end: int, text: str, change: str) -> None:
        row = next(i for i in range(len(self._lines)) if self._offset[i + 1] > start)
        line, function = self._lines[row].strip(), ".".join(self._names)
        nth = self._count[function, line, change]
        self._count[function, line, change] += 1
        lines = self._lines_around(row + 1)
        names = () if lines else tuple(_assigned(self._statements[-1]))
        self.found.append(Mutant(self.module, function, line, change, nth, start, end, text, lines, names))

    def _lines_around(self, line: int) -> tuple[int, int] | None:
        """Lines of which one must run if what stands on a line does."""
        if self._lambdas:
            return line, line
        if not self._functions:
            return None
        statement = self._statements[-1]
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        if isinstance(statement, ast.FunctionDef) and statement.decorator_list:
            first = statement.decorator_list[0].lineno
        if isinstance(statement, ast.If | ast.For | ast.While | ast.With | ast.FunctionDef):
            last = max(line, statement.body[0].lineno - 1)
        return first, last

    def _swap(self, after: ast.expr, before: ast.expr, operator: ast.AST) -> None:
        """Change the operator that stands between two expressions."""
        if type(operator) not in _OPERATORS:
            return
        pattern, text = _OPERATORS[type(operator)]
        start, end = self._extent(after)[1], self._extent(before)[0]
        written = re.search(pattern, self.source[start:end])
        if written:
            self._add(start + written.start(), start + written.end(), text, f"{written.group()} -> {text}")

    # -- statements ------------------------------------------------------------------------------------------------

    def visit(self, node: ast.AST) -> None:
        """Keep account of the statement that a change is part of."""
        if isinstance(node, ast.stmt):
            self._statements.append(node)
            super().visit(node)
            self._statements.pop()
        else:
            super().visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Defaults and body; decorators and annotations are left alone."""
        self._functions += 1
        self._within(node.name, [*node.args.defaults, *filter(None, node.args.kw_defaults), *node.body])
        self._functions -= 1

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """The body."""
        self._within(node.name, node.body)

    def _within(self, name: str, nodes: Sequence[ast.AST]) -> None:
        self._names.append(name)
        for node in nodes:
            self.visit(node)
        self._names.pop()

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """The body, which runs when it is called."""
        self._lambdas += 1
        self.visit(node.body)
        self._lambdas -= 1

    def _remove(self, node: ast.stmt) -> None:
        self._add(*self._extent(node), "pass", "removed")

    def visit_Expr(self, node: ast.Expr) -> None:
        """Calls for their effect are removed; docstrings are left alone."""
        if isinstance(node.value, ast.Constant):
            return
        if isinstance(node.value, ast.Call):
            self._remove(node)
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Removed; what an error says is not changed."""
        self._remove(node)

    def visit_Continue(self, node: ast.Continue) -> None:
        """Removed."""
        self._remove(node)

    visit_Break = visit_Continue  # noqa: N815 - named by Python

    def visit_Assign(self, node: ast.Assign) -> None:
        """Removed where something that exists before is written to; a name or attribute would be missing at once."""
        if self._names and all(isinstance(target, ast.Subscript) for target in node.targets):
            self._remove(node)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Annotations are left alone."""
        if node.value is not None:
            self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Removed, and the operator swapped."""
        self._remove(node)
        self._swap(node.target, node.value, node.op)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        """Negated, unless it is for the type checker."""
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self._negate(node.test)
            self.generic_visit(node)

    # -- expressions -----------------------------------------------------------------------------------------------

    def _negate(self, test: ast.expr) -> None:
        start, end = self._extent(test)
        self._add(start, end, f"not ({self.source[start:end]})", "negated")

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """Negated."""
        self._negate(node.test)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Each operator."""
        for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            self._swap(left, right, operator)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """Each operator."""
        for left, right in zip(node.values, node.values[1:], strict=False):
            self._swap(left, right, node.op)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """The operator; strings that are put together are left alone."""
        if not isinstance(node.left, ast.JoinedStr) and not isinstance(node.right, ast.JoinedStr):
            self._swap(node.left, node.right, node.op)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """``not``, ``-`` and ``~`` go."""
        start, inner = self._extent(node)[0], self._extent(node.operand)[0]
        sign = self.source[start:inner].strip(" (")
        if sign in {"not", "-", "~"}:
            self._add(start, start + len(sign), " " * (sign == "not"), f"no {sign}")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """The smallest becomes the largest."""
        name = node.func
        word = name.id if isinstance(name, ast.Name) else name.attr if isinstance(name, ast.Attribute) else ""
        if word in _SWAPPED:
            end = self._extent(name)[1]
            self._add(end - len(word), end, _SWAPPED[word], f"{word} -> {_SWAPPED[word]}")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Numbers one more and one less, truth its opposite."""
        start, end = self._extent(node)
        written, value = self.source[start:end], node.value
        if isinstance(value, bool):
            self._add(start, end, str(not value), f"{written} -> {not value}")
        elif isinstance(value, int | float):
            for other in (value + 1, value - 1):
                text = f"({other})" if other < 0 else str(other)
                self._add(start, end, text, f"{written} -> {other}")

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Texts are left alone."""


def mutants_of(module: str, source: str) -> list[Mutant]:
    """Every mutant of one module, in the order of its source."""
    finder = _Finder(module, source)
    finder.visit(ast.parse(source))
    return finder.found


def modules(package: Path) -> Iterator[tuple[str, Path]]:
    """Name and file of every module that is mutated."""
    for room in ROOMS:
        for path in sorted((package / room).rglob("*.py")):
            yield path.relative_to(package).with_suffix("").as_posix(), path


def valid(mutant: Mutant, source: str) -> bool:
    """Whether what comes of it is Python at all."""
    try:
        ast.parse(mutant.applied(source))
    except SyntaxError:
        return False
    return True


def drawn(package: Path, number: int, seed: int) -> tuple[list[Mutant], int]:
    """A sample of all mutants, and how many there are.

    Each is ranked by a hash of the seed and its key and the first ones are taken: a uniform sample, in which an edit of
    one line changes the mutants of that line alone.
    """
    every, sources = [], {}
    for module, path in modules(package):
        sources[module] = path.read_text(encoding="utf-8")
        every += mutants_of(module, sources[module])
    ranked = sorted(every, key=lambda mutant: hashlib.sha256(f"{seed}:{mutant.key}".encode()).digest())
    sample: list[Mutant] = []
    for mutant in ranked:
        if len(sample) == number:
            break
        if valid(mutant, sources[mutant.module]):
            sample.append(mutant)
    return sample, len(every)
