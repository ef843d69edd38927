"""Check a database for damage, and delete what is missing and not used."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from ..batches import in_batches
from .database import Database
from .engine import read_transaction
from .pages import IDS_A_STATEMENT, plain_tuples, read_pages
from .schema import EMPTY_CELLS, file, mosaic, placement, thumbnail, tile

_THUMBNAILS_A_PAGE: Final = 500


def database_faults(database: Database) -> Iterator[str]:
    """Yield a line for each fault of the database itself."""
    with database.session() as connection, read_transaction(connection):
        for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
            if line != "ok":
                yield f"SQLite: {line}"
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"{row[0]}: a row refers to a {row[2]} that there is not"
        yield from _rows_apart(connection)


def _rows_apart(connection: Connection) -> Iterator[str]:
    bare = select(tile.c.id).where(tile.c.id.not_in(select(thumbnail.c.tile_id)))
    for (tile_id,) in connection.execute(bare):
        yield f"tile {tile_id} has no thumbnail"
    empty = func.coalesce(mosaic.c.parameters[EMPTY_CELLS].as_integer(), 0)
    cells = (
        select(mosaic.c.id, (mosaic.c.rows * mosaic.c.columns - empty).label("cells"))
        .join(placement, placement.c.mosaic_id == mosaic.c.id, isouter=True)
        .add_columns(func.count(placement.c.tile_id).label("placed"))
        .group_by(mosaic.c.id)
    )
    for row in connection.execute(cells):
        if row.cells != row.placed:
            yield f"mosaic {row.id} has {row.placed} placements for {row.cells} cells with a tile"


def all_thumbnails(database: Database) -> Iterator[tuple[int, bytes]]:
    """Yield (tile id, JPEG) for all tiles, by ascending id."""
    statement = select(thumbnail.c.tile_id, thumbnail.c.jpeg)
    yield from chain.from_iterable(
        read_pages(database, statement, _THUMBNAILS_A_PAGE, plain_tuples)
    )


def missing_files(database: Database) -> list[tuple[int, str]]:
    """List (number, path) of the files that are marked missing."""
    with database.read() as connection:
        rows = connection.execute(
            select(file.c.id, file.c.path).where(file.c.missing).order_by(file.c.id)
        )
        return [(row.id, row.path) for row in rows]


def forget(database: Database, file_ids: Sequence[int], *, dry_run: bool = False) -> list[int]:
    """Delete some missing files, and the tiles without a file that no mosaic uses.

    Args:
        database: written in one transaction.
        file_ids: numbers of the files; those no longer missing are kept.
        dry_run: write nothing.

    Returns:
        The ids of the tiles.
    """
    with database.read() if dry_run else database.write() as connection:
        forgotten = set(connection.scalars(select(file.c.id).where(file.c.missing))) & set(file_ids)
        tile_ids = _unused_tiles(connection, forgotten)
        if not dry_run:
            _delete(connection, file, file.c.id, sorted(forgotten))
            _delete(connection, thumbnail, thumbnail.c.tile_id, tile_ids)
            _delete(connection, tile, tile.c.id, tile_ids)
    return tile_ids


def _unused_tiles(connection: Connection, without: set[int]) -> list[int]:
    """List the tiles that no mosaic uses and no file holds, apart from some files."""
    placed = select(placement.c.tile_id)
    targets = select(mosaic.c.target_tile_id).where(mosaic.c.target_tile_id.is_not(None))
    rows = connection.execute(
        select(tile.c.id, file.c.id.label("file_id"))
        .outerjoin(file, file.c.tile_id == tile.c.id)
        .where(tile.c.id.not_in(placed), tile.c.id.not_in(targets))
    ).all()
    held = {row.id for row in rows if row.file_id is not None and row.file_id not in without}
    return sorted({row.id for row in rows} - held)


def _delete(
    connection: Connection, table: Table, column: ColumnElement[Any], ids: Sequence[int]
) -> None:
    for batch in in_batches(ids, IDS_A_STATEMENT):
        connection.execute(delete(table).where(column.in_(batch)))
