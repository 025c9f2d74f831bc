"""Files of a small run against the one schema, column for column."""

from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from tests.worlds import small_scenario, small_sites, town_files

from molosim.evaluation.measures import MEASURES
from molosim.experiments.run import run
from molosim.results.schema import tables

OF_RUN = (
    "replications", "comparison", "band", "trips", "boxes", "pickups", "box_days", "stays", "charges", "sample_stops",
    "sample_boxes", "inventory", "allocated", "costs", "shipments",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One replication; one carrier drives with batteries, so that no table is empty."""
    tmp = tmp_path_factory.mktemp("schema")
    battery = {"volume_l": 1500.0, "payload_kg": 300.0, "adr_points": 60.0, "body": "van", "energy": "electricity"}
    changes = {
        **town_files(tmp, small_sites(4)),
        "vehicles.battery": {**battery, "cost_per_km": 0.1, "cost_per_h": 35.0, "battery_kwh": 60.0},
        "carriers.1.vehicle": "battery",
        "horizon.days": 7,
        "horizon.replications": 1,
    }
    return run(small_scenario(changes), tmp / "result", workers=1)


def found(path: Path, texts: tuple[str, ...]) -> pa.Schema:
    if path.suffix == ".parquet":
        return pq.read_schema(path)
    kinds = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(texts, pa.string()))
    table = pyarrow.csv.read_csv(path, convert_options=kinds)
    # A column of a CSV file without any fraction, or without any value, has the type of its kind.
    whole = {name: pa.float64() for name in table.column_names if table[name].type in (pa.int64(), pa.null())}
    return pa.schema([(f.name, whole.get(f.name, f.type)) for f in table.schema])


@pytest.mark.parametrize("name", OF_RUN)
def test_every_file_has_the_columns_of_the_schema(folder: Path, name: str) -> None:
    table = tables()[name]
    schema = found(folder / table.file, tuple(column.name for column in table.columns if column.is_text))
    kinds = {c.name: "double" if c.type == "int64" and table.file.endswith(".csv") else c.type for c in table.columns}
    assert schema.names == list(table.names)
    assert {f.name: str(f.type) for f in schema} == kinds


def test_no_table_of_the_folder_is_unknown(folder: Path) -> None:
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix in (".csv", ".parquet")}
    assert files - {table.file for table in tables().values()} <= {"codebook.csv"}
    assert {tables()[name].file for name in OF_RUN} <= files


def test_every_column_says_what_it_means() -> None:
    for table in tables().values():
        assert len(set(table.names)) == len(table.names), table.name
        for column in table.columns:
            assert column.meaning.strip("*"), (table.name, column.name)
            assert "{" not in column.name + column.meaning, (table.name, column.name)


def test_units_in_names_are_the_units_of_columns() -> None:
    units = {"_s": "s", "_m": "m", "_kg": "kg", "_g": "g", "_l": "l", "_h": "h", "_kwh": "kWh", "_km": "km"}
    for table in tables().values():
        for column in table.columns:
            ending = next((e for e in units if column.name.endswith(e)), None)
            if ending and column.name not in MEASURES:
                assert column.unit.startswith(units[ending]), (table.name, column.name)


STAYS = [("alternative", pa.string()), ("replication", pa.int32()), ("hours", pa.int32()), ("fetched", pa.int32())]


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        (STAYS, "misses 'returned'"),
        ([*STAYS, ("returned", pa.float64())], "'returned' is double, not int32"),
        ([*STAYS, ("returned", pa.int32()), ("sold", pa.int32())], "has 'sold', which the schema does not know"),
        ([*STAYS[::-1], ("returned", pa.int32())], "has its columns in another order"),
    ],
)
def test_a_table_that_differs_is_seen(columns: list[tuple[str, pa.DataType]], fault: str) -> None:
    assert tables()["stays"].faults(pa.schema(columns)) == [fault]


def test_a_designs_factors_are_columns_of_its_tables() -> None:
    table = tables()["known"]
    column = table.column("factor_boxes")
    assert column is not None
    assert column.type == "any"
    assert table.column("boxes") is None
