"""Make a known photo's tile or thumbnail again."""

from collections.abc import Iterable

from ..errors import PhotoError
from ..options import ReadOptions
from ..readings import OutdatedTile, PendingFile, Remade, StaleTile, Tile
from .read import read_photo
from .thumbnail import resize_thumbnail


def reread(outdated: OutdatedTile, options: ReadOptions) -> tuple[int, Tile | None]:
    """Make a tile again from the first of its files that can be read and still holds its photo.

    Args:
        outdated: the tile.
        options: how photos are read.

    Returns:
        Its id, and what was read; None: no file holds the photo.
    """
    return outdated.id, _read_same(outdated.paths, outdated.content_hash, options)


def remake_thumbnail(stale: StaleTile, options: ReadOptions) -> Remade:
    """Make a thumbnail from the photo, or from the old thumbnail if no file holds the photo.

    Args:
        stale: the tile.
        options: how photos are read.
    """
    content = _read_same(stale.paths, stale.content_hash, options)
    if content is not None:
        return Remade(stale.id, content.thumbnail, content)
    try:
        return Remade(stale.id, resize_thumbnail(stale.jpeg, options.thumb_res))
    except PhotoError:
        return Remade(stale.id, None)  # it is kept, and `mosaicdb check` reports it


def _read_same(paths: Iterable[str], content_hash: str, options: ReadOptions) -> Tile | None:
    """Read the first of some files that still holds a photo and can be read."""
    for path in paths:
        content = read_photo(PendingFile(0, path), options).content
        if isinstance(content, Tile) and content.content_hash == content_hash:
            return content
    return None
