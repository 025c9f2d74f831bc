"""What a configuration says about accounts: how a shared trip is split, prices, ranges that a run must keep."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from molosim.inputs.validation import Spec

By = Literal["mass_sfd", "mass_gcd", "volume_sfd", "stops"]
Currency = Literal["EUR", "DKK"]


class Accounts(Spec):
    """The allocated account; the marginal one needs no choice."""

    allocation: By = "mass_sfd"
    """How a trip's emissions are split between its shipments: by mass (ISO 14083), volume or stops, each times the
    shortest feasible (sfd) or great-circle distance (gcd)."""
    confidential: tuple[str, ...] = ()
    """Carriers whose own figures stay out of the inventory (notation key C) and of the list of shipments."""


class Costs(Spec):
    """Prices beside those of vehicles by kilometre and hour."""

    currency: Currency = "EUR"
    """Of every price in the configuration, the vehicles' too."""
    dkk_per_eur: PositiveFloat = 7.46
    """Exchange rate, kr. per euro; the default is the central rate of the krone's peg (7.46038) rounded."""
    electricity_per_kwh: NonNegativeFloat = 0
    """Of what battery vehicles take from the socket; ``cost_per_km`` of theirs is then without energy."""
    handling_per_container: NonNegativeFloat = 0
    """Beside the crew's time, each time that a container of waste is unloaded: at a store and at the reception."""
    resident_car_per_km: NonNegativeFloat = 0
    """Residents' driving for waste alone; not in what operators pay."""


class PlausibleRange(Spec):
    """Another range of a plausibility guard than its own."""

    low: float
    high: float
    reason: str = Field(min_length=1)
    """Why such figures are right here."""
