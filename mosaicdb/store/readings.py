"""Record the results of reading files, a batch per transaction."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, false, select, update

from ..readings import READER, Known, Reading, Rejected, Tile
from .crops import insert_overviews, replace_overviews
from .database import Database
from .descriptors import descriptor_row
from .paths import is_import_source
from .schema import CAPTURE_COLUMNS, file, thumbnail, tile
from .settings import take_numbers


class Outcome(StrEnum):
    """Outcome of reading a file."""

    NEW = "new"
    """Its photo is a new tile."""
    UNCHANGED = "unchanged"
    """It holds the photo that it held before."""
    DUPLICATE = "duplicate"
    """It is another file of a known photo."""
    CHANGED = "changed"
    """It holds another photo than before."""
    MOVED = "moved"
    """It is a known file that is missing at its old path, or holds a photo that was imported."""
    REJECTED = "rejected"
    """It holds no photo that can be read."""


def record_readings(database: Database, readings: Sequence[Reading]) -> list[Outcome]:
    """Write tiles and files for some readings in one transaction.

    A tile's id is the number of the file that brings it. A file that had a tile before and now
    holds something else takes a new number, so that a number never stands for two photos.

    Args:
        database: written in one transaction.
        readings: in the order of the files' numbers.

    Returns:
        The outcome of each reading.
    """
    with database.write() as connection:
        batch = _Batch(database, connection, readings)
        outcomes = [batch.take(reading) for reading in readings]
        batch.write()
    return outcomes


class _Batch:
    """The rows that a transaction reads and writes."""

    def __init__(
        self, database: Database, connection: Connection, readings: Sequence[Reading]
    ) -> None:
        self.database, self.connection = database, connection
        self.among = database.backend.among
        self.files = self._files([reading.file.id for reading in readings])
        hashes = [
            reading.content.content_hash
            for reading in readings
            if isinstance(reading.content, Tile | Known)
        ]
        columns = (tile.c.content_hash, tile.c.id, tile.c.reader)
        rows = connection.execute(
            select(*columns).where(self.among(tile.c.content_hash, hashes))
        ).all()
        self.tile_ids: dict[str, int] = {row.content_hash: row.id for row in rows}
        self.outdated = {row.id for row in rows if row.reader < READER}
        self.reread_tiles: list[tuple[int, Tile]] = []
        self.former = self._former_files()
        self.new_tiles: list[tuple[int, Tile]] = []
        self.file_updates: list[tuple[object, ...]] = []
        self.file_moves: list[dict[str, Any]] = []
        self.superseded_files: list[int] = []

    def _files(self, ids: list[int]) -> dict[int, Any]:
        columns = (file.c.id, file.c.tile_id, file.c.error, file.c.mtime_ns, file.c.seen_at)
        rows = self.connection.execute(select(*columns).where(self.among(file.c.id, ids)))
        return {row.id: row for row in rows}

    def _former_files(self) -> dict[int, list[int]]:
        """Find the files that are missing, or stand for the source of an import."""
        rows = self.connection.execute(
            select(file.c.tile_id, file.c.id)
            .where(
                file.c.missing | is_import_source(file.c.path),
                self.among(file.c.tile_id, list(self.tile_ids.values())),
            )
            .order_by(file.c.id.desc())
        )
        former: dict[int, list[int]] = {}
        for tile_id, file_id in rows:
            former.setdefault(tile_id, []).append(file_id)
        return former

    def take(self, reading: Reading) -> Outcome:
        """Decide on the outcome of a reading, and note the rows to write."""
        row = self.files.get(reading.file.id)
        if row is None or row.mtime_ns is not None:
            return Outcome.UNCHANGED  # another ingest has recorded it meanwhile
        if isinstance(reading.content, Rejected):
            return self._reject(reading, row, reading.content.reason)
        tile_id = self.tile_ids.get(reading.content.content_hash)
        first_met = row.tile_id is None and row.error is None
        if tile_id is None:
            if isinstance(reading.content, Known):
                return Outcome.UNCHANGED  # its tile was pruned meanwhile: still to be read
            self._add_tile(reading, row, reading.content)
            return Outcome.NEW if first_met else Outcome.CHANGED
        if tile_id in self.outdated and isinstance(reading.content, Tile):
            self.reread_tiles.append((tile_id, reading.content))
        if first_met and self.former.get(tile_id):
            self.superseded_files.append(row.id)
            self._update(row, reading, tile_id, file_id=self.former[tile_id].pop())
            return Outcome.MOVED
        if tile_id == row.tile_id:
            self._update(row, reading, tile_id)
            return Outcome.UNCHANGED
        self._update(row, reading, tile_id, number=self._number(row))
        return Outcome.DUPLICATE if first_met else Outcome.CHANGED

    def _reject(self, reading: Reading, row: Any, reason: str) -> Outcome:
        if row.tile_id is not None and not reading.is_file:
            self._update(row, reading, row.tile_id)  # a link to a disk that is away: it may be back
        elif row.tile_id is None or reading.stat.mtime_ns is not None:
            self._update(row, reading, None, error=reason, number=self._number(row))
        return Outcome.REJECTED  # what has a tile and cannot be read now keeps it

    def _add_tile(self, reading: Reading, row: Any, content: Tile) -> None:
        number = self._number(row)
        self.new_tiles.append((number, content))
        self.tile_ids[content.content_hash] = number
        self._update(row, reading, number, number=number)

    def _number(self, row: Any) -> int:
        """Return the number of a file whose content has changed."""
        return int(row.id) if row.tile_id is None else take_numbers(self.connection, 1)

    def _update(
        self,
        row: Any,
        reading: Reading,
        tile_id: int | None,
        *,
        file_id: int | None = None,
        number: int | None = None,
        error: str | None = None,
    ) -> None:
        file_id = row.id if file_id is None else file_id
        stat = reading.stat
        self.file_updates.append((file_id, stat.size, stat.mtime_ns, stat.etag, tile_id, error))
        new_id = file_id if number is None else number
        if (file_id, new_id) != (row.id, row.id):
            self.file_moves.append(
                {
                    "file_id": file_id,
                    "new_id": new_id,
                    "new_path": reading.file.path,
                    "new_seen_at": row.seen_at,
                }
            )

    def write(self) -> None:
        """Write the noted rows."""
        insert_tiles(self.database, self.connection, self.new_tiles)
        if self.reread_tiles:
            replace_tiles(self.database, self.connection, self.reread_tiles)
        if self.superseded_files:
            self.connection.execute(delete(file).where(file.c.id.in_(self.superseded_files)))
        columns = ("size", "mtime_ns", "etag", "tile_id", "error")
        self.database.backend.update_rows(self.connection, file, columns, self.file_updates)
        if self.file_moves:
            self.connection.execute(_MOVE_FILE, self.file_moves)


def tile_row(number: int, content: Tile) -> dict[str, object]:
    """Return the row of a tile with a number."""
    return {
        "id": number,
        "content_hash": content.content_hash,
        "width": content.width,
        "height": content.height,
        "format": content.format,
        "reader": content.reader,
        **{name: getattr(content.capture, name) for name in CAPTURE_COLUMNS},
        **descriptor_row(content.thumbnail.descriptors),
    }


def insert_tiles(
    database: Database, connection: Connection, tiles: Sequence[tuple[int, Tile]]
) -> None:
    """Write new tiles with their thumbnails and overviews.

    Args:
        database: that of the connection.
        connection: in a write transaction.
        tiles: id and what was read of the photo.
    """
    if not tiles:
        return
    rows = [tile_row(*each) for each in tiles]
    thumbnails = [(number, content.thumbnail.jpeg) for number, content in tiles]
    insert_rows = database.backend.insert_rows
    insert_rows(connection, tile, list(rows[0]), [tuple(row.values()) for row in rows])
    insert_rows(connection, thumbnail, ("tile_id", "jpeg"), thumbnails)
    made = [(number, content.overview) for number, content in tiles]
    overviews = [(number, one) for number, one in made if one is not None]
    insert_overviews(database, connection, overviews)


def replace_tiles(
    database: Database, connection: Connection, tiles: Sequence[tuple[int, Tile]]
) -> None:
    """Replace what is stored of some tiles; ids and content hashes stay.

    Args:
        database: that of the connection.
        connection: in a write transaction.
        tiles: id and what was read of the same photo, at least one.
    """
    rows = []
    for tile_id, content in tiles:
        row = {f"new_{name}": value for name, value in tile_row(tile_id, content).items()}
        rows.append({"row_id": tile_id, "jpeg": content.thumbnail.jpeg, **row})
    names = [name for name in tile_row(*tiles[0]) if name not in _NEVER_CHANGES]
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    replaced = update(tile).where(tile.c.id == bindparam("row_id")).values(values)
    redrawn = update(thumbnail).where(thumbnail.c.tile_id == bindparam("row_id"))
    connection.execute(replaced, rows)
    connection.execute(redrawn.values(jpeg=bindparam("jpeg")), rows)
    overviews = [(tile_id, content.overview) for tile_id, content in tiles]
    replace_overviews(database, connection, overviews)


_NEVER_CHANGES: Final = ("id", "content_hash")
_MOVE_FILE = (  # separate because a new id or path updates every index
    update(file)
    .where(file.c.id == bindparam("file_id"))
    .values(
        id=bindparam("new_id"),
        path=bindparam("new_path"),
        seen_at=bindparam("new_seen_at"),
        missing=false(),
    )
)
