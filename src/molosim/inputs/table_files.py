"""Tables of users, CSV or Parquet, checked cell by cell: a fault says file, line, column, value and what is allowed."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from molosim.runtime.arrays import Flags, Ints
from molosim.runtime.errors import Fault, ScenarioError, did_you_mean
from molosim.runtime.files import reading, replace, writing

Kind = Literal["text", "number", "whole", "date", "clock"]
SHOWN = 20
"""Faults told one by one; the rest is counted."""
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_WHOLE = r"^[+-]?\d+(\.0*)?$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_CLOCK = r"^([01]?\d|2[0-9]):[0-5]\d(:[0-5]\d)?$"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """What a column of a table may hold."""

    name: str
    kind: Kind
    required: bool = False
    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    """Whether ``low`` itself is too low."""
    choices: tuple[str, ...] = ()
    holes: bool = True
    """Whether a row may leave it empty."""

    @property
    def allowed(self) -> str:
        """What a cell may hold, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        words = {
            "text": "a text",
            "number": "a number",
            "whole": "a whole number",
            "date": "a date such as 2025-03-31",
            "clock": "a time of day such as 14:05 or 14:05:30",
        }[self.kind]
        if math.isfinite(self.low):
            words += f" {'above' if self.above else 'of at least'} {self.low:g}"
        if math.isfinite(self.high):
            words += f"{' and' if math.isfinite(self.low) else ' of'} at most {self.high:g}"
        return words


@dataclass(frozen=True, eq=False)
class Sheet:
    """A checked table.

    Attributes
    ----------
    columns
        By name, those of the schema that the file has: f64 (nan where empty) for numbers, whole numbers and times of
        day (seconds since midnight), object arrays of str ("" where empty) for texts, datetime64[D] (NaT) for dates.
    line
        Line of the file that each row stands in; of a Parquet file the row's number, from 1.
    ignored
        Columns that the schema does not have.
    """

    file: Path
    columns: Mapping[str, NDArray[Any]]
    line: Ints
    ignored: tuple[str, ...]
    word: str = field(default="line")

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.line)

    def place(self, row: int, column: str = "") -> str:
        """Where a row stands, for a fault."""
        return f"{self.file}, {self.word} {self.line[row]}" + (f", {column}" if column else "")


class Faults:
    """Faults of one file: the first ones told, the rest counted."""

    def __init__(self, file: Path, shown: int = SHOWN) -> None:
        self.file, self._shown, self.count = file, shown, 0
        self._told: list[Fault] = []

    def add(self, faults: Iterator[Fault], count: int) -> None:
        """Some faults, told lazily, and how many they are."""
        self.count += count
        while len(self._told) < self._shown and (fault := next(faults, None)) is not None:
            self._told.append(fault)

    def one(self, place: str, problem: str) -> None:
        """A single fault."""
        self.add(iter([Fault(place, problem)]), 1)

    def rows(self, sheet: Sheet, rows: NDArray[Any], told: Callable[[int], tuple[str, str]]) -> None:
        """A fault for each row; ``told(row)`` is its column and problem."""
        numbers = np.flatnonzero(rows) if rows.dtype == bool else rows
        where = ((row, *told(row)) for row in numbers.tolist())
        self.add((Fault(sheet.place(row, column), problem) for row, column, problem in where), len(numbers))

    def check(self) -> None:
        """Raise what was found, if anything.

        Raises
        ------
        ScenarioError
            The first faults, and how many more there are.
        """
        if not self.count:
            return
        told = list(self._told)
        if self.count > len(told):
            told.append(Fault(str(self.file), f"has {self.count - len(told)} more faults; these are the first"))
        raise ScenarioError(told)


def read(file: Path, schema: Sequence[TableColumn], *, shown: int = SHOWN) -> Sheet:
    """Read a table and check every cell.

    Parameters
    ----------
    file
        ``.parquet``, else CSV with a header line: commas, or semicolons and then decimal commas too; UTF-8.
    schema
        The columns that are looked for; others are ignored unless one is a misspelt name of these.
    shown
        Faults told one by one at most.

    Raises
    ------
    ScenarioError
        The file cannot be read, a column is missing, or cells are not what they must be: the first ``shown``, with a
        count of the rest.
    """
    faults = Faults(file, shown)
    raw = _parquet(file) if file.suffix == ".parquet" else _csv(file, faults)
    names = [column.name for column in schema]
    for column in schema:
        if column.required and column.name not in raw.cells:
            have = ", ".join([*list(raw.cells)[:SHOWN], *(["..."] if len(raw.cells) > SHOWN else [])])
            faults.one(str(file), f"has no column '{column.name}'; its columns: {have or 'none'}")
    ignored = tuple(name for name in raw.cells if name not in names)
    for name in ignored:
        hint = did_you_mean(name, [n for n in names if n not in raw.cells])
        if "did you mean" in hint:
            faults.one(str(file), f"has an unknown column '{name}'{hint}")
    line = raw.line[raw.kept]
    sheet = Sheet(file, {}, line, ignored, raw.word)
    columns = {}
    for column in schema:
        if column.name in raw.cells:
            columns[column.name] = _checked(sheet, column, raw.cells[column.name].filter(raw.mask), raw, faults)
    if not len(line) and not faults.count:
        faults.one(str(file), "has no rows")
    faults.check()
    return Sheet(file, columns, line, ignored, raw.word)


@dataclass(frozen=True, eq=False)
class _Raw:
    """Cells as text (pyarrow arrays, null where empty), and which rows are no blank lines."""

    cells: dict[str, Any]
    line: Ints
    word: str
    decimal_comma: bool
    mask: Any
    kept: Flags


def write(file: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """Write a table, CSV or by its ending Parquet, whole or not at all; None is an empty cell.

    Raises
    ------
    ScenarioError
        The file cannot be written.
    """
    with writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        replace(file, lambda work: _write(work, columns))


def _write(file: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    if file.suffix == ".parquet":
        import pyarrow as pa  # noqa: PLC0415 - only who writes such a table needs it
        import pyarrow.parquet as pq  # noqa: PLC0415 - as above

        pq.write_table(pa.table({name: list(cells) for name, cells in columns.items()}), file)
        return
    with file.open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines, lineterminator="\n")
        rows.writerow(columns)
        rows.writerows(zip(*columns.values(), strict=True))


def _csv(file: Path, faults: Faults) -> _Raw:
    import pyarrow as pa  # noqa: PLC0415 - only who reads a table needs it
    import pyarrow.csv as arrow_csv  # noqa: PLC0415 - as above

    content = _content(file)
    head = content[:65536].partition(b"\n")[0]
    if not head.strip():
        raise ScenarioError.at(f"{file}, line 1", "is empty; the header line is expected there")
    semicolons = head.count(b";") > head.count(b",")
    skipped: list[int] = []

    def other_width(row: Any) -> str:
        skipped.append(row.number)
        problem = f"has {row.actual_columns} cells; the header has {row.expected_columns}"
        faults.one(f"{file}, line {row.number}", problem)
        return "skip"

    every = [*_header(file, head, ";" if semicolons else ",", faults)]
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(content),
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=every, skip_rows=1),
            parse_options=arrow_csv.ParseOptions(
                delimiter=";" if semicolons else ",", invalid_row_handler=other_width, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(every, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid as error:
        raise ScenarioError.at(str(file), f"is no CSV table: {str(error).partition(' (')[0]}") from None
    lines = np.arange(2, 2 + table.num_rows + len(skipped))
    line = lines[~np.isin(lines, skipped)]
    return _raw(table, line, "line", decimal_comma=semicolons)


def _header(file: Path, head: bytes, delimiter: str, faults: Faults) -> list[str]:
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").strip("\r")
    names = [name.strip().strip('"').strip() for name in text.split(delimiter)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.one(str(file), f"has {names.count(name)} columns '{name}'; each needs its own name")
    faults.check()
    return names


def _content(file: Path) -> bytes:
    with reading(file):
        content = file.read_bytes()
    if not content.strip():
        raise ScenarioError.at(str(file), "is empty; a table with a header line is expected")
    if b"\x00" in content[:4096]:
        raise ScenarioError.at(str(file), "is no text; CSV in UTF-8 is expected, or Parquet with the ending .parquet")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ScenarioError.at(f"{file}, line {line}", "is not UTF-8, in which CSV is expected") from None
    return content


def _parquet(file: Path) -> _Raw:
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    with reading(file):
        content = file.read_bytes()
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowInvalid, OSError) as error:
        raise ScenarioError.at(str(file), f"is no Parquet table: {str(error).partition('. ')[0]}") from None
    cells = {}
    for name in table.column_names:
        try:
            cells[name] = table[name].cast(pa.string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            problem = f"column '{name}' holds {table[name].type}; texts, numbers or dates are expected"
            raise ScenarioError.at(str(file), problem) from None
    return _raw(pa.table(cells), np.arange(1, 1 + table.num_rows), "row", decimal_comma=False)


def _raw(table: Any, line: Ints, word: str, *, decimal_comma: bool) -> _Raw:
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    cells, blank = {}, np.ones(table.num_rows, bool)
    for name in table.column_names:
        trimmed = pc.utf8_trim_whitespace(table[name])
        cells[name] = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
        blank &= np.asarray(pc.is_null(cells[name]))
    return _Raw(cells, line, word, decimal_comma, pa.array(~blank), ~blank)


def _checked(sheet: Sheet, column: TableColumn, cells: Any, raw: _Raw, faults: Faults) -> NDArray[Any]:
    """Values of a column; faults of its cells are added."""
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    if column.kind in ("number", "whole") and raw.decimal_comma:
        cells = pc.replace_substring(cells, ",", ".", max_replacements=1)
    values, wrong = _VALUES[column.kind](cells, column)
    empty = np.asarray(pc.is_null(cells))
    bad = wrong | (empty if not column.holes else np.zeros(len(empty), bool))
    if bad.any():
        faults.rows(
            sheet,
            bad,
            lambda row: (
                column.name,
                ("is empty" if empty[row] else f"found '{_short(cells[row].as_py())}'") + f"; must be {column.allowed}",
            ),
        )
    return values


def _short(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}..."


def _matched(cells: Any, pattern: str) -> tuple[Any, Flags]:
    """The cells that match (null elsewhere), and which hold something else."""
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    fits = pc.fill_null(pc.match_substring_regex(cells, pattern), False)
    fitting = pc.if_else(fits, cells, pa.scalar(None, pa.string()))
    return fitting, ~np.asarray(fits) & ~np.asarray(pc.is_null(cells))


def _numbers(cells: Any, column: TableColumn) -> tuple[NDArray[Any], Flags]:
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    fitting, wrong = _matched(cells, _WHOLE if column.kind == "whole" else _NUMBER)
    # Arrow knows no plus sign before a number.
    bare = pc.replace_substring_regex(fitting, r"^\+", "")
    values = np.asarray(pc.fill_null(bare.cast(pa.float64()), math.nan))
    known = ~np.isnan(values)
    low = values <= column.low if column.above else values < column.low
    return values, wrong | known & (low | (values > column.high) | np.isinf(values))


def _texts(cells: Any, column: TableColumn) -> tuple[NDArray[Any], Flags]:
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    values = np.array(pc.fill_null(cells, "").to_pylist(), dtype=object)
    if not column.choices:
        return values, np.zeros(len(values), bool)
    known = np.isin(values.astype(str), [*column.choices, ""])
    return values, ~known


def _dates(cells: Any, column: TableColumn) -> tuple[NDArray[Any], Flags]:  # noqa: ARG001 - as the others
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    # A date of a Parquet table of pandas has a midnight behind it.
    fitting, wrong = _matched(pc.replace_substring_regex(cells, r"[ T]00:00:00(\.0*)?$", ""), _DATE)
    times = pc.strptime(fitting, format="%Y-%m-%d", unit="s", error_is_null=True)
    values = np.asarray(times).astype("datetime64[D]")
    # What strptime makes of the 31st of February is another day.
    same = np.datetime_as_string(values) == np.array(pc.fill_null(fitting, "NaT").to_pylist(), dtype=str)
    return values, wrong | ~same


def _clocks(cells: Any, column: TableColumn) -> tuple[NDArray[Any], Flags]:  # noqa: ARG001 - as the others
    fitting, wrong = _matched(cells, _CLOCK)
    parts = [[int(part) for part in cell.split(":")] if cell else None for cell in fitting.to_pylist()]
    seconds = [math.nan if p is None else p[0] * 3600.0 + p[1] * 60 + (p[2] if len(p) > 2 else 0) for p in parts]
    return np.array(seconds, np.float64), wrong


_VALUES: Mapping[str, Callable[[Any, TableColumn], tuple[NDArray[Any], Flags]]] = {
    "text": _texts,
    "number": _numbers,
    "whole": _numbers,
    "date": _dates,
    "clock": _clocks,
}
