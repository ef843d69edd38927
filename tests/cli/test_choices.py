import json
from pathlib import Path

import pytest
from PIL import Image
from support import Command, age


@pytest.fixture
def collection(photos: Path, mosaicdb: Command) -> Path:
    """Ingest 12 photos, and a small copy of one, into ./tiles.db."""
    with Image.open(photos / "02.jpg") as image:
        image.resize((48, 36)).save(photos / "copy\n.png")
    age(photos / "copy\n.png")
    mosaicdb("ingest", photos, "--db", "tiles.db", "--thumb-res", "8x6")
    return photos


def test_duplicates_are_listed_with_their_sizes_and_paths(
    collection: Path, mosaicdb: Command
) -> None:
    size = (collection / "02.jpg").stat().st_size
    lines = mosaicdb("duplicates", "--db", "tiles.db").splitlines()
    assert lines[:2] == [
        "group 1: 2 photos",
        f"    tile 2  64 x 48 JPEG, {size:,} bytes  {collection}/02.jpg",
    ]
    assert lines[2].endswith(rf"{collection}/copy\n.png")
    assert mosaicdb.err == "1 groups; 1 photos beyond the first of their group\n"


def test_duplicates_are_printed_as_json(collection: Path, mosaicdb: Command) -> None:
    (line,) = mosaicdb("duplicates", "--db", "tiles.db", "--json", "--quiet").splitlines()
    group = json.loads(line)
    assert (group["group"], [each["tile_id"] for each in group["tiles"]]) == (1, [2, 12])
    assert group["tiles"][1] == {
        "tile_id": 12,
        "width": 48,
        "height": 36,
        "format": "PNG",
        "size": (collection / "copy\n.png").stat().st_size,
        "paths": [f"{collection}/copy\n.png"],
    }
    assert mosaicdb.err == ""


@pytest.mark.parametrize("distance", ["-1", "65", "x", ""])
def test_a_distance_that_cannot_be_is_told(distance: str, mosaicdb: Command) -> None:
    mosaicdb("duplicates", f"--distance={distance}", expect=2)
    assert "a whole number from 0 to 64" in mosaicdb.error_line
