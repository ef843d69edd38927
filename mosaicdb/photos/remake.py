"""Make a tile's thumbnail again, in another size."""

from ..errors import PhotoError
from ..options import ReadOptions
from ..records import PendingFile, Remade, StaleTile, Tile
from .read import read_photo
from .thumbnail import resize_thumbnail


def remake_thumbnail(stale: StaleTile, options: ReadOptions) -> Remade:
    """Make a thumbnail from the photo, or from the old thumbnail if the photo is missing.

    Args:
        stale: the tile.
        options: how photos are read.
    """
    if stale.path is not None:
        content = read_photo(PendingFile(stale.id, stale.path), options).content
        if isinstance(content, Tile) and content.content_hash == stale.content_hash:
            return Remade(stale.id, content.thumbnail, content.capture)
    try:
        return Remade(stale.id, resize_thumbnail(stale.jpeg, options.thumb_res))
    except PhotoError:
        return Remade(stale.id, None)  # it is kept, and `mosaicdb check` reports it
