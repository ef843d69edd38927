"""Parts of JPEG files, which can be put together in other ways.

A scan with restart intervals is a row of pieces that are coded independently: pieces that were
coded with the same tables make one scan, with a restart marker after each. Source: ITU-T T.81
(1992), sections B.2 and E.1.4.
"""

from dataclasses import dataclass
from typing import Final

END: Final = b"\xff\xd9"
"""The marker at the end of a file (EOI)."""

_START: Final = b"\xff\xd8"
_SCAN: Final = 0xDA
_FRAMES: Final = (0xC0, 0xC1)  # baseline, and sequential with longer tables
_OTHER_FRAMES: Final = {*range(0xC2, 0xD0)} - {0xC4, 0xC8, 0xCC}
_RESTART_INTERVAL: Final = 0xDD
_HEIGHT: Final = slice(5, 7)  # within a frame's segment
_WIDTH: Final = slice(7, 9)
_COMPONENTS: Final = 9


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """What stands before the scan of a JPEG that has a single one."""

    tables: bytes
    """Everything before the scan's own header."""
    scan: bytes
    """The scan's own header (SOS)."""
    frame: int
    """Where the frame's segment (SOF) begins in `tables`."""
    has_restarts: bool
    """Whether the scan has restart intervals."""

    @property
    def size(self) -> tuple[int, int]:
        """Give width and height in pixels."""
        segment = self.tables[self.frame :]
        return int.from_bytes(segment[_WIDTH]), int.from_bytes(segment[_HEIGHT])

    @property
    def is_subsampled(self) -> bool:
        """Say whether a component has fewer samples than the picture has pixels."""
        segment = self.tables[self.frame :]
        count = segment[_COMPONENTS]
        return any(segment[_COMPONENTS + 2 + 3 * number] != 0x11 for number in range(count))

    def of_height(self, height: int, restart_interval: int | None = None) -> bytes:
        """Give the header of a JPEG of another height.

        Args:
            height: in pixels.
            restart_interval: MCUs (coded blocks) between restart markers; None: as it is.
        """
        tables = bytearray(self.tables)
        tables[self.frame + _HEIGHT.start : self.frame + _HEIGHT.stop] = height.to_bytes(2)
        if restart_interval is not None:
            tables += bytes((0xFF, _RESTART_INTERVAL, 0, 4)) + restart_interval.to_bytes(2)
        return bytes(tables) + self.scan

    def __len__(self) -> int:
        """Give the length in bytes: the scan's data begin there."""
        return len(self.tables) + len(self.scan)


def read_header(jpeg: bytes) -> JpegHeader:
    """Read what stands before a JPEG's scan.

    Raises:
        ValueError: it is no sequential JPEG.
    """
    if not jpeg.startswith(_START):
        raise ValueError("no JPEG")
    place, frame, has_restarts = len(_START), None, False
    while place + 4 <= len(jpeg) and jpeg[place] == 0xFF:
        marker, end = jpeg[place + 1], place + 2 + int.from_bytes(jpeg[place + 2 : place + 4])
        if marker == _SCAN and frame is not None:
            return JpegHeader(jpeg[:place], jpeg[place:end], frame, has_restarts)
        if marker in _FRAMES:
            frame = place
        elif marker in _OTHER_FRAMES:
            break
        elif marker == _RESTART_INTERVAL:
            has_restarts = True
        place = end
    raise ValueError("no sequential JPEG")


def restart_marker(number: int) -> bytes:
    """Give the marker after an interval; `number` counts them from 0."""
    return bytes((0xFF, 0xD0 + number % 8))
