"""Read and write the settings that a database holds about itself."""

from typing import Final, cast

from sqlalchemy import Connection, delete, insert, select

from ..records import Size
from .schema import setting

THUMB_RES: Final = "thumb_res"
_REBUILD_NEXT: Final = "rebuild_next"
_NEXT_NUMBER: Final = "next_number"
_HALF_COPIED: Final = "half_copied"


def get_thumb_res(connection: Connection) -> Size | None:
    """Read the width and height of thumbnails in pixels; None if never set."""
    stored = cast(list[int] | None, _get(connection, THUMB_RES))
    return None if stored is None else (stored[0], stored[1])


def put_thumb_res(connection: Connection, thumb_res: Size) -> None:
    """Write the width and height of thumbnails in pixels."""
    _put(connection, THUMB_RES, list(thumb_res))


def get_rebuild_next(connection: Connection) -> int | None:
    """Read the first tile id that a rebuild has left to process; None if there is no rebuild."""
    return cast(int | None, _get(connection, _REBUILD_NEXT))


def put_rebuild_next(connection: Connection, tile_id: int | None) -> None:
    """Write the first tile id that a rebuild has left to process; None ends the rebuild."""
    _put(connection, _REBUILD_NEXT, tile_id)


def is_half_copied(connection: Connection) -> bool:
    """Read whether this is a copy that is not complete."""
    return bool(_get(connection, _HALF_COPIED))


def put_half_copied(connection: Connection) -> None:
    """Write that this is a copy that is not complete."""
    _put(connection, _HALF_COPIED, True)


def get_next_number(connection: Connection) -> int:
    """Read the lowest number above all that were ever given."""
    return cast(int, _get(connection, _NEXT_NUMBER) or 0)


def put_next_number(connection: Connection, number: int) -> None:
    """Write the lowest number above all that were ever given."""
    _put(connection, _NEXT_NUMBER, number)


def take_numbers(connection: Connection, count: int) -> int:
    """Reserve numbers for files or tiles; they are never given again.

    Args:
        connection: in a write transaction.
        count: how many.

    Returns:
        The first of them; the others are consecutive.
    """
    first = get_next_number(connection)
    put_next_number(connection, first + count)
    return first


def _get(connection: Connection, key: str) -> object:
    return connection.execute(select(setting.c.value).where(setting.c.key == key)).scalar()


def _put(connection: Connection, key: str, value: object) -> None:
    connection.execute(delete(setting).where(setting.c.key == key))
    if value is not None:
        connection.execute(insert(setting).values(key=key, value=value))
