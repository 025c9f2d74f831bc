"""Named random streams: every source of chance has its own, so that nothing else moves when one changes."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def stream(seed: int, replication: int, name: str, *index: str | int) -> np.random.Generator:
    """Return the generator of one source of chance.

    Parameters
    ----------
    seed, replication
        Of the run; what belongs to the world and not to a replication uses replication -1.
    name
        The source: ``parcels``, ``deposits``, ``home stops`` ...
    index
        Whose: the name of a box or a carrier. Names, not numbers: a box added in the middle moves no other's draws.

    Returns
    -------
    numpy.random.Generator
        PCG64 seeded by a hash of all arguments, the same on every platform and in every process.
    """
    key = "\x1f".join((str(seed), str(replication), name, *(str(part) for part in index)))
    entropy = int.from_bytes(blake2b(key.encode(), digest_size=32).digest(), "little")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
