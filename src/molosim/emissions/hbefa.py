"""HBEFA 4 polynomials of diesel vans over speed and acceleration, as published with SUMO (fact V6).

mg/s = f0 + f1 v + f2 a + f3 v^2 + f4 v^3 + f5 a v + f6 a v^2, v in m/s and a in m/s2, nothing while coasting. The
source's CO2 is total, with that of blended biofuel, and is counted as fossil whole: 3 to 6 % more than the blend's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from molosim.runtime import bundled
from molosim.runtime.arrays import Floats
from molosim.runtime.files import read_rows

DieselClass = Literal["Euro-5", "Euro-6ab", "Euro-6c", "Euro-6d-temp", "Euro-6d"]
VanClass = DieselClass | Literal["electric"]
TEXT = "HBEFA 4 fit as published with SUMO (HelpersHBEFA4.cpp), light commercial vehicle N1-III diesel"
UNITS = ("mg/s", "mg/s per m/s", "mg/s per m/s2", "mg/s per (m/s)2", "mg/s per (m/s)3", "mg per m2/s", "mg s/m3")


@dataclass(frozen=True, slots=True)
class Polynomial:
    """One pollutant of one class of van; coefficients in mg, answers in g."""

    f: tuple[float, float, float, float, float, float, float]

    def g_per_s(self, v: Floats, a: float = 0.0) -> Floats:
        """At speed ``v`` (m/s) and acceleration ``a`` (m/s2, not negative)."""
        f0, f1, f2, f3, f4, f5, f6 = self.f
        return (f0 + f1 * v + f2 * a + f3 * v**2 + f4 * v**3 + f5 * a * v + f6 * a * v**2) / 1000

    def start_g(self, v: Floats, a: float) -> Floats:
        """From rest to ``v`` (m/s) at constant ``a`` (m/s2): the polynomial integrated over time."""
        f0, f1, f2, f3, f4, f5, f6 = self.f
        per_second = (f0 + f2 * a) * v + (f1 + f5 * a) * v**2 / 2 + (f3 + f6 * a) * v**3 / 3 + f4 * v**4 / 4
        return per_second / a / 1000

    def stop_g(self, v: Floats, *, acceleration: float, deceleration: float) -> Floats:
        """What a stop adds to driving through at ``v`` (m/s): braking for nothing, then accelerating.

        The steady part over the metres of braking and accelerating is taken off, since steady driving counts them.
        """
        metres = v**2 / 2 / acceleration + v**2 / 2 / deceleration
        through_g = np.divide(metres * self.g_per_s(v), v, out=np.zeros_like(v), where=v > 0)
        return np.maximum(self.start_g(v, acceleration) - through_g, 0)


@cache
def polynomials(van: VanClass) -> Mapping[str, Polynomial]:
    """Polynomials of a class of van by pollutant: ``co2``, ``nox``, ``particles`` (exhaust and wear) as it has them."""
    return {row["pollutant"]: Polynomial(_coefficients(row)) for row in _rows() if row["class"] == van}


def _rows() -> list[dict[str, str]]:
    rows = []
    for name, pollutant in (("van_co2_hbefa4.csv", "co2"), ("van_air_hbefa4.csv", "")):
        table = read_rows(bundled.facts_file(name))
        rows += [{"pollutant": pollutant} | row | {"class": row["class"].rpartition("N1-III_")[2]} for row in table]
    return rows


def _coefficients(row: Mapping[str, str]) -> tuple[float, float, float, float, float, float, float]:
    f0, f1, f2, f3, f4, f5, f6 = (float(row[f"f{i}"]) for i in range(7))
    return f0, f1, f2, f3, f4, f5, f6
