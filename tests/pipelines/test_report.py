import base64
import io
import json
import os
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from support import Command, write_photo

from mosaicdb import Database, ingest_photos
from mosaicdb.cli.options import effective_config
from mosaicdb.cli.parser import build_parser
from mosaicdb.config import KEYS
from mosaicdb.pipelines.report import bars_of

_VOID = {"meta", "img"}
_NAMES = (
    b"<script>alert(1)<&script>.jpg",
    b"\"double\" 'single' &amp; \\ `back` $HOME.jpg",
    b"two\nlines\r.jpg",
    b"no \xff\xfe UTF-8.jpg",
    "‮right to left ✓.jpg".encode(),
    b"{{ 7 * 7 }}{% raw %}.jpg",
    b"javascript:alert(1).jpg",
)


class Page(HTMLParser):
    """Reads a page, and refuses one whose elements are not closed in order."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self._text_of: str | None = None
        self.feed(path.read_text("utf-8"))
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def having(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def pictures(self) -> list[Image.Image]:
        return [_decoded(image["src"]) for image in self.having("img")]

    @property
    def words(self) -> list[str]:
        """What a shell hands on when the command line is pasted."""
        (command,) = self.texts["code"]
        assert command.isprintable()
        script = f'mosaicdb() {{ printf "%s\\0" "$@"; }}\n{command}'
        return _words(script)


def _words(script: str) -> list[str]:
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert done.stderr == b""
    return [os.fsdecode(word) for word in done.stdout.split(b"\0")[:-1]]


def _decoded(uri: str) -> Image.Image:
    head, _, data = uri.partition(",")
    assert head in ("data:image/jpeg;base64", "data:image/png;base64")
    with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as image:
        image.load()
        return image


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """Ingest photos whose names are hostile."""
    folder = tmp_path / "photos"
    for seed, name in enumerate(_NAMES):
        write_photo(folder / os.fsdecode(name), seed, format="JPEG")
    (tmp_path / "config.toml").write_text(
        'data_path = "data"\ntarget_id = 3\ntarget_res = [9, 6]\nthumb_res = [8, 6]\n'
        "[ingest]\nworkers = 1\n[render]\nshift = 7\n"
    )
    with Database("data/mosaic.db", thumb_res=(8, 6)) as database:
        ingest_photos(database, [folder])
    return folder


@pytest.fixture
def page(collection: Path, mosaicdb: Command) -> Page:
    mosaicdb("render", "--report", "r.html")
    return Page(Path("r.html"))


def test_a_page_needs_nothing_beside_itself(page: Page) -> None:
    names = {"src", "href", "srcset", "action", "data", "poster", "xlink:href"}
    for _, attributes in page.elements:
        assert all(attributes[name].startswith("data:image/") for name in names & attributes.keys())
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"a", "script", "link", "iframe", "object", "base", "form", "embed"}
    assert not re.search(r"url\(|@import|://", Path("r.html").read_text("utf-8"))
    assert not any(name.startswith("on") for _, found in page.elements for name in found)


def test_all_pictures_decode_and_say_what_they_show(page: Page) -> None:
    mosaic, target, heat_map, *thumbnails = page.pictures
    assert mosaic.size == (72, 36)
    assert heat_map.size == (1000, 500)
    assert [thumbnail.size for thumbnail in thumbnails] == [(8, 6)] * 7
    for image, picture in zip(page.having("img"), page.pictures, strict=True):
        assert (int(image["width"]), int(image["height"])) == picture.size
        assert image["alt"]


def test_a_page_has_a_language_a_title_and_headers(page: Page) -> None:
    assert page.having("html") == [{"lang": "en"}]
    assert page.texts["title"][0] == "Mosaic of no \\udcff\\udcfe UTF-8.jpg"
    assert all(header["scope"] in ("row", "col") for header in page.having("th"))
    assert len(page.having("h1")) == 1


def test_paths_are_text_whatever_they_hold(page: Page, collection: Path) -> None:
    paths = [text for text in page.texts["td"] if text.startswith(str(collection))]
    for shown in (
        "<script>alert(1)<&script>.jpg",
        "\"double\" 'single' &amp; \\ `back` $HOME.jpg",
        "two\\nlines\\r.jpg",
        "no \\udcff\\udcfe UTF-8.jpg",
        "\\u202eright to left ✓.jpg",
        "{{ 7 * 7 }}{% raw %}.jpg",
        "javascript:alert(1).jpg",
    ):
        assert f"{collection}/{shown}" in paths


def test_the_command_line_makes_the_same_again_elsewhere(
    collection: Path, mosaicdb: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate(_NAMES):
        folder = tmp_path / os.fsdecode(name) / "out"
        folder.mkdir(parents=True)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("MOSAICDB_MATCH_MAX_USES", str(9 + number))
        target = os.path.relpath(collection / os.fsdecode(name))
        files = ["--matches", folder / "m.tab", "--output", folder / "m.png"]
        where = "path <> 'a \"b\"' AND tile_id <> 1"
        options = ["--target", f"./{target}", "--where", where, "--flip", "--focus", "center"]
        mosaicdb("render", *files, *options, "--report", folder / "r.htm", "--quiet")
        words = Page(folder / "r.htm").words
        made = [(folder / name).read_bytes() for name in ("m.tab", "m.png")]
        for file in ("m.tab", "m.png", "r.htm"):
            (folder / file).unlink()
        monkeypatch.delenv("MOSAICDB_MATCH_MAX_USES")
        monkeypatch.chdir(folder)
        mosaicdb(*words)
        assert [(folder / name).read_bytes() for name in ("m.tab", "m.png")] == made
        assert Page(folder / "r.htm").words == words


_OPTIONS = {
    "--target": st.sampled_from(["3", "-x.jpg", "a b.jpg", "~/\udcff\n.png", "0x.png"]),
    "--focus-point": st.sampled_from(["0,1", "0.25,0.333333333333"]),
    "--grid": st.sampled_from(["4x3", "7,2"]),
    "--strategy": st.sampled_from(["nearest", "fair"]),
    "--max-uses": st.integers(1, 99),
    "--min-distance": st.integers(1, 9),
    "--features": st.sampled_from(["lab", "rgb"]),
    "--detail": st.floats(0, 100),
    "--gap": st.floats(0, 1),
    "--time-limit": st.floats(0, 1e9),
    "--shift": st.integers(0, 255),
    "--blend": st.floats(0, 1),
    "--fit": st.sampled_from(["fill", "letter"]),
    "--mask": st.sampled_from(["-m.png", "it's $(x).png"]),
    "--where": st.sampled_from(["-tile_id<0", "path LIKE '%\n\udcff!\\t'", "x'00' IS NULL"]),
    "--quality": st.integers(1, 100),
    "--db": st.sampled_from(["other.db", "sub/\t-o.db"]),
}


@given(st.fixed_dictionaries({}, optional=_OPTIONS), st.booleans())
def test_every_option_is_in_the_command_line(given_: dict[str, object], flip: bool) -> None:
    from mosaicdb import Outputs
    from mosaicdb.cli.command_line import render_again

    arguments = [f"{flag}={value}" for flag, value in given_.items()]
    options = build_parser().parse_args(["render", *arguments, *["--flip"] * flip])
    config = effective_config(options)
    words = render_again(
        options, config, Path(config.database), Outputs(Path("o.png"), Path("m.tab"))
    )
    again = build_parser().parse_args(_words("printf '%s\\0' " + " ".join(words))[1:])
    found = effective_config(again)
    assert found.database == os.path.abspath(config.database)
    for name in {key.name for key in KEYS.values()} - {"database_url", "output", "matches"}:
        value = getattr(config, name)
        is_given = isinstance(value, Path) and name in ("target_id", "mask")
        assert getattr(found, name) == (value.absolute() if is_given else value)


def test_empty_cells_are_told_apart_from_cells_that_fit(
    collection: Path, mosaicdb: Command, tmp_path: Path
) -> None:
    write_photo(tmp_path / "wide.jpg", 70)
    mosaicdb(
        *("render", "--target", "wide.jpg", "--fit", "letter", "--grid", "4x12"),
        *("--report", "r.html"),
    )
    mosaic, target, heat_map, *_ = Page(Path("r.html")).pictures
    assert mosaic.getpixel((16, 3)) == (255, 255, 255)
    assert min(target.getpixel((target.width // 2, 1))) > 240
    opacity = np.asarray(heat_map.convert("RGBA"))[..., 3]
    assert opacity[0].max() == 0
    assert opacity[opacity.shape[0] // 2].min() == 255


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--report", "r.pdf"], "give the report a name that ends in .html"),
        (["--report", "r.html", "--strategy", "all"], "two mosaics: leave out --report"),
        (["--report", "r.html", "--from-matches", "m.tab"], "needs the target for --report"),
        (["--report", "photo.html"], "is one of your photos"),
        (["--report", "r.html", "--matches", "r.html"], "named twice"),
    ],
)
def test_a_report_that_cannot_be_is_refused_before_anything_is_written(
    arguments: list[str], words: str, collection: Path, mosaicdb: Command
) -> None:
    Path("photo.html").symlink_to(next(collection.iterdir()))
    mosaicdb("render", *arguments, expect=2)
    assert words in mosaicdb.error_line
    assert not Path("mosaic_unique.jpg").exists()
    assert not Path("r.html").exists()


def test_json_names_the_report(collection: Path, mosaicdb: Command) -> None:
    found = json.loads(mosaicdb("render", "--report", "r.html", "--json"))
    assert found["report"] == "r.html"
    assert "report" in found["seconds"]
    assert json.loads(mosaicdb("render", "--json"))["report"] is None


def test_a_photo_whose_files_have_gone_is_shown_without_a_path(
    collection: Path, mosaicdb: Command, tmp_path: Path
) -> None:
    write_photo(tmp_path / "target.jpg", 70)
    for path in collection.iterdir():
        path.unlink()
    mosaicdb("ingest", collection)
    mosaicdb("render", "--target", "target.jpg", "--report", "r.html", "--with-missing")
    assert Page(Path("r.html")).texts["td"].count("no file holds it any more") == 7


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=50))
def test_every_tile_is_in_one_bar_of_a_readable_number(uses: list[int]) -> None:
    bars = bars_of(np.array(uses))
    assert len(bars) <= 20
    assert sum(bar.tiles for bar in bars) == len(uses)
    assert bars[0].least == 1
    for bar, following in zip(bars, bars[1:], strict=False):
        assert bar.most + 1 == following.least
    for bar in bars:
        assert bar.tiles == sum(bar.least <= count <= bar.most for count in uses)


def test_bars_say_what_they_count() -> None:
    assert [bar.label for bar in bars_of(np.array([1, 3]))] == ["1 ×", "2 ×", "3 ×"]
    assert bars_of(np.array([1, 1500]))[-1].label == "1,024–2,047 ×"
