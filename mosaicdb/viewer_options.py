"""What can be asked of viewers."""

from dataclasses import dataclass

from .kinds import ADDRESS, FLAG, Checked, integer, option, same_option
from .options import FileOptions


@dataclass(frozen=True, slots=True)
class ViewOptions(Checked):
    """Where a viewer is served."""

    host: str = option(
        "127.0.0.1",
        ADDRESS,
        "address to listen on; another than this machine's own lets others in, who need a token",
    )
    port: int = option(8765, integer(0, 65_535), "port to listen on; 0: any that is free")


@dataclass(frozen=True, slots=True)
class ExportOptions(Checked):
    """What goes into the folder of a viewer."""

    photo_side: int = option(
        640,
        integer(16, 10_000),
        "pixels of the longer side of a photo; smaller ones are not scaled",
    )
    quality: int = same_option(FileOptions, "quality")
    replace: bool = option(
        False, FLAG, "replace the folder if an earlier export of a viewer has written it"
    )
