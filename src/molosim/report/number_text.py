"""Numbers as a reader wants them: few digits, in the form of the language, a real minus sign, the unit beside."""

from __future__ import annotations

import math
from decimal import Decimal

from molosim.report.language import decimal, tr

THIN = "\u202f"
"""Narrow no-break space: sets the unit from its number, in every language alike."""
MINUS = "\u2212"


def number(value: float, digits: int = 3) -> str:
    """``value`` to so many significant digits, whole numbers in full: ``12,346``, ``0.0123``, ``n/a``."""
    if not math.isfinite(value):
        return tr("n/a")
    if value == round(value):
        return fixed(value, 0)
    return fixed(value, min(max(0, digits - 1 - _magnitude(value)), 6))


def tick(value: float, digits: int = 6) -> str:
    """``value`` without needless digits: ``0.25``, ``20``, ``1,000,000``."""
    if not math.isfinite(value):
        return tr("n/a")
    if abs(value) >= 1000:
        return fixed(value, 0)
    rounded = Decimal(f"{value:.{digits}g}")
    text = decimal(abs(rounded), f"#,##0.{'#' * 12}")
    return f"{MINUS}{text}" if rounded < 0 else text


def fixed(value: float, decimals: int) -> str:
    """``value`` with so many decimals."""
    if not math.isfinite(value):
        return tr("n/a")
    rounded = Decimal(f"{value:.{decimals}f}")
    text = decimal(abs(rounded), f"#,##0.{'0' * decimals}" if decimals else "#,##0")
    return f"{MINUS}{text}" if rounded < 0 else text


def decimals_for(low: float, high: float) -> int:
    """Decimals for an interval: its half width with two significant digits, its ends with three, or four to differ."""
    half, largest = (high - low) / 2, max(abs(low), abs(high))
    if not math.isfinite(half) or not largest:
        return 0
    wanted = 1 - _magnitude(half) if half else 6
    decimals = min(max(0, min(wanted, 2 - _magnitude(largest))), 6)
    alike = [f"{low:.{shown}f}" == f"{high:.{shown}f}" for shown in (decimals, decimals + 1)]
    return decimals + (alike == [True, False])


def signed(value: float, decimals: int) -> str:
    """As `fixed`, with a plus sign for what is above zero."""
    text = fixed(value, decimals)
    return f"+{text}" if value > 0 and float(f"{value:.{decimals}f}") else text


def difference(value: float, low: float, high: float) -> tuple[str, str]:
    """A difference and its interval, both as precise as the interval allows; the interval empty where there is none."""
    if not math.isfinite(low) or not math.isfinite(high):
        return _signed_alone(value), ""
    if math.isclose(low, high, rel_tol=1e-9):
        return _signed_alone(value), tr("in each replication")
    decimals = decimals_for(low, high)
    between = tr("{low} to {high}", low=signed(low, decimals), high=signed(high, decimals))
    return signed(value, decimals), between


def quantity(value: float, unit: str) -> str:
    """A number with its unit; kilograms from a tonne on in tonnes."""
    if _heavy(value, unit):
        return f"{number(value / 1000)}{THIN}{tr(f't{unit[2:]}')}"
    return f"{number(value)}{THIN}{tr(unit)}"


def span(low: float, high: float, unit: str) -> str:
    """An interval with its unit once; kilograms from a tonne on in tonnes."""
    scale, shown = (1000.0, f"t{unit[2:]}") if _heavy(max(abs(low), abs(high)), unit) else (1.0, unit)
    decimals = decimals_for(low / scale, high / scale)
    between = tr("{low} to {high}", low=fixed(low / scale, decimals), high=fixed(high / scale, decimals))
    return f"{between}{THIN}{tr(shown)}"


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else tr("{most} and {last}", most=", ".join(words[:-1]), last=words[-1])


def lowered(text: str) -> str:
    """A label within a sentence: its first letter small, unless it is an abbreviation as ``CO2e``."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _heavy(value: float, unit: str) -> bool:
    return unit.startswith("kg") and "/" not in unit and abs(value) >= 1000


def _signed_alone(value: float) -> str:
    return f"+{number(value)}" if value > 0 else number(value)


def _magnitude(value: float) -> int:
    return math.floor(math.log10(abs(value)))
