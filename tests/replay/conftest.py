"""One result for all tests of this folder, and its page."""

from pathlib import Path

import pytest
from tests.playing import shown_town

from molosim.report.replay import write_replay


@pytest.fixture(scope="session")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder with its replay, not to be changed."""
    folder = shown_town(tmp_path_factory.mktemp("replay"))
    write_replay(folder)
    return folder
