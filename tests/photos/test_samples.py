"""The photos that come with the demo."""

from pathlib import Path

from PIL import Image

from mosaicdb.photos import make_sample_photos, sample_target


def test_the_sample_target_is_a_picture() -> None:
    with Image.open(sample_target()) as image:
        assert min(image.size) > 200


def test_samples_are_square_photos_that_come_out_the_same_each_time(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in make_sample_photos(tmp_path / "a" / "b", 30)]
    again = [path.read_bytes() for path in make_sample_photos(tmp_path / "c", 30)]
    assert first == again
    assert len(set(first)) == 30
    with Image.open(tmp_path / "c" / "00029.jpg") as image:
        assert image.size == (120, 120)


def test_samples_that_are_there_are_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "00001.jpg").write_bytes(b"mine")
    paths = list(make_sample_photos(tmp_path, 3))
    assert paths == [tmp_path / f"{number:05d}.jpg" for number in range(3)]
    assert paths[1].read_bytes() == b"mine"
