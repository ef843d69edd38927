"""Which frame of an animated picture is its tile."""

from typing import Any

import numpy as np
import pytest
from pictures import ReadPhoto, encode, exif, plain, scene
from PIL import Image

from mosaicdb.photos import frames
from mosaicdb.photos.picture import cut, open_picture
from mosaicdb.readings import Rejected, Tile

KINDS = ("GIF", "PNG", "WEBP", "AVIF")
CLEAR = (0, 0, 0, 0)


def animation(kind: str, *pictures: Image.Image, **options: Any) -> bytes:
    first, *others = (picture.convert("RGBA") for picture in pictures)
    if kind == "GIF":
        options["disposal"] = 2
    if kind in ("WEBP", "AVIF"):
        options.setdefault("quality", 95)
    return encode(first, kind, save_all=True, append_images=others, duration=40, **options)


def patches(*colours: str) -> Image.Image:
    """Draw two halves: a single colour would show nothing."""
    picture = plain(colours[0])
    picture.paste(colours[1], (0, 0, 20, 30))
    return picture


def middle_of(data: bytes) -> list[int]:
    with open_picture(data, 10**9) as image:
        small = np.asarray(cut(image, (40, 30)))
    return [*small[15, 5].tolist(), *small[15, 35].tolist()]


RED_AND_LIME = [255, 0, 0, 0, 255, 0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("empty", ["black", "white", CLEAR, (20, 40, 60, 255), (90, 0, 0, 0)])
def test_frames_that_show_nothing_are_passed_over(kind: str, empty: Any) -> None:
    nothing = [plain(empty, "RGBA"), plain(empty, "RGBA")]
    data = animation(kind, *nothing, patches("lime", "red"), patches("blue", "white"))
    assert np.abs(np.subtract(middle_of(data), RED_AND_LIME)).max() < 12


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_frame_stands_if_it_shows_something(kind: str) -> None:
    data = animation(kind, patches("lime", "red"), patches("blue", "white"))
    assert np.abs(np.subtract(middle_of(data), RED_AND_LIME)).max() < 12


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_frame_stands_if_none_shows_anything(kind: str) -> None:
    data = animation(kind, plain("red"), plain("lime"), plain("blue"))
    assert np.abs(np.subtract(middle_of(data), [255, 0, 0, 255, 0, 0])).max() < 12


def test_only_so_many_frames_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []
    looks = frames._shows_something

    def noted(frame: Image.Image) -> bool:
        looked_at.append(frame.tell())
        return looks(frame)

    monkeypatch.setattr(frames, "_shows_something", noted)
    empty = [plain((number * 6, 0, 0)) for number in range(30)]
    data = animation("GIF", *empty, patches("lime", "red"))
    assert middle_of(data) == [0, 0, 0, 0, 0, 0]
    assert looked_at == list(range(20))


def test_a_shape_on_nothing_shows_something(read: ReadPhoto) -> None:
    shape = plain(CLEAR, "RGBA")
    shape.paste((0, 0, 0, 255), (0, 0, 20, 30))
    data = animation("PNG", plain(CLEAR, "RGBA"), shape)
    assert middle_of(data) == [0, 0, 0, 255, 255, 255]


def test_the_second_page_of_a_tiff_is_no_frame(read: ReadPhoto) -> None:
    data = encode(plain("black"), "TIFF", save_all=True, append_images=[scene()])
    tile = read(data).content
    assert isinstance(tile, Tile)
    assert tile.thumbnail.descriptors.mean_rgb == (0, 0, 0)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_is_turned_upright(kind: str) -> None:
    data = animation(kind, plain("black"), patches("lime", "red"), exif=exif(3))
    turned = [*RED_AND_LIME[3:], *RED_AND_LIME[:3]]
    assert np.abs(np.subtract(middle_of(data), turned)).max() < 12


def test_an_animation_that_is_cut_short_within_what_it_shows_is_rejected(read: ReadPhoto) -> None:
    data = animation("GIF", plain("black", size=(90, 60)), scene())
    content = read(data[: len(data) // 2]).content
    assert isinstance(content, Rejected)
    assert content.reason.startswith("its end is missing: ")
    assert isinstance(read(data[: len(data) // 2], accept_truncated=True).content, Tile)
