"""Numbers as a reader wants them: few digits, thousands set apart, a real minus sign, the unit beside."""

from __future__ import annotations

import math

THIN = "\u202f"
"""Narrow no-break space: sets thousands apart and the unit from its number, in every language alike."""
MINUS = "\u2212"


def number(value: float, digits: int = 3) -> str:
    """``value`` to so many significant digits, whole numbers in full: ``12 346``, ``0.0123``, ``n/a``."""
    if not math.isfinite(value):
        return "n/a"
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return fixed(value, min(decimals, 6))


def fixed(value: float, decimals: int) -> str:
    """``value`` with so many decimals."""
    if not math.isfinite(value):
        return "n/a"
    text = f"{abs(value):,.{decimals}f}".replace(",", THIN)
    return f"{MINUS}{text}" if value < 0 and float(f"{value:.{decimals}f}") else text


def decimals_for(half_width: float) -> int:
    """Decimals that show an interval of this half width with two significant digits."""
    if not math.isfinite(half_width) or half_width == 0:
        return 0
    return min(max(0, 1 - math.floor(math.log10(abs(half_width)))), 4)


def signed(value: float, decimals: int) -> str:
    """As `fixed`, with a plus sign for what is above zero."""
    text = fixed(value, decimals)
    return f"+{text}" if value > 0 and float(f"{value:.{decimals}f}") else text


def difference(value: float, low: float, high: float) -> tuple[str, str]:
    """A difference and its interval, both as precise as the interval allows; the interval empty where there is none."""
    if not math.isfinite(low) or not math.isfinite(high):
        return _signed_alone(value), ""
    if low == high:
        return _signed_alone(value), f"{_signed_alone(low)} to {_signed_alone(high)}"
    decimals = decimals_for((high - low) / 2)
    return signed(value, decimals), f"{signed(low, decimals)} to {signed(high, decimals)}"


def quantity(value: float, unit: str) -> str:
    """A number with its unit; kilograms from a tonne on in tonnes."""
    if unit.startswith("kg") and "/" not in unit and abs(value) >= 1000:
        return f"{number(value / 1000)}{THIN}t{unit[2:]}"
    return f"{number(value)}{THIN}{unit}"


def span(low: float, high: float, unit: str) -> str:
    """An interval with its unit once; kilograms from a tonne on in tonnes."""
    scale, shown = (
        (1000.0, f"t{unit[2:]}")
        if unit.startswith("kg") and "/" not in unit and max(abs(low), abs(high)) >= 1000
        else (1.0, unit)
    )
    decimals = decimals_for((high - low) / 2 / scale)
    return f"{fixed(low / scale, decimals)} to {fixed(high / scale, decimals)}{THIN}{shown}"


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _signed_alone(value: float) -> str:
    return f"+{number(value)}" if value > 0 else number(value)
