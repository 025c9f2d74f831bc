"""Start of the ``molosim`` command, light, so that an interrupt that comes while the rest is imported is told too."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of ``molosim`` and ``python -m molosim``."""
    try:
        from molosim.cli import main as command  # noqa: PLC0415 - as above

        command()
    except KeyboardInterrupt:
        sys.stderr.write("molosim: interrupted\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
