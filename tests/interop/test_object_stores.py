"""Lakes on object stores: what a folder gets, also after a kill, and nothing left of what failed."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import object_stores
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from failing_proxy import refusing
from object_stores import BUCKET, ObjectStore

# Nothing of the machine's own: neither its logins nor its proxy.
FOREIGN = ("AWS_", "AZURE_", "AZURITE_", "GOOGLE_", "JIRA_FEEDS", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
# So many that the part of `issues` is uploaded in more than one piece.
ISSUES = 3000
SECRETS = ("s3cret-of-the-store", object_stores.AZURITE_KEY)


@pytest.fixture(scope="module")
def binary() -> str:
    path = os.environ.get("JIRA_FEEDS_BINARY")
    if not path:
        pytest.exit("JIRA_FEEDS_BINARY names no program; run `make interop`", returncode=2)
    return path


@pytest.fixture(scope="module", params=["s3", "azure"])
def store(request: pytest.FixtureRequest) -> Iterator[ObjectStore]:
    if request.param == "s3":
        with object_stores.s3() as store:
            yield store
        return
    command = object_stores.azurite_command()
    if command is None:
        assert "CI" not in os.environ or shutil.which("npm") is None, "Azurite is missing; `make interop` installs it by npm"
        pytest.skip("Azurite is missing; `make interop` installs it where there is npm")
    with object_stores.azure(command) as store:
        yield store


@pytest.fixture(scope="module")
def site(binary: str) -> Iterator[str]:
    command = [binary, "sandbox", "--issues", str(ISSUES), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        try:
            yield serving.stdout.readline().split()[-1].rstrip("/")
        finally:
            serving.terminate()


def environment(store: ObjectStore, **more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.upper().startswith(FOREIGN)}
    return own | store.environment | {"NO_PROXY": "*"} | more


def config(folder: Path, site: str, url: str) -> Path:
    path = folder / "jira-feeds.toml"
    path.write_text(
        f"""
        feeds = ["issues", "issue_comments", "projects"]
        [credentials.site]
        url = "{site}"
        username = "admin@sandbox.example"
        api_token = {{ env = "JIRA_API_TOKEN" }}
        [destination]
        url = "{url}"
        """
    )
    return path


class Job:
    """`jira-feeds run` into one folder of a store."""

    def __init__(self, binary: str, site: str, store: ObjectStore, home: Path, folder: str) -> None:
        self.store, self.folder = store, folder
        path = config(home, site, store.url(folder))
        self.command = [binary, "run", "--config", str(path), "--output", "json"]
        self.environment = environment(store, HOME=str(home), JIRA_API_TOKEN="admin-token")

    def run(self, *more: str, **variables: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*self.command, *more], env=self.environment | variables, capture_output=True, text=True, timeout=300
        )
        for secret in SECRETS:
            assert secret not in done.stdout + done.stderr
        return done

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        out = subprocess.DEVNULL
        return subprocess.Popen([*self.command, *more], env=self.environment, stdout=out, stderr=out)

    def manifests(self) -> list[dict]:
        keys = [key for key in self.store.keys(f"{self.folder}/_jira_feeds/manifests")]
        return [json.loads(self.read(key)) for key in keys]

    def read(self, key: str) -> bytes:
        with self.store.files.open_input_stream(f"{BUCKET}/{key}") as stream:
            return stream.read()

    def dataset(self, feed: str) -> ds.Dataset:
        partitioning = ds.partitioning(pa.schema([("extract_date", pa.date32())]), flavor="hive")
        place = f"{BUCKET}/{self.folder}/{feed}"
        return ds.dataset(place, filesystem=self.store.files, format="parquet", partitioning=partitioning)


@pytest.fixture
def job(binary: str, site: str, store: ObjectStore, tmp_path: Path, request: pytest.FixtureRequest) -> Job:
    return Job(binary, site, store, tmp_path, request.node.originalname)


def unfinished(job: Job) -> list[str]:
    return [key for key in job.store.unfinished() if key.startswith(f"{job.folder}/")]


def assert_whole(job: Job, *, was_killed: bool = False) -> None:
    """What readers find is what the manifests list, all of it can be read, and nothing else is there."""
    manifests = job.manifests()
    assert {manifest["feed"] for manifest in manifests} >= {"issues", "issue_comments", "projects"}
    listed = {f"{job.folder}/{part['path']}" for manifest in manifests for part in manifest["parts"]}
    keys = job.store.keys(job.folder)
    assert {key for key in keys if key.endswith(".parquet")} == listed
    assert not [key for key in keys if "/staging/" in key or "/probe-" in key]
    # Of a process that is killed the store keeps what it was sent of a part, until a rule of the bucket ends it.
    assert was_killed or unfinished(job) == []
    # Rows of `_permissions` are added by every run.
    rows = Counter()
    for manifest in manifests:
        rows[manifest["feed"]] += manifest["rows"]
    for feed, expected in rows.items():
        found = job.dataset(feed)
        assert found.count_rows() == expected
        assert duckdb.sql("select count(*) from found").fetchall() == [(expected,)]
    issues = job.dataset("issues").to_table(columns=["key"])["key"].to_pylist()
    assert len(issues) == len(set(issues)) == ISSUES


def test_a_run_writes_what_a_folder_would_get(job: Job) -> None:
    done = job.run()
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["destination"] == job.store.url(job.folder)
    assert_whole(job)
    # Again on the same day: it takes the place of the first.
    assert job.run().returncode == 0
    assert_whole(job)


def test_a_run_that_was_killed_is_made_good_by_the_next(job: Job) -> None:
    for killed in range(3):
        process = job.start("--run-id", "nightly")
        deadline = time.monotonic() + 120
        # Later each time: as soon as something is staged, and then after as many feeds as kills.
        while len(job.store.keys(f"{job.folder}/_jira_feeds/manifests")) < killed or not job.store.keys(job.folder):
            assert process.poll() is None and time.monotonic() < deadline
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = job.run("--run-id", "nightly")
    assert done.returncode == 0, done.stderr
    assert_whole(job, was_killed=True)


def test_an_upload_that_fails_leaves_nothing_behind(job: Job) -> None:
    if job.store.scheme != "s3":
        pytest.skip("Azure has no list of uploads, and forgets blocks that were never committed")
    refused: list[str] = []

    def is_second_piece(method: str, path: str) -> bool:
        if method == "PUT" and "partNumber=2" in path:
            refused.append(path)
            return True
        return False

    with refusing(job.store.port, is_second_piece) as port:
        done = job.run(AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")
    assert refused, "no part was large enough for two pieces"
    assert done.returncode == 5, done.stderr
    assert "permission denied (AccessDenied: By the test)" in done.stdout
    assert unfinished(job) == []
    keys = job.store.keys(job.folder)
    failed = {path.split("?")[0].split("/")[-2] for path in refused}
    assert not [key for key in keys if any(f"/{feed}/" in key for feed in failed)]
    assert job.run().returncode == 0
    assert_whole(job)


def test_a_bucket_that_is_not_there_is_named_and_not_made(job: Job) -> None:
    done = job.run("--destination", f"{job.store.scheme}://no-such-bucket/x")
    assert done.returncode == 2
    assert "the bucket or container does not exist" in done.stderr + done.stdout
    assert "check its name, or make it" in done.stderr + done.stdout


def test_a_login_that_is_wrong_is_told_without_its_key(job: Job) -> None:
    if job.store.scheme == "s3":
        pytest.skip("moto takes any login")
    done = job.run(AZURE_STORAGE_ACCOUNT_KEY="d3JvbmcgYW5kIHNlY3JldA==")
    assert done.returncode == 2
    assert "Failure" in done.stdout + done.stderr or "refused" in done.stdout + done.stderr
    assert "d3JvbmcgYW5kIHNlY3JldA" not in done.stdout + done.stderr


def test_the_promises_of_the_lake_hold_here(job: Job) -> None:
    """The suite of src/lake/tests, which cuts the power between any two changes, on this store."""
    program = os.environ.get("JIRA_FEEDS_LAKE_TESTS")
    assert program, "JIRA_FEEDS_LAKE_TESTS names no test program; run `make interop`"
    variables = environment(job.store, JIRA_FEEDS_TEST_STORE=job.store.url("promises"))
    done = subprocess.run([program, "on_an_object_store"], env=variables, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 passed" not in done.stdout
