"""Formats whose encoder takes the whole picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from mosaicdb.errors import RenderingError
from mosaicdb.options import FileOptions
from mosaicdb.rendering import check_output, strips_of, write_picture

NAMES = [
    pytest.param("a.webp"),
    pytest.param(
        "a.avif",
        marks=pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF"),
    ),
]
RAMP = np.indices((40, 64)).sum(0).astype(np.uint8)[..., None].repeat(3, 2) * 2
PICTURE = Image.fromarray(RAMP)


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_looks_the_same_and_says_its_resolution(tmp_path: Path, name: str) -> None:
    write_picture(strips_of(PICTURE, 7), tmp_path / name, FileOptions(dpi=200.5))
    write_picture(strips_of(PICTURE, 40), tmp_path / ("again" + name), FileOptions(dpi=200.5))
    assert (tmp_path / name).read_bytes() == (tmp_path / ("again" + name)).read_bytes()
    with Image.open(tmp_path / name) as seen:
        assert (seen.format or "").lower() == name[2:]
        assert np.abs(np.asarray(seen).astype(int) - RAMP).mean() < 3
        exif = seen.getexif()
    assert (exif[282], exif[283], exif[296]) == (200.5, 200.5, 2)


@pytest.mark.parametrize("name", NAMES)
def test_opacity_is_kept(tmp_path: Path, name: str) -> None:
    picture = PICTURE.convert("RGBA")
    picture.paste((255, 255, 255, 0), (0, 0, 20, 20))
    write_picture(strips_of(picture), tmp_path / name)
    with Image.open(tmp_path / name) as seen:
        opacity = np.asarray(seen.getchannel("A"))
    assert opacity[10, 10] == 0
    assert opacity[30, 30] == 255


@pytest.mark.parametrize("name", NAMES)
def test_a_lower_quality_makes_a_smaller_file(tmp_path: Path, name: str) -> None:
    sizes = []
    for quality in (20, 90):
        noisy = np.random.default_rng(0).integers(0, 256, (40, 64, 3), dtype=np.uint8)
        write_picture(
            strips_of(Image.fromarray(noisy)), tmp_path / name, FileOptions(quality=quality)
        )
        sizes.append((tmp_path / name).stat().st_size)
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize(
    ("name", "size", "limit", "others"),
    [
        ("a.webp", (16_384, 10), "16,383 a side", ".jpg, .jpeg, .png"),
        ("a.avif", (10, 32_769), "32,768 a side", ".jpg, .jpeg"),
        ("a.avif", (16_385, 16_384), "268,435,456", ".jpg, .jpeg"),
        ("a.jpg", (200_000, 200_000), "65,500 a side", ".png"),
    ],
)
def test_a_picture_that_is_too_large_is_told_what_holds_it(
    name: str, size: tuple[int, int], limit: str, others: str
) -> None:
    with pytest.raises(RenderingError) as caught:
        check_output(Path(name), size)
    text = str(caught.value)
    assert f"{size[0]:,} x {size[1]:,} pixels" in text
    assert f"({limit}): write a {others}" in text
    assert text.endswith(", or use fewer or smaller cells")


def test_a_pillow_without_avif_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda _: False)
    with pytest.raises(RenderingError, match="built without avif: name another format"):
        check_output(Path("a.avif"), (10, 10))
