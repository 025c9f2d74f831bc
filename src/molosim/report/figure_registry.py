"""The figures of a run's report: registered where they are drawn, each with the section of the page that shows it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import molosim.report
from molosim.report.drawing import Drawn, Plot
from molosim.report.run_data import RunData

SECTIONS = ("co2e", "certainty", "drivers", "waste", "boxes", "map")
"""Places of the page that show figures, in their order."""
Draw = Callable[[RunData], Drawn | None]
_REGISTERED: dict[str, Plot[RunData]] = {}


def figure(
    name: str, caption: str, *, section: str, place: float, wide: bool = False, needs: str = ""
) -> Callable[[Draw], Draw]:
    """Register a function as a figure of the report.

    Parameters
    ----------
    name
        Of its files.
    caption
        In English, marked for translation.
    section
        Of `SECTIONS`.
    place
        Figures of a section stand in the order of these numbers.
    wide
        Whether it takes the page's whole width.
    needs
        Without what there is nothing to draw, in words, for those that may draw nothing.

    Raises
    ------
    ValueError
        There is no such section, or another figure of that name.
    """
    if section not in SECTIONS:
        raise ValueError(f"figure '{name}': found section '{section}'; allowed: {', '.join(SECTIONS)}")

    def register(draw: Draw) -> Draw:
        if name in _REGISTERED:
            raise ValueError(f"figure '{name}' is there already; names of figures are names of files")
        _REGISTERED[name] = Plot(caption, draw, needs, section, place, wide)
        return draw

    return register


@cache
def figures() -> Mapping[str, Plot[RunData]]:
    """Every figure by its name, in the order of the page: of all modules of this folder called ``..._figures``."""
    for module in pkgutil.iter_modules(molosim.report.__path__):
        if module.name.endswith("_figures"):
            importlib.import_module(f"molosim.report.{module.name}")
    order = sorted(_REGISTERED.items(), key=lambda item: (SECTIONS.index(item[1].section), item[1].place))
    return MappingProxyType(dict(order))


class Placement:
    """Figures as a page asks for them, section by section; knows which nobody has asked for."""

    def __init__(self, plots: Mapping[str, Plot[RunData]]) -> None:
        self._plots, self._placed = plots, set[str]()

    def section(self, name: str) -> list[tuple[str, Plot[RunData]]]:
        """Figures of a section, now placed."""
        mine = [(key, plot) for key, plot in self._plots.items() if plot.section == name]
        self._placed |= {key for key, _ in mine}
        return mine

    def check(self) -> None:
        """Hold the page against the figures.

        Raises
        ------
        LookupError
            A figure that is written stands nowhere in the page: a defect of its template.
        """
        if forgotten := [name for name in self._plots if name not in self._placed]:
            raise LookupError(f"the page has no place for the figure '{forgotten[0]}'; its template must loop over it")
