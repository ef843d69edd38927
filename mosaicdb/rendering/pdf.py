"""PDFs of pictures, a page each, written from the first byte to the last.

Source: ISO 32000-1:2008, sections 7.5 (the file), 7.7 (the pages), 8.9.5 (pictures) and 14.11.5
(what is said of colours).
"""

from collections.abc import Iterable
from typing import IO, Final

import numpy as np
from PIL import Image

from ..errors import RenderingError
from .colour_space import srgb_profile
from .jpeg_encoder import encode_jpeg

_CATALOG, _PAGES, _INFO, _PROFILE = range(1, 5)  # numbers of objects
_POINTS_AN_INCH: Final = 72
_MOST_BYTES: Final = 10**10  # an offset has 10 digits
_EPOCH: Final = "D:19700101000000Z"  # the same picture gives the same bytes


def write_pdf(
    pages: Iterable[Image.Image], stream: IO[bytes], title: str, dpi: float, quality: int
) -> None:
    """Write pictures as the pages of a PDF, one in memory at a time.

    An output intent says that colours are sRGB. The same pictures give the same bytes.

    Args:
        pages: in mode RGB.
        stream: is only written to, from its start.
        title: of the document.
        dpi: pixels an inch.
        quality: of the JPEGs that the pages are, 1 to 100.

    Raises:
        OSError: the disk is full.
        RenderingError: the file would be larger than a PDF can be.
    """
    file = _Objects(stream)
    file.add(
        _CATALOG,
        f"/Type /Catalog /Pages {_PAGES} 0 R /OutputIntents [<< /Type /OutputIntent "
        f"/S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /DestOutputProfile {_PROFILE} 0 R >>]",
    )
    text = title.encode("utf-16-be", "replace").hex()
    file.add(
        _INFO,
        f"/Title <feff{text}> /Producer (mosaicdb) /CreationDate ({_EPOCH}) /ModDate ({_EPOCH})",
    )
    file.add(_PROFILE, "/N 3", srgb_profile())
    numbers = [_add_page(file, page, dpi, quality) for page in pages]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    file.add(_PAGES, f"/Type /Pages /Count {len(numbers)} /Kids [{kids}]")
    file.end()


def _add_page(file: "_Objects", picture: Image.Image, dpi: float, quality: int) -> int:
    """Write a page that a picture fills; give its number."""
    page = file.next_number
    width, height = (f"{side / dpi * _POINTS_AN_INCH:.4f}" for side in picture.size)
    file.add(
        page,
        f"/Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 {width} {height}] "
        f"/Contents {page + 1} 0 R /Resources << /XObject << /Picture {page + 2} 0 R >> >>",
    )
    file.add(page + 1, "", f"{width} 0 0 {height} 0 0 cm /Picture Do".encode())
    file.add(
        page + 2,
        f"/Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height} "
        "/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode",
        encode_jpeg(np.asarray(picture), quality),
    )
    return page


class _Objects:
    """The numbered objects of a PDF, and where each of them begins.

    Args:
        stream: see `write_pdf`.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._end = 0
        self._places: dict[int, int] = {}
        self._write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")

    @property
    def next_number(self) -> int:
        """Give the number that follows those of all objects: that of the pages is written last."""
        return max(self._places) + 1

    def add(self, number: int, entries: str, data: bytes | None = None) -> None:
        """Write an object: a dictionary, and the data of a stream if it is one."""
        self._places[number] = self._end
        if data is None:
            self._write(f"{number} 0 obj\n<< {entries} >>\nendobj\n".encode("ascii"))
            return
        head = f"{number} 0 obj\n<< {entries} /Length {len(data)} >>\nstream\n"
        self._write(head.encode("ascii"))
        self._write(data)
        self._write(b"\nendstream\nendobj\n")

    def end(self) -> None:
        """Write where the objects are, which readers look for at the end of the file."""
        start, count = self._end, len(self._places) + 1
        lines = [f"{self._places[number]:010} 00000 n \n" for number in range(1, count)]
        self._write(f"xref\n0 {count}\n0000000000 65535 f \n{''.join(lines)}".encode("ascii"))
        self._write(
            f"trailer\n<< /Size {count} /Root {_CATALOG} 0 R /Info {_INFO} 0 R >>\n"
            f"startxref\n{start}\n%%EOF\n".encode("ascii")
        )

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self._end += len(data)
        if self._end >= _MOST_BYTES:
            raise RenderingError("a PDF holds at most 10 GB: print it smaller, or as .jpg sheets")
