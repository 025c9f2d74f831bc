"""Groups of at least k rows that are near each other, by median splits."""

from __future__ import annotations

import numpy as np

from molosim.runtime.arrays import Floats, Ints


def groups(points: Floats, k: int) -> Ints:
    """Number of each row's group; all have at least ``k`` rows where there are so many, most exactly ``k``.

    Rows are split at the middle of the column that varies most, again and again (Mondrian); nothing is left to chance.

    Parameters
    ----------
    points
        f64[n, columns], without nan, in units in which differences of all columns weigh alike.
    """
    group = np.zeros(len(points), np.int64)
    count, parts = 0, [np.arange(len(points))]
    while parts:
        part = parts.pop()
        if len(part) < 2 * k:
            group[part] = count
            count += 1
            continue
        widest = int(np.argmax(points[part].std(axis=0)))
        keys = [*np.delete(points[part], widest, axis=1).T, points[part, widest]]
        in_order = part[np.lexsort(keys)]
        # Whole groups to the left, so that what is over k rows gathers in few groups.
        cut = len(part) // (2 * k) * k
        parts += [in_order[:cut], in_order[cut:]]
    return group
