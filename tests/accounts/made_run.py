"""A run whose emissions and costs are given, where `RunView` works them out of a scenario."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np

from molosim.emissions import Emitted
from molosim.evaluation.trip_cost import TripCost
from molosim.inputs.accounting import Accounts


def endpoints(depots: dict[str, str], waste_to: dict[str, str], reception: str) -> dict[str, object]:
    return {"depots": depots, "waste_to": waste_to, "reception": reception}


@dataclass(frozen=True, eq=False)
class MadeRun:
    """What accounts ask of a `RunView`."""

    tables: SimpleNamespace
    depots: dict[str, str]
    waste_to: dict[str, str]
    reception: str
    energy: np.ndarray
    emissions: Emitted
    cars: Emitted
    cars_electric_share: float
    cars_electricity_kg: float
    trip_cost: TripCost
    residents_eur: float
    energies: tuple[str, ...] = ("diesel", "hvo100", "electricity")
    confidential: tuple[str, ...] = ()
    allocation: str = "mass_sfd"

    @property
    def first_day(self) -> np.datetime64:
        return np.datetime64("2025-01-06")

    @property
    def scenario(self) -> SimpleNamespace:
        """Operators, energy carriers and settings of accounts."""
        vehicles = {name: SimpleNamespace(energy=name) for name in self.energies}
        carriers = [SimpleNamespace(name=name) for name in self.depots if name != "municipality"]
        accounts = Accounts(confidential=self.confidential, allocation=self.allocation)
        return SimpleNamespace(vehicles=vehicles, carriers=carriers, accounts=accounts)

    def but(self, **tables: dict[str, np.ndarray]) -> MadeRun:
        """The same with other tables."""
        return replace(self, tables=SimpleNamespace(**{**vars(self.tables), **tables}))

    def rows(self, *purposes: str) -> np.ndarray:
        return np.isin(self.tables.trips["purpose"].astype(str), purposes)

    def boxes(self, *columns: str) -> float:
        return float(sum(self.tables.boxes[column].sum() for column in columns))

    def residents_cost(self) -> float:
        return self.residents_eur
