"""Serve a viewer over HTTP: by ids and numbers, never by path."""

import errno
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import MissingExtraError, MosaicdbError, UsageError, printable
from .contents import Contents
from .documents import (
    as_json,
    block_document,
    found_document,
    photos_document,
    summary_document,
)
from .guard import Access, Guard
from .pages import FOLDER

if TYPE_CHECKING:
    from starlette.requests import Request
    from uvicorn import Server

_FOR_A_DAY = {"cache-control": "private, max-age=86400"}


def make_app(contents: Contents, access: Access) -> Guard:
    """Make the application that answers a browser.

    Args:
        contents: what is shown.
        access: who may look, and who may change.

    Raises:
        MissingExtraError: the extra `viewer` is not installed.
    """
    try:
        from starlette.applications import Starlette
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

    def document(value: object) -> Response:
        return Response(as_json(value), media_type="application/json")

    def jpeg(data: bytes | None) -> Response:
        if data is None:
            return PlainTextResponse("there is none", 404)
        return Response(data, media_type="image/jpeg", headers=_FOR_A_DAY)

    def summary(_: "Request") -> Response:
        return document(summary_document(contents.summary, isServed=True, token=access.token))

    def block(request: "Request") -> Response:
        found = contents.block(**request.path_params)
        if found is None:
            return PlainTextResponse("there is none", 404)
        return document(block_document(found))

    def photos(request: "Request") -> Response:
        return document(photos_document(contents.photos(**request.path_params)))

    def photo(request: "Request") -> Response:
        return jpeg(contents.photo_jpeg(request.path_params["tile_id"]))

    def tile(request: "Request") -> Response:
        return jpeg(contents.tile_jpeg(**request.path_params))

    def target(_: "Request") -> Response:
        return jpeg(contents.target_jpeg())

    def search(request: "Request") -> Response:
        text = request.query_params.get("text", "")
        return document(found_document(contents.search(text) if text else ()))

    def failed(_: "Request", error: Exception) -> Response:
        return PlainTextResponse(str(error), 500)

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
        routes=[*(Route(path, answer, methods=["GET"]) for path, answer in routes), page],
        exception_handlers={MosaicdbError: failed},
    )
    return Guard(app, access)


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


def make_server(contents: Contents, access: Access) -> "Server":
    """Make what answers requests: `run(sockets=[…])` does so until its `should_exit` is set.

    Args:
        contents: what is shown.
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
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(settings)


def serve(contents: Contents, access: Access, listener: socket.socket) -> None:
    """Answer requests until an interrupt, which is raised again.

    Args:
        contents: what is shown.
        access: who may look, and who may change.
        listener: see `listen`.

    Raises:
        MissingExtraError: the extra `viewer` is not installed.
    """
    make_server(contents, access).run(sockets=[listener])
