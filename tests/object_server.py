"""An S3 server for tests: moto's, on a port of the loopback interface."""

import io
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from support import draw_photo

BUCKET = "bucket"
KEY, SECRET = "AKIDTEST", "open/sesame+1"
_ERROR = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"


class ObjectServer:
    """A server that notes requests, and refuses those that a test says."""

    def __init__(self, address: str, client: Any) -> None:
        self.address, self.client = address, client
        self.requests: list[str] = []
        """Method and path with query of each request, but for those of `client`."""
        self.refuse: Callable[[str], tuple[int, str] | None] = lambda request: None
        """Called with a request; gives the status and the code of an error."""

    @property
    def variables(self) -> dict[str, str]:
        """Give what the environment must hold to reach it."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def put(self, key: str, content: bytes | int) -> None:
        """Store an object: some bytes, or the photo of a seed."""
        if isinstance(content, int):
            buffer = io.BytesIO()
            draw_photo(content).save(buffer, "JPEG")
            content = buffer.getvalue()
        self.client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def get(self, key: str) -> bytes:
        """Read an object."""
        content: bytes = self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return content

    def names(self) -> list[str]:
        """List all objects."""
        listing = self.client.list_objects_v2(Bucket=BUCKET)
        return [entry["Key"] for entry in listing.get("Contents", [])]

    def delete(self, *keys: str) -> None:
        """Delete objects."""
        for key in keys:
            self.client.delete_object(Bucket=BUCKET, Key=key)

    def read_since(self) -> list[str]:
        """Give the paths of the objects that were read since the last call."""
        requests, self.requests[:] = list(self.requests), []
        return [
            path for method, path in map(str.split, requests) if method == "GET" and "?" not in path
        ]

    def application(self, backend: Any) -> Callable[[Any, Any], Iterable[bytes]]:
        """Give the WSGI application of a backend, seen through the eyes of a test."""

        def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
            query = environ.get("QUERY_STRING")
            path = environ["PATH_INFO"].encode("latin-1").decode()
            request = f"{environ['REQUEST_METHOD']} {path.replace(' ', '+')}"
            request += f"?{query}" if query else ""
            if "Boto3" not in environ.get("HTTP_USER_AGENT", ""):
                self.requests.append(request)
                if refusal := self.refuse(request):
                    start_response(f"{refusal[0]} refused", [("Content-Type", "application/xml")])
                    return [_ERROR.format(code=refusal[1], message=refusal[1]).encode()]
            answered: Iterable[bytes] = backend(environ, start_response)
            return answered

        return answer


@contextmanager
def running_object_server() -> Iterator[ObjectServer]:
    """Give a server; a test that needs one is skipped where moto is not installed."""
    boto3 = pytest.importorskip("boto3", reason="moto is not installed")
    pytest.importorskip("moto.server", reason="moto[server] is not installed")
    pytest.importorskip("s3fs", reason="the extra s3 is not installed")
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ObjectServer("", None)
    backend = DomainDispatcherApplication(create_backend_app)
    listening = make_server("127.0.0.1", 0, server.application(backend), threaded=True)
    server.address = f"http://127.0.0.1:{listening.port}"
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        server.client = boto3.client(
            "s3",
            endpoint_url=server.address,
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
        )
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
