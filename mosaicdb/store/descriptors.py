"""Features that tiles lack, because they were made before the program knew these features."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, func, select, update

from ..records import Features
from .database import Database
from .schema import is_unmeasured, thumbnail, tile

_TILES_A_PAGE: Final = 128

FEATURE_COLUMNS: Final = ("mean_r", "mean_g", "mean_b", "dhash", "signature")


def feature_row(features: Features) -> dict[str, object]:
    """Give the columns of a tile that hold its features."""
    values = (*features.mean_rgb, features.dhash, features.signature)
    return dict(zip(FEATURE_COLUMNS, values, strict=True))


def count_unmeasured(database: Database) -> int:
    """Count the tiles that lack features."""
    with database.read() as connection:
        count = select(func.count()).select_from(tile).where(is_unmeasured)
        return connection.scalar(count) or 0


def unmeasured_thumbnails(database: Database) -> Iterator[list[tuple[int, bytes]]]:
    """Yield (tile id, JPEG) of the tiles that lack features, a page at a time.

    Args:
        database: others may write to it between the pages.
    """
    columns = select(tile.c.id, thumbnail.c.jpeg).join(thumbnail)
    page = columns.where(is_unmeasured).order_by(tile.c.id).limit(_TILES_A_PAGE)
    last = -1
    while True:
        with database.read() as connection:
            rows = connection.execute(page.where(tile.c.id > last)).all()
        if not rows:
            return
        yield [(row.id, row.jpeg) for row in rows]
        last = rows[-1].id


def record_features(database: Database, measured: Sequence[tuple[int, Features | None]]) -> None:
    """Write the features of some tiles that still lack them.

    Args:
        database: is written in one transaction.
        measured: tile ids and features; None leaves a tile as it is.
    """
    rows = [
        {"which": tile_id, **feature_row(features)}
        for tile_id, features in measured
        if features is not None
    ]
    if not rows:
        return
    values: dict[str, Any] = {name: bindparam(name) for name in FEATURE_COLUMNS}
    statement = update(tile).where(tile.c.id == bindparam("which"), is_unmeasured)
    with database.write() as connection:
        connection.execute(statement.values(values), rows)
