"""The pages of a live wall in a real browser: see test_browser.py."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser import AXE, HOSTILE, NARROW, TIMEOUT, WIDE, comes_true, expect, serious_faults, serving
from support import write_photo

from mosaicdb import Database, MosaicOptions, Selection, ingest_photos
from mosaicdb.live_options import LiveOptions
from mosaicdb.pipelines.live_view import LiveView
from mosaicdb.pipelines.progress import SILENT
from mosaicdb.pipelines.wall import open_wall
from mosaicdb.viewing import Access


class Party:
    """A wall that is served, and photos that arrive."""

    def __init__(self, database: Database, folder: Path, view: LiveView, access: Access) -> None:
        self.view, self.access = view, access
        self._database, self._folder = database, folder

    def arrive(self, seed: int, name: str) -> None:
        write_photo(self._folder / "x.jpg", seed).rename(self._folder / name)
        ingest_photos(self._database, [self._folder])
        self.view.take_in()


@contextmanager
def party(empty_database: Path, folder: Path, **live: object) -> Iterator[Party]:
    target = write_photo(folder / "target.png", 99)
    options = LiveOptions(**live)  # type: ignore[arg-type]
    with Database(shutil.copy(empty_database, folder / "tiles.db")) as database:
        asked = MosaicOptions(grid=(4, 3))
        wall = open_wall(database, target, asked, Selection(), options, folder / "wall.png")
        view = LiveView(database, wall, None, SILENT)
        (folder / "incoming").mkdir()
        with serving(view, change_token="host") as access:
            yield Party(database, folder / "incoming", view, access)


@contextmanager
def opened(chromium, link: str, **options: object) -> Iterator:
    """Open a page; whatever goes wrong in it fails the test."""
    context = chromium.new_context(**{"viewport": WIDE, "reduced_motion": "reduce"} | options)
    page = context.new_page()
    page.set_default_timeout(TIMEOUT)
    troubles = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(link)
    yield page
    context.close()
    assert troubles == []


def test_a_wall_grows_by_itself_and_tells_guests_where_their_photos_are(
    chromium, empty_database: Path, tmp_path: Path
) -> None:
    with (
        party(empty_database, tmp_path, fixed=True) as wall,
        opened(chromium, wall.access.link) as page,
    ):
        page.get_by_text("4 × 3 cells, 0 photos").wait_for()
        for seed, name in enumerate([HOSTILE, "mine.jpg"]):
            wall.arrive(seed, name)
            row, column = wall.view.growth("").newest[0].place
            place = f"row {row + 1}, column {column + 1}"
            page.get_by_role("status").filter(has_text=f"{name}: {place}").wait_for()
        page.get_by_text("4 × 3 cells, 2 photos").wait_for()
        page.locator("#mosaic[aria-busy=false]").wait_for()
        assert page.evaluate("mosaicPage.picture.viewer.world.getItemCount()") == 1
        search = page.get_by_label("Find your photo by its name or number")
        for text in ("MINE", "1"):
            search.fill(text)
            page.locator("#found-list button").filter(has_text=f"{place}: mine.jpg").wait_for()
        search.press("Enter")
        page.locator("#found-list button").first.click()
        said = f"R{place[1:]}: mine.jpg"
        page.get_by_role("status").filter(has_text=said).wait_for()
        expect(page.locator("#photo-facts")).to_contain_text(place)
        assert page.locator("#changes").is_hidden()
        search.fill("nobody's")
        page.get_by_text("No photo of that name or number is here").wait_for()
        assert page.locator("img[src=x]").count() == 0


def test_a_host_says_yes_and_no(chromium, empty_database: Path, tmp_path: Path) -> None:
    with (
        party(empty_database, tmp_path, approve=True) as wall,
        opened(chromium, wall.access.host_link) as page,
    ):
        page.get_by_text("0 photos", exact=True).wait_for()
        for seed, name in enumerate([HOSTILE, "good.jpg", "better.jpg"]):
            wall.arrive(seed, name)
        page.get_by_text("3 photos", exact=True).wait_for()
        page.get_by_role("button", name=f"No, never show {HOSTILE}").click()
        page.get_by_role("status").filter(has_text="0 photos shown, 1 refused").wait_for()
        page.get_by_role("button", name="Yes, show good.jpg").click()
        page.get_by_role("status").filter(has_text="1 photo shown, 0 refused").wait_for()
        picture = page.get_by_role("img", name="The photo better.jpg")
        assert comes_true(page, "document.querySelector('#waiting canvas').width === 8")
        assert picture.is_visible()
        assert page.locator("img[src=x]").count() == 0
        page.get_by_role("button", name="Show all of them").click()
        page.get_by_text("0 photos", exact=True).wait_for()
        page.get_by_role("link", name="To the wall").click()
        page.get_by_text("4 × 3 cells, 2 photos").wait_for()


def test_guests_cannot_see_what_waits(chromium, empty_database: Path, tmp_path: Path) -> None:
    with party(empty_database, tmp_path, approve=True) as wall:
        wall.arrive(1, "secret.jpg")
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"{wall.access.link}host.html")
        page.get_by_text("only the host may see what waits").wait_for()
        assert page.locator("#waiting li").count() == 0
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_no_serious_fault(
    chromium, empty_database: Path, tmp_path: Path, size: dict[str, int], scheme: str
) -> None:
    if AXE is None:
        pytest.skip("needs axe-core: MOSAICDB_TEST_AXE names its axe.min.js")
    with party(empty_database, tmp_path, approve=True) as wall:
        wall.arrive(1, "one.jpg")
        looks = {"viewport": size, "color_scheme": scheme, "bypass_csp": True}
        for link in (wall.access.link, wall.access.host_link):
            with opened(chromium, link, **looks) as page:
                page.get_by_role("status").wait_for(state="attached")
                assert serious_faults(page) == []
