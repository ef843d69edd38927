"""Steps of the benchmark of a store of many tiles, each in a process of its own."""

from collections.abc import Callable, Sequence
from pathlib import Path

from synthetic import fill, path_of, signatures_of_photos

from mosaicdb import Database, ingest_photos, load_tiles
from mosaicdb.store import count_tiles, database_faults, run_sql, statistics

Work = Callable[[], dict[str, float]]

ROWS_A_TRANSACTION = 5_000


def fill_up(location: str, photos: str, count: int) -> Work:
    """Add made-up tiles until there are so many."""
    real = signatures_of_photos(Path(photos))

    def work() -> dict[str, float]:
        with Database(location) as database:
            numbers = range(count_tiles(database), count)
            batches = list(fill(database, real, numbers, batch=ROWS_A_TRANSACTION))
            with database.read() as connection:
                size = database.backend.size(connection)
        written, worked = (sum(batch[clock] for batch in batches) for clock in (1, 2))
        return {"rows": len(numbers), "seconds": written, "processor": worked, "bytes": size}

    return work


def ingest(location: str, folder: str) -> Work:
    """Bring the database up to date with a folder, in this process."""

    def work() -> dict[str, float]:
        with Database(location) as database:
            report = ingest_photos(database, [folder])
        return {"new": report.new, "unchanged": report.unchanged}

    return work


def opening(location: str) -> Work:
    """Open and close the database."""

    def work() -> dict[str, float]:
        Database(location).close()
        return {}

    return work


def features(location: str, signatures: bool) -> Work:
    """Load mean colours, maybe with signatures, into arrays."""

    def work() -> dict[str, float]:
        with Database(location) as database:
            tiles = load_tiles(database, signatures)
        arrays = (tiles.ids, tiles.mean_rgb, tiles.signatures)
        return {"bytes": sum(array.nbytes for array in arrays if array is not None)}

    return work


def stats(location: str) -> Work:
    """Do as `mosaicdb stats`."""

    def work() -> dict[str, float]:
        with Database(location) as database:
            return {"tiles": statistics(database).photos}

    return work


def check(location: str) -> Work:
    """Check the database, though not thumbnails, which made-up tiles do not have."""

    def work() -> dict[str, float]:
        with Database(location) as database:
            faults = sum(not fault.endswith("no thumbnail") for fault in database_faults(database))
        return {"faults": faults}

    return work


def query(location: str, statement: str, numbers: Sequence[int] = ()) -> Work:
    """Run a statement; `{path}` and `{number}` in it stand for those of each of some tiles."""

    def work() -> dict[str, float]:
        rows = 0
        for number in numbers or [0]:
            asked = statement.format(path=path_of(number), number=number)
            with run_sql(location, asked) as answer:
                rows += sum(1 for _ in answer.rows)
        return {"rows": rows}

    return work
