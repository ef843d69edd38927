"""Serve a viewer over HTTP: by ids and numbers, never by path."""

import errno
import json
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import MissingExtraError, MosaicdbError, UsageError, printable
from .contents import Contents, Editor, Live
from .documents import (
    as_json,
    block_document,
    found_document,
    photos_document,
    summary_document,
)
from .guard import Access, Guard
from .live import is_id, live_routes
from .pages import FOLDER

if TYPE_CHECKING:
    from starlette.requests import Request
    from uvicorn import Server

_FOR_A_DAY = {"cache-control": "private, max-age=86400"}
_NOT_AT_ALL = {"cache-control": "no-store"}


def make_app(contents: Contents | Editor | Live, access: Access) -> Guard:
    """Make the application that answers a browser.

    Args:
        contents: what is shown, or what also changes it, or grows.
        access: who may look, and who may change.

    Raises:
        MissingExtraError: the extra `viewer` is not installed.
    """
    try:
        from starlette.applications import Starlette
        from starlette.concurrency import run_in_threadpool
        from starlette.convertors import Convertor, register_url_convertor
        from starlette.responses import PlainTextResponse, Response
        from starlette.routing import Mount, Route
        from starlette.staticfiles import StaticFiles
    except ImportError as error:
        raise MissingExtraError("`mosaicdb view`", "viewer") from error

    class Number(Convertor[int]):
        """A number that is not too long."""

        regex = "[0-9]{1,18}"

        def convert(self, value: str) -> int:
            return int(value)

        def to_string(self, value: int) -> str:
            return str(value)

    register_url_convertor("number", Number())

    live = contents if isinstance(contents, Live) else None
    editor = None if isinstance(contents, Contents | Live) else contents

    def shown() -> Contents:
        return contents if isinstance(contents, Contents) else contents.contents

    def document(value: object) -> Response:
        return Response(as_json(value), media_type="application/json")

    def jpeg(data: bytes | None, *, is_lasting: bool) -> Response:
        if data is None:
            return PlainTextResponse("there is none", 404)
        headers = _FOR_A_DAY if is_lasting else _NOT_AT_ALL
        return Response(data, media_type="image/jpeg", headers=headers)

    def is_asked(request: "Request", contents: Contents) -> bool:
        """Say whether a request means this version of the mosaic, and not one before or after."""
        return request.query_params.get("v") == contents.summary.version

    def summary(_: "Request") -> Response:
        own: dict[str, object] = {"isServed": True, "isEditable": editor is not None}
        own["isLive"] = live is not None
        if editor is not None:
            own |= {"canUndo": editor.can_undo, "token": access.token}
        return document(summary_document(shown().summary, **own))

    def block(request: "Request") -> Response:
        found = shown().block(**request.path_params)
        if found is None:
            return PlainTextResponse("there is none", 404)
        return document(block_document(found))

    def photos(request: "Request") -> Response:
        return document(photos_document(shown().photos(**request.path_params)))

    def photo(request: "Request") -> Response:
        return jpeg(shown().photo_jpeg(request.path_params["tile_id"]), is_lasting=False)

    def tile(request: "Request") -> Response:
        now = shown()
        return jpeg(now.tile_jpeg(**request.path_params), is_lasting=is_asked(request, now))

    def target(request: "Request") -> Response:
        now = shown()
        return jpeg(now.target_jpeg(), is_lasting=is_asked(request, now))

    def search(request: "Request") -> Response:
        text = request.query_params.get("text", "")
        return document(found_document(shown().search(text) if text else ()))

    async def change(request: "Request") -> Response:
        if editor is None:
            return PlainTextResponse("this mosaic is only shown", 404)
        try:
            asked = asked_change(editor, await request.body())
        except (ValueError, RecursionError):
            return PlainTextResponse("this is no change", 400)
        return document({"said": await run_in_threadpool(asked)})

    def failed(_: "Request", error: Exception) -> Response:
        return PlainTextResponse(str(error), 409)

    def not_written(_: "Request", error: Exception) -> Response:
        assert isinstance(error, OSError)
        where = f"{printable(error.filename)}: " if error.filename else ""
        return PlainTextResponse(f"{where}{error.strerror or error}", 500)

    routes: list[tuple[str, Callable[[Request], Response]]] = [
        ("/mosaic.json", summary),
        ("/cells/{row:number}_{column:number}.json", block),
        ("/photos/{piece:number}.json", photos),
        ("/photos/{piece:number}/{tile_id:number}.jpg", photo),
        ("/mosaic_files/{level:number}/{column:number}_{row:number}.jpeg", tile),
        ("/target.jpg", target),
        ("/search.json", search),
    ]
    page = Mount("/", StaticFiles(directory=FOLDER, html=True))
    app = Starlette(
        routes=[
            *(Route(path, answer, methods=["GET"]) for path, answer in routes),
            Route("/changes", change, methods=["POST"]),
            *([] if live is None else live_routes(live, access)),
            page,
        ],
        exception_handlers={MosaicdbError: failed, OSError: not_written},
    )
    return Guard(app, access)


def asked_change(editor: Editor, body: bytes) -> Callable[[], str]:
    """Read which change a page asks for, and give what does it.

    Raises:
        ValueError: it is none.
    """
    value = json.loads(body)
    match value:
        case {"kind": "swap", "version": str(version), "row": int(row), "column": int(column)}:
            tile = value.get("tile")
            if min(row, column) < 0 or not (tile is None or is_id(tile)):
                raise ValueError(value)
            return lambda: editor.swap(version, row, column, tile)
        case {"kind": "ban", "version": str(version), "tile": int(tile)} if is_id(tile):
            return lambda: editor.ban(version, tile)
        case {"kind": "undo", "version": str(version)}:
            return lambda: editor.undo(version)
    raise ValueError(value)


def listen(host: str, port: int) -> socket.socket:
    """Take a port.

    Args:
        host: address or name to listen on.
        port: 0: any that is free.

    Raises:
        UsageError: it is taken, not allowed, or the address is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            text = f"port {port} is taken: name another with --port, or 0 for any that is free"
        elif error.errno == errno.EACCES:
            text = f"port {port} needs more rights: name another with --port"
        else:
            text = f"--host {printable(host)}: {error.strerror or error}"
        raise UsageError(text) from error


def make_server(contents: Contents | Editor | Live, access: Access) -> "Server":
    """Make what answers requests: `run(sockets=[…])` does so until its `should_exit` is set.

    Args:
        contents: what is shown, or what also changes it, or grows.
        access: who may look, and who may change.

    Raises:
        MissingExtraError: the extra `viewer` is not installed.
    """
    app = make_app(contents, access)
    try:
        import uvicorn
    except ImportError as error:
        raise MissingExtraError("`mosaicdb view`", "viewer") from error
    settings = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=10,  # a change ends first
    )
    return uvicorn.Server(settings)
