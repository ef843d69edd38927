"""Check a database for damage, and delete what is missing and not used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, delete, exists, func, select, union

from ..batches import in_batches
from .database import Database
from .pages import IDS_A_STATEMENT, plain_tuples, read_pages, rows_with_ids
from .schema import (
    EMPTY_CELLS,
    crop_descriptor,
    file,
    mosaic,
    overview,
    placement,
    thumbnail,
    tile,
)

_THUMBNAILS_A_PAGE: Final = 500


def database_faults(database: Database) -> Iterator[str]:
    """Yield a line for each fault of the database itself."""
    with database.read() as connection:
        yield from database.backend.faults(connection)
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


def all_overviews(database: Database) -> Iterator[tuple[int, bytes]]:
    """Yield (tile id, JPEG) for all tiles that have an overview, by ascending id."""
    statement = select(overview.c.tile_id, overview.c.jpeg)
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


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What is deleted beside files that are gone, and what stands in the way of more."""

    tiles: tuple[int, ...]
    """Ids of the tiles that are deleted, ascending."""
    kept_tiles: tuple[int, ...]
    """Ids of the tiles without a file that stay since mosaics use them, ascending."""
    mosaics: tuple[tuple[int, str], ...]
    """Id and output of each mosaic that uses a tile without a file, by ascending id."""


def forget(
    database: Database, file_ids: Sequence[int], *, mosaics: bool = False, dry_run: bool = False
) -> Forgotten:
    """Delete some missing files, and the tiles without a file that no mosaic uses.

    Args:
        database: written in one transaction.
        file_ids: numbers of the files; those no longer missing are kept.
        mosaics: whether mosaics that use tiles without a file are deleted too, so that all these
            tiles are.
        dry_run: write nothing.
    """
    with database.read() if dry_run else database.write() as connection:
        gone = set(connection.scalars(select(file.c.id).where(file.c.missing))) & set(file_ids)
        tile_ids = _tiles_without_file(connection, gone)
        using = _mosaics_of(connection, tile_ids)
        used = set() if mosaics else _used_tiles(connection)
        forgotten = [tile_id for tile_id in tile_ids if tile_id not in used]
        if not dry_run:
            _delete(connection, file, file.c.id, sorted(gone))
            if mosaics:
                _delete(connection, mosaic, mosaic.c.id, [mosaic_id for mosaic_id, _ in using])
            for table in (thumbnail, overview, crop_descriptor):
                _delete(connection, table, table.c.tile_id, forgotten)
            _delete(connection, tile, tile.c.id, forgotten)
    kept = tuple(tile_id for tile_id in tile_ids if tile_id in used)
    return Forgotten(tuple(forgotten), kept, tuple(using))


def _tiles_without_file(connection: Connection, gone: set[int]) -> list[int]:
    """List the tiles that no file holds, apart from some files, by ascending id."""
    bare = select(tile.c.id).where(~exists().where(file.c.tile_id == tile.c.id))
    losing = select(file.c.tile_id).where(file.c.tile_id.is_not(None))
    lost = {row.tile_id for row in rows_with_ids(connection, losing, file.c.id, gone)}
    holding = select(file.c.tile_id, file.c.id)
    held = {
        row.tile_id
        for row in rows_with_ids(connection, holding, file.c.tile_id, lost)
        if row.id not in gone
    }
    return sorted((lost - held).union(connection.scalars(bare)))


def _used_tiles(connection: Connection) -> set[int]:
    targets = select(mosaic.c.target_tile_id).where(mosaic.c.target_tile_id.is_not(None))
    return set(connection.scalars(union(select(placement.c.tile_id), targets)))


def _mosaics_of(connection: Connection, tile_ids: Sequence[int]) -> list[tuple[int, str]]:
    """List id and output of the mosaics that show or rebuild some tiles, by ascending id."""
    outputs: dict[int, str] = {}
    for batch in in_batches(tile_ids, IDS_A_STATEMENT):
        showing = select(placement.c.mosaic_id).where(placement.c.tile_id.in_(batch))
        uses = mosaic.c.id.in_(showing) | mosaic.c.target_tile_id.in_(batch)
        rows = connection.execute(select(mosaic.c.id, mosaic.c.output).where(uses))
        outputs.update((row.id, row.output) for row in rows)
    return sorted(outputs.items())


def _delete(
    connection: Connection, table: Table, column: ColumnElement[Any], ids: Sequence[int]
) -> None:
    for batch in in_batches(ids, IDS_A_STATEMENT):
        connection.execute(delete(table).where(column.in_(batch)))
