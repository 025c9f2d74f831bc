"""Trips as the models read them: each column turned into floats once, each vehicle type found once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import numpy as np

from molosim.inputs.fleet import VehicleType
from molosim.runtime.arrays import Column, Columns, Flags, Floats, read_only

Vehicles = Mapping[str, VehicleType]


class Trips(Mapping[str, Column]):
    """A table of trips that remembers what has been read of it, for measuring under several models.

    As a mapping it has the table's columns by name.

    Parameters
    ----------
    columns
        The trips table. Nothing that is read here can be written to, as all models read the same.
    charges
        The charges table of the same run: columns trip (row of the trips table), start_s, kw, kwh; empty where nobody
        has told when trips' electricity was drawn.

    Raises
    ------
    ValueError
        Charges of trips that there are not.
    """

    def __init__(self, columns: Columns, charges: Columns = MappingProxyType({})) -> None:
        self._columns = {name: read_only(np.asarray(column)) for name, column in columns.items()}
        self.charges = {name: read_only(np.asarray(column)) for name, column in charges.items()}
        self._floats: dict[str, Floats] = {}
        self._kept: dict[str, Floats] = {}
        names, self._type = np.unique(columns["vehicle_type"].astype(str), return_inverse=True)
        self._types = [str(name) for name in names]
        if charges and not np.isin(charges["trip"], np.arange(self.count)).all():
            raise ValueError(f"charges of trips beyond the {self.count} of the table")

    @classmethod
    def of(cls, columns: Columns) -> Trips:
        """The table itself where it is one already."""
        return columns if isinstance(columns, Trips) else cls(columns)

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        """Number of columns, as of any mapping."""
        return len(self._columns)

    @property
    def count(self) -> int:
        """Number of trips."""
        return len(self._type)

    def floats(self, name: str) -> Floats:
        """A column as floats, for reading alone; ``.copy()`` is the caller's own."""
        if name not in self._floats:
            self._floats[name] = read_only(np.asarray(self._columns[name], dtype=np.float64))
        return self._floats[name]

    def kept(self, name: str, compute: Callable[[], Floats]) -> Floats:
        """What was computed under this name before, else now; for reading alone."""
        if name not in self._kept:
            self._kept[name] = read_only(compute())
        return self._kept[name]

    @property
    def km(self) -> Floats:
        """Kilometres of each trip."""
        return self.kept("km", lambda: self.floats("metres") / 1000)

    @property
    def cruise_m_per_s(self) -> Floats:
        """Mean driven speed of each trip; 0 where it never moved."""
        return self.kept("cruise", lambda: speed(self.floats("metres"), self.floats("driving_s")))

    def by_type(self, vehicles: Vehicles) -> Iterator[tuple[VehicleType, Flags]]:
        """Each vehicle type that has trips, and which those are."""
        for name, rows in self.rows_by_type():
            yield vehicles[name], rows

    def rows_by_type(self) -> Iterator[tuple[str, Flags]]:
        """The name of each vehicle type that has trips, and which those are."""
        for number, name in enumerate(self._types):
            yield name, self._type == number

    def of_vehicles(self, vehicles: Vehicles, value: Callable[[VehicleType], float]) -> Floats:
        """A figure of each trip's vehicle type."""
        return np.array([value(vehicles[name]) for name in self._types], dtype=np.float64)[self._type]


def speed(metres: Floats, seconds: Floats) -> Floats:
    """Metres per second, 0 where no time passed."""
    return np.divide(metres, seconds, out=np.zeros_like(metres), where=seconds > 0)
