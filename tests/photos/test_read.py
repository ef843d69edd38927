"""What reading a file gives."""

import hashlib
import io
import os
import random
import resource
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pictures import (
    HOUR_NS,
    TURNED,
    ReadPhoto,
    decode,
    encode,
    exif,
    huge_pictures,
    photograph,
    pixels_of,
    plain,
    png,
    png_header,
    scene,
    settle,
    with_scans,
)
from PIL import Image, ImageFile, ImageOps, PngImagePlugin

from mosaicdb.options import ReadOptions
from mosaicdb.photos import read as read_module
from mosaicdb.photos import read_photo
from mosaicdb.photos.integrity import lacks_end
from mosaicdb.readings import FileStat, Known, PendingFile, Reading, Rejected, Tile
from mosaicdb.records import Size

ORANGE = (230, 120, 40)
GREY_OF_ORANGE = 144


def tile_of(reading: Reading) -> Tile:
    assert isinstance(reading.content, Tile), reading.content
    return reading.content


def reason_of(reading: Reading) -> str:
    assert isinstance(reading.content, Rejected), reading.content
    assert reading.content.reason.isprintable()
    return reading.content.reason


def thumbnail_of(tile: Tile) -> np.ndarray[Any, np.dtype[np.float64]]:
    return pixels_of(decode(tile.thumbnail.jpeg))


def palette_with_transparency() -> bytes:
    image = Image.new("P", (40, 30), 1)
    image.putpalette([0, 0, 0, *ORANGE])
    image.paste(0, (0, 0, 20, 30))
    return encode(image, "PNG", transparency=0)


def animation(kind: str) -> bytes:
    frames = [plain("blue"), plain("green")]
    return encode(plain(ORANGE), kind, save_all=True, append_images=frames, lossless=True)


def mpo() -> bytes:
    return encode(plain(ORANGE), "MPO", save_all=True, append_images=[plain("blue")])


GREY = (GREY_OF_ORANGE,) * 3
HALF_WHITE = tuple((value + 255) / 2 for value in ORANGE)
FORMATS: dict[str, tuple[bytes, str, tuple[float, ...]]] = {
    "JPEG": (encode(plain(ORANGE), "JPEG"), "JPEG", ORANGE),
    "progressive JPEG": (encode(plain(ORANGE), "JPEG", progressive=True), "JPEG", ORANGE),
    "grey JPEG": (encode(plain(GREY_OF_ORANGE, "L"), "JPEG"), "JPEG", GREY),
    "CMYK JPEG": (encode(plain((25, 135, 215, 0), "CMYK"), "JPEG"), "JPEG", ORANGE),
    "MPO": (mpo(), "MPO", ORANGE),
    "PNG": (encode(plain(ORANGE), "PNG"), "PNG", ORANGE),
    "RGBA PNG": (encode(plain((*ORANGE, 255), "RGBA"), "PNG"), "PNG", ORANGE),
    "half transparent PNG": (encode(plain((*ORANGE, 128), "RGBA"), "PNG"), "PNG", HALF_WHITE),
    "transparent PNG": (encode(plain((*ORANGE, 0), "RGBA"), "PNG"), "PNG", (255, 255, 255)),
    "grey PNG with alpha": (encode(plain((0, 0), "LA"), "PNG"), "PNG", (255, 255, 255)),
    "PNG with one transparent colour": (
        encode(plain(ORANGE), "PNG", transparency=ORANGE), "PNG", (255, 255, 255)
    ),
    "PNG with a palette": (encode(plain(ORANGE).convert("P"), "PNG"), "PNG", ORANGE),
    "PNG with a transparent palette": (palette_with_transparency(), "PNG", HALF_WHITE),
    "1-bit PNG": (encode(plain(1, "1"), "PNG"), "PNG", (255, 255, 255)),
    "16-bit grey PNG": (
        encode(plain(GREY_OF_ORANGE * 257, "I;16"), "PNG"), "PNG", GREY
    ),
    "WebP": (encode(plain(ORANGE), "WEBP", lossless=True), "WEBP", ORANGE),
    "half transparent WebP": (
        encode(plain((*ORANGE, 128), "RGBA"), "WEBP", lossless=True), "WEBP", HALF_WHITE
    ),
    "animated WebP": (animation("WEBP"), "WEBP", ORANGE),
    "TIFF": (encode(plain(ORANGE), "TIFF"), "TIFF", ORANGE),
    "packed TIFF": (encode(plain(ORANGE), "TIFF", compression="tiff_lzw"), "TIFF", ORANGE),
    "16-bit TIFF": (encode(plain(GREY_OF_ORANGE * 257, "I;16"), "TIFF"), "TIFF", GREY),
    "32-bit TIFF": (encode(plain(GREY_OF_ORANGE * 257, "I"), "TIFF"), "TIFF", GREY),
    "even float TIFF": (encode(plain(0.5, "F"), "TIFF"), "TIFF", (0, 0, 0)),
    "BMP": (encode(plain(ORANGE), "BMP"), "BMP", ORANGE),
    "GIF": (encode(plain(GREY_OF_ORANGE, "L"), "GIF"), "GIF", GREY),
    "animated GIF": (animation("GIF"), "GIF", ORANGE),
    "AVIF": (encode(plain(ORANGE), "AVIF"), "AVIF", ORANGE),
    "HEIC": (encode(plain(ORANGE), "HEIF"), "HEIF", ORANGE),
}  # fmt: skip


@pytest.mark.parametrize("thumb_res", [(20, 20), (16, 30)])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_a_tile(read: ReadPhoto, name: str, thumb_res: Size) -> None:
    data, kind, colour = FORMATS[name]
    reading = read(data, thumb_res)
    tile = tile_of(reading)
    assert (tile.width, tile.height, tile.format) == (40, 30, kind)
    assert tile.content_hash == hashlib.sha256(data).hexdigest()
    assert tile.thumbnail.descriptors.mean_rgb == pytest.approx(colour, abs=4)
    thumbnail = decode(tile.thumbnail.jpeg)
    assert (thumbnail.mode, thumbnail.size, thumbnail.format) == ("RGB", thumb_res, "JPEG")
    assert (reading.file.id, reading.stat.size) == (7, len(data))


@pytest.mark.parametrize("name", FORMATS)
def test_a_thumbnail_is_plain_jfif_and_nothing_else(read: ReadPhoto, name: str) -> None:
    jpeg = tile_of(read(FORMATS[name][0])).thumbnail.jpeg
    assert jpeg[:11] == b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
    assert set(decode(jpeg).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("kind", ["JPEG", "GIF"])
def test_a_photos_comment_does_not_travel_with_its_thumbnail(read: ReadPhoto, kind: str) -> None:
    tile = tile_of(read(encode(scene(), kind, comment=b"secret" * 5000)))
    assert b"secret" not in tile.thumbnail.jpeg


@pytest.mark.parametrize("thumb_res", [(20, 20), (30, 12)])
@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_a_photo_is_read_upright(
    read: ReadPhoto, kind: str, orientation: int, thumb_res: Size
) -> None:
    stored = scene(240, 160)
    tile = tile_of(read(encode(stored, kind, exif=exif(orientation)), thumb_res))
    upright = Image.fromarray(np.ascontiguousarray(TURNED[orientation](np.asarray(stored))))
    assert (tile.width, tile.height) == upright.size
    expected = pixels_of(ImageOps.fit(upright, thumb_res))
    assert np.abs(thumbnail_of(tile) - expected).mean() < 3


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_upright_means_what_pillow_means_by_it(
    read: ReadPhoto, kind: str, orientation: int
) -> None:
    data = encode(scene(), kind, exif=exif(orientation))
    upright = ImageOps.exif_transpose(decode(data))
    tile = tile_of(read(data))
    assert (tile.width, tile.height) == upright.size
    assert np.abs(thumbnail_of(tile) - pixels_of(ImageOps.fit(upright, (20, 20)))).mean() < 3


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
def test_an_orientation_that_there_is_not_is_upright(read: ReadPhoto, orientation: int) -> None:
    tile = tile_of(read(encode(scene(), "JPEG", exif=exif(orientation))))
    assert (tile.width, tile.height) == (90, 60)


def test_transparent_parts_are_white(read: ReadPhoto) -> None:
    image = plain((0, 0, 0, 0), "RGBA", (40, 40))
    image.paste((0, 0, 255, 255), (0, 0, 20, 40))
    thumbnail = thumbnail_of(tile_of(read(encode(image, "PNG"))))
    assert np.abs(thumbnail[:, :8] - (0, 0, 255)).max() < 12
    assert np.abs(thumbnail[:, 12:] - 255).max() < 12


def test_what_hides_behind_transparency_does_not_bleed(read: ReadPhoto) -> None:
    image = plain((255, 0, 0, 0), "RGBA", (40, 40))
    image.paste((0, 0, 0, 255), (0, 0, 21, 40))
    thumbnail = thumbnail_of(tile_of(read(encode(image, "PNG"))))
    assert np.abs(thumbnail - thumbnail.mean(axis=2, keepdims=True)).max() < 6  # grey all over


def test_floats_are_spread_from_black_to_white(read: ReadPhoto) -> None:
    ramp = np.tile(np.linspace(-3, 5, 40, dtype=np.float32), (40, 1))
    ramp[0, 0] = np.nan
    thumbnail = thumbnail_of(tile_of(read(encode(Image.fromarray(ramp), "TIFF"))))
    assert thumbnail[10, 0].max() < 12
    assert thumbnail[10, -1].min() > 243
    assert (np.diff(thumbnail[10].mean(axis=1)) > 0).all()


@pytest.mark.parametrize("name", FORMATS)
def test_the_mean_is_that_of_the_stored_thumbnail(read: ReadPhoto, name: str) -> None:
    tile = tile_of(read(FORMATS[name][0], (13, 7)))
    pixels = np.asarray(decode(tile.thumbnail.jpeg), dtype=np.int64)
    sums = pixels.reshape(-1, 3).sum(axis=0)
    assert tile.thumbnail.descriptors.mean_rgb == tuple((sums / (13 * 7)).tolist())


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 2)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_of_any_shape_gives_a_tile(read: ReadPhoto, kind: str, size: Size) -> None:
    tile = tile_of(read(encode(plain(ORANGE, size=size), kind), (50, 30)))
    assert (tile.width, tile.height) == size
    assert decode(tile.thumbnail.jpeg).size == (50, 30)
    assert tile.thumbnail.descriptors.mean_rgb == pytest.approx(ORANGE, abs=4)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_time_a_photo_was_taken_comes_from_its_exif(read: ReadPhoto, kind: str) -> None:
    both = exif(taken="2019:08:07 06:05:04", changed="2021:01:01 00:00:00")
    expected = datetime(2019, 8, 7, 6, 5, 4)
    assert tile_of(read(encode(scene(), kind, exif=both))).capture.taken_at == expected
    only_changed = exif(changed="2021:01:01 00:00:00")
    tile = tile_of(read(encode(scene(), kind, exif=only_changed)))
    assert tile.capture.taken_at == datetime(2021, 1, 1)
    assert tile_of(read(encode(scene(), kind))).capture.taken_at is None


@pytest.mark.parametrize(
    "text", ["0000:00:00 00:00:00", "    :  :     :  :  ", "", "yesterday", "2019:02:30 06:05:04"]
)
def test_a_time_that_is_none_is_no_reason_to_reject_a_photo(read: ReadPhoto, text: str) -> None:
    assert tile_of(read(encode(scene(), "JPEG", exif=exif(taken=text)))).capture.taken_at is None


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(["JPEG", "PNG", "WEBP"]),
    st.lists(st.tuples(st.integers(6, 200), st.sampled_from([0, 1, 2, 255])), max_size=6),
    st.integers(6, 200),
)
def test_damaged_exif_is_no_reason_to_reject_a_photo(
    read: ReadPhoto, kind: str, changes: list[tuple[int, int]], length: int
) -> None:
    damaged = bytearray(exif(6, "2019:08:07 06:05:04", "2021:01:01 00:00:00"))
    for place, value in changes:
        damaged[place % (len(damaged) - 6) + 6] = value
    tile_of(read(encode(scene(), kind, exif=bytes(damaged[:length]))))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_exif_that_ends_too_early_is_no_reason_to_reject_a_photo(
    read: ReadPhoto, kind: str
) -> None:
    for length in range(6, len(exif(6))):
        reading = read(encode(plain(ORANGE), kind, exif=exif(6)[:length]))
        assert isinstance(reading.content, Tile), length


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "photo.heic", "photo", "photo.txt"])
def test_the_content_decides_and_not_the_name(read: ReadPhoto, name: str) -> None:
    assert tile_of(read(encode(scene(), "WEBP"), name=name)).format == "WEBP"
    assert tile_of(read(encode(scene(), "GIF"), name=name)).format == "GIF"


def test_a_known_photo_is_not_decoded(read: ReadPhoto, monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode(scene(), "JPEG")
    content_hash = hashlib.sha256(data).hexdigest()
    opened: list[bytes] = []
    monkeypatch.setattr(read_module, "open_picture", lambda data, _: opened.append(data))
    reading = read(data, known_hashes=("0" * 64, content_hash))
    assert reading.content == Known(content_hash)
    assert reading.stat.size == len(data)
    assert reading.stat.mtime_ns is not None
    assert opened == []


def test_a_photo_of_the_size_of_known_ones_is_decoded(read: ReadPhoto) -> None:
    data = encode(scene(), "JPEG")
    tile = tile_of(read(data, known_hashes=("0" * 64,)))
    assert tile.content_hash == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("known", [False, True])
def test_a_photo_is_never_touched(tmp_path: Path, read: ReadPhoto, known: bool) -> None:
    data = encode(scene(), "JPEG", exif=exif(6))
    hashes = (hashlib.sha256(data).hexdigest(),) if known else ()
    reading = read(data, known_hashes=hashes)
    path = tmp_path / "photo.jpg"
    assert path.read_bytes() == data
    assert path.stat().st_mtime_ns == reading.stat.mtime_ns
    assert os.listdir(tmp_path) == ["photo.jpg"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"\0" * 1000, "not a picture of a known format"),
        (b"These are words.", "not a picture of a known format"),
        (b"%PDF-1.4\n%%EOF", "not a picture of a known format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture of a known format"),
        (b"P6 1 1 255 abc", "not a picture of a known format"),
        (b"\xff\xd8\xff", "not a picture of a known format"),
    ],
)
def test_what_is_no_picture_is_rejected(read: ReadPhoto, data: bytes, reason: str) -> None:
    reading = read(data)
    assert reason_of(reading) == reason
    assert reading.stat.mtime_ns is not None  # until it changes, it need not be read again


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize(
    "name",
    [
        "JPEG",
        "progressive JPEG",
        "PNG",
        "WebP",
        "TIFF",
        "packed TIFF",
        "BMP",
        "GIF",
        "AVIF",
        "HEIC",
    ],
)
def test_a_file_that_ends_too_early_is_rejected(read: ReadPhoto, name: str, share: float) -> None:
    options: dict[str, dict[str, Any]] = {
        "progressive JPEG": {"progressive": True},
        "packed TIFF": {"compression": "tiff_lzw"},
    }
    kind = {"HEIC": "HEIF"}.get(name, name.split()[-1])
    data = encode(photograph(200, 150), kind.upper(), **options.get(name, {}))
    reason = reason_of(read(data[: int(len(data) * share)]))
    assert "extra" not in reason


@pytest.mark.parametrize("rows", [1, 15, 29])
def test_a_png_that_lacks_rows_is_rejected(read: ReadPhoto, rows: int) -> None:
    row = b"\0" + b"\x80" * 120
    assert isinstance(read(png(png_header(40, 30), row * 30)).content, Tile)
    assert (
        reason_of(read(png(png_header(40, 30), row * rows)))
        == "its end is missing: the picture lacks rows"
    )


@pytest.mark.parametrize("value", [b"\0", b"\x80"])
def test_an_interlaced_png_that_lacks_its_last_row_is_rejected(
    read: ReadPhoto, value: bytes
) -> None:
    passes = [(2, 2), (2, 2), (4, 2), (3, 4), (7, 3), (6, 7), (13, 6)]
    rows = b"".join((b"\0" + value * (3 * columns)) * count for columns, count in passes)
    header = png_header(13, 13, interlaced=True)
    assert tile_of(read(png(header, rows))).width == 13
    assert reason_of(read(png(header, rows[:-40]))) == "its end is missing: the picture lacks rows"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (17, 9), (16, 1), (3000, 1000)])
def test_a_png_that_is_black_is_welcome(read: ReadPhoto, mode: str, size: Size) -> None:
    tile = tile_of(read(encode(Image.new(mode, size), "PNG")))
    assert (tile.width, tile.height) == size


@pytest.mark.parametrize("colours", [2, 3, 5, 17])
def test_a_black_png_with_few_colours_is_welcome(read: ReadPhoto, colours: int) -> None:
    image = Image.new("P", (33, 9))
    image.putpalette(bytes(range(3 * colours)))
    tile = tile_of(read(encode(image, "PNG")))
    assert (tile.width, tile.height) == (33, 9)


def with_text(length: int) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_itxt("prompt", "a" * length, zip=True)
    return encode(scene(64, 64), "PNG", pnginfo=text)


def test_a_png_may_hold_long_texts_within_reason(read: ReadPhoto) -> None:
    limit = PngImagePlugin.MAX_TEXT_CHUNK
    assert tile_of(read(with_text(2_000_000))).width == 64
    assert "too large" in reason_of(read(with_text(100_000_000)))
    assert limit == PngImagePlugin.MAX_TEXT_CHUNK


@pytest.mark.parametrize("name", sorted(huge_pictures().keys() - {"jpeg"}))
def test_a_picture_of_a_billion_pixels_is_rejected_by_its_header(
    read: ReadPhoto, name: str
) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reason = reason_of(read(huge_pictures()[name]))
    assert reason == "40000 x 40000 pixels: more than 200,000,000 allowed"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 50_000  # kilobytes


def test_a_huge_jpeg_is_welcome_where_an_eighth_of_its_scale_is_enough(read: ReadPhoto) -> None:
    data = encode(scene(1600, 800), "JPEG")
    assert tile_of(read(data, max_pixels=20_000)).width == 1600
    assert reason_of(read(data, max_pixels=19_999)).endswith("more than 1,279,936 allowed")
    progressive = encode(scene(1600, 800), "JPEG", progressive=True)
    assert reason_of(read(progressive, max_pixels=20_000)).endswith("more than 20,000 allowed")


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_photo_without_its_end_is_taken_if_that_is_wanted(
    read: ReadPhoto, format_name: str
) -> None:
    whole = encode(photograph(200, 150), format_name)
    half = whole[: len(whole) * 2 // 3]
    assert reason_of(read(half))
    if format_name in ("JPEG", "PNG"):
        assert "its end is missing" in reason_of(read(half))
        assert tile_of(read(half, accept_truncated=True)).width == 200
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_a_file_that_is_written_to_while_it_is_read_is_to_be_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "growing.png"
    path.write_bytes(encode(scene(), "PNG"))
    settle(path)
    real, calls = os.fstat, []

    def growing(descriptor: int) -> os.stat_result:
        calls.append(descriptor)
        if len(calls) == 2:
            with path.open("ab") as stream:
                stream.write(b"more")
        return real(descriptor)

    monkeypatch.setattr(os, "fstat", growing)
    reading = read_photo(PendingFile(3, str(path)), ReadOptions((20, 20)))
    assert reason_of(reading) == "it is being written to: the next ingest reads it"
    assert reading.stat.mtime_ns is None


def test_the_limit_on_pixels_is_the_callers_alone(
    read: ReadPhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    data = encode(scene(90, 60), "PNG")
    assert tile_of(read(data, max_pixels=5400)).width == 90
    assert reason_of(read(data, max_pixels=5399)) == "90 x 60 pixels: more than 5,399 allowed"
    assert Image.MAX_IMAGE_PIXELS == 100


def test_a_jpeg_of_endless_scans_is_rejected(read: ReadPhoto) -> None:
    jpeg = encode(photograph(200, 150), "JPEG", progressive=True)
    tile_of(read(with_scans(jpeg, 50)))
    assert "scans: more than 100 allowed" in reason_of(read(with_scans(jpeg, 2000)))


def test_what_follows_a_progressive_jpeg_is_not_counted_as_scans(read: ReadPhoto) -> None:
    jpeg = encode(photograph(200, 150), "JPEG", progressive=True)
    tile = tile_of(read(jpeg + b"\xff\xda" * 1000))  # as in the film that a telephone appends
    assert tile.thumbnail == tile_of(read(jpeg)).thumbnail


def test_what_stands_in_a_comment_is_not_counted_as_scans(read: ReadPhoto) -> None:
    plain_one = tile_of(read(encode(scene(), "JPEG", progressive=True)))
    told = tile_of(read(encode(scene(), "JPEG", progressive=True, comment=b"\xff\xda" * 1000)))
    assert told.thumbnail == plain_one.thumbnail


@pytest.mark.parametrize("where", [0, 4], ids=["far away", "large"])
def test_an_animation_that_grows_from_frame_to_frame_is_refused(
    read: ReadPhoto, where: int
) -> None:
    frames = [plain((255, 255, 255)), plain(ORANGE), scene()]
    gif = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    second = gif.index(b"\x2c", gif.index(b"\x2c") + 1) + 1  # its left, top, width and height
    grown = bytearray(gif)
    grown[second + where : second + where + 4] = b"\xff\xff\xff\xff"
    assert "a frame needs far more than the" in reason_of(read(bytes(grown)))


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300), st.sampled_from([data[:12] for data, _, _ in FORMATS.values()]))
def test_no_bytes_upset_the_reader(read: ReadPhoto, data: bytes, start: bytes) -> None:
    assert isinstance(read(data).content, Rejected)
    assert isinstance(read(start + data).content, Rejected | Tile)


SMALL = [data for data, _, _ in FORMATS.values()] + [
    encode(photograph(24, 17), "JPEG", exif=exif(5)),
    encode(photograph(24, 17), "TIFF", compression="tiff_lzw", exif=exif(7)),
    encode(photograph(24, 17), "PNG", exif=exif(3)),
]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(SMALL), st.integers(0, 2**32), st.integers(1, 8))
def test_no_damage_upsets_the_reader(read: ReadPhoto, data: bytes, seed: int, changes: int) -> None:
    chance = random.Random(seed)
    damaged = bytearray(data)
    for _ in range(changes):
        place = chance.randrange(len(damaged))
        damaged[place : place + chance.choice([0, 1, 1, 1, 4])] = chance.choice(
            [b"\0", b"\xff", b"\x7f\xff\xff\xff", chance.randbytes(1), b""]
        )
    reading = read(bytes(damaged), max_pixels=1_000_000)
    assert isinstance(reading.content, Tile | Rejected)
    if isinstance(reading.content, Tile):
        assert decode(reading.content.thumbnail.jpeg).size == (20, 20)
    else:
        assert reason_of(reading)


def read_path(path: Path) -> Reading:
    return read_photo(PendingFile(3, str(path)), ReadOptions((20, 20)))


def test_a_file_that_has_gone_is_to_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "gone.jpg"
    reading = read_path(path)
    assert reason_of(reading) == "No such file or directory"
    assert reading.stat == FileStat(str(path), 0, None)


def test_a_folder_is_rejected_and_left_closed(tmp_path: Path) -> None:
    open_before = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    reading = read_path(tmp_path)
    assert reason_of(reading) == "not a regular file"
    assert reading.stat.mtime_ns is None
    if open_before:
        assert len(os.listdir("/proc/self/fd")) == len(open_before)


def test_a_pipe_that_nobody_writes_to_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    os.utime(tmp_path / "pipe.jpg", ns=(HOUR_NS, HOUR_NS))
    reading = read_path(tmp_path / "pipe.jpg")
    assert reason_of(reading) == "not a regular file"
    assert (reading.is_file, reading.stat.mtime_ns) == (False, HOUR_NS)
    monkeypatch.setattr("mosaicdb.photos.read.time.time_ns", lambda: HOUR_NS + 1)
    assert read_path(tmp_path / "pipe.jpg").stat.mtime_ns is None  # it may change again


def test_a_pipe_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    monkeypatch.setattr("mosaicdb.photos.read.os.open", None)
    assert reason_of(read_path(tmp_path / "pipe.jpg")) == "not a regular file"


def test_a_device_is_rejected() -> None:
    assert reason_of(read_path(Path("/dev/zero"))) == "not a regular file"


def test_a_file_without_permission_is_to_be_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"data")

    def refuse(path: str, *_: object) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "open", refuse)
    reading = read_path(tmp_path / "photo.jpg")
    assert reason_of(reading) == "Permission denied"
    assert reading.stat.mtime_ns is None


def test_a_photo_that_memory_did_not_suffice_for_is_to_be_read_again(
    read: ReadPhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(read_module, "cut", fail)
    reading = read(encode(scene(), "JPEG"))
    assert "MemoryError" in reason_of(reading)
    assert reading.stat.mtime_ns is None


MOMENT_NS = 1_700_000_000 * 10**9


@pytest.mark.parametrize(
    ("mtime", "now", "settled"),
    [
        (MOMENT_NS + 5, MOMENT_NS + 5, False),
        (MOMENT_NS + 5, MOMENT_NS + 20_000_005, False),
        (MOMENT_NS + 5, MOMENT_NS + 20_000_006, True),
        (MOMENT_NS, MOMENT_NS + 2 * 10**9, False),  # perhaps of a clock of whole seconds
        (MOMENT_NS, MOMENT_NS + 2 * 10**9 + 1, True),
        (MOMENT_NS + 5, MOMENT_NS - HOUR_NS, True),  # a clock that was set back
    ],
)
def test_a_file_that_changed_just_now_is_to_be_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mtime: int, now: int, settled: bool
) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(encode(scene(), "PNG"))
    os.utime(path, ns=(mtime, mtime))
    monkeypatch.setattr(read_module.time, "time_ns", lambda: now)
    reading = read_path(path)
    tile_of(reading)
    assert reading.stat.mtime_ns == (mtime if settled else None)


@pytest.mark.parametrize("name", [b"\xff\xfe.jpg", b"two\nlines.jpg"])
def test_a_photo_with_any_name_is_read(tmp_path: Path, name: bytes) -> None:
    path = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
    path.write_bytes(encode(scene(), "JPEG"))
    mtime = settle(path)
    reading = read_path(path)
    assert tile_of(reading).width == 90
    assert reading.stat == FileStat(str(path), path.stat().st_size, mtime)


def test_decoders_warnings_are_not_for_the_user(read: ReadPhoto, recwarn: Any) -> None:
    data = bytearray(encode(scene(), "TIFF", exif=exif(6, "2019:08:07 06:05:04")))
    read(bytes(data) + b"\0")
    read(encode(scene(), "JPEG", exif=exif(6, "2019:08:07 06:05:04")[:40]))
    assert not recwarn.list


def test_the_bytes_of_a_thumbnail_are_the_same_each_time(read: ReadPhoto) -> None:
    data = encode(photograph(300, 200), "JPEG")
    assert tile_of(read(data)) == tile_of(read(data, name="other.jpg"))
    assert io.BytesIO(tile_of(read(data)).thumbnail.jpeg).getbuffer().nbytes < 3000


@pytest.mark.parametrize("kind", ["WEBP", "HEIF", "AVIF"])
def test_formats_that_need_their_end_say_that_it_is_missing(read: ReadPhoto, kind: str) -> None:
    whole = encode(photograph(200, 150), kind)
    start = "its end is missing, and what is left cannot be decoded: "
    reason = reason_of(read(whole[: len(whole) * 2 // 3]))
    assert reason.startswith(start)
    assert not reason.endswith("\\n")
    assert not lacks_end(whole)
