"""What can be asked of live walls."""

from dataclasses import dataclass
from pathlib import Path

from .errors import UsageError
from .kinds import FILE, FLAG, NAME, Checked, number, option, size
from .records import Size


@dataclass(frozen=True, slots=True)
class LiveOptions(Checked):
    """How the photos that arrive get their places on a wall."""

    name: str = option(
        "live", NAME, "what the wall is called: one of that name goes on where it was"
    )
    fixed: bool = option(
        False,
        FLAG,
        "let each photo keep the place that it gets when it arrives; without this, photos move "
        "where that looks more like the target",
    )
    approve: bool = option(
        False, FLAG, "show a photo only once someone has said yes, on the page for the host"
    )
    faint: float = option(
        0.3, number(1), "how much of the target shows in cells without a photo: 0 to 1"
    )
    stickers: Path | None = option(
        None,
        FILE,
        "a folder that gets a sticker of each photo with its place, as a page to print, and the "
        "board to put them on; with --fixed",
    )
    sticker_width: float = option(3.0, number(100, low=0.5), "width of a sticker in cm")
    sheet: Size = option((8, 6), size(1000), "columns and rows of cells on a sheet of the board")

    def __post_init__(self) -> None:
        Checked.__post_init__(self)
        if self.stickers is not None and not self.fixed:
            raise UsageError("stickers cannot move: give --fixed too")
