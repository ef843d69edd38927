"""Make a tile's thumbnail anew, in another size."""

from ..errors import PhotoError
from ..model import PendingFile, ReadOptions, StaleTile, Thumbnail, Tile
from .read import read_photo
from .thumbnail import resize_thumbnail


def remake_thumbnail(stale: StaleTile, options: ReadOptions) -> tuple[int, Thumbnail | None]:
    """Make a thumbnail from the photo, or from the old thumbnail where the photo is gone.

    Args:
        stale: the tile.
        options: how photos are read.

    Returns:
        The tile's id and its thumbnail; None where the photo is gone and the old thumbnail is
        damaged.
    """
    if stale.path is not None:
        content = read_photo(PendingFile(stale.id, stale.path), options).content
        if isinstance(content, Tile) and content.content_hash == stale.content_hash:
            return stale.id, content.thumbnail
    try:
        return stale.id, resize_thumbnail(stale.jpeg, options.thumb_res)
    except PhotoError:
        return stale.id, None  # as it was: `mosaicdb check` names it
