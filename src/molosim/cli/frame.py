"""What all commands share: the program, its options, and how errors and progress are told."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from molosim import __version__
from molosim.cli.screen import Screen, Tell, one_line

if TYPE_CHECKING:
    from molosim.experiments.executors import Opening

USER_ERROR = 2
INTERRUPTED = 2
"""The same: in both cases there is no result, and a line says why."""

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


def main() -> None:
    """Run the command that the arguments name."""
    for name in ("SIGTERM", "SIGHUP"):  # ended from outside, it tidies up as on Ctrl-C
        if (number := getattr(signal, name, None)) is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    try:
        app()
    except KeyboardInterrupt:
        fail(INTERRUPTED, "interrupted")


@app.callback(invoke_without_command=True)
def _top(
    *, version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)] = False
) -> None:
    if version:
        typer.echo(f"molosim {__version__}")
        raise typer.Exit


def opening_of(workers: int | None, address: str | None) -> Opening:
    """Where to compute."""
    from molosim.experiments.executors import dask, local
    from molosim.spec import ScenarioError

    if address is None:
        return local(workers or os.cpu_count() or 1)
    if workers is not None:
        raise ScenarioError.at("--workers", "a Dask cluster has its own; leave out --workers or --dask")
    return dask(address)


@contextmanager
def interruptible(what: str, screen: Screen, *, interrupted: str = KEPT) -> Iterator[Tell]:
    """A bar on the screen for work that counts its finished pieces."""
    with errors_told(interrupted=interrupted), screen.progress(lambda _done, _total: what) as tell:
        yield tell


@contextmanager
def errors_told(*, interrupted: str = "interrupted") -> Iterator[None]:
    """Every error of a user is told in a line of its own; none shows a traceback."""
    from molosim.spec import ScenarioError

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
        typer.echo(f"molosim: {one_line(line)}", err=True)
    raise typer.Exit(code)
