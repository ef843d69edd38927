"""The JPEGs of tiles, each under a URL that names the tile."""

import hashlib
from typing import Any, Final

from datasette import NotFound, Response

from .access import open_database

_JPEG: Final = b"\xff\xd8\xff"
_FOREVER: Final = "max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"


def is_jpeg(value: object) -> bool:
    """Say whether a value of a cell is a JPEG, by its first bytes."""
    return isinstance(value, bytes) and value.startswith(_JPEG)


def digest_of(jpeg: bytes) -> str:
    """Give what tells versions of a picture apart."""
    return hashlib.sha256(jpeg).hexdigest()[:16]


def picture_url(
    datasette: Any, database: str, table: str, tile_id: int, digest: str | None = None
) -> str:
    """Give the URL of a tile's picture; with a digest, browsers need not ask for it twice."""
    url = f"{datasette.urls.database(database)}/-/{table}/{tile_id}.jpg"
    return url if digest is None else f"{url}?v={digest}"


async def show_picture(datasette: Any, request: Any) -> Response:
    """Answer with the thumbnail or overview of a tile."""
    table, tile_id = request.url_vars["table"], int(request.url_vars["tile_id"])
    database, schema = await open_database(datasette, request, table)
    missing = NotFound(f"No {table} of tile {tile_id} in {database.name}")
    if "jpeg" not in schema.columns[table]:
        raise missing
    statement = f"SELECT jpeg FROM {table} WHERE tile_id = ?"  # noqa: S608, one of PICTURES
    row = (await database.execute(statement, [tile_id])).first()
    if row is None or not is_jpeg(row["jpeg"]):
        raise missing
    return _answer(row["jpeg"], request)


def _answer(jpeg: bytes, request: Any) -> Response:
    digest = digest_of(jpeg)
    headers = {
        "cache-control": _FOREVER if request.args.get("v") == digest else _ASK_AGAIN,
        "etag": f'"{digest}"',
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'",
    }
    if f'"{digest}"' in request.headers.get("if-none-match", ""):
        return Response(b"", status=304, headers=headers, content_type="image/jpeg")
    return Response(jpeg, headers=headers, content_type="image/jpeg")
