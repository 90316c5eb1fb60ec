"""DuckDB reads the lake as it is: plain globs, nested columns, times with their zone."""

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest


@pytest.fixture(scope="module", name="db")
def connection():
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def only(db, query: str):
    [[value]] = db.execute(query).fetchall()
    return value


def columns(db, source: str) -> dict[str, str]:
    return {row[0]: row[1] for row in db.execute(f"describe select * from {source}").fetchall()}


def test_a_glob_counts_what_the_manifest_says(db, lake: Path, manifest: dict):
    feed = manifest["feed"]
    assert only(db, f"select count(*) from '{lake}/{feed}/**/*.parquet'") == manifest["rows"]


def test_the_report_counts_the_same(manifest: dict, report: dict):
    told = [*report["feeds"], report["permissions"]]
    [feed] = [feed for feed in told if feed["feed"] == manifest["feed"]]
    assert feed["records"] == manifest["rows"]
    assert feed["parts"] == [part["path"] for part in manifest["parts"]]


def test_every_feed_has_its_date_and_our_columns(db, lake: Path, manifest: dict):
    source = f"read_parquet('{lake}/{manifest['feed']}/**/*.parquet', hive_partitioning = true, union_by_name = true)"
    types = columns(db, source)
    ours = {
        "_site": "VARCHAR",
        "_run_id": "VARCHAR",
        "_extracted_at": "TIMESTAMP WITH TIME ZONE",
        "_deleted": "BOOLEAN",
        "_rescued": "VARCHAR",
        "_raw": "VARCHAR",
        "extract_date": "DATE",
    }
    assert {name: types.get(name) for name in ours} == ours
    dates = db.execute(f"select distinct extract_date from {source}").fetchall()
    expected = [(date.fromisoformat(manifest["extract_date"]),)] if manifest["rows"] else []
    assert dates == expected


def test_every_value_of_every_feed_can_be_read(db, lake: Path, manifest: dict):
    rows = db.execute(f"select * from '{lake}/{manifest['feed']}/**/*.parquet'").fetchall()
    assert len(rows) == manifest["rows"]


def test_raw_is_the_record_that_the_columns_come_from(db, lake: Path):
    issues = f"'{lake}/issues/**/*.parquet'"
    differing = f"""
        select count(*) from {issues}
        where key is distinct from _raw ->> '$.key'
           or fields.summary is distinct from _raw ->> '$.fields.summary'
           or fields.status.statusCategory.key is distinct from _raw ->> '$.fields.status.statusCategory.key'
    """
    assert only(db, differing) == 0
    assert only(db, f"select count(distinct key) from {issues}") == 300


def test_nested_columns_are_structures(db, lake: Path):
    issues = f"'{lake}/issues/**/*.parquet'"
    assert only(db, f"select count(fields.summary) from {issues}") == 300
    assert only(db, f"select count(fields.project.key) from {issues}") == 300
    assert only(db, f"select count(fields.assignee.accountId) from {issues}") > 0


def test_lists_are_lists(db, lake: Path):
    issues = f"'{lake}/issues/**/*.parquet'"
    assert columns(db, f"(select fields.labels as labels from {issues})") == {"labels": "VARCHAR[]"}
    listed = only(db, f"select sum(len(fields.labels)) from {issues}")
    unnested = only(db, f"select count(*) from (select unnest(fields.labels) from {issues})")
    assert listed == unnested > 0


def test_times_are_moments(db, lake: Path):
    issues = f"'{lake}/issues/**/*.parquet'"
    query = f"select fields.created as created, fields.updated as updated from {issues}"
    assert set(columns(db, f"({query})").values()) == {"TIMESTAMP WITH TIME ZONE"}
    created, raw = db.execute(
        f"select fields.created, _raw ->> '$.fields.created' from {issues} order by key limit 1"
    ).fetchone()
    assert created == datetime.strptime(raw, "%Y-%m-%dT%H:%M:%S.%f%z")


def test_feeds_join_on_their_keys(db, lake: Path):
    lost = f"""
        select count(*) from '{lake}/issue_comments/**/*.parquet' comments
        anti join '{lake}/issues/**/*.parquet' issues on comments.issueId = issues.id
    """
    assert only(db, lost) == 0
