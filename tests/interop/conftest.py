"""The lake that `make interop` has just extracted, and what its manifests and the run's report say of it."""

import json
import os
from pathlib import Path

import pytest


def lake() -> Path:
    folder = os.environ.get("JIRA_FEEDS_LAKE")
    if not folder:
        pytest.exit("JIRA_FEEDS_LAKE names no lake; run `make interop`", returncode=2)
    return Path(folder)


def manifests() -> dict[str, dict]:
    paths = sorted((lake() / "_jira_feeds" / "manifests").glob("*/*.json"))
    found = [json.loads(path.read_text()) for path in paths]
    return {manifest["feed"]: manifest for manifest in found}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `manifest` runs once for each feed."""
    if "manifest" in metafunc.fixturenames:
        found = manifests()
        metafunc.parametrize("manifest", found.values(), ids=found.keys())


@pytest.fixture(scope="session", name="lake")
def lake_fixture() -> Path:
    return lake()


@pytest.fixture(scope="session")
def report(lake: Path) -> dict:
    [path] = (lake / "_jira_feeds" / "runs").glob("*.json")
    return json.loads(path.read_text())
