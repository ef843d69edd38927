"""Mosaics as grids of pictures."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import REVISIONS, change
from datasette_mosaicdb.window import span_around

Serve = Callable[..., Any]


async def page(client: Any, url: str) -> str:
    answer = await client.get(url)
    assert answer.status_code == 200, answer.text
    return answer.text


def cells(html: str) -> list[str]:
    return re.findall(r'<(?:a|span) class="mosaicdb-cell.*?</(?:a|span)>', html, re.S)


def make_large(path: Path, columns: int, rows: int, filled: int) -> None:
    """Make the mosaic larger, with tile 1 in the first columns of every row."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM placement")
        connection.execute('UPDATE mosaic SET "columns" = ?, "rows" = ?', (columns, rows))
        connection.executemany(
            'INSERT INTO placement (mosaic_id, "row", "column", tile_id) VALUES (1, ?, ?, 1)',
            [(row, column) for row in range(rows) for column in range(filled)],
        )


@pytest.mark.asyncio
@pytest.mark.parametrize("revision", REVISIONS, ids=lambda path: path.stem)
async def test_mosaics_of_every_version_are_grids_of_links(
    revision: Path, tmp_path: Path, served: Serve
) -> None:
    client = served(shutil.copy(revision, tmp_path / "old.db"))
    assert 'href="/old/-/mosaic/1">Mosaic 1</a>' in await page(client, "/old/-/mosaic")
    shown = cells(await page(client, "/old/-/mosaic/1"))
    tiles = [re.search(r'href="/old/tile/(\d+)"', cell) for cell in shown]
    assert [int(tile[1]) for tile in tiles if tile] == [0, 1, 2, 0]
    for cell in shown:
        (url,) = re.findall(r'(?:src|href)="([^"]+\.jpg[^"]*)"', cell)
        answer = await client.get(url.replace("&amp;", "&"))
        assert answer.headers["cache-control"] == "max-age=31536000, immutable"


@pytest.mark.asyncio
async def test_cells_are_cropped_and_mirrored_as_in_the_mosaic(path: Path, served: Serve) -> None:
    shown = cells(await page(served(path), "/mosaic/-/mosaic/1"))
    assert ["mosaicdb-flipped" in cell for cell in shown] == [False, True, False, False]
    assert ["/-/overview/" in cell for cell in shown] == [False, False, True, False]
    assert 'viewBox="250 0 750 1000"' in shown[2]


@pytest.mark.asyncio
async def test_names_of_files_are_data(path: Path, served: Serve) -> None:
    change(path, "UPDATE mosaic SET name = '<script>alert(2)</script>'")
    client = served(path)
    for url in ("/mosaic/-/mosaic/1", "/mosaic/-/mosaic"):
        html = await page(client, url)
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(2)" in html
    cell = cells(await page(client, "/mosaic/-/mosaic/1"))[1]
    assert 'alt="Row 0, column 1: &lt;script&gt;alert(1) &#34;&#39;.jpg"' in cell


@pytest.mark.asyncio
async def test_the_page_holds_no_style_script_or_address_of_its_own(
    path: Path, served: Serve
) -> None:
    html = await page(served(path), "/mosaic/-/mosaic/1")
    content = html.split('<section class="content">')[1].split("</section>")[0]
    assert not re.search(r"<script|<style|\bstyle=|\bon\w+=|https?:", content)


@pytest.mark.asyncio
async def test_empty_cells_are_said_to_be_empty(path: Path, served: Serve) -> None:
    change(path, 'DELETE FROM placement WHERE "row" = 1 AND "column" = 1')
    shown = cells(await page(served(path), "/mosaic/-/mosaic/1"))
    assert "mosaicdb-empty" in shown[3]
    assert 'aria-label="Row 1, column 1: empty"' in shown[3]
    assert "href" not in shown[3]


@pytest.mark.asyncio
async def test_a_tile_without_thumbnail_is_named_by_its_number(path: Path, served: Serve) -> None:
    change(path, "DELETE FROM thumbnail WHERE tile_id = 1")
    assert cells(await page(served(path), "/mosaic/-/mosaic/1"))[1].endswith(">1</a>")


@pytest.mark.asyncio
async def test_a_mosaic_of_a_million_cells_is_shown_in_parts(path: Path, served: Serve) -> None:
    make_large(path, columns=1000, rows=1000, filled=3)
    client = served(path)
    html = await page(client, "/mosaic/-/mosaic/1?row=500&column=0")
    shown = cells(html)
    assert len(shown) <= 40 * 30
    assert sum("/tile/1" in cell for cell in shown) == 3 * (len(shown) // 40)
    assert "of 1,000" in html
    links = dict(re.findall(r'<a href="([^"]+)" aria-label="(Cells[^"]+)"', html))
    assert sorted(links.values()) == ["Cells above", "Cells below", "Cells to the right"]
    first_rows = {re.search(r"Rows (\d+)", await page(client, _url(url)))[1] for url in links}
    assert len(first_rows) == 3  # that of the same rows, of those above, and of those below


def _url(href: str) -> str:
    return href.replace("&amp;", "&")


@pytest.mark.asyncio
async def test_a_jump_marks_the_cell(path: Path, served: Serve) -> None:
    make_large(path, columns=100, rows=100, filled=1)
    html = await page(served(path), "/mosaic/-/mosaic/1?row=77&column=0&mark=1")
    (marked,) = [cell for cell in cells(html) if "aria-current" in cell]
    assert "Row 77, column 0" in marked


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "query", ["row=99999&column=99999", "row=-1", "row=x&column=1e9", "row=" + "9" * 40, "column=²"]
)
async def test_places_outside_of_the_grid_show_what_is_nearest(
    query: str, path: Path, served: Serve
) -> None:
    assert len(cells(await page(served(path), f"/mosaic/-/mosaic/1?{query}"))) == 4


@pytest.mark.asyncio
@pytest.mark.parametrize("mosaic_id", ["2", "999999999999999999"])
async def test_a_mosaic_that_is_not_there_is_said_in_a_line(
    mosaic_id: str, path: Path, served: Serve
) -> None:
    answer = await served(path).get(f"/mosaic/-/mosaic/{mosaic_id}")
    assert answer.status_code == 404
    assert f"No mosaic {mosaic_id} in mosaic" in answer.text


@pytest.mark.asyncio
async def test_a_database_without_mosaics_says_so(path: Path, served: Serve) -> None:
    change(path, "DELETE FROM mosaic")
    assert "No mosaic has been recorded yet" in await page(served(path), "/mosaic/-/mosaic")


@pytest.mark.asyncio
async def test_a_database_of_a_newer_version_is_shown_too(path: Path, served: Serve) -> None:
    change(path, "UPDATE alembic_version SET version_num = '9999'")
    change(path, "ALTER TABLE placement ADD COLUMN rotated INTEGER")
    change(path, "CREATE TABLE frame (tile_id INTEGER REFERENCES tile (id), svg TEXT)")
    change(path, "INSERT INTO frame VALUES (1, '<svg>')")
    client = served(path)
    assert len(cells(await page(client, "/mosaic/-/mosaic/1"))) == 4
    assert "/mosaic/-/thumbnail/1.jpg" in await page(client, "/mosaic/frame")


@pytest.mark.asyncio
async def test_an_immutable_database_is_shown(path: Path, served: Serve) -> None:
    change(path, "PRAGMA journal_mode = DELETE")
    client = served(immutables=[str(path)])
    assert len(cells(await page(client, "/mosaic/-/mosaic/1"))) == 4


@pytest.mark.parametrize("count", [1, 30, 31, 50, 89, 1000])
def test_windows_cover_every_row_once(count: int) -> None:
    spans = [span_around(place, count, 30) for place in range(count)]
    assert all(
        span.start <= place < span.stop <= span.start + 30 for place, span in enumerate(spans)
    )
    windows = sorted({(span.start, span.stop) for span in spans})
    assert windows[0][0] == 0
    assert windows[-1][1] == count
    assert all(before[1] == after[0] for before, after in zip(windows, windows[1:], strict=False))
    for span in spans:
        assert span.before is None or span_around(span.before, count, 30).stop == span.start
        assert span.after is None or span_around(span.after, count, 30).start == span.stop
