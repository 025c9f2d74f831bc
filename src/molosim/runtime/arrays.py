"""Array types by name; every signature that takes or returns arrays uses these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
"""Of node and edge numbers, and of seconds and metres between places: there are millions."""
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Column = NDArray[np.generic]
"""One column of a table: numbers or text."""
Columns = Mapping[str, Column]
"""A table in memory: columns of one length by name."""
Some = TypeVar("Some", bound=Column)


def read_only(values: Some) -> Some:
    """The same array for who may not write to it: what one component is given, others read after it."""
    view = values.view()
    view.flags.writeable = False
    return view
