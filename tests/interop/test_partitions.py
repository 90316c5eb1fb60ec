"""Partitions by project, month and a column of the top: DuckDB and pyarrow see them as columns and skip by them."""

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pytest

ISSUES = 120
CONFIG = """
[credentials.sandbox]
url = "{url}"
username = "admin@sandbox.example"
api_token = {{ env = "JIRA_API_TOKEN" }}
[destination]
url = "{lake}"
[feed.issues]
partition_by = ["extract_date", "fields.project.key", "fields.assignee.displayName", "month(fields.created)"]
[feed.project_versions]
partition_by = ["projectId"]
"""


@pytest.fixture(scope="module", name="parted")
def partitioned_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    binary = os.environ["JIRA_FEEDS_BINARY"]
    folder = tmp_path_factory.mktemp("partitions")
    command = [binary, "sandbox", "--issues", str(ISSUES), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        try:
            url = serving.stdout.readline().split()[-1].rstrip("/")
            config = folder / "jira-feeds.toml"
            config.write_text(CONFIG.format(url=url, lake=folder / "lake"))
            run = [binary, "--config", config, "run", "issues", "project_versions", "--allow-denied"]
            subprocess.run(run, check=True, env=os.environ | {"JIRA_API_TOKEN": "admin-token"})
            yield folder / "lake"
        finally:
            serving.terminate()


def text(value: object) -> str | None:
    """An empty text has no folder of its own."""
    return str(value) if value else None


def test_duckdb_takes_the_folders_for_columns_and_the_columns_for_themselves(parted: Path):
    source = f"read_parquet('{parted}/issues/**/*.parquet', hive_partitioning = true)"
    query = f"""select project_key, assignee_displayName, created_month, fields.project.key,
        fields.assignee.displayName, month(fields.created at time zone 'UTC') from {source}"""
    rows = duckdb.sql(query).fetchall()
    assert len(rows) == ISSUES
    assert any(row[1] is None for row in rows) and any(row[1] for row in rows)
    for project, assignee, month, project_in_file, assignee_in_file, month_in_file in rows:
        assert (project, assignee, int(month)) == (project_in_file, text(assignee_in_file), month_in_file)


def test_duckdb_reads_only_the_partition_that_is_asked_for(parted: Path):
    source = f"read_parquet('{parted}/issues/**/*.parquet', hive_partitioning = true)"
    projects = Counter(key for [key] in duckdb.sql(f"select fields.project.key from {source}").fetchall())
    for project, issues in projects.items():
        found = duckdb.sql(f"select count(*) from {source} where project_key = '{project}'").fetchall()
        assert found == [(issues,)]


def test_pyarrow_takes_the_folders_for_columns_and_the_columns_for_themselves(parted: Path):
    issues = ds.dataset(parted / "issues", format="parquet", partitioning="hive")
    assert issues.count_rows() == ISSUES
    for row in issues.to_table().to_pylist():
        fields = row["fields"]
        assert row["project_key"] == fields["project"]["key"]
        assert row["assignee_displayName"] == text((fields["assignee"] or {}).get("displayName"))
        assert int(row["created_month"]) == fields["created"].month
    nobody = issues.count_rows(filter=pc.field("assignee_displayName").is_null())
    assert 0 < nobody < ISSUES


def test_a_column_of_the_top_keeps_its_type_beside_its_folder(parted: Path):
    versions = ds.dataset(parted / "project_versions", format="parquet", partitioning="hive")
    assert versions.schema.field("projectId").type == pa.string()
    rows = versions.to_table().to_pylist()
    assert rows and all(str(row["by_projectId"]) == row["projectId"] for row in rows)
    source = f"read_parquet('{parted}/project_versions/**/*.parquet', hive_partitioning = true)"
    pairs = duckdb.sql(f"select by_projectId::varchar, projectId from {source}").fetchall()
    assert len(pairs) == len(rows) and all(folder == column for folder, column in pairs)
