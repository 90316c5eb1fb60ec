"""pyarrow reads the lake as a Hive-partitioned dataset, and finds what a custom field is called."""

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds


def dataset(lake: Path, feed: str) -> ds.Dataset:
    partitioning = ds.partitioning(pa.schema([("extract_date", pa.date32())]), flavor="hive")
    return ds.dataset(lake / feed, format="parquet", partitioning=partitioning)


def times(kind: pa.DataType) -> list[pa.DataType]:
    """All time stamps in a type, at any depth."""
    if pa.types.is_timestamp(kind):
        return [kind]
    return [found for i in range(kind.num_fields) for found in times(kind.field(i).type)]


def test_every_row_converts_to_python(lake: Path, manifest: dict):
    rows = dataset(lake, manifest["feed"]).to_table().to_pylist()
    assert len(rows) == manifest["rows"]
    assert {row["extract_date"] for row in rows} <= {date.fromisoformat(manifest["extract_date"])}


def test_duckdb_counts_the_same(lake: Path, manifest: dict):
    feed = manifest["feed"]
    glob = f"{lake}/{feed}/**/*.parquet"
    [[rows]] = duckdb.execute("select count(*) from read_parquet(?)", [glob]).fetchall()
    assert dataset(lake, feed).count_rows() == rows


def test_a_filter_on_the_date_reads_that_partition(lake: Path, manifest: dict):
    feed = dataset(lake, manifest["feed"])
    on = date.fromisoformat(manifest["extract_date"])
    assert feed.count_rows(filter=pc.field("extract_date") == on) == manifest["rows"]
    assert feed.count_rows(filter=pc.field("extract_date") != on) == 0


def test_every_time_is_in_microseconds_of_utc(lake: Path, manifest: dict):
    found = [kind for field in dataset(lake, manifest["feed"]).schema for kind in times(field.type)]
    assert set(found) == {pa.timestamp("us", tz="UTC")}


def test_custom_fields_carry_the_names_that_jira_gives_them(lake: Path):
    fields = dataset(lake, "issues").schema.field("fields").type
    columns = [fields.field(i) for i in range(fields.num_fields)]
    # The Markdown beside a rich text is ours, not a field of Jira's.
    custom = [c for c in columns if c.name.startswith("customfield_") and not c.name.endswith("_text")]
    named = {column.name: (column.metadata or {}).get(b"jira.name", b"").decode() for column in custom}
    dictionary = dataset(lake, "fields").to_table(columns=["id", "name"]).to_pylist()
    expected = {row["id"]: row["name"] for row in dictionary if row["id"] in named}
    assert len(named) > 20
    assert named == expected


def test_nested_columns_can_be_chosen(lake: Path):
    issues = dataset(lake, "issues")
    table = issues.to_table(columns={"summary": pc.field("fields", "summary"), "key": pc.field("key")})
    assert table["summary"].null_count == 0
    assert len(set(table["key"].to_pylist())) == table.num_rows == 300
