"""Load tiles: colours and signatures, thumbnails, and the paths of photos."""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    cast,
    exists,
    func,
    literal_column,
    select,
)

from ..errors import DatabaseError
from ..records import SIGNATURE_SIDE, TileSet
from .database import Database
from .pages import rows_with_ids
from .paths import folder_range, is_import_source
from .rebuild import refuse_half_rebuilt
from .schema import OUTPUT_HASH, ban, file, is_unmeasured, mosaic, thumbnail, tile

TILES_A_BLOCK: Final = 250_000
"""Tiles of a block: 8 MB of mean colours, 35 MB with signatures."""


@dataclass(frozen=True, slots=True)
class Original:
    """A tile and the paths of its photo."""

    tile_id: int
    """The tile."""
    content_hash: str
    """SHA-256 of the photo's bytes."""
    paths: tuple[str, ...]
    """Files that held it, existing ones first."""
    width: int
    """Of the photo, upright, in pixels."""
    height: int
    """Of the photo, upright, in pixels."""


@dataclass(frozen=True, slots=True)
class TileFiles:
    """A tile's photo, and the files that hold it."""

    tile_id: int
    """The tile."""
    width: int
    """Of the photo, in pixels."""
    height: int
    """Of the photo, in pixels."""
    format: str
    """Of the photo."""
    size: int
    """Bytes of a file."""
    paths: tuple[str, ...]
    """Files that hold it, at least one, by number."""


@dataclass(frozen=True, slots=True, eq=False)
class TilePhotos:
    """What is known of the photos of tiles beside their thumbnails: arrays of one row a tile."""

    ids: NDArray[np.int64]
    """Tile ids, shape (tiles,), ascending."""
    pixels: NDArray[np.int64]
    """Width times height of the photos, shape (tiles,)."""
    mean_rgb: NDArray[np.float64]
    """Mean sRGB 0 to 255, shape (tiles, 3)."""


def load_tiles(database: Database, signatures: bool = False) -> TileSet:
    """Load ids and mean colours of all tiles, by ascending id.

    Args:
        database: is read.
        signatures: whether to load these too. A tile without one, because its thumbnail is
            damaged or descriptors were not filled in, gets its mean colour for each part.

    Raises:
        DatabaseError: there are none, or a rebuild stopped half-way.
    """
    with database.read() as connection:
        refuse_half_rebuilt(database, connection)
        table = _tile_table(database, connection, signatures)
        lacking = connection.scalars(_WITHOUT_SIGNATURE).all() if signatures else []
    if not len(table):
        raise DatabaseError(f"{database.name} holds no tiles: run `mosaicdb ingest FOLDER` first")
    return _as_tile_set(table, np.array(lacking, np.int64))


@contextmanager
def open_tile_blocks(
    database: Database, signatures: bool = False, size: int = TILES_A_BLOCK
) -> Iterator[Callable[[], Iterator[TileSet]]]:
    """Open one snapshot of all tiles, which can be read any number of times.

    Args:
        database: is read; others may write to it meanwhile.
        signatures: whether to load these too: as for `load_tiles`.
        size: tiles that are in memory at once.

    Yields:
        What yields blocks of tiles, by ascending id, each time the same.

    Raises:
        DatabaseError: a rebuild stopped half-way.
    """
    with database.read() as connection:
        refuse_half_rebuilt(database, connection)
        lacking = connection.scalars(_WITHOUT_SIGNATURE).all() if signatures else []
        without = np.array(lacking, np.int64)

        def blocks() -> Iterator[TileSet]:
            first, count = 0, size
            while count == size:
                table = _tile_table(database, connection, signatures, first, size)
                count = len(table)
                if count:
                    yield _as_tile_set(table, without)
                    first = int(table["id"][-1]) + 1

        yield blocks


def _as_tile_set(table: NDArray[np.void], lacking: NDArray[np.int64]) -> TileSet:
    """Turn a table of `_ARRAYS` into arrays; tiles that lack a signature get their mean colour."""
    arrays = [np.ascontiguousarray(table[name]) for name in table.dtype.fields or ()]
    tiles = TileSet(arrays[0], arrays[1], arrays[2] if len(arrays) > 2 else None)
    if tiles.signatures is not None and len(lacking):
        places = np.flatnonzero(np.isin(tiles.ids, lacking))
        tiles.signatures[places] = tiles.mean_rgb[places].round()[:, None, None]
    return tiles


_WITHOUT_SIGNATURE: Final = (
    select(tile.c.id).where(is_unmeasured, tile.c.signature.is_(None)).order_by(tile.c.id)
)
_ROW: Final = [
    ("id", "i8"),
    *((name, "f8") for name in "rgb"),
    ("parts", f"S{3 * SIGNATURE_SIDE**2}"),
]
_ARRAYS: Final = [
    ("id", "i8", ()),
    ("mean_rgb", "f8", (3,)),
    ("signature", "u1", (SIGNATURE_SIDE, SIGNATURE_SIDE, 3)),
]


def _tile_table(
    database: Database,
    connection: Connection,
    signatures: bool,
    first: int | None = None,
    most: int = 0,
) -> NDArray[np.void]:
    """Read tiles straight from the driver: a structured array of the first two or all `_ARRAYS`.

    All tiles, or no more than `most` from the id `first` on.
    """
    columns: list[ColumnElement[Any]] = [tile.c.id, tile.c.mean_r, tile.c.mean_g, tile.c.mean_b]
    if signatures:
        columns.append(func.coalesce(tile.c.signature, literal_column("''")))
    statement, dtype = select(*columns).order_by(tile.c.id), np.dtype(_ROW[: len(columns)])
    if first is None:
        count = connection.scalar(select(func.count()).select_from(tile)) or 0
    else:
        statement, count = statement.where(tile.c.id >= first).limit(most), -1
    flat = database.backend.read_array(connection, statement, dtype, count)
    return flat.view(np.dtype(_ARRAYS[: 2 + signatures]))


def load_tile_photos(database: Database) -> TilePhotos:
    """Load how large the photos of all tiles are, and their mean colours, by ascending tile id.

    Raises:
        DatabaseError: a rebuild stopped half-way.
    """
    means = (tile.c.mean_r, tile.c.mean_g, tile.c.mean_b)
    columns = (tile.c.id, tile.c.width, tile.c.height, *means)
    dtype = np.dtype([*((name, np.int64) for name in "iwh"), *((name, float) for name in "rgb")])
    statement = select(*columns).order_by(tile.c.id)
    with database.read() as connection:
        refuse_half_rebuilt(database, connection)
        table = database.backend.read_array(connection, statement, dtype)
    mean_rgb = np.stack([table[name] for name in "rgb"], axis=1)
    return TilePhotos(np.ascontiguousarray(table["i"]), table["w"] * table["h"], mean_rgb)


def files_of_tiles(database: Database, ids: Iterable[int]) -> Iterator[TileFiles]:
    """Yield those of some tiles that have files, with their files, by ascending id."""
    photo = (tile.c.id, tile.c.width, tile.c.height, tile.c.format)
    statement = (
        select(*photo, file.c.size, file.c.path)
        .join(file, file.c.tile_id == tile.c.id)
        .where(~file.c.missing)
        .order_by(tile.c.id, file.c.id)
    )
    with database.read() as connection:
        rows = rows_with_ids(connection, statement, tile.c.id, ids)
        for _, group in groupby(rows, key=lambda row: row.id):
            files = list(group)
            row, paths = files[0], tuple(row.path for row in files)
            yield TileFiles(row.id, row.width, row.height, row.format, row.size, paths)


def count_tiles(database: Database) -> int:
    """Count all tiles."""
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(tile)) or 0


def tiles_without_file(database: Database) -> list[int]:
    """List the tiles whose photo no file holds, as far as ingests have looked, by ascending id."""
    held = exists().where(file.c.tile_id == tile.c.id, ~file.c.missing)
    with database.read() as connection:
        return list(connection.scalars(select(tile.c.id).where(~held).order_by(tile.c.id)))


def load_thumbnails(database: Database, ids: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """Yield (tile id, JPEG) for those of some tiles that exist, by ascending id."""
    statement = select(thumbnail.c.tile_id, thumbnail.c.jpeg).order_by(thumbnail.c.tile_id)
    with database.read() as connection:
        for row in rows_with_ids(connection, statement, thumbnail.c.tile_id, ids):
            yield row.tile_id, row.jpeg


def missing_ids(database: Database, ids: Iterable[int]) -> list[int]:
    """List those of some tile ids that no tile has."""
    asked = set(ids)
    with database.read() as connection:
        rows = rows_with_ids(connection, select(tile.c.id), tile.c.id, asked)
        return sorted(asked - {row.id for row in rows})


def find_original(database: Database, number: int) -> Original:
    """Find the photo with a number: a tile's id, or that of another file of the tile.

    Raises:
        DatabaseError: there is no such photo, or it was rejected.
    """
    with database.read() as connection:
        newest = connection.scalar(select(func.max(file.c.id)))
        if newest is None or number > newest:
            raise DatabaseError(f"no photo has the number {number}: {_suggestion(connection)}")
        row = connection.execute(
            select(file.c.tile_id, file.c.error).where(file.c.id == number)
        ).first()
        tile_id = connection.scalar(select(tile.c.id).where(tile.c.id == number))
        if tile_id is None and row is not None:
            tile_id = row.tile_id
        if tile_id is None:
            reason = "it was forgotten"
            if row is not None:
                reason = "it is not read yet: `mosaicdb ingest` goes on"
            if row is not None and row.error:
                reason = "it was rejected: " + row.error
            raise DatabaseError(f"no photo has the number {number}: {reason}")
    (original,) = find_originals(database, [tile_id])
    return original


def _suggestion(connection: Connection) -> str:
    """Say which targets there are: the photos with the most pixels are likely to be good ones."""
    largest = _largest(connection, 3)
    if not largest:
        return "there are none yet; the path of any picture is a target too"
    numbers = ", ".join(map(str, largest))
    newest = connection.scalar(select(func.max(file.c.id)))
    return (
        f"the highest is {newest}; name another target with --target, such as one of the largest "
        f"({numbers}), or the path of any picture"
    )


def _largest(connection: Connection, count: int) -> Sequence[int]:
    pixels = cast(tile.c.width, BigInteger) * tile.c.height
    return connection.scalars(
        select(tile.c.id).where(_is_held()).order_by(pixels.desc(), tile.c.id).limit(count)
    ).all()


def _is_held() -> ColumnElement[bool]:
    """Ask for tiles whose photo is not missing."""
    return exists().where(
        file.c.tile_id == tile.c.id, ~file.c.missing, ~is_import_source(file.c.path)
    )


def largest_photos(database: Database, count: int) -> Sequence[int]:
    """Name the photos with the most pixels that are not missing."""
    with database.read() as connection:
        return _largest(connection, count)


def find_originals_from(database: Database, start: int, count: int) -> list[Original]:
    """Find the photos of `count` tiles from an id on, but for missing and banned ones."""
    banned = exists().where(ban.c.content_hash == tile.c.content_hash)
    ids = select(tile.c.id).where(tile.c.id >= start, _is_held(), ~banned)
    ids = ids.order_by(tile.c.id).limit(count)
    with database.read() as connection:
        tile_ids = connection.scalars(ids).all()
    return find_originals(database, tile_ids)


def find_tile_of_path(database: Database, path: str) -> int | None:
    """Return the id of the tile whose photo a file held when it was last read.

    Args:
        database: is read.
        path: absolute; where the file system takes names in any Unicode normal form, the file may
            be recorded in another one.
    """
    spellings = {path, *(unicodedata.normalize(form, path) for form in ("NFC", "NFD"))}
    rows = select(file.c.path, file.c.tile_id).where(file.c.path.in_(spellings))
    with database.read() as connection:
        tile_ids = {row.path: row.tile_id for row in connection.execute(rows.order_by(file.c.id))}
    return tile_ids[path] if path in tile_ids else next(iter(tile_ids.values()), None)


def is_photo(database: Database, paths: Collection[str], content_hash: str) -> bool:
    """Return whether a file is a known photo, and not a mosaic that this database recorded.

    Args:
        database: is read.
        paths: the file's path, as given and with symbolic links resolved.
        content_hash: SHA-256 of its bytes.
    """
    by_path = exists().where(file.c.path.in_(paths))
    by_content = exists().where(tile.c.content_hash == content_hash)
    written = select(mosaic.c.parameters).where(mosaic.c.output.in_(paths))
    with database.read() as connection:
        if not connection.scalar(select(by_path | by_content)):
            return False
        hashes = {parameters.get(OUTPUT_HASH) for parameters in connection.scalars(written)}
    return content_hash not in hashes


def photo_below(database: Database, folder: str) -> str | None:
    """Return the path of a photo that is somewhere below a folder; None: none is known.

    Args:
        database: is read.
        folder: absolute, with symbolic links resolved.
    """
    first, beyond = folder_range(folder)
    below = file.c.path >= first, file.c.path < beyond, ~file.c.missing
    with database.read() as connection:
        path = connection.scalar(select(file.c.path).where(*below).order_by(file.c.path).limit(1))
    return None if path is None else str(path)


def find_originals(database: Database, ids: Iterable[int]) -> list[Original]:
    """Find the photos of those of some tiles that exist, by ascending id."""
    photo = (tile.c.id, tile.c.content_hash, tile.c.width, tile.c.height)
    statement = (
        select(*photo, file.c.path)
        .outerjoin(file, file.c.tile_id == tile.c.id)
        .order_by(tile.c.id, file.c.missing, file.c.id)
    )
    originals = []
    with database.read() as connection:
        rows = rows_with_ids(connection, statement, tile.c.id, ids)
        for _, group in groupby(rows, key=lambda row: row.id):
            files = list(group)
            row, paths = files[0], tuple(row.path for row in files if row.path)
            originals.append(Original(row.id, row.content_hash, paths, row.width, row.height))
    return originals
