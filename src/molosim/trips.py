"""The vocabulary of trips: why a vehicle drives, what it burns, what it is."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    """Why a trip is made, as column ``purpose`` of the tables holds it."""

    DELIVERY = "delivery"
    """A van's daily tour."""
    EXTRA_DELIVERY = "extra delivery"
    """A further tour for what the first one could not carry."""
    COLLECTION = "collection"
    """A round of a collection vehicle over boxes."""
    TRANSFER = "transfer"
    """A run from a carrier's own store to the reception of hazardous waste."""


VAN_PURPOSES = (Purpose.DELIVERY, Purpose.EXTRA_DELIVERY)
WASTE_PURPOSES = (Purpose.COLLECTION, Purpose.TRANSFER)
"""Of trips that are made for waste alone."""


class Energy(StrEnum):
    """What a vehicle drives on."""

    DIESEL = "diesel"
    HVO100 = "hvo100"
    ELECTRICITY = "electricity"


class Body(StrEnum):
    """Which figures of consumption apply to a vehicle; bikes drive on a network of their own."""

    VAN = "van"
    TRUCK = "truck"
    BIKE = "bike"


MUNICIPALITY = "municipality"
"""Operator of the dedicated collection; no carrier may have the name."""

SPEED_BANDS_KMH = (15, 25, 35, 45, 60, 80)
"""Edges between the bands of leg-mean speed in which a trip keeps its metres and seconds; 7 bands."""
BANDS = len(SPEED_BANDS_KMH) + 1
