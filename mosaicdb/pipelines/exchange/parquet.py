"""Parquet: a row for each tile, which DuckDB, Polars and other programs on Arrow read too."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final

from ...batches import in_batches
from ...errors import MissingExtraError, UsageError, printable
from ...store import StoredTile
from .entries import Entry, FoundTile

_ROWS_A_GROUP: Final = 1_000  # some megabytes of thumbnails: what a reader has in memory at once
_LARGEST_NUMBER: Final = 999_999_999  # more is no number that counts files
_PICTURES: Final = ("jpeg", "overview")


class Parquet:
    """Columns are named as in the database; a row that lacks something has NULL there."""

    entry = "row"
    needs = "a column `jpeg` of the bytes of thumbnails"

    def write(self, path: Path, tiles: Iterator[StoredTile]) -> None:
        """Write tiles to a new file."""
        parquet = _pyarrow_parquet()
        schema = _schema()
        with parquet.ParquetWriter(
            path,
            schema,
            compression={name: "none" if name in _PICTURES else "zstd" for name in schema.names},
            use_dictionary=["format", "camera_make", "camera_model"],
            write_statistics=[name for name in schema.names if name not in _PICTURES],
        ) as target:
            for batch in in_batches(tiles, _ROWS_A_GROUP):
                target.write(_table(batch, schema))

    @contextmanager
    def open(self, path: Path) -> Iterator["_Rows"]:
        """Open a file; of other columns than those that `write` writes, none is read."""
        parquet = _pyarrow_parquet()
        import pyarrow

        try:
            source = parquet.ParquetFile(path)
        except FileNotFoundError as error:
            raise UsageError(f"{printable(path)}: no such file") from error
        except (pyarrow.ArrowException, OSError) as error:
            raise UsageError(f"{printable(path)}: it is not a Parquet file") from error
        with source:
            _check(source.schema_arrow, path)
            there = source.schema_arrow.names
            yield _Rows(source, [name for name in _schema().names if name in there], path)


def _pyarrow_parquet() -> Any:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("Parquet", "parquet") from error
    return parquet


def _schema() -> Any:
    import pyarrow as arrow

    return arrow.schema(
        [
            arrow.field("id", arrow.int64()),
            arrow.field("content_hash", arrow.string()),
            arrow.field("width", arrow.int32()),
            arrow.field("height", arrow.int32()),
            arrow.field("format", arrow.string()),
            arrow.field("reader", arrow.int32()),
            arrow.field("banned", arrow.bool_()),
            arrow.field("taken_at", arrow.timestamp("us")),
            arrow.field("latitude", arrow.float64()),
            arrow.field("longitude", arrow.float64()),
            arrow.field("camera_make", arrow.string()),
            arrow.field("camera_model", arrow.string()),
            arrow.field("jpeg", arrow.binary()),
            arrow.field("overview", arrow.binary()),
        ]
    )


def _table(tiles: list[StoredTile], schema: Any) -> Any:
    import pyarrow as arrow

    rows = []
    for tile in tiles:
        row = asdict(tile)
        rows.append(row | row.pop("capture"))
    return arrow.Table.from_pylist(rows, schema=schema)


def _check(found: Any, path: Path) -> None:
    """Require that columns of our names hold what ours hold.

    Raises:
        UsageError: one does not, or there are no thumbnails.
    """
    import pyarrow as arrow

    kinds = (
        (arrow.types.is_binary, arrow.types.is_large_binary),
        (arrow.types.is_string, arrow.types.is_large_string),
        (arrow.types.is_integer,),
        (arrow.types.is_boolean,),
        (arrow.types.is_floating,),
        (arrow.types.is_timestamp,),
    )
    if "jpeg" not in found.names:
        raise UsageError(
            f"{printable(path)} has no column `jpeg`: what can be imported is {Parquet.needs}, as "
            "`mosaicdb export` writes"
        )
    for own in _schema():
        if own.name not in found.names:
            continue
        is_kind = next(tests for tests in kinds if any(test(own.type) for test in tests))
        if not any(test(found.field(own.name).type) for test in is_kind):
            kind = printable(found.field(own.name).type)
            raise UsageError(
                f"{printable(path)}: the column `{own.name}` holds {kind}, and not {own.type}"
            )


class _Rows:
    """The rows of an opened file."""

    def __init__(self, source: Any, columns: list[str], path: Path) -> None:
        self._source = source
        self._path = path
        self._columns = columns
        self.count = source.metadata.num_rows

    def __iter__(self) -> Iterator[Entry]:
        for place, row in enumerate(chain.from_iterable(self._batches())):
            known = {name: value for name, value in row.items() if value is not None}
            number = known.pop("id", None)
            is_number = number is not None and 0 <= number <= _LARGEST_NUMBER
            yield Entry(str(place), number if is_number else None, partial(_found, known))

    def _batches(self) -> Iterator[list[dict[str, Any]]]:
        import pyarrow

        try:
            for batch in self._source.iter_batches(_ROWS_A_GROUP, columns=self._columns):
                yield batch.to_pylist()
        except (pyarrow.ArrowException, OSError) as error:
            raise UsageError(f"{printable(self._path)} is damaged: {printable(error)}") from error


def _found(known: dict[str, Any]) -> FoundTile:
    if "jpeg" not in known:
        raise ValueError("it has no thumbnail")
    return FoundTile(known.pop("jpeg"), known)
