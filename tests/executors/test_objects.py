"""Photos in object storage are read by the workers of a cluster, and by processes."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from object_server import ObjectServer

from mosaicdb import Database, MosaicOptions, Outputs, draw, render
from mosaicdb.errors import MissingExtraError

pytest.importorskip("distributed")

URL = "s3://bucket/photos"
WAYS = [["--executor", "dask"], ["--executor", "processes"]]


def run(*words: str, expect: int = 0) -> str:
    """Run a command in a process, whose workers have the variables of this test."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "mosaicdb", *words, "--workers", "1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == expect, done.stderr
    return done.stderr


@pytest.fixture
def stored(objects: ObjectServer) -> ObjectServer:
    for seed in range(9):
        objects.put(f"photos/{seed}.jpg", seed)
    return objects


def test_workers_of_a_cluster_read_objects_for_ingest_and_draw(
    stored: ObjectServer, tmp_path: Path
) -> None:
    assert run("ingest", URL, "--db", "a.db", *WAYS[0]).startswith("9 files: 9 new\n")
    with Database("a.db") as database:
        render(database, 4, MosaicOptions((3, 3)), outputs=Outputs(Path("m.png")))
        draw(database, tile_size=(60, 60)).save(Path("here.png"))
    stored.read_since()
    told = run("draw", "--db", "a.db", "--tile-size", "60x60", "--output", "there.png", *WAYS[0])
    assert "from 9 photos" in told
    assert "cannot be read" not in told
    assert len(stored.read_since()) == 9
    assert Path("here.png").read_bytes() == Path("there.png").read_bytes()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: str(way[1]))
def test_what_a_worker_is_refused_is_said_in_a_line(stored: ObjectServer, way: list[str]) -> None:
    stored.refuse = lambda request: (403, "ExpiredToken") if request.endswith("5.jpg") else None
    told = run("ingest", URL, "--db", "a.db", *way, expect=1)
    assert told == f"mosaicdb: {URL}/5.jpg: not allowed: ExpiredToken\n"


def test_an_extra_that_a_worker_lacks_is_named_behind_its_border() -> None:
    error = MissingExtraError("object storage (s3://bucket)", "s3")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
