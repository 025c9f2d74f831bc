"""The residents' ledger: what is counted at each box, one row a box, whole numbers."""

from __future__ import annotations

from pathlib import Path

from molosim.inputs.boxes import FRACTIONS
from molosim.runtime.files import read_rows

_COUNTS = {
    row["column"].format(fraction=fraction): row["counts"]
    for row in read_rows(Path(__file__).with_name("ledger.csv"))
    for fraction in FRACTIONS
}
BOX_LEDGER = tuple(_COUNTS)
"""Columns of the residents' ledger, one row a box, whole numbers; those per fraction in `FRACTIONS` order."""

LEVELS = tuple(name for name, counts in _COUNTS.items() if counts == "level")
"""Ledger columns that are a level at a moment; all others only grow."""

L = {name: column for column, name in enumerate(BOX_LEDGER)}
"""Column number of each ledger name."""
