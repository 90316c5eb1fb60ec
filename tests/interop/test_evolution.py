"""Parts that were written before and after columns came, went and changed their type read as one table."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

COLUMNS = [
    '{ id = "text", key = "text", projectCategory = { name = "text" } }',
    '{ id = "text", key = "json", projectCategory = { description = "text", name = "text" }, name = "text" }',
]


@pytest.fixture(scope="module")
def binary() -> str:
    path = os.environ.get("JIRA_FEEDS_BINARY")
    if not path:
        pytest.exit("JIRA_FEEDS_BINARY names no program; run `make interop`", returncode=2)
    return path


@pytest.fixture(scope="module", params=["full", "incremental"])
def parts(request, binary: str, tmp_path_factory) -> Iterator[list[Path]]:
    """One part for each of the column lists, oldest first."""
    folder = tmp_path_factory.mktemp("evolution")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JIRA_FEEDS")}
    environment["JIRA_API_TOKEN"] = "admin-token"
    command = [binary, "sandbox", "--issues", "20", "--port", "0", "--output", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as sandbox:
        try:
            url = json.loads(sandbox.stdout.readline())["url"]
            for number, columns in enumerate(COLUMNS):
                config = folder / "jira-feeds.toml"
                config.write_text(
                    f'mode = "{request.param}"\n[credentials.test]\nurl = "{url}"\n'
                    'username = "admin@sandbox.example"\napi_token = { env = "JIRA_API_TOKEN" }\n'
                    f'[destination]\nurl = "{folder}/lake"\n'
                    '[custom.things]\nget = "/rest/api/3/project/search"\npage = "offset"\npage_size = 50\n'
                    f'records = "/values"\nkey = ["id"]\ncolumns = {columns}\n'
                )
                run = [binary, "--config", str(config), "run", "things", "--date", f"2026-11-0{number + 1}"]
                ran = subprocess.run(run, capture_output=True, text=True, env=environment)
                assert ran.returncode == 0, ran.stderr
        finally:
            sandbox.terminate()
    found = sorted((folder / "lake" / "things").glob("*/*.parquet"))
    assert len(found) == 2
    yield found


def expected(parts: list[Path]) -> list[tuple]:
    """Each row by the part that it stands in: id, key, key_2, name, and its category."""
    rows = []
    for part in parts:
        for row in pq.ParquetFile(part).read().to_pylist():
            projectCategory = row["projectCategory"] or {}
            rows.append(
                (row["id"], row["key"], row.get("key_2"), row.get("name"))
                + (projectCategory.get("name"), projectCategory.get("description"))
            )
    assert any(row[1] for row in rows) and any(row[2] for row in rows) and any(row[5] for row in rows)
    return sorted(rows, key=str)


SHOWN = "id, key, key_2, name, projectCategory.name, projectCategory.description"


def test_the_newer_part_has_the_columns_of_the_older_first(parts):
    older, newer = (pq.read_schema(part) for part in parts)
    declared = older.names[: older.names.index("_site")]
    assert newer.names[: len(declared)] == declared == ["id", "key", "projectCategory"]
    assert newer.names[len(declared) : newer.names.index("_site")] == ["key_2", "name"]
    assert [field.name for field in newer.field("projectCategory").type] == ["name", "description"]


@pytest.mark.parametrize("oldest_first", [True, False])
def test_duckdb_unites_by_name_also_inside_objects(parts, oldest_first: bool):
    files = [str(part) for part in (parts if oldest_first else reversed(parts))]
    found = duckdb.execute(f"select {SHOWN} from read_parquet(?, union_by_name = true)", [files]).fetchall()
    assert sorted(found, key=str) == expected(parts)


@pytest.mark.parametrize("unified", [True, False], ids=["unified", "newest"])
def test_pyarrow_reads_both_under_one_schema(parts, unified: bool):
    schemas = [pq.read_schema(part) for part in parts]
    schema = pa.unify_schemas(schemas, promote_options="permissive") if unified else schemas[-1]
    table = ds.dataset([str(part) for part in parts], schema=schema, format="parquet").to_table()
    found = [
        (row["id"], row["key"], row["key_2"], row["name"], (row["projectCategory"] or {}).get("name"))
        + ((row["projectCategory"] or {}).get("description"),)
        for row in table.to_pylist()
    ]
    assert sorted(found, key=str) == expected(parts)


def test_spark_merges_the_schemas(parts):
    if not shutil.which("java"):
        pytest.skip("SKIPPED: Spark was not run, since there is no java here")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    try:
        read = session.read.option("mergeSchema", "true").parquet(*[str(part) for part in parts])
        found = [tuple(row) for row in read.selectExpr(*SHOWN.split(", ")).collect()]
    finally:
        session.stop()
    assert sorted(found, key=str) == expected(parts)
