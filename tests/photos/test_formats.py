"""Formats that need an extra, where it is not installed."""

import pytest
from pictures import ReadPhoto

from mosaicdb.photos import formats
from mosaicdb.readings import Rejected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\x0a", "JPEG XL needs the extra 'jxl': pip install 'mosaicdb[jxl]'"),
        (b"IIRO", "camera raw needs the extra 'raw': pip install 'mosaicdb[raw]'"),
    ],
)
def test_without_the_extra_it_is_said_what_to_install_and_it_is_read_later(
    data: bytes, reason: str, read: ReadPhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "is_installed", lambda _: False)
    reading = read(data)
    assert isinstance(reading.content, Rejected)
    assert reading.content.reason == reason
    assert reading.stat.mtime_ns is None
