"""Cells of tables and queries."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import REVISIONS, ask, change

Serve = Callable[..., Any]
pytestmark = pytest.mark.asyncio


async def page(client: Any, url: str, **arguments: Any) -> str:
    answer = await client.get(url, **arguments)
    assert answer.status_code == 200, answer.text
    return answer.text


def pictures(html: str) -> list[str]:
    return re.findall(r'<img src="([^"]+)"', html)


@pytest.mark.parametrize("revision", REVISIONS, ids=lambda path: path.stem)
async def test_every_version_of_the_database_shows_thumbnails(
    revision: Path, tmp_path: Path, served: Serve
) -> None:
    client = served(shutil.copy(revision, tmp_path / "old.db"))
    shown = pictures(await page(client, "/old/thumbnail"))
    assert [url.split("?")[0] for url in shown if "?v=" in url] == [
        f"/old/-/thumbnail/{tile_id}.jpg"
        for (tile_id,) in ask(revision, "SELECT id FROM tile ORDER BY id")
    ]
    for url in shown:
        answer = await client.get(url)
        assert answer.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("table", ["file", "placement", "tile_stats", "tile_uses", "shared_tile"])
async def test_tiles_are_small_pictures_that_lead_to_their_rows(
    table: str, path: Path, served: Serve
) -> None:
    html = await page(served(path), f"/mosaic/{table}")
    link = (
        r'<a class="mosaicdb-tile" href="/mosaic/tile/1"><img src="/mosaic/-/thumbnail/1.jpg" '
        r'alt="" width="48" height="48" loading="lazy"> 1</a>'
    )
    assert re.search(link, html)


async def test_the_table_of_tiles_shows_them(path: Path, served: Serve) -> None:
    client = served(path)
    assert "/mosaic/-/thumbnail/0.jpg" in pictures(await page(client, "/mosaic/tile"))
    assert pictures(await page(client, "/mosaic/tile/0")) == ["/mosaic/-/thumbnail/0.jpg"]


async def test_a_query_shows_thumbnails_and_overviews_by_the_tile_beside_them(
    path: Path, served: Serve
) -> None:
    client = served(path)
    for table in ("thumbnail", "overview"):
        sql = f"select jpeg, tile_id from {table} where tile_id = 1"  # noqa: S608
        shown = pictures(await page(client, "/mosaic", params={"sql": sql}, follow_redirects=True))
        assert shown[0].startswith(f"/mosaic/-/{table}/1.jpg?v=")
        assert shown[1] == "/mosaic/-/thumbnail/1.jpg"


async def test_a_picture_of_which_no_tile_is_known_stays_as_it_is(
    path: Path, served: Serve
) -> None:
    client = served(path)
    for sql in (
        "select jpeg from thumbnail",
        "select jpeg, 'x' as tile_id from thumbnail",
        "select jpeg, 99 as tile_id from thumbnail",
        "select x'ffd8ff00' as jpeg, 0 as tile_id",
    ):
        html = await page(client, "/mosaic", params={"sql": sql}, follow_redirects=True)
        assert not [url for url in pictures(html) if "?v=" in url]
        assert "Binary" in html


async def test_what_is_no_jpeg_is_not_shown_as_a_picture(path: Path, served: Serve) -> None:
    change(path, "UPDATE thumbnail SET jpeg = '<script>' WHERE tile_id = 0")
    change(path, "UPDATE thumbnail SET jpeg = x'3c7376673e' WHERE tile_id = 1")
    client = served(path)
    shown = pictures(await page(client, "/mosaic/thumbnail"))
    assert not [url for url in shown if re.search(r"/[01]\.jpg\?v=", url)]
    for tile_id in (0, 1):
        assert (await client.get(f"/mosaic/-/thumbnail/{tile_id}.jpg")).status_code == 404


async def test_rows_of_mosaics_lead_to_their_grids(path: Path, served: Serve) -> None:
    change(path, "UPDATE mosaic SET name = '<b>cats</b>'")
    client = served(path)
    assert 'href="/mosaic/-/mosaic/1">&lt;b&gt;cats&lt;/b&gt;</a>' in await page(
        client, "/mosaic/mosaic"
    )
    change(path, "UPDATE mosaic SET name = NULL")
    assert 'href="/mosaic/-/mosaic/1">mosaic 1</a>' in await page(client, "/mosaic/mosaic/1")


async def test_a_placement_leads_to_its_cell(path: Path, served: Serve) -> None:
    html = await page(served(path), "/mosaic/placement?row=1&column=0")
    assert 'href="/mosaic/-/mosaic/1?row=1&amp;column=0&amp;mark=1">' in html


async def test_nothing_but_what_refers_to_tiles_is_a_tile(path: Path, served: Serve) -> None:
    change(path, "CREATE TABLE roof (id INTEGER PRIMARY KEY, tile_id INTEGER, name TEXT)")
    change(path, "INSERT INTO roof VALUES (1, 1, 'slate')")
    change(path, "CREATE TABLE loved (photo INTEGER REFERENCES tile (id))")
    change(path, "INSERT INTO loved VALUES (1), (NULL)")
    client = served(path)
    assert pictures(await page(client, "/mosaic/roof")) == []
    assert pictures(await page(client, "/mosaic/loved")) == ["/mosaic/-/thumbnail/1.jpg"]


async def test_other_databases_are_shown_as_without_the_plugin(
    tmp_path: Path, served: Serve
) -> None:
    path = tmp_path / "roofs.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE tile (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("CREATE TABLE thumbnail (tile_id REFERENCES tile (id), jpeg BLOB)")
        connection.execute("INSERT INTO tile VALUES (1, 'slate')")
        connection.execute("INSERT INTO thumbnail VALUES (1, x'ffd8ff')")
    client = served(path)
    for url in ("/roofs/thumbnail", "/roofs/tile", "/roofs", "/"):
        assert "mosaicdb" not in await page(client, url)
    for url in ("/roofs/-/thumbnail/1.jpg", "/roofs/-/mosaic", "/roofs/-/mosaic/1"):
        assert (await client.get(url)).status_code == 404


async def test_urls_begin_with_where_datasette_is_and_name_its_database(
    path: Path, served: Serve
) -> None:
    odd = path.rename(path.with_name("my photos.v2.db"))
    client = served(odd, settings={"base_url": "/data/"})
    route = "/my+photos~2Ev2"  # the client puts /data before it
    html = await page(client, f"{route}/file")
    assert f"/data{route}/-/thumbnail/1.jpg" in pictures(html)
    assert 'href="/data/-/static-plugins/datasette-mosaicdb/mosaicdb.css?' in html
    assert (await client.get(f"{route}/-/thumbnail/1.jpg")).status_code == 200
    grid = await page(client, f"{route}/-/mosaic/1")
    assert f'href="/data{route}/tile/1"' in grid
    assert f'action="/data{route}/-/mosaic/1"' in grid


async def test_the_styles_are_served(path: Path, served: Serve) -> None:
    client = served(path)
    (url,) = re.findall(r'href="(/-/static-plugins/[^"]+)"', await page(client, "/mosaic/file"))
    assert ".mosaicdb-row" in (await client.get(url)).text
