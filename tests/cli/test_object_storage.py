"""Commands on object storage: a line for each fault, and no secret in it."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from object_server import SECRET, ObjectServer
from support import Command

from mosaicdb import Database, ingest_photos

URL = "s3://bucket/photos"


@pytest.fixture
def stored(objects: ObjectServer) -> ObjectServer:
    for seed in range(12):
        objects.put(f"photos/{seed:02d}.jpg", seed)
    return objects


@pytest.fixture
def ingested(stored: ObjectServer, empty_database: Path) -> ObjectServer:
    Path("data").mkdir()
    with Database(shutil.copy(empty_database, "data/mosaic.db")) as database:
        ingest_photos(database, [URL])
    stored.requests.clear()
    return stored


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
    ingested: ObjectServer, mosaicdb: Command
) -> None:
    mosaicdb("render", "--target", "s3://bucket/none.jpg", expect=1)
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


RENDER = ("render", "--target", "3", "--grid", "3x3")


def test_pictures_matches_and_reports_are_written_to_a_bucket(
    ingested: ObjectServer, mosaicdb: Command
) -> None:
    mosaicdb(
        *(*RENDER, "--output", "s3://bucket/made/m.jpg", "--matches", "s3://bucket/made/m.tab"),
        *("--report", "s3://bucket/made/m.html"),
    )
    told = mosaicdb.err
    mosaicdb("export", "s3://bucket/made/t.parquet")
    names = ["made/m.html", "made/m.jpg", "made/m.tab", "made/t.parquet"]
    assert [name for name in ingested.names() if "photos" not in name] == names
    assert ingested.get("made/m.jpg").startswith(b"\xff\xd8")
    assert told.startswith("s3://bucket/made/m.jpg: ")
    assert not Path("s3:").exists()


def test_a_mosaic_in_a_bucket_is_found_drawn_and_edited_by_its_url(
    ingested: ObjectServer, mosaicdb: Command
) -> None:
    picture = "s3://bucket/made/m.png"
    mosaicdb(*RENDER, "--output", picture)
    before = ingested.get("made/m.png")
    mosaicdb("draw", picture, "--output", "here.png")
    assert Path("here.png").read_bytes() == before
    mosaicdb("edit", picture, "--swap", "0,0")
    assert ingested.get("made/m.png") != before
    mosaicdb("score", picture)
    mosaicdb(*RENDER, "--output", picture)
    assert mosaicdb("mosaics").count(picture) == 1
    ingested.put("made/m.png", b"something else")
    mosaicdb("draw", picture, expect=1)
    assert "is not the picture of mosaic" in mosaicdb.error_line


@pytest.mark.parametrize(
    ("output", "code", "text"),
    [
        ("s3://none/m.jpg", 1, "s3://none/m.jpg: there is no such bucket"),
        (f"{URL}/05.jpg", 2, f"{URL}/05.jpg is one of your photos: name another file"),
        ("s3://bucket/m.dzi", 2, "s3://bucket/m.dzi: a Deep Zoom picture is a folder of files, "),
        ("s3://bucket//m.jpg", 2, "s3://bucket//m.jpg: a part of this URL is empty"),
    ],
)
def test_outputs_that_cannot_be_are_refused_before_the_work(
    ingested: ObjectServer, mosaicdb: Command, output: str, code: int, text: str
) -> None:
    mosaicdb(*RENDER, "--output", output, expect=code)
    assert mosaicdb.error_line.startswith(f"mosaicdb: {text}")
    assert not any(request.startswith("PUT") for request in ingested.requests)


def test_an_upload_that_fails_leaves_what_was_there(
    ingested: ObjectServer, mosaicdb: Command
) -> None:
    ingested.put("m.jpg", b"before")
    ingested.refuse = lambda request: (403, "AccessDenied") if "PUT" in request else None
    mosaicdb(*RENDER, "--output", "s3://bucket/m.jpg", expect=1)
    assert mosaicdb.error_line == "mosaicdb: s3://bucket/m.jpg: not allowed: AccessDenied"
    assert ingested.get("m.jpg") == b"before"
    assert "m.jpg" not in mosaicdb("mosaics")


def test_a_page_of_many_files_is_not_written_to_a_bucket(
    ingested: ObjectServer, mosaicdb: Command
) -> None:
    mosaicdb(*RENDER, "--output", "m.jpg")
    mosaicdb("export-viewer", "1", "s3://bucket/site", expect=2)
    assert mosaicdb.error_line == (
        "mosaicdb: s3://bucket/site: object storage takes files, not folders of them"
    )
