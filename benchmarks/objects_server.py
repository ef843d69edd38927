"""An S3 server in a process of its own: moto's, whose answers to listings are kept.

Moto looks through all objects for each page of a listing. Its answers are kept, so that from the
second listing on what is measured is the client and hardly the server. `GET /requests` tells how
many requests of each kind there were since the last time.
"""

import json
import logging
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

BUCKET = "bucket"
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class Server:
    """The WSGI application.

    Args:
        backend: moto's.
    """

    def __init__(self, backend: Any) -> None:
        self.backend = backend
        self.pages: dict[str, tuple[str, list[tuple[str, str]], bytes]] = {}
        self.counts: Counter[str] = Counter()

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        query = environ["QUERY_STRING"]
        if environ["PATH_INFO"] == "/requests":
            counted, self.counts = json.dumps(self.counts).encode(), Counter()
            start_response("200 OK", [])
            return [counted]
        is_page = "list-type=2" in query
        self.counts["pages" if is_page else environ["REQUEST_METHOD"]] += 1
        if not is_page:
            answered: Iterable[bytes] = self.backend(environ, start_response)
            return answered
        if query not in self.pages:
            self.pages[query] = self._asked(environ)
        status, headers, body = self.pages[query]
        start_response(status, headers)
        return [body]

    def _asked(self, environ: Any) -> tuple[str, list[tuple[str, str]], bytes]:
        begun: list[Any] = []
        with _closing(self.backend(environ, lambda *arguments: begun.extend(arguments))) as parts:
            body = b"".join(parts)
        return begun[0], begun[1], body


@contextmanager
def _closing(parts: Any) -> Iterator[Iterable[bytes]]:
    try:
        yield parts
    finally:
        if hasattr(parts, "close"):
            parts.close()


def fill(count: int) -> None:
    """Put objects into moto's memory: photos/000/000000.jpg and so on, a thousand a folder."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends

    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    backend.create_bucket(BUCKET, "us-east-1")
    for number in range(count):
        key = f"photos/{number // 1000:03d}/{number:06d}.jpg"
        backend.put_object(BUCKET, key, str(number).encode() + bytes(number % 997))


def main() -> None:
    """Serve until ended: `objects_server.py COUNT`; the first line printed is the address."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    fill(int(sys.argv[1]))
    application = Server(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True)
    print(f"http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
