"""Compare the files in the folders with those in the database, before any is read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    MetaData,
    Table,
    Text,
    and_,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)

from ..batches import in_batches
from ..readings import FileStat, PendingFile, Rejected
from .backend import scratch_transaction, write_transaction
from .database import Database
from .pages import IDS_A_STATEMENT, read_pages
from .paths import BytewiseText, FilePath, folder_range, path_range, path_to_text, sort_key
from .schema import file, tile
from .settings import take_numbers

_FILES_A_STATEMENT: Final = 1_000
_PENDING_A_PAGE: Final = 500
_MOST_FILES_OF_A_SIZE: Final = 16

_seen: Final = Table(
    "seen_file",
    MetaData(),
    Column("path", FilePath, primary_key=True),
    Column("sort_key", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger),
    Column("etag", Text),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)

_folder: Final = Table(
    "walked_folder",
    MetaData(),
    Column("skipped", Boolean, primary_key=True),
    Column("low", BytewiseText, primary_key=True),
    Column("high", BytewiseText, nullable=False),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)


@dataclass(frozen=True, slots=True)
class Survey:
    """Counts of a survey of the folders."""

    seen_at: datetime
    """Time of the survey (UTC), which is also stored with each file that was found."""
    seen: int
    """Files found."""
    unchanged: int
    """Of these, files whose size and modification time, or objects whose ETag, are as recorded."""

    @property
    def pending(self) -> int:
        """Count the files to be read."""
        return self.seen - self.unchanged


def survey_files(
    database: Database, files: Iterable[FileStat], folders: Sequence[str], skipped: Sequence[str]
) -> Survey:
    """Number new files, and mark the files that are to be read and those that are missing.

    Args:
        database: written in one short transaction, after all files were found.
        files: in any order, each path once.
        folders: canonical paths of the folders that were walked.
        skipped: files and folders that were skipped or could not be read, complete when `files`
            is exhausted; these, and files below them, are not marked missing.
    """
    seen_at = datetime.now(UTC).replace(tzinfo=None)
    with database.session() as connection:
        with scratch_transaction(connection):
            _seen.create(connection)
            _folder.create(connection)
            _fill_seen(database, connection, files)
            _fill_folders(connection, folders, skipped)
        with write_transaction(connection):
            _mark_seen(connection, seen_at)
            _mark_missing(connection, seen_at)
            _number_new(connection, seen_at)
            is_known = (file.c.seen_at == seen_at) & file.c.mtime_ns.is_not(None)
            counts = Survey(
                seen_at,
                _count(connection, _seen),
                _count(connection, file, is_known),
            )
            _seen.drop(connection)
            _folder.drop(connection)
    return counts


def mark_rejected_for_reading(database: Database, roots: Sequence[str]) -> None:
    """Mark the rejected files at and below some paths to be read again once a survey finds them."""
    ranges = [*map(folder_range, roots), *(path_range(path) for path in roots)]
    rejected = update(file).where(file.c.error.is_not(None)).values(mtime_ns=null())
    with database.write() as connection:
        for low, high in ranges:
            connection.execute(rejected.where(file.c.path >= low, file.c.path < high))


def rejected_before(database: Database, paths: Iterable[str], seen_at: datetime) -> list[Rejected]:
    """Find which of some files were rejected before a survey that found them unchanged."""
    statement = select(file.c.path, file.c.error).where(
        file.c.seen_at == seen_at, file.c.mtime_ns.is_not(None), file.c.error.is_not(None)
    )
    with database.read() as connection:
        return [
            Rejected(*row)
            for batch in in_batches(paths, IDS_A_STATEMENT)
            for row in connection.execute(statement.where(file.c.path.in_(batch)))
        ]


def count_missing(database: Database, folders: Sequence[str]) -> int:
    """Count the files below some folders that are marked missing."""
    with database.session() as connection, scratch_transaction(connection):
        _folder.create(connection)
        _fill_folders(connection, folders, [])
        count = _count(connection, file, file.c.missing & _below(skipped=False))
        _folder.drop(connection)
    return count


def pending_files(database: Database, seen_at: datetime) -> Iterator[PendingFile]:
    """Yield the files that a survey marked to be read, by ascending number.

    Args:
        database: read in pages; others may write to it in between.
        seen_at: of the survey.
    """
    to_read = file.c.mtime_ns.is_(None) & (file.c.seen_at == seen_at)
    statement = select(file.c.id, file.c.path, file.c.size, file.c.etag).where(to_read)
    yield from chain.from_iterable(
        read_pages(database, statement, _PENDING_A_PAGE, _with_known_hashes)
    )


def _with_known_hashes(connection: Connection, rows: Sequence[Any]) -> list[PendingFile]:
    hashes = _hashes_by_size(connection, {row.size for row in rows})
    return [
        PendingFile(row.id, row.path, tuple(hashes.get(row.size, ())), row.size, row.etag)
        for row in rows
    ]


def _fill_seen(database: Database, connection: Connection, files: Iterable[FileStat]) -> None:
    columns = ("path", "sort_key", "size", "mtime_ns", "etag")
    for batch in in_batches(files, _FILES_A_STATEMENT):
        rows = [
            (stat.path, sort_key(stat.path), stat.size, stat.mtime_ns, stat.etag) for stat in batch
        ]
        database.backend.insert_rows(connection, _seen, columns, rows)


def _mark_seen(connection: Connection, seen_at: datetime) -> None:
    same_time = and_(file.c.size == _seen.c.size, file.c.mtime_ns == _seen.c.mtime_ns)
    same = or_(same_time, file.c.etag == _seen.c.etag)
    connection.execute(
        update(file)
        .where(file.c.path == _seen.c.path)
        .values(
            seen_at=seen_at,
            missing=false(),
            size=_seen.c.size,
            etag=_seen.c.etag,
            mtime_ns=case((same, file.c.mtime_ns), else_=null()),
        )
    )


def _mark_missing(connection: Connection, seen_at: datetime) -> None:
    not_seen = ~file.c.missing & (file.c.seen_at != seen_at)
    was_walked = _below(skipped=False) & ~_below(skipped=True)
    connection.execute(update(file).where(not_seen, was_walked).values(missing=True))


def _number_new(connection: Connection, seen_at: datetime) -> None:
    is_new = ~exists().where(file.c.path == _seen.c.path)  # NOT IN: a scan a path on PostgreSQL
    first = take_numbers(connection, _count(connection, _seen, is_new))
    number = func.row_number().over(order_by=_seen.c.sort_key) - 1 + first
    moment = literal(seen_at, file.c.seen_at.type)
    values = (number, _seen.c.path, _seen.c.size, _seen.c.etag, false(), moment)
    rows = select(*values).where(is_new)
    columns = ["id", "path", "size", "etag", "missing", "seen_at"]
    connection.execute(insert(file).from_select(columns, rows))


def _fill_folders(connection: Connection, folders: Sequence[str], skipped: Sequence[str]) -> None:
    skipped_ranges = [*map(folder_range, skipped), *(path_range(path) for path in skipped)]
    rows = [
        {"skipped": is_skipped, "low": low, "high": high}
        for is_skipped, ranges in ((False, map(folder_range, folders)), (True, skipped_ranges))
        for low, high in _outermost(ranges)
    ]
    if rows:
        connection.execute(insert(_folder), rows)


def _outermost(ranges: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield ranges of paths, as stored text, without ranges that lie within others."""
    end = ""
    for low, high in sorted((path_to_text(low), path_to_text(high)) for low, high in ranges):
        if high > end:
            end = high
            yield low, high


def _below(*, skipped: bool) -> ColumnElement[bool]:
    """Return an SQL condition: the file lies in a walked, or in a skipped, range of paths.

    Ranges do not overlap, so that only the last one that starts before the path can contain it.
    """
    end = (
        select(_folder.c.high)
        .where(_folder.c.skipped == skipped, _folder.c.low <= file.c.path)
        .order_by(_folder.c.low.desc())
        .limit(1)
        .correlate(file)
        .scalar_subquery()
    )
    return func.coalesce(file.c.path < end, false())


def _hashes_by_size(connection: Connection, sizes: set[int]) -> dict[int, list[str]]:
    """Find the hashes of known photos by size, but for sizes that many files have in common.

    They save decoding what is known already. Of small photos, a large collection has thousands of
    each size: to compare with all of these would take longer.
    """
    shared_by_few = (
        select(file.c.size)
        .where(file.c.size.in_(sizes))
        .group_by(file.c.size)
        .having(func.count() <= _MOST_FILES_OF_A_SIZE)
    )
    rows = connection.execute(
        select(file.c.size, tile.c.content_hash)
        .join(tile, tile.c.id == file.c.tile_id)
        .where(file.c.size.in_(shared_by_few))
        .distinct()
    )
    hashes: dict[int, list[str]] = {}
    for size, content_hash in rows:
        hashes.setdefault(size, []).append(content_hash)
    return hashes


def _count(connection: Connection, table: Table, *conditions: Any) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0
