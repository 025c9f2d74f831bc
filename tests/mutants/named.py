"""Mutants that are always among those tried: slips that a refactoring could make and that once no test saw."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.mutants.mutations import Mutant, modules

FILE = Path(__file__).parent / "named.toml"


def named(package: Path) -> list[Mutant]:
    """The mutants of ``named.toml``.

    Raises
    ------
    ValueError
        The text that one of them changes does not stand exactly once in its room.
    """
    found = []
    for name, row in tomllib.loads(FILE.read_text(encoding="utf-8")).items():
        places = [
            (module, source)
            for module, path in modules(package)
            if module.startswith(row["room"] + "/") and row["text"] in (source := path.read_text(encoding="utf-8"))
        ]
        if len(places) != 1 or places[0][1].count(row["text"]) != 1:
            raise ValueError(f"{name} in {FILE.name}: {row['text']!r} must stand once in {row['room']}/; give it anew")
        ((module, source),) = places
        start = source.index(row["text"])
        line = source.count("\n", 0, start) + 1
        found.append(
            Mutant(
                module,
                name,
                row["text"],
                row["becomes"],
                0,
                start,
                start + len(row["text"]),
                row["becomes"],
                (line, line),
            )
        )
    return found
