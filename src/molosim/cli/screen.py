"""What a command tells: lines, a table and progress for people, or one JSON object for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from molosim import __version__

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")]
Json = Annotated[bool, typer.Option("--json", help="The outcome as one JSON object in place of words.")]
Tell = Callable[[int, int], None]
"""Told the number of finished and of all pieces of work."""

_LONG_LINES = 160
_SPEED_PERIOD_S = 600
"""Pieces of work may take a minute each; the remaining time is told from those of the last ten minutes."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a command speaks.

    Parameters
    ----------
    quiet
        No words and no progress; errors are told all the same, and JSON where it is asked for.
    as_json
        No words, but the outcome as JSON; progress goes to the error stream and only where that is a terminal.
    """

    quiet: bool = False
    as_json: bool = False

    @property
    def worded(self) -> bool:
        """Whether words are wanted."""
        return not (self.quiet or self.as_json)

    def say(self, line: str) -> None:
        """Print a line."""
        if self.worded:
            typer.echo(line)

    def warn(self, line: str) -> None:
        """Print a line that nobody may miss, to the error stream, quiet or not."""
        typer.echo(line, err=True)

    def remark(self, line: str) -> None:
        """Print a line about what is going on, to the error stream."""
        if not self.quiet:
            typer.echo(line, err=True)

    def show(self, table: Table) -> None:
        """Print a table; in colours on a terminal alone, and not there where the user has set NO_COLOR."""
        from rich.console import Console

        if self.worded:
            console = Console()
            if not console.is_terminal:
                console.width = _LONG_LINES  # a file or pipe takes long lines
            console.print(table)

    def outcome(self, command: str, content: Mapping[str, object]) -> None:
        """Print what came out as one line of JSON; docs/terminal.md lists the keys of each command."""
        if self.as_json:
            told = {"program": "molosim", "version": __version__, "command": command, **content}
            typer.echo(json.dumps(plain(told), allow_nan=False))

    @contextmanager
    def progress(self, describe: Callable[[int, int], str]) -> Iterator[Tell]:
        """Show a bar with the time that is left, on a terminal; ``describe`` names what is being done."""
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(),
        )
        console = Console(stderr=True)
        hidden = self.quiet or not console.is_terminal
        with Progress(
            *columns, console=console, transient=True, disable=hidden, speed_estimate_period=_SPEED_PERIOD_S
        ) as bar:
            doing = describe(0, 0)
            task = bar.add_task(doing, total=None)

            def tell(done: int, total: int) -> None:
                nonlocal doing
                before, doing = doing, describe(done, total)
                bar.update(task, description=doing, completed=done, total=total or None, refresh=doing != before)

            yield tell


def one_line(text: str) -> str:
    """A text in which line feeds and other signs that move a terminal's cursor are told, not obeyed."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def plain(value: Any) -> Any:
    """A value as JSON has it: paths as text, numbers that are none as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """A table's rows, ready for JSON."""
    return [plain(row) for row in table.to_dict("records")]
