"""``molosim report`` and ``molosim export`` as a user types them."""

from pathlib import Path

from typer.testing import CliRunner

from molosim.cli import app


def told(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_a_report_in_danish(folder: Path) -> None:
    assert told("report", folder, "--lang", "da") == (0, f"Report: {folder / 'report.html'}\n")
    assert '<html lang="da">' in (folder / "report.html").read_text(encoding="utf-8")


def test_single_figures_leave_the_page_alone(folder: Path) -> None:
    page = (folder / "report.html").read_bytes()
    code, output = told("report", folder, "--figures", "trips, sides", "--format", "png,csv", "--lang", "da")
    assert code == 0
    names = [line.rpartition("/")[2] for line in output.splitlines()]
    assert names == ["trips.png", "trips.csv", "sides.png", "sides.csv"]
    assert (folder / "report.html").read_bytes() == page


def test_what_does_not_exist_is_a_line_each_and_exit_code_2(folder: Path, tmp_path: Path) -> None:
    code, output = told("report", folder, "--figures", "trisp", "--format", "gif")
    assert code == 2
    assert [line.partition(";")[0] for line in output.splitlines()] == [
        "molosim: --figures: found 'trisp'",
        "molosim: --format: found 'gif'",
    ]
    assert told("report", folder, "--lang", "sv")[0] == 2
    code, output = told("report", tmp_path)
    assert (code, output.count("\n")) == (2, 1)


def test_layers_for_qgis(folder: Path) -> None:
    assert told("export", folder) == (0, f"Layers: {folder / 'map.gpkg'}\n")
    code, output = told("export", folder, "--geojson")
    assert code == 0
    assert output.splitlines()[-1] == f"Layer: {folder / 'layers' / 'flows.geojson'}"


def test_layers_go_to_one_place(folder: Path, tmp_path: Path) -> None:
    code, output = told("export", folder, "--gpkg", "--geojson", "--out", tmp_path / "both")
    assert code == 2
    assert "--out: names one place" in output
    assert told("export", tmp_path)[0] == 2
