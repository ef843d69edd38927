"""Let in only requests that were meant for this viewer, and tell browsers what a page may do."""

import secrets
import socket
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from .pages import POLICY

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER: Final = "x-mosaicdb-token"
"""In which a page sends the token with each change."""
HOST_PAGE: Final = "host.html"
"""On which the host of a live mosaic says which photos are shown."""
_PAGES: Final = ("/", f"/{HOST_PAGE}")

_EVERY_ADDRESS: Final = ("0.0.0.0", "::")
_HEADERS: Final = {
    "content-security-policy": f"{POLICY}; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
_ASKING: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>A mosaic</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/viewer.css">
<main class="asking"><h1>This mosaic is not open to everyone</h1>
<form action="/" method="get"><label>The token that mosaicdb view printed:
<input name="token" autocomplete="off" autofocus required></label> <button>Open</button></form>
</main></html>
"""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may look, and who may change."""

    host: str
    """The address that the server listens on."""
    port: int
    """Its port."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    """What each look from beyond this machine has to show."""
    change_token: str | None = field(default=None, repr=False)
    """What each change has to show; None: the token of looks."""

    @property
    def is_local(self) -> bool:
        """Say whether only this machine can reach the server."""
        return is_loopback(self.host)

    @property
    def cookie(self) -> str:
        """Name what a browser is known by that has given the token; ports share cookies."""
        return f"mosaicdb_viewer_{self.port}"

    @property
    def link(self) -> str:
        """Give what opens the viewer in a browser."""
        return self.link_of("")

    def link_of(self, page: str) -> str:
        """Give what opens one of the pages in a browser."""
        host = socket.gethostname().lower() if self.host in _EVERY_ADDRESS else self.host
        host = f"[{host}]" if ":" in host else host
        base = f"http://{host}:{self.port}/{page}"
        return base if self.is_local else f"{base}?{urlencode({'token': self.token})}"

    @property
    def host_link(self) -> str:
        """Give what opens the page for the host: its token is sent in no address."""
        return f"{self.link_of(HOST_PAGE)}#token={self.change_token or self.token}"

    def knows_host(self, header: str) -> bool:
        """Say whether the Host of a request names this server.

        A name that somebody else owns could be made to point here (DNS rebinding): accepted are
        addresses, which cannot, and names of this machine.
        """
        try:
            named = urlsplit(f"//{header}")
            host, port = named.hostname or "", named.port or 80
        except ValueError:
            return False
        if port != self.port or header != named.netloc or "@" in header:
            return False
        if self.is_local:
            return is_loopback(host)
        return is_loopback(host) or _is_address(host) or host in self._names()

    def _names(self) -> set[str]:
        return {self.host.lower(), socket.gethostname().lower(), socket.getfqdn().lower()}

    def may_look(self, token: str) -> bool:
        """Say whether a token is that of looks."""
        return _is_same(token, self.token)

    def may_change(self, token: str) -> bool:
        """Say whether a token is that of changes."""
        return _is_same(token, self.change_token or self.token)


def _is_same(token: str, known: str) -> bool:
    """Compare tokens, in the same time whatever they are."""
    return secrets.compare_digest(token.encode("utf-8", "replace"), known.encode())


def is_loopback(host: str) -> bool:
    """Say whether an address, or the name localhost, is that of this machine alone."""
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class Guard:
    """Refuses requests that a page elsewhere could have had a browser send.

    Args:
        app: gets what is let in.
        access: who may do what.
    """

    def __init__(self, app: "ASGIApp", access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request, or hand it on."""
        from starlette.datastructures import MutableHeaders
        from starlette.requests import Request

        async def send_with_headers(message: "Message") -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        answer: ASGIApp | None = None
        if scope["type"] == "http":
            answer = self._answer(Request(scope))
        await (answer or self._app)(scope, receive, send_with_headers)

    def _answer(self, request: "Request") -> "Response | None":
        """Answer what is not let in; None: it is."""
        from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse

        if not self._access.knows_host(request.headers.get("host", "")):
            return PlainTextResponse("this viewer does not have the name asked for", 421)
        if request.headers.get("sec-fetch-site", "none") in ("cross-site", "same-site") and (
            request.headers.get("sec-fetch-mode") != "navigate"
        ):
            return PlainTextResponse("another page asked", 403)
        if not self._access.is_local:
            token = request.query_params.get("token")
            page = request.url.path
            if page in _PAGES and token is not None and self._access.may_look(token):
                answer = RedirectResponse(page, 303)
                answer.set_cookie(self._access.cookie, token, httponly=True, samesite="lax")
                return answer
            given = _cookie(request, self._access.cookie)
            if not self._access.may_look(given) and page != "/viewer.css":
                return HTMLResponse(_ASKING, 401)
        if request.method not in ("GET", "HEAD") and not self._may_change(request):
            return PlainTextResponse("this is not the page that may change the mosaic", 403)
        return None

    def _may_change(self, request: "Request") -> bool:
        own = f"http://{request.headers['host']}"
        return request.headers.get("origin") == own and self._access.may_change(
            request.headers.get(TOKEN_HEADER, "")
        )


def _cookie(request: "Request", name: str) -> str:
    try:
        cookies = SimpleCookie(request.headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""
