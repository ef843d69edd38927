"""Move many rows from and to PostgreSQL in few messages: by its binary COPY, or as arrays."""

from collections.abc import Sequence
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Connection,
    DateTime,
    Double,
    Float,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    bindparam,
    func,
    literal,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.types import TypeDecorator, TypeEngine

from .backend import Row, bind

_HEADER_BYTES: Final = 19  # signature, flags, length of an extension
_TYPES: Final = (
    (BigInteger, "int8"),
    (Integer, "int4"),
    (Float, "float8"),
    (Boolean, "bool"),
    (DateTime, "timestamp"),
    (LargeBinary, "bytea"),
    (JSON, "json"),
    (String, "text"),
)
"""What COPY calls the types of columns; the first that fits."""


def read_array(
    connection: Connection, statement: Select[Any], dtype: np.dtype[np.void]
) -> NDArray[np.void]:
    """Read the rows of a statement: all of one width, since there is no NULL and bytes are padded.

    Args:
        connection: in a transaction.
        statement: as for `Backend.read_array`.
        dtype: likewise.
    """
    names = dtype.names or ()
    columns = [
        _as_wide(column, dtype[name])
        for column, name in zip(statement.selected_columns, names, strict=True)
    ]
    query = statement.with_only_columns(*columns).compile(
        connection, compile_kwargs={"literal_binds": True}
    )
    data = bytearray()
    with _cursor(connection).copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as blocks:
        for block in blocks:
            data += block
    row = [("fields", ">i2")]
    for name in names:
        row += [(f"{name} length", ">i4"), (name, dtype[name].newbyteorder(">").str)]
    wire = np.dtype(row)
    count = (len(data) - _HEADER_BYTES) // wire.itemsize
    rows = np.frombuffer(data, wire, count=count, offset=_HEADER_BYTES)
    table = np.empty(count, dtype)
    for name in names:
        table[name] = rows[name]
    return table


def _as_wide(column: Any, wanted: np.dtype[Any]) -> Any:
    """Give a column the width of a field."""
    match wanted.kind:
        case "i":
            return sql_cast(column, BigInteger)
        case "f":
            return sql_cast(column, Double)
    zeros = func.decode(func.repeat(literal("00"), literal(wanted.itemsize)), literal("hex"))
    return func.substr(column.op("||")(zeros), literal(1), literal(wanted.itemsize))


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert many rows; see `Backend.insert_rows`."""
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(map(quote, columns))
    bound = bind(connection.dialect, table, columns, rows)
    statement = f"COPY {quote(table.name)} ({names}) FROM STDIN (FORMAT BINARY)"
    with _cursor(connection).copy(statement) as copy:
        copy.set_types([_type_name(table.c[name].type) for name in columns])
        for row in bound:
            copy.write_row(row)


def update_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Update many rows; see `Backend.update_rows`."""
    names = ["id", *columns]
    arrays = [
        bindparam(f"new_{name}", list(values), ARRAY(_plain_type(table.c[name].type)))
        for name, values in zip(
            names, zip(*bind(connection.dialect, table, names, rows), strict=True), strict=True
        )
    ]
    new = func.unnest(*arrays).table_valued(*names, name="new").render_derived()
    changed = {name: new.c[name] for name in columns}
    connection.execute(update(table).where(table.c.id == new.c.id).values(changed))


def _plain_type(of: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type of what is stored: values of a decorated one are converted by `bind`."""
    return of.impl_instance if isinstance(of, TypeDecorator) else of


def _type_name(of: TypeEngine[Any]) -> str:
    if isinstance(of, TypeDecorator):
        return "text"
    return next(name for kind, name in _TYPES if isinstance(of, kind))


def _cursor(connection: Connection) -> Any:
    return cast(Any, connection.connection.driver_connection).cursor()
