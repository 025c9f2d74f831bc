"""Commands that need no simulation."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import molosim
from molosim.cli import app
from molosim.runtime import bundled

ROOT = Path(__file__).parents[2]


@pytest.fixture
def own_maps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder for the user's maps."""
    monkeypatch.setenv("MOLOSIM_MAPS", str(tmp_path / "maps"))
    return tmp_path / "maps"


def output(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_version() -> None:
    assert output("--version") == f"molosim {molosim.__version__}\n"


@pytest.mark.parametrize(
    "command",
    [
        "",
        "run",
        "check",
        "report",
        "export",
        "replay",
        "account",
        "rerun",
        "measure",
        "sweep",
        "merge",
        "breakeven",
        "sensitivity",
        "map",
        "map import",
        "map download",
        "map info",
        "map plot",
        "site",
        "site propose",
        "site compare",
        "init",
        "compare",
    ],
)
def test_every_command_has_help(command: str) -> None:
    assert "Usage: molosim" in output(*command.split(), "--help")


def test_output_that_nobody_reads_is_no_error() -> None:
    code = "import sys; from molosim.cli import main; sys.argv = ['molosim', 'map', 'info', 'gothenburg_2016']; main()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1


def test_info_of_the_bundled_map() -> None:
    text = output("map", "info", "gothenburg_2016")
    assert "2016-12-27" in text
    assert "OpenStreetMap contributors, ODbL 1.0" in text


def test_an_imported_map_is_known_by_its_name(own_maps: Path) -> None:
    assert "none" in output("map", "info")
    output("map", "import", ROOT / "maps" / "gothenburg_2016_drive.osm.pbf", "--name", "mine")
    assert [path.name for path in own_maps.iterdir()] == ["mine.npz"]
    assert "mine" in output("map", "info")
    assert "mine" in output("map", "info", "mine")


def test_warming_compiles_by_a_run_that_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran: list[dict[str, object]] = []
    monkeypatch.setattr(
        "molosim.experiments.run.run", lambda scenario, out, **_: ran.append({"out": out, **vars(scenario.horizon)})
    )
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["warm"])
    assert (done.exit_code, done.output) == (0, f"Kept in {bundled.cache_folder()}\n")
    (said,) = ran
    assert (said["days"], said["replications"]) == (7, 1)
    assert not Path(str(said["out"])).parent.exists()
    assert not list(tmp_path.iterdir())
