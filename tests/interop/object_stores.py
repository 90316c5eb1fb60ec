"""Object stores on this machine: S3 by moto, Azure by Azurite; and how each is looked at without our own code."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
import pyarrow.fs
from azure.storage.blob import BlobServiceClient

BUCKET = "lake"
PATIENCE = 60.0
# Azurite's published account; it opens nothing else.
AZURITE_ACCOUNT = "devstoreaccount1"
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass
class ObjectStore:
    """A store with the bucket or container `lake`."""

    scheme: str
    port: int
    environment: dict[str, str]
    keys: Callable[[str], list[str]]
    unfinished: Callable[[], list[str]]
    files: pyarrow.fs.FileSystem

    def url(self, folder: str) -> str:
        return f"{self.scheme}://{BUCKET}/{folder}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def serving(command: list[str], port: int) -> Iterator[None]:
    """A server that runs meanwhile, once it answers."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + PATIENCE
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    assert server.poll() is None, f"{command[0]} ended"
                    assert time.monotonic() < deadline, f"{command[0]} does not answer"
                    time.sleep(0.05)
            yield
        finally:
            server.terminate()


def s3_environment(port: int) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "interop",
        "AWS_SECRET_ACCESS_KEY": "s3cret-of-the-store",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
    }


@contextmanager
def s3() -> Iterator[ObjectStore]:
    port = free_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with serving(command, port):
        endpoint, key, secret = f"http://127.0.0.1:{port}", "interop", "s3cret-of-the-store"
        client = boto3.client(
            "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret
        )
        client.create_bucket(Bucket=BUCKET)

        def keys(folder: str) -> list[str]:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{folder}/")
            return [found["Key"] for page in pages for found in page.get("Contents", [])]

        def unfinished() -> list[str]:
            return [upload["Key"] for upload in client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])]

        files = pyarrow.fs.S3FileSystem(
            access_key=key, secret_key=secret, region="us-east-1", scheme="http", endpoint_override=f"127.0.0.1:{port}"
        )
        yield ObjectStore("s3", port, s3_environment(port), keys, unfinished, files)


def azurite_command() -> list[str] | None:
    program = os.environ.get("JIRA_FEEDS_AZURITE")
    return ["node", program] if program and Path(program).exists() else None


@contextmanager
def azure(command: list[str]) -> Iterator[ObjectStore]:
    port = free_port()
    options = ["--blobPort", str(port), "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    with serving([*command, *options], port):
        endpoint = f"http://127.0.0.1:{port}"
        service = BlobServiceClient(f"{endpoint}/{AZURITE_ACCOUNT}", credential=AZURITE_KEY)
        container = service.create_container(BUCKET)

        def blobs(**more) -> Iterator:
            return container.list_blobs(**more)

        def unfinished() -> list[str]:
            return [blob.name for blob in blobs(include=["uncommittedblobs"]) if blob.size is None]

        environment = {
            "AZURE_STORAGE_ACCOUNT_NAME": AZURITE_ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": AZURITE_KEY,
            "AZURE_STORAGE_ENDPOINT": f"{endpoint}/{AZURITE_ACCOUNT}",
            "AZURE_ALLOW_HTTP": "true",
        }
        files = pyarrow.fs.AzureFileSystem(
            AZURITE_ACCOUNT,
            account_key=AZURITE_KEY,
            blob_storage_authority=f"127.0.0.1:{port}",
            blob_storage_scheme="http",
            dfs_storage_authority=f"127.0.0.1:{port}",
            dfs_storage_scheme="http",
        )
        keys = lambda folder: [blob.name for blob in blobs(name_starts_with=f"{folder}/")]  # noqa: E731
        yield ObjectStore("az", port, environment, keys, unfinished, files)
