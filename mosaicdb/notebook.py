"""Show pictures in notebooks."""

import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

SHOWN_SIDE: Final = 1024
"""Pixels a side of what a notebook shows, at most."""


class ShowsPicture:
    """What has a picture, or None, as `picture`, and shows it in a notebook."""

    __slots__ = ()
    picture: "Image | None"

    def _repr_png_(self) -> bytes | None:
        """Give the picture as a PNG, made small; None, and so the text, where there is none."""
        if self.picture is None:
            return None
        factor = -(-max(self.picture.size) // SHOWN_SIDE)
        data = io.BytesIO()
        self.picture.reduce(factor).save(data, "PNG")
        return data.getvalue()
