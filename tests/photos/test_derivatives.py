"""Which folders are passed over because programs keep copies of photos in them."""

import pytest

from mosaicdb.photos.derivatives import holds_derivatives, lies_among_derivatives


@pytest.mark.parametrize(
    "folder",
    [
        "/photos/@eaDir",
        "/photos/a/@Recycle",
        "/photos/#recycle",
        "/photos/#snapshot",
        "/photos/@Recently-Snapshot",
        "/photos/$RECYCLE.BIN",
        "/photos/Catalog Previews.lrdata",
        "/photos/Catalog Smart Previews.lrdata",
        "/photos/Previews.lrdata",
        "/home/ada/Photos Library.photoslibrary/resources",
        "/home/ada/Photos Library.photoslibrary/resources/derivatives",
        "/home/ada/Photos Library.photoslibrary/scopes/cloudsharing/resources/derivatives",
        "/home/ada/iPhoto Library.photolibrary/Thumbnails",
        "/home/ada/Old.aplibrary/Previews",
    ],
)
def test_thumbnails_previews_snapshots_and_trash_are_known_by_their_folder(folder: str) -> None:
    assert holds_derivatives(folder)


@pytest.mark.parametrize(
    "folder",
    [
        "/photos/resources",
        "/photos/derivatives",
        "/photos/previews",
        "/photos/Thumbnails",
        "/photos/recycle",
        "/home/ada/Photos Library.photoslibrary",
        "/home/ada/Photos Library.photoslibrary/originals/0",
        "/home/ada/photoslibrary/resources",
    ],
)
def test_folders_that_may_hold_photos_are_not_mistaken_for_them(folder: str) -> None:
    assert not holds_derivatives(folder)


def test_files_are_among_derivatives_at_any_depth() -> None:
    for path in ("/photos/@eaDir/a.jpg", "/photos/#snapshot/2020/deep/a.jpg"):
        assert lies_among_derivatives(path)
    for path in ("/photos/@eaDir", "/photos/a.jpg", "/photos/resources/a.jpg", "import:/a.h5#0"):
        assert not lies_among_derivatives(path)
