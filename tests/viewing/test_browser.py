"""The viewer in a real browser, from the server and from a folder of files: see browser.py."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from browser import AXE, HOSTILE, NARROW, TIMEOUT, WIDE, comes_true, expect, serious_faults, serving
from support import write_photo

from mosaicdb import Database, MatchOptions, MosaicOptions, ingest_photos, render
from mosaicdb.errors import RenderingError
from mosaicdb.options import Outputs
from mosaicdb.pipelines.ban import bans
from mosaicdb.pipelines.export_viewer import export_viewer
from mosaicdb.pipelines.mosaics import find_named
from mosaicdb.pipelines.view import EditedView
from mosaicdb.pipelines.viewer import Viewed
from mosaicdb.records import Mosaic

NAMES = [HOSTILE.encode(), b"<script>document.title=1.jpg", b"a\nb\xff.jpg", b"'\"><b>.jpg"]
GRID = (7, 5)
VIEWPORT = "mosaicPage.picture.viewer.viewport"
IS_WHOLE = f"{VIEWPORT}.getZoom() === {VIEWPORT}.getHomeZoom()"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Database]:
    """Give a database with a mosaic of photos with strange names."""
    folder = tmp_path_factory.mktemp("home")
    for seed in range(20):
        path = write_photo(folder / "photos" / f"{seed:02d}.jpg", seed)
        if seed < len(NAMES):
            path.rename(folder / "photos" / os.fsdecode(NAMES[seed]))
    with Database(shutil.copy(empty_database, folder / "tiles.db")) as database:
        ingest_photos(database, [folder / "photos"])
        yield database


@pytest.fixture(scope="module")
def mosaic(home: Database) -> Mosaic:
    options = MosaicOptions(grid=GRID, match=MatchOptions("fair", min_distance=2))
    outputs = Outputs(home.path.parent / "m.png", name="kitchen")
    return render(home, 9, options, outputs=outputs)


@contextmanager
def served(database: Database) -> Iterator[str]:
    with serving(EditedView(database, find_named(database, "kitchen"))) as access:
        yield access.link


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def exported(database: Database) -> Iterator[str]:
    folder = database.path.parent / "site"
    if not folder.exists():
        export_viewer(database, "kitchen", folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module", params=[served, exported], ids=["server", "folder"])
def link(request: pytest.FixtureRequest, home: Database, mosaic: Mosaic) -> Iterator[str]:
    with request.param(home) as address:
        yield address


@contextmanager
def opened(
    chromium, link: str, size: dict[str, int] = WIDE, *, failing: bool = False, **options: object
) -> Iterator:
    """Open the page; whatever goes wrong in it fails the test, unless it is to fail."""
    context = chromium.new_context(viewport=size, reduced_motion="reduce", **options)
    page = context.new_page()
    page.set_default_timeout(TIMEOUT)
    troubles, hosts = [], set()
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(link)
    page.wait_for_selector("#mosaic[aria-busy=false]")
    yield page
    context.close()
    assert failing or troubles == []
    assert hosts == {link.split("/")[2]}


@pytest.fixture
def page(chromium, link: str) -> Iterator:
    with opened(chromium, link) as page:
        yield page


def middle(page, row: int, column: int) -> tuple[float, float]:
    """Give the middle of a cell on the screen, of a mosaic that is shown whole."""
    box = page.locator("#mosaic").bounding_box()
    cell = min(box["width"] / (GRID[0] * 8), box["height"] / (GRID[1] * 6))
    across, down = (column + 0.5 - GRID[0] / 2) * 8, (row + 0.5 - GRID[1] / 2) * 6
    return (
        box["x"] + box["width"] / 2 + across * cell,
        box["y"] + box["height"] / 2 + down * cell,
    )


def facts_of(page, what: str) -> str:
    """Give what the panel tells, once it tells of this cell or tile."""
    facts = page.locator("#photo-facts")
    expect(facts).to_contain_text(what)
    return facts.inner_text()


def name_at(page, row: int, column: int) -> str:
    """Give the name of the photo in a cell, as its panel tells it."""
    page.goto(f"{page.url.split('#')[0]}#cell={row},{column}")
    facts_of(page, f"row {row}, column {column}")
    return page.locator("#panel-name").inner_text()


def test_it_shows_names_on_hover_and_all_about_a_photo_on_a_click(page, mosaic: Mosaic) -> None:
    assert page.title() == "kitchen – mosaic"
    page.mouse.move(*middle(page, 1, 2))
    name = page.locator("#name")
    name.wait_for()
    hovered = name.inner_text()
    page.mouse.click(*middle(page, 1, 2))
    facts = facts_of(page, "row 1, column 2")
    assert page.locator("#panel-name").inner_text() == hovered
    for told in ("64 × 48 pixels", hovered, f"Tile\n{mosaic.tile_ids[1, 2]}"):
        assert told in facts
    distance = float(mosaic.cell_costs[1, 2]) ** 0.5
    assert f"Distance\n{round(distance, 3):g}" in facts
    photo = page.locator("#photo")
    assert photo.get_attribute("alt") == f"The photo {hovered}"
    assert photo.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    page.keyboard.press("Escape")
    assert page.locator("#panel").is_hidden()


def test_it_zooms_into_the_originals_and_back(page) -> None:
    assert comes_true(page, IS_WHOLE)
    page.mouse.move(*middle(page, 2, 3))
    for _ in range(4):
        page.mouse.wheel(0, -400)
    original = page.locator(".original img:not(.loading)").first
    original.wait_for()
    assert original.evaluate("image => image.naturalWidth") == 64
    assert not page.evaluate(IS_WHOLE)
    page.get_by_role("button", name="Whole mosaic").click()
    page.locator("#mosaic[aria-busy=false]").wait_for()
    assert comes_true(page, IS_WHOLE)


def test_a_search_jumps_to_the_photo(page, mosaic: Mosaic) -> None:
    tile = int(mosaic.tile_ids[4, 5])
    name = name_at(page, 4, 5)
    page.keyboard.press("Escape")
    page.get_by_role("searchbox").fill(name[:-2].upper() if name[0].isdigit() else name[:3])
    page.locator("#found-list button").first.click()
    page.locator("#panel:not([hidden])").wait_for()
    assert f"Tile\n{tile}\n" in facts_of(page, "row ")
    page.get_by_role("searchbox").fill("no such photo")
    page.get_by_text("0 photos").wait_for()


def test_a_link_opens_the_same_place(page, chromium, link: str) -> None:
    page.mouse.click(*middle(page, 3, 1))
    facts_of(page, "row 3, column 1")
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("slider").fill("40")
    page.wait_for_url("**/#x=*&cell=3,1&target=40")
    name = page.locator("#panel-name").inner_text()
    with opened(chromium, page.url) as other:
        facts_of(other, "row 3, column 1")
        assert other.locator("#panel-name").inner_text() == name
        assert other.get_by_role("slider").input_value() == "40"
        assert other.url.split("&cell")[0] == page.url.split("&cell")[0]


def test_all_of_it_works_by_keyboard(page, mosaic: Mosaic) -> None:
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("Row 2, column 3:").wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.get_by_text("Row 1, column 4:").wait_for()
    page.keyboard.press("Enter")
    page.locator("#panel-name:focus").wait_for()
    page.keyboard.press("Escape")
    page.locator(".openseadragon-canvas:focus").wait_for()
    assert comes_true(page, IS_WHOLE)
    page.keyboard.press("+")
    assert comes_true(page, f"!({IS_WHOLE})")
    page.keyboard.press("0")
    assert comes_true(page, IS_WHOLE)
    assert page.locator("#panel").is_hidden()


def test_parts_that_cannot_be_drawn_are_told(
    chromium, home: Database, mosaic: Mosaic, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rebuilt(*_: object) -> bytes:
        raise RenderingError("a thumbnail is RGB 8 x 8, not RGB 50 x 50")

    monkeypatch.setattr(Viewed, "tile_jpeg", rebuilt)
    with served(home) as link, opened(chromium, link, failing=True) as page:
        expect(page.get_by_role("status")).to_contain_text("start the viewer again")


def test_fingers_pinch_move_and_tap(chromium, home: Database, mosaic: Mosaic) -> None:
    with served(home) as link, opened(chromium, link, NARROW, has_touch=True) as page:
        fingers = page.context.new_cdp_session(page)
        box = page.locator("#mosaic").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

        def touch(*strokes: tuple[int, int, int, int]) -> None:
            """Move a finger for each of from where, beside the middle, and to where."""
            for step in range(11):
                points = [
                    {
                        "id": number,
                        "x": x + left + step * across / 10,
                        "y": y + top + step * down / 10,
                    }
                    for number, (left, top, across, down) in enumerate(strokes)
                ]
                kind = "touchMove" if step else "touchStart"
                fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
            fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

        home_zoom = page.evaluate(f"{VIEWPORT}.getHomeZoom()")
        touch((-20, 0, -80, 0), (20, 0, 80, 0))
        assert comes_true(page, f"{VIEWPORT}.getZoom() > {2 * home_zoom}")
        before = page.evaluate(f"{VIEWPORT}.getCenter().x")
        touch((0, 0, 60, 0))
        assert comes_true(page, f"{VIEWPORT}.getCenter().x < {before} - 0.01")
        page.get_by_role("button", name="Whole mosaic").click()
        assert comes_true(page, IS_WHOLE)
        page.touchscreen.tap(x, y)
        expect(page.locator("#panel")).to_be_visible()
        assert page.locator("#name").is_hidden()


def test_a_name_that_is_markup_does_nothing(page, mosaic: Mosaic, home: Database) -> None:
    (tile,) = (one.tile_id for one in Viewed(home, find_named(home, None), 64).search("onerror"))
    row, column = divmod(int((mosaic.tile_ids == tile).argmax()), GRID[0])
    assert name_at(page, row, column) == HOSTILE
    page.keyboard.press("Escape")
    page.get_by_role("searchbox").fill("onerror")
    page.locator("#found-list button").first.click()
    facts_of(page, f"row {row}, column {column}")
    page.get_by_role("button", name="Whole mosaic").click()
    page.mouse.move(*middle(page, row, column))
    assert page.title() == "kitchen – mosaic"
    assert page.locator("img[src=x]").count() == 0
    assert page.locator("script").count() == 3


def test_where_else_a_photo_stands_can_be_visited(page, mosaic: Mosaic) -> None:
    ids, first, counts = np.unique(mosaic.tile_ids, return_index=True, return_counts=True)
    row, column = divmod(int(first[counts.argmax()]), GRID[0])
    name = name_at(page, row, column)
    page.locator("#others-list button").first.click()
    expect(page.locator("#photo-facts")).not_to_contain_text(f"row {row}, column {column}")
    expect(page.get_by_role("status")).to_contain_text(name)
    assert f"cell={row},{column}" not in page.url


def test_a_photo_is_swapped_and_banned_and_both_are_undone(
    chromium, home: Database, mosaic: Mosaic
) -> None:
    with served(home) as link, opened(chromium, f"{link}#cell=2,2") as page:
        tile = page.locator("#photo-facts dt:has-text('Tile') + dd")
        first = tile.inner_text()
        said = page.get_by_role("status").filter(has_text="of 35 cells changed")
        page.get_by_role("button", name="Swap for the next best").click()
        said.wait_for()
        swapped = tile.inner_text()
        assert swapped != first
        assert str(find_named(home, "kitchen").tile_ids[2, 2]) == swapped
        page.get_by_role("button", name="Ban this photo").click()
        page.wait_for_selector("#undo:not([disabled])")
        assert tile.inner_text() != swapped
        assert [str(ban.tile_id) for ban in bans(home)] == [swapped]
        for _ in range(2):
            page.get_by_role("button", name="Undo").click()
            page.wait_for_selector("#swap:not([disabled])")
        said.wait_for()
        assert tile.inner_text() == first
        assert bans(home) == []
        assert page.get_by_role("button", name="Undo").is_disabled()
    assert (find_named(home, "kitchen").tile_ids == mosaic.tile_ids).all()


def test_what_cannot_be_changed_is_told_in_a_line(chromium, home: Database, mosaic) -> None:
    before = find_named(home, "kitchen").tile_ids
    with served(home) as link, opened(chromium, f"{link}#cell=0,0", failing=True) as page:
        page.get_by_label("Number of a tile").fill("999999")
        page.get_by_role("button", name="Put it here").click()
        page.get_by_role("status").filter(has_text="there is no tile 999999").wait_for()
    assert (find_named(home, "kitchen").tile_ids == before).all()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_no_serious_fault(chromium, link: str, size: dict[str, int], scheme: str) -> None:
    if AXE is None:
        pytest.skip("needs axe-core: MOSAICDB_TEST_AXE names its axe.min.js")
    with opened(chromium, link, size, color_scheme=scheme, bypass_csp=True) as page:
        page.get_by_role("searchbox").fill("jp")
        page.locator("#found-list button").first.click()
        page.get_by_role("searchbox").fill("jpg")
        facts_of(page, "row ")
        assert serious_faults(page) == []


def test_a_page_elsewhere_can_neither_look_nor_change(chromium, home: Database, mosaic) -> None:
    with served(home) as link, exported(home) as elsewhere:
        context = chromium.new_context(bypass_csp=True)
        page = context.new_page()
        page.goto(elsewhere)
        fetched = "link => fetch(link + 'mosaic.json').then(() => 'read', () => 'refused')"
        assert page.evaluate(fetched, link) == "refused"
        posted = (
            "link => fetch(link + 'changes', {method: 'POST', mode: 'no-cors', body: '{}'})"
            ".then(answer => answer.type, () => 'refused')"
        )
        assert page.evaluate(posted, link) in ("opaque", "refused")
        framed = "link => { const frame = document.createElement('iframe'); frame.src = link; }"
        page.evaluate(framed, link)
        context.close()
        with socket.create_connection(("127.0.0.1", int(link.rsplit(":")[-1].strip("/")))):
            pass
