"""Numbers as they are printed."""

import math

import pytest

from molosim.report import number_text
from molosim.report.number_text import MINUS, THIN


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0, "0"),
        (4.0, "4"),
        (0.01234, "0.0123"),
        (12.345, "12.3"),
        (1234567.8, "1,234,568"),
        (-40.44, f"{MINUS}40.4"),
        (math.nan, "n/a"),
        (math.inf, "n/a"),
    ],
)
def test_number(value: float, printed: str) -> None:
    assert number_text.number(value) == printed


def test_no_minus_before_a_rounded_zero() -> None:
    assert number_text.fixed(-0.001, 1) == "0.0"
    assert number_text.signed(0.001, 1) == "0.0"


@pytest.mark.parametrize(
    ("value", "low", "high", "printed"),
    [
        (-40.36, -44.18, -36.54, (f"{MINUS}40.4", f"{MINUS}44.2 to {MINUS}36.5")),
        (3.14159, -120.3, 126.6, ("+3", f"{MINUS}120 to +127")),
        (-2.0, -2.0004, -1.9996, (f"{MINUS}2.00", f"{MINUS}2.00 to {MINUS}2.00")),
        (-2.3, -2.304, -2.296, (f"{MINUS}2.300", f"{MINUS}2.304 to {MINUS}2.296")),
        (5.0, 5.0, 5.0, ("+5", "in each replication")),
        (5.0, math.nan, math.nan, ("+5", "")),
    ],
)
def test_differences_are_as_precise_as_their_interval(
    value: float, low: float, high: float, printed: tuple[str, str]
) -> None:
    assert number_text.difference(value, low, high) == printed


def test_kilograms_become_tonnes_but_rates_do_not() -> None:
    assert number_text.quantity(1234, "kg CO2e") == f"1.23{THIN}t CO2e"
    assert number_text.quantity(999, "kg") == f"999{THIN}kg"
    assert number_text.quantity(5000, "kg CO2e/kg") == f"5,000{THIN}kg CO2e/kg"
    assert number_text.span(1150, 1310, "kg CO2e") == f"1.15 to 1.31{THIN}t CO2e"


def test_ticks() -> None:
    assert [number_text.tick(v) for v in (-1e6, -0.25, 20.0)] == [f"{MINUS}1,000,000", f"{MINUS}0.25", "20"]
    assert number_text.tick(1.782142857, 4) == "1.782"
