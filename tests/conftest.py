"""What all tests share: nothing outside the test folders is read or written."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from molosim.runtime import bundled

COMPILED = "compiled"

# A shell that starts the tests in the background has interrupts ignored, which programs under test would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _folders_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Caches and maps of whoever runs the tests stay out of them, but for compiled code, which takes a minute."""
    compiled = bundled.cache_folder() / COMPILED
    with suppress(OSError):
        compiled.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOLOSIM_MAPS", str(tmp_path_factory.mktemp("maps")))
        # Tests that run at the same time share what they compute: each has a folder below that of all.
        ours = tmp_path_factory.getbasetemp()
        patch.setenv("MOLOSIM_CACHE", str((ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours) / "cache"))
        with suppress(FileExistsError):
            (bundled.cache_folder() / COMPILED).symlink_to(compiled)
        yield
