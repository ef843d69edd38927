"""Bans: photos that no mosaic may show, known by their bytes."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection, case, delete, func, insert, select

from ..batches import in_batches
from ..listings import Ban
from .database import Database
from .pages import IDS_A_STATEMENT
from .schema import ban, file, tile


def record_bans(database: Database, content_hashes: Iterable[str]) -> list[str]:
    """Ban photos by SHA-256 of their bytes; give those that were not banned."""
    with database.write() as connection:
        return put_bans(connection, content_hashes)


def put_bans(connection: Connection, content_hashes: Iterable[str]) -> list[str]:
    """Ban photos in a transaction: see `record_bans`."""
    known = set(connection.scalars(select(ban.c.content_hash)))
    new = sorted(set(content_hashes) - known)
    now = datetime.now(UTC).replace(tzinfo=None)
    if new:
        rows = [{"content_hash": content_hash, "banned_at": now} for content_hash in new]
        connection.execute(insert(ban), rows)
    return new


def delete_bans(database: Database, content_hashes: Iterable[str]) -> list[str]:
    """Lift the bans of photos by SHA-256 of their bytes; give those that were banned."""
    wanted = set(content_hashes)
    with database.write() as connection:
        banned = wanted & set(connection.scalars(select(ban.c.content_hash)))
        for batch in in_batches(sorted(banned), IDS_A_STATEMENT):
            connection.execute(delete(ban).where(ban.c.content_hash.in_(batch)))
    return sorted(banned)


def list_bans(database: Database) -> list[Ban]:
    """List the photos that are banned, in the order in which they were, then by tile."""
    there_first = case((file.c.missing, 1), else_=0), file.c.id
    number = func.row_number().over(partition_by=file.c.tile_id, order_by=there_first)
    files = select(file.c.tile_id, file.c.path, number.label("number")).subquery()
    photos = ban.outerjoin(tile, tile.c.content_hash == ban.c.content_hash).outerjoin(
        files, (files.c.tile_id == tile.c.id) & (files.c.number == 1)
    )
    listed = select(ban, tile.c.id, files.c.path).select_from(photos)
    with database.read() as connection:
        rows = connection.execute(listed.order_by(ban.c.banned_at, tile.c.id, ban.c.content_hash))
        return [Ban(row.content_hash, row.banned_at, row.id, row.path) for row in rows]


def banned_tiles(database: Database) -> list[int]:
    """List the tiles whose photos are banned, by ascending id."""
    banned = select(tile.c.id).join(ban, ban.c.content_hash == tile.c.content_hash)
    with database.read() as connection:
        return list(connection.scalars(banned.order_by(tile.c.id)))


def hashes_of_tiles(database: Database, ids: Collection[int]) -> dict[int, str]:
    """Give SHA-256 of the photos of those of some tiles that exist."""
    hashes: dict[int, str] = {}
    with database.read() as connection:
        for batch in in_batches(sorted(ids), IDS_A_STATEMENT):
            rows = select(tile.c.id, tile.c.content_hash).where(tile.c.id.in_(batch))
            hashes.update((row.id, row.content_hash) for row in connection.execute(rows))
    return hashes
