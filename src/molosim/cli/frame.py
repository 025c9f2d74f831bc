"""What all commands share: the program, its options, and how errors and progress are told."""

from __future__ import annotations

import inspect
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated

import typer

from molosim import __version__
from molosim.cli.screen import Json, Quiet, Screen, Tell, one_line

USER_ERROR = 2
INTERRUPTED = 2
"""The same: in both cases there is no result, and a line says why."""
_TYPERS_INTERRUPTED = 130

_WRITTEN = ("out", "tours")
"""Options that name what a command writes."""
_IN_FOLDERS = ("replay.html", "map.gpkg")
"""What commands write into a folder that they read."""
KEPT = "interrupted; what is finished is kept"

app = typer.Typer(
    name="molosim",
    help="Shared parcel and waste boxes: does taking waste back in delivery vans save trips, kilometres and CO2?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Workers = Annotated[int | None, typer.Option(min=1, help="Processes; all cores by default.")]
Dask = Annotated[str | None, typer.Option(help="Address of a Dask scheduler, in place of local processes.")]


_OF_SCREEN = [
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=option)
    for name, option in (("quiet", Quiet), ("as_json", Json))
]


def main() -> None:
    """Run the command that the arguments name."""
    for name in ("SIGTERM", "SIGHUP"):  # ended from outside, it tidies up as on Ctrl-C
        if (number := getattr(signal, name, None)) is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    try:
        code = app(standalone_mode=False)
    except KeyboardInterrupt:
        code = _TYPERS_INTERRUPTED
    except Exception as error:
        if not hasattr(error, "format_message"):  # what Typer raises for wrong arguments has no public name
            raise
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message(), err=True)
        else:
            _tell(f"{error.format_message().rstrip('.')}; --help tells what there is")
        code = USER_ERROR
    if code == _TYPERS_INTERRUPTED:  # before the command began, or after its end
        _tell("interrupted")
        code = INTERRUPTED
    sys.exit(code or 0)


@app.callback(invoke_without_command=True)
def _top(
    *, version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)] = False
) -> None:
    if version:
        typer.echo(f"molosim {__version__}")
        raise typer.Exit


def command(
    program: typer.Typer, name: str | None = None, *, interrupted: str = "interrupted"
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command of a program: with --quiet and --json for its ``screen``, and errors as lines."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def run(*, quiet: bool, as_json: bool, **options: object) -> None:
            with errors_told(interrupted=interrupted):
                _check_outputs(options)
                function(**options, screen=Screen(quiet, as_json))

        own = inspect.signature(function, eval_str=True).parameters
        options = [*(option for option in own.values() if option.name != "screen"), *_OF_SCREEN]
        run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
        run.__annotations__ = {option.name: option.annotation for option in options}
        program.command(name)(run)
        return function

    return register


def _check_outputs(options: Mapping[str, object]) -> None:
    """No command writes over what it was given to read."""
    from molosim.runtime.files import check_apart

    given = [one for value in options.values() for one in (value if isinstance(value, list) else [value])]
    named = [Path(one) for one in given if isinstance(one, Path) or (isinstance(one, str) and Path(one).is_file())]
    for out in [Path(str(options[name])) for name in _WRITTEN if options.get(name) is not None]:
        if out.name not in _IN_FOLDERS:
            check_apart(out, [one for one in named if one != out or named.count(out) > 1])


@contextmanager
def interruptible(what: str, screen: Screen, *, interrupted: str = KEPT) -> Iterator[Tell]:
    """A bar on the screen for work that counts its finished pieces."""
    with errors_told(interrupted=interrupted), screen.progress(lambda _done, _total: what) as tell:
        yield tell


@contextmanager
def errors_told(*, interrupted: str = "interrupted") -> Iterator[None]:
    """Every error of a user is told in a line of its own; none shows a traceback."""
    from molosim.runtime.errors import ScenarioError

    try:
        yield
    except ScenarioError as error:
        fail(USER_ERROR, *map(str, error.faults))
    except KeyboardInterrupt:
        fail(INTERRUPTED, interrupted)
    except BrokenPipeError:  # who read the output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        fail(1)
    except MemoryError:
        fail(USER_ERROR, "out of memory: fewer --workers need less, or smaller numbers in the configuration")
    except typer.Exit:
        raise
    except Exception as error:  # noqa: BLE001 - the last place that sees a defect: it is told, kept and fails
        with tempfile.NamedTemporaryFile("w", prefix="molosim-", suffix=".log", delete=False, encoding="utf-8") as log:
            traceback.print_exc(file=log)
        line = str(error).partition("\n")[0]
        fail(1, f"defect in molosim ({type(error).__name__}: {line}); details in {log.name}")


def fail(code: int, *lines: str) -> None:
    """Tell what is wrong and end."""
    for line in lines:
        _tell(line)
    raise typer.Exit(code)


def _tell(line: str) -> None:
    typer.echo(f"molosim: {one_line(line)}", err=True)
