"""What must stay quick to start stays light."""

import subprocess
import sys

import pytest

HEAVY = ("osmnx", "geopandas", "scipy.stats", "matplotlib.pyplot", "pandas", "numba", "pyvrp", "networkx", "shapely")
BAD_CONFIG = "from molosim.cli import main; import sys; sys.argv = ['molosim', 'run', 'no-such-file.toml']; main()"


def imported(code: str) -> set[str]:
    """Modules that a fresh interpreter has imported when ``code`` has run or exited."""
    tail = "import atexit, sys; atexit.register(lambda: print('\\n'.join(['MODULES', *sys.modules])))\n"
    done = subprocess.run([sys.executable, "-c", tail + code], capture_output=True, text=True, check=False)
    return set(done.stdout.partition("MODULES")[2].split())


@pytest.mark.parametrize(
    "code",
    [
        "import molosim",
        "from molosim.cli import main; import sys; sys.argv = ['molosim', '--help']; main()",
        "import molosim; molosim.load; dir(molosim)",
        "from molosim import InputFile, Scenario, ScenarioError",
        "import molosim.inputs.scenario",
        BAD_CONFIG,
    ],
)
def test_starts_without_heavy_libraries(code: str) -> None:
    modules = imported(code)
    assert "molosim" in modules
    assert not modules & set(HEAVY)


def test_a_simulation_imports_no_map_library() -> None:
    modules = imported("import molosim.simulation.alternative_run, molosim.experiments.run")
    assert "molosim.simulation.alternative_run" in modules
    assert not modules & {"osmnx", "geopandas", "networkx", "matplotlib.pyplot", "scipy.stats"}


def test_who_reads_evaluates_or_shows_a_result_imports_no_simulator() -> None:
    code = (
        "import molosim.results.account_tables, molosim.report.export, molosim.report.replay.replay_page\n"
        "import molosim.report.sweep_page, molosim.evaluation.evaluated\n"
        "from molosim.report.figure_registry import figures; assert figures()"
    )
    modules = imported(code)
    assert {"molosim.report.sweep_page", "molosim.report.map_figures"} <= modules
    assert not {name for name in modules if name.startswith("molosim.simulation")}
