"""`jira-feeds view` in each dialect: what the printed SQL shows of a lake that has seen everything."""

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot

DIALECTS = ["duckdb", "spark", "trino", "bigquery", "snowflake"]
ODD_KEY = ["the \"first\"", "it's `2`"]
CONFIG = """
[custom.odd_feed]
get = "/rest/api/3/odd"
records = ""
key = ['the "first"', "it's `2`"]
columns = { 'the "first"' = "text", "it's `2`" = "int", value = "int", later = "text" }
"""


@pytest.fixture(scope="module")
def binary() -> str:
    path = os.environ.get("JIRA_FEEDS_BINARY")
    if not path:
        pytest.exit("JIRA_FEEDS_BINARY names no program; run `make interop`", returncode=2)
    return path


@dataclass(frozen=True)
class Row:
    site: str
    key: tuple
    at: datetime
    run: str
    value: int | None = None
    later: str | None = None
    deleted: bool = False


@dataclass
class MadeLake:
    """A feed's folder that is filled part by part, and all that was put in."""

    folder: Path
    feed: str
    key: list[str]
    has_later: bool = False
    rows: list[tuple[date, Row]] = field(default_factory=list)
    dates: set[date] = field(default_factory=set)

    def put(self, on: date, rows: list[Row]) -> None:
        kinds = [pa.string(), pa.int64()]
        columns = [pa.field(name, kind) for name, kind in zip(self.key, kinds)]
        columns += [pa.field("value", pa.int64())]
        if self.has_later:
            columns.insert(0, pa.field("later", pa.string()))
        columns += [
            pa.field("_site", pa.string(), nullable=False),
            pa.field("_run_id", pa.string(), nullable=False),
            pa.field("_extracted_at", pa.timestamp("us", tz="UTC"), nullable=False),
            pa.field("_deleted", pa.bool_(), nullable=False),
        ]
        records = [
            dict(zip(self.key, row.key))
            | {"value": row.value, "later": row.later, "_site": row.site, "_run_id": row.run}
            | {"_extracted_at": row.at, "_deleted": row.deleted}
            for row in rows
        ]
        partition = self.folder / self.feed / f"extract_date={on}"
        partition.mkdir(parents=True, exist_ok=True)
        name = f"run-{len(list(partition.iterdir())):04}.parquet"
        pq.write_table(pa.Table.from_pylist(records, pa.schema(columns)), partition / name)
        self.rows += [(on, row) for row in rows]
        self.dates.add(on)

    def latest_of_key(self) -> list[tuple]:
        latest: dict[tuple, Row] = {}
        for _, row in self.rows:
            other = latest.get((row.site, row.key))
            if other is None or (row.at, row.run) > (other.at, other.run):
                latest[row.site, row.key] = row
        return shown(row for row in latest.values() if not row.deleted)

    def of_latest_date(self) -> list[tuple]:
        latest = max(self.dates)
        return shown(row for on, row in self.rows if on == latest and not row.deleted)


def shown(rows) -> list[tuple]:
    return sorted((row.site, *row.key, row.value, row.later or "", row.run) for row in rows)


Query = Callable[[str, str, list[str]], list[tuple]]


def with_duckdb(sql: str, name: str, key: list[str]) -> list[tuple]:
    columns = ", ".join('"' + column.replace('"', '""') + '"' for column in key)
    with duckdb.connect() as db:
        db.execute(sql)
        return db.execute(f'select _site, {columns}, value, coalesce(later, \'\'), _run_id from "{name}"').fetchall()


@pytest.fixture(scope="module")
def spark() -> Iterator:
    if not shutil.which("java"):
        pytest.skip("SKIPPED: Spark's SQL was not run, since there is no java here")
    from pyspark.sql import SparkSession

    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1", "spark.sql.session.timeZone": "UTC"}
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(params=["duckdb", "spark"])
def reader(request: pytest.FixtureRequest) -> tuple[str, Query]:
    """A dialect, and what runs its SQL and gives the view's rows."""
    if request.param == "duckdb":
        return "duckdb", with_duckdb
    session = request.getfixturevalue("spark")

    def with_spark(sql: str, name: str, key: list[str]) -> list[tuple]:
        for statement in filter(None, map(str.strip, sql.split(";\n"))):
            session.sql(statement.removesuffix(";"))
        columns = ", ".join("`" + column.replace("`", "``") + "`" for column in key)
        rows = session.sql(f"select _site, {columns}, value, coalesce(later, ''), _run_id from `{name}`").collect()
        return [tuple(row) for row in rows]

    return "spark", with_spark


def printed(binary: str, folder: Path, *arguments: str) -> dict:
    config = folder / "jira-feeds.toml"
    config.write_text(CONFIG)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JIRA_FEEDS")}
    command = [binary, "--config", str(config), "view", *arguments, "--output", "json"]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def random_history(lake: MadeLake, seed: int) -> None:
    """Runs that saw changes, deletions and restorations, on two sites; some after their date."""
    random_of = random.Random(seed)
    began = datetime(2026, 11, 1, tzinfo=timezone.utc)
    keys = [(str(number), number % 2 or None) for number in range(6)]
    for run in range(8):
        lake.has_later = run > 4
        on = date(2026, 11, 1) + timedelta(days=random_of.randrange(4))
        rows = []
        for site in ["https://a.example", "https://b.example"]:
            for key in random_of.sample(keys, 3):
                # The clock of one run may stand still, or have been set back.
                at = began + timedelta(seconds=random_of.randrange(4) + run // 2)
                deleted = random_of.random() < 0.3
                value = None if deleted else random_of.randrange(100)
                later = f"since {run}" if lake.has_later and not deleted else None
                rows.append(Row(site, key, at, f"run-{run}", value, later, deleted))
        lake.put(on, rows)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("feed", "key"), [("odd_feed", ODD_KEY), ("board_issues", ["boardId", "id"])], ids=["odd", "plain"]
)
def test_the_latest_row_of_each_key_is_shown(binary, reader, tmp_path: Path, feed: str, key: list[str], seed: int):
    dialect, query = reader
    lake = MadeLake(tmp_path / "it's [a] *lake*? {of} \"é\"", feed, key)
    random_history(lake, seed)
    view = printed(
        binary, tmp_path, feed, "--dialect", dialect, "--mode", "incremental", "-d", str(lake.folder)
    )
    expected = lake.latest_of_key()
    assert expected, "nothing would be compared"
    assert sorted(query(view["sql"], view["name"], key)) == expected


def row(key: str, second: int, value: int | None, deleted: bool = False) -> Row:
    at = datetime(2026, 11, 1, 0, 0, second, tzinfo=timezone.utc)
    return Row("https://a.example", (key, 1), at, f"run-{second}", value, None, deleted)


def test_a_deleted_record_is_gone_and_a_restored_one_is_back(binary, reader, tmp_path: Path):
    dialect, query = reader
    lake = MadeLake(tmp_path / "lake", "odd_feed", ODD_KEY, has_later=True)
    show = ["odd_feed", "--dialect", dialect, "--mode", "incremental", "-d", str(lake.folder)]
    lake.put(date(2026, 11, 1), [row("x", 1, 1), row("y", 1, 1)])
    lake.put(date(2026, 11, 2), [row("x", 2, None, deleted=True)])
    view = printed(binary, tmp_path, *show)
    assert [found[1] for found in query(view["sql"], view["name"], ODD_KEY)] == ["y"]
    lake.put(date(2026, 11, 2), [row("x", 3, 5)])
    found = sorted(query(view["sql"], view["name"], ODD_KEY))
    assert [(one[1], one[3]) for one in found] == [("x", 5), ("y", 1)]
    # What one run has seen at one moment: the record prevails.
    lake.put(date(2026, 11, 3), [row("z", 5, None, deleted=True), row("z", 5, 9), row("z", 5, None, deleted=True)])
    found = sorted(query(view["sql"], view["name"], ODD_KEY))
    assert [one[1] for one in found] == ["x", "y", "z"]
    # As while `compact` puts new parts in place of old ones: a row stands there twice.
    lake.put(date(2026, 11, 1), [row("x", 3, 5), row("y", 1, 1)])
    assert sorted(query(view["sql"], view["name"], ODD_KEY)) == found


def test_the_latest_date_is_shown_also_if_it_has_no_rows(binary, reader, tmp_path: Path):
    dialect, query = reader
    lake = MadeLake(tmp_path / "it's [a] lake", "odd_feed", ODD_KEY)
    show = ["odd_feed", "--dialect", dialect, "--mode", "full", "--name", "now", "-d", str(lake.folder)]
    lake.put(date(2026, 11, 1), [row("x", 1, 1), row("y", 1, 1)])
    lake.has_later = True
    lake.put(date(2026, 11, 2), [row("x", 2, 2), row("y", 2, None, deleted=True)])
    view = printed(binary, tmp_path, *show)
    assert view["name"] == "now"
    assert sorted(query(view["sql"], "now", ODD_KEY)) == lake.of_latest_date() != []
    lake.put(date(2026, 11, 3), [])
    assert query(view["sql"], "now", ODD_KEY) == lake.of_latest_date() == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("mode", ["full", "incremental"])
@pytest.mark.parametrize("feed", ["odd_feed", "issues", "board_issues"])
def test_each_dialect_can_be_parsed(binary, tmp_path: Path, dialect: str, mode: str, feed: str):
    arguments = [feed, "--dialect", dialect, "--mode", mode]
    if dialect not in ("duckdb", "spark"):
        arguments += ["--source", "one.two"]
    view = printed(binary, tmp_path, *arguments)
    statements = [statement for statement in sqlglot.parse(view["sql"], dialect=dialect) if statement]
    made = [statement for statement in statements if isinstance(statement, sqlglot.exp.Create)]
    assert len(made) == len(statements) >= 1
    assert all(statement.args["kind"] == "VIEW" and statement.args["replace"] for statement in made)
    selected = made[-1].expression
    assert selected.find(sqlglot.exp.Select) is not None
    if mode == "incremental":
        keys = ODD_KEY if feed == "odd_feed" else ["id"] if feed == "issues" else ["boardId", "id"]
        named = {column.name for column in selected.find_all(sqlglot.exp.Column)}
        assert named >= {*keys, "_site", "_extracted_at", "_run_id", "_deleted"}
