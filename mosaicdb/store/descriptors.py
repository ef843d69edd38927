"""Write the descriptors of tiles, and find the tiles that lack some of them."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, func, select, update

from ..readings import Descriptors
from .database import Database
from .pages import plain_tuples, read_pages
from .schema import is_unmeasured, thumbnail, tile

_TILES_A_PAGE: Final = 128

DESCRIPTOR_COLUMNS: Final = ("mean_r", "mean_g", "mean_b", "signature")


def descriptor_row(descriptors: Descriptors) -> dict[str, object]:
    """Return the columns of a tile that hold its descriptors."""
    values = (*descriptors.mean_rgb, descriptors.signature)
    return dict(zip(DESCRIPTOR_COLUMNS, values, strict=True))


def count_unmeasured(database: Database) -> int:
    """Count the tiles that lack descriptors."""
    with database.read() as connection:
        count = select(func.count()).select_from(tile).where(is_unmeasured)
        return connection.scalar(count) or 0


def unmeasured_thumbnails(database: Database) -> Iterator[list[tuple[int, bytes]]]:
    """Yield (tile id, JPEG) of the tiles that lack descriptors, a page at a time.

    Args:
        database: read in pages; others may write to it in between.
    """
    columns = select(tile.c.id, thumbnail.c.jpeg).join(thumbnail)
    yield from read_pages(database, columns.where(is_unmeasured), _TILES_A_PAGE, plain_tuples)


def record_descriptors(
    database: Database, measured: Sequence[tuple[int, Descriptors | None]]
) -> None:
    """Write the descriptors of some tiles that still lack them.

    Args:
        database: written in one transaction.
        measured: tile ids and descriptors; None leaves a tile as it is.
    """
    rows = [
        {"row_id": tile_id, **descriptor_row(descriptors)}
        for tile_id, descriptors in measured
        if descriptors is not None
    ]
    if not rows:
        return
    values: dict[str, Any] = {name: bindparam(name) for name in DESCRIPTOR_COLUMNS}
    statement = update(tile).where(tile.c.id == bindparam("row_id"), is_unmeasured)
    with database.write() as connection:
        connection.execute(statement.values(values), rows)
