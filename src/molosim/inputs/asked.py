"""Asking a component of a user's own: whatever goes wrong in it is one line that names its key, class and line."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any

from molosim.runtime.errors import Fault, ScenarioError
from molosim.runtime.source import is_own


@contextmanager
def asking(place: str, part: object, method: str) -> Iterator[None]:
    """Tell what a method of a component fails with, and what is wrong with its answer, under the component's key.

    A `ScenarioError` in here has its places below ``place``; any other error of a user's own class becomes one. Errors
    of the program's own components stay what they are: defects.

    Parameters
    ----------
    place
        Key path of the component; below that of another one where this one is asked by it.
    part
        The component.
    method
        Which of its methods or properties is asked.
    """
    try:
        yield
    except ScenarioError as error:
        raise ScenarioError([Fault(f"{place}.{one.place}".rstrip("."), one.problem) for one in error.faults]) from error
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:
        if is_own(type(part)):
            raise
        said = f"{type(error).__name__}: {error}".partition("\n")[0].rstrip(": ")
        raise ScenarioError.at(place, f"{name_of(part, method)} raised {said}{_line(error, part)}") from error


def name_of(part: object, method: str) -> str:
    """A component's method as errors name it."""
    return f"{type(part).__module__}:{type(part).__qualname__}.{method}"


def _line(error: BaseException, part: object) -> str:
    """Where in the user's own packages it happened; nothing where it was not there, such as for a wrong signature."""
    of_user = takewhile(lambda cls: not is_own(cls), type(part).__mro__)
    packages = {cls.__module__.partition(".")[0] for cls in of_user}
    lines = [
        f" ({Path(frame.f_code.co_filename).name}, line {line})"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] in packages
    ]
    return lines[-1] if lines else ""


def faults_of(place: str, part: Any, *given: object) -> list[Fault]:
    """What a component finds wrong with itself, each with its whole key path."""
    with asking(place, part, "faults"):
        return [Fault(f"{place}.{one.place}".rstrip("."), one.problem) for one in part.faults(*given)]
