"""The allocated account: what of shared trips is parcels' and what is waste's, by every way of splitting them."""

from __future__ import annotations

from dataclasses import dataclass

from molosim.report.language import mark, tr
from molosim.report.number_text import number
from molosim.report.run_data import RunData

COLUMNS = ("alternative", "allocation", "vehicles", "goods", "co2e_wtw_kg", "co2e_per_unit_kg")
SPLITS = {
    "mass_sfd": mark("mass x shortest feasible distance"),
    "mass_gcd": mark("mass x great-circle distance"),
    "volume_sfd": mark("volume x shortest feasible distance"),
    "stops": mark("number of stops x distance"),
}


@dataclass(frozen=True, slots=True)
class Allocated:
    """One alternative's operators, split one way."""

    alternative: str
    split: str
    parcels_kg: str
    waste_kg: str
    waste_percent: str
    parcel_g: str
    """CO2e of a parcel."""
    kg_per_kg: str
    """CO2e of a kilogram of waste."""


def rows(outcome: RunData) -> list[Allocated]:
    """Every alternative by every split."""
    table = outcome.stored.frame("allocated", COLUMNS)
    mine = table[table["vehicles"] == "all operators"].to_dict("records")
    every = {(row["alternative"], row["allocation"], row["goods"]): row for row in mine}
    found = []
    for alternative in outcome.alternatives:
        for key, words in SPLITS.items():
            if (alternative, key, "waste") not in every:
                continue
            parcels, waste = (every[(alternative, key, goods)] for goods in ("parcels", "waste"))
            parcels_kg, waste_kg = parcels["co2e_wtw_kg"], waste["co2e_wtw_kg"]
            whole = parcels_kg + waste_kg
            found.append(
                Allocated(
                    alternative=alternative,
                    split=tr(words),
                    parcels_kg=number(parcels_kg),
                    waste_kg=number(waste_kg),
                    waste_percent=number(100 * waste_kg / whole if whole else float("nan")),
                    parcel_g=number(1000 * parcels["co2e_per_unit_kg"]),
                    kg_per_kg=number(waste["co2e_per_unit_kg"]),
                )
            )
    return found
