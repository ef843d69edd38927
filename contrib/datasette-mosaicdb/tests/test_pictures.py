"""The JPEGs of tiles."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ask, change

Serve = Callable[..., Any]
pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("table", ["thumbnail", "overview"])
async def test_a_tile_s_picture_is_what_the_database_holds(
    table: str, path: Path, served: Serve
) -> None:
    ((jpeg,),) = ask(path, f"SELECT jpeg FROM {table} WHERE tile_id = 2")  # noqa: S608
    answer = await served(path).get(f"/mosaic/-/{table}/2.jpg")
    assert answer.content == jpeg
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'"


async def test_a_picture_whose_version_is_named_need_not_be_asked_for_again(
    path: Path, served: Serve
) -> None:
    client = served(path)
    plain = await client.get("/mosaic/-/thumbnail/2.jpg")
    version = plain.headers["etag"].strip('"')
    assert plain.headers["cache-control"] == "no-cache"
    named = await client.get(f"/mosaic/-/thumbnail/2.jpg?v={version}")
    assert named.headers["cache-control"] == "max-age=31536000, immutable"
    change(path, "UPDATE thumbnail SET jpeg = x'ffd8ff00'")
    newer = await client.get(f"/mosaic/-/thumbnail/2.jpg?v={version}")
    assert newer.headers["cache-control"] == "no-cache"
    assert newer.content == b"\xff\xd8\xff\0"


async def test_a_picture_that_has_not_changed_is_not_sent_again(path: Path, served: Serve) -> None:
    client = served(path)
    url = "/mosaic/-/thumbnail/2.jpg"
    etag = (await client.get(url)).headers["etag"]
    again = await client.get(url, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    change(path, "UPDATE thumbnail SET jpeg = x'ffd8ff00'")
    assert (await client.get(url, headers={"if-none-match": etag})).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "/mosaic/-/thumbnail/99.jpg",
        "/mosaic/-/thumbnail/999999999999999999.jpg",
        "/mosaic/-/thumbnail/99999999999999999999999.jpg",
        "/mosaic/-/thumbnail/-1.jpg",
        "/mosaic/-/thumbnail/1;.jpg",
        "/mosaic/-/thumbnail/..~2Ftile.jpg",
        "/mosaic/-/tile/1.jpg",
        "/mosaic/-/file/1.jpg",
        "/nowhere/-/thumbnail/1.jpg",
    ],
)
async def test_nothing_but_pictures_of_tiles_is_served(url: str, path: Path, served: Serve) -> None:
    answer = await served(path).get(url)
    assert answer.status_code in (400, 404)
    assert answer.headers["content-type"] != "image/jpeg"


async def test_a_database_without_overviews_has_none_to_show(path: Path, served: Serve) -> None:
    change(path, "DROP TABLE overview")
    client = served(path)
    assert (await client.get("/mosaic/-/overview/1.jpg")).status_code == 404
    grid = await client.get("/mosaic/-/mosaic/1")
    assert grid.text.count("/-/thumbnail/") == 4
