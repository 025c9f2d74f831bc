"""Boxes as arrays: doors in order of size, containers behind them, and which box is a walk away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molosim.inputs.boxes import FRACTIONS, BoxDesign, Boxes, Container, Door, Regime, WasteDoor
from molosim.inputs.residents import ParcelFormat
from molosim.network.graph import great_circle_m
from molosim.network.places import BoxSite
from molosim.runtime.arrays import Ints
from molosim.runtime.errors import Fault, did_you_mean, refuse
from molosim.simulation import box_state as c

WALK_M_PER_S = 1.2


@dataclass(frozen=True)
class BoxLayout:
    """State of all boxes before the first day, and what fits where."""

    doors: Ints
    boxes: Ints
    fits: Ints
    """(formats, door types): 1 where a parcel of the format fits."""
    mass_limits: Ints
    """Grams, per door type."""
    containers: Ints
    container_fits: Ints
    """(container types, door types)."""
    neighbours: Ints
    """(boxes, k): other boxes within the walking limit, nearest first; -1 beyond."""
    walks: Ints
    """(boxes, k): seconds to walk there."""
    parcel_doors: Ints
    """Doors a parcel may use, per box."""


def _container_row(waste_door: WasteDoor) -> list[int]:
    box: Container = waste_door.container
    accepts = sum(1 << FRACTIONS.index(f) for f in waste_door.fractions)
    outer_ml = round(box.outer_l * 1000)
    return [accepts, round(box.mass_limit_kg * 1000), round(outer_ml * box.fill_share), outer_ml]


class _Types:
    """Numbers for equal doors, in order of first use."""

    def __init__(self) -> None:
        self.doors: list[Door] = []

    def number(self, door: Door) -> int:
        if door not in self.doors:
            self.doors.append(door)
        return self.doors.index(door)


def _volume(door: Door) -> float:
    return door.width_cm * door.depth_cm * door.height_cm


def _design_doors(design: BoxDesign, regime: Regime, types: _Types, first_container: int) -> list[list[int]]:
    """Rows of one box of a design, smallest door first; waste doors hold an empty container unless doors are shared."""
    rows: list[tuple[float, list[int]]] = []
    for door in design.parcel_doors:
        use = {
            Regime.reserved: c.FOR_PARCELS,
            Regime.shared: c.FOR_EITHER,
            Regime.reserved_with_overflow: c.FOR_OVERFLOW,
        }[regime]
        row = [types.number(door), use, c.FREE, -1, 0, -1, *[0] * (c.DOOR_COLUMNS - c.D_G)]
        rows += [(_volume(door), row)] * door.count
    for offset, waste_door in enumerate(design.waste_doors):
        door = waste_door.door
        if regime is Regime.shared:
            use, state = c.FOR_EITHER, c.FREE
        else:
            use, state = c.FOR_WASTE, c.WASTE
        row = [types.number(door), use, state, -1, 0, first_container + offset, *[0] * (c.DOOR_COLUMNS - c.D_G)]
        rows += [(_volume(door), row)] * waste_door.count
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _neighbours(spec: Boxes, sites: Sequence[BoxSite]) -> tuple[Ints, Ints]:
    lon, lat = np.array([s.lon for s in sites]), np.array([s.lat for s in sites])
    metres = spec.walking_detour * great_circle_m(lon[:, None], lat[:, None], lon, lat)
    np.fill_diagonal(metres, np.inf)
    near = metres <= spec.walking_limit_m
    width = max(1, int(near.sum(axis=1).max(initial=0)))
    order = np.argsort(metres, axis=1, kind="stable")[:, :width]
    walk = np.take_along_axis(metres, order, axis=1)
    inside = np.take_along_axis(near, order, axis=1) if len(sites) > 1 else np.zeros((len(sites), width), bool)
    seconds = np.rint(np.where(inside, walk, 0) / WALK_M_PER_S)
    return np.where(inside, order, -1).astype(np.int64), np.maximum(1, seconds).astype(np.int64)


def _check_designs(spec: Boxes, sites: Sequence[BoxSite]) -> None:
    faults = [
        Fault(f"{spec.file}: '{site.name}'", f"found design '{site.design}'" + did_you_mean(site.design, spec.designs))
        for site in sites
        if site.design is not None and site.design not in spec.designs
    ]
    refuse(faults)


def lay_out(spec: Boxes, sites: Sequence[BoxSite], formats: Sequence[ParcelFormat]) -> BoxLayout:
    """Number doors and containers of all boxes.

    Raises
    ------
    ScenarioError
        A box has a design that the scenario does not know.
    """
    default = next(iter(spec.designs))
    types = _Types()
    containers: list[list[int]] = []
    kinds: list[Container] = []
    templates: dict[str, list[list[int]]] = {}
    spans: dict[str, tuple[int, int]] = {}
    for name, design in spec.designs.items():
        first = len(containers)
        containers += [_container_row(w) for w in design.waste_doors]
        kinds += [w.container for w in design.waste_doors]
        templates[name] = _design_doors(design, spec.regime, types, first)
        spans[name] = (first, len(containers))
    doors: list[list[int]] = []
    boxes = np.zeros((len(sites), c.BOX_COLUMNS), np.int64)
    neighbours, walks = _neighbours(spec, sites)
    _check_designs(spec, sites)
    for box, site in enumerate(sites):
        name = site.design or default
        boxes[box, c.B_FIRST] = len(doors)
        doors += templates[name]
        boxes[box, c.B_LAST] = len(doors)
        boxes[box, c.B_FIRST_CONTAINER], boxes[box, c.B_LAST_CONTAINER] = spans[name]
        boxes[box, c.B_FREE_DOORS] = sum(row[c.D_USE] != c.FOR_WASTE for row in templates[name])
    boxes[:, c.B_NEIGHBOURS] = (neighbours >= 0).sum(axis=1)
    fits = [[d.takes((f.length_cm, f.width_cm, f.height_cm)) for d in types.doors] for f in formats]
    room = [[d.takes((k.width_cm, k.depth_cm, k.height_cm)) for d in types.doors] for k in kinds]
    return BoxLayout(
        doors=np.array(doors, np.int64),
        boxes=boxes,
        fits=np.array(fits, np.int64),
        mass_limits=np.array([round(d.mass_limit_kg * 1000) for d in types.doors], np.int64),
        containers=np.array(containers, np.int64).reshape(-1, c.CONTAINER_COLUMNS),
        container_fits=np.array(room, np.int64).reshape(-1, len(types.doors)),
        neighbours=neighbours,
        walks=walks,
        parcel_doors=boxes[:, c.B_FREE_DOORS].copy(),
    )
