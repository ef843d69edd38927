"""Commands on object storage: a line for each fault, and no secret in it."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from object_server import SECRET, ObjectServer
from support import Command

URL = "s3://bucket/photos"


@pytest.fixture
def stored(objects: ObjectServer) -> ObjectServer:
    for seed in range(12):
        objects.put(f"photos/{seed:02d}.jpg", seed)
    return objects


def in_a_process(*words: str) -> str:
    """Run a command whose workers have the variables of this test; give what it said."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "mosaicdb", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_photos_in_a_bucket_make_a_mosaic(stored: ObjectServer, mosaicdb: Command) -> None:
    stored.put("cat.jpg", 40)
    Path("config.toml").write_text(f'image_path = "{URL}"\n[ingest]\nworkers = 1\n')
    assert in_a_process("ingest").splitlines()[0] == "12 files: 12 new"
    target = "s3://bucket/cat.jpg"
    mosaicdb("render", "--target", target, "--grid", "3x3", "--output", "m.jpg")
    assert target in mosaicdb("mosaics")
    stored.read_since()
    told = in_a_process("draw", "m.jpg", "--tile-size", "60x60", "--output", "large.png")
    assert "cannot be read" not in told
    assert len(stored.read_since()) == 9


def test_a_target_that_is_not_there_is_named_by_its_url(
    stored: ObjectServer, mosaicdb: Command
) -> None:
    mosaicdb("ingest", URL, "--db", "a.db")
    mosaicdb("render", "--db", "a.db", "--target", "s3://bucket/none.jpg", expect=1)
    assert mosaicdb.error_line.startswith(
        "mosaicdb: cannot read the target s3://bucket/none.jpg: s3://bucket/none.jpg: it is not "
        "there"
    )


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (404, "NoSuchBucket", "there is no such bucket"),
        (403, "AccessDenied", "not allowed: AccessDenied"),
        (403, "InvalidAccessKeyId", "not allowed: InvalidAccessKeyId"),
        (403, "SignatureDoesNotMatch", "not allowed: SignatureDoesNotMatch"),
    ],
)
def test_what_the_server_refuses_is_said_in_a_line(
    objects: ObjectServer, mosaicdb: Command, status: int, code: str, text: str
) -> None:
    objects.refuse = lambda request: (status, code)
    mosaicdb("ingest", URL, expect=1)
    assert mosaicdb.error_line == f"mosaicdb: {URL}: {text}"


def test_a_server_that_is_not_there_is_said_in_a_line(
    objects: ObjectServer, mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    mosaicdb("ingest", URL, expect=1)
    assert mosaicdb.error_line == (
        f"mosaicdb: {URL}: the server does not answer: Could not connect to the endpoint URL: "
        "http://127.0.0.1:1/bucket"
    )


def test_missing_credentials_are_said_in_a_line(
    objects: ObjectServer, mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    mosaicdb("ingest", URL, expect=1)
    assert mosaicdb.error_line.startswith(f"mosaicdb: {URL}: Unable to locate credentials: set ")


@pytest.mark.parametrize("package", ["fsspec", "s3fs"])
def test_a_missing_extra_is_named(
    mosaicdb: Command, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in (package, "s3fs")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    if package == "s3fs":
        registry = importlib.import_module("fsspec.registry")
        monkeypatch.delitem(registry._registry, "s3", raising=False)
    mosaicdb("ingest", URL, expect=1)
    assert mosaicdb.error_line == (
        f"mosaicdb: object storage ({URL}) needs the extra 's3': pip install 'mosaicdb[s3]'"
    )


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("s3://", "give the name of a bucket too"),
        ("what://bucket/photos", "Protocol not known: what"),
    ],
)
def test_urls_that_mean_nothing_are_refused(mosaicdb: Command, url: str, text: str) -> None:
    pytest.importorskip("fsspec")
    mosaicdb("ingest", url, expect=2 if url == "s3://" else 1)
    assert mosaicdb.error_line == f"mosaicdb: {url}: {text}"


@pytest.mark.parametrize("key", ["image_path", "target_id"])
def test_no_secret_in_a_url_is_printed(
    mosaicdb: Command, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    url = f"s3://AKIA:{SECRET}@bucket/photos"
    for place in ("file", "variable"):
        Path("config.toml").write_text(f'{key} = "{url}"\n' if place == "file" else "")
        if place == "variable":
            monkeypatch.setenv(f"MOSAICDB_{key.upper()}", url)
        for command in (["config"], ["ingest"], ["render", "--target", url]):
            mosaicdb(*command, expect=2)
            assert "credentials in a URL would be recorded" in mosaicdb.error_line
            assert SECRET not in mosaicdb.err + mosaicdb.out


def test_object_storage_cannot_be_watched(mosaicdb: Command) -> None:
    pytest.importorskip("watchfiles")
    mosaicdb("ingest", URL, "--watch", expect=2)
    assert mosaicdb.error_line == (
        f"mosaicdb: {URL}: only folders can be watched: ingest it now and then"
    )
