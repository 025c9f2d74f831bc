"""The command line: the only room that prints, exits and shows progress. Its imports wait for the command.

Every module here is imported, so that a new command is a new file: it registers itself with ``app``.

Internal: names may change; use those of `molosim` and `molosim.seams`.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from molosim.cli.frame import app, main

__all__ = ["app", "main"]

for _module in sorted(one.name for one in pkgutil.iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
