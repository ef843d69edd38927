"""What a server of a live mosaic answers beside what any viewer does."""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from .contents import Live
from .documents import as_json, growth_document, waiting_document
from .guard import TOKEN_HEADER, Access

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

_PATIENCE_S: Final = 1.0
"""How long a page that has seen all waits for news: no server ends before its answers do."""
_STEP_S: Final = 0.02
"""Between two looks for news."""


def live_routes(live: Live, access: Access) -> "list[Route]":
    """Give the routes of a live mosaic: its growth and, for its host alone, photos that wait.

    Args:
        live: the mosaic.
        access: knows the host's token.
    """
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    def document(value: object) -> Response:
        return Response(as_json(value), media_type="application/json")

    async def growth(request: "Request") -> Response:
        since, begun = request.query_params.get("since", ""), time.monotonic()
        while live.contents.summary.version == since and time.monotonic() < begun + _PATIENCE_S:
            await asyncio.sleep(_STEP_S)
        return document(growth_document(await run_in_threadpool(live.growth, since)))

    def is_host(request: "Request") -> bool:
        return access.may_change(request.headers.get(TOKEN_HEADER, ""))

    def waiting(request: "Request") -> Response:
        if not is_host(request):
            return PlainTextResponse("only the host may see what waits", 403)
        return document(waiting_document(live.waiting()))

    def waiting_photo(request: "Request") -> Response:
        if not is_host(request):
            return PlainTextResponse("only the host may see what waits", 403)
        jpeg = live.waiting_jpeg(request.path_params["tile_id"])
        if jpeg is None:
            return PlainTextResponse("there is none", 404)
        return Response(jpeg, media_type="image/jpeg")

    async def answer(request: "Request") -> Response:
        try:
            shown, refused = asked_answer(await request.body())
        except (ValueError, RecursionError):
            return PlainTextResponse("this is no answer", 400)
        return document({"said": await run_in_threadpool(live.answer, shown, refused)})

    return [
        Route("/growth.json", growth, methods=["GET"]),
        Route("/waiting.json", waiting, methods=["GET"]),
        Route("/waiting/{tile_id:number}.jpg", waiting_photo, methods=["GET"]),
        Route("/answers", answer, methods=["POST"]),
    ]


def asked_answer(body: bytes) -> tuple[Sequence[int], Sequence[int]]:
    """Read which photos the host says yes and no to.

    Raises:
        ValueError: it is no answer.
    """
    match json.loads(body):
        case {"shown": list(shown), "refused": list(refused)} if all(
            map(is_id, [*shown, *refused])
        ):
            return shown, refused
        case value:
            raise ValueError(value)


def is_id(value: Any) -> bool:
    """Say whether a value can be the id of a tile."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
