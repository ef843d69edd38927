"""Where databases of benchmarks are made: in a folder, or on a PostgreSQL server of their own."""

import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from servers import Server, running_server


@dataclass(frozen=True, slots=True)
class Places:
    """A server, and a folder for databases in files."""

    server: Server
    port: int
    folder: Path

    @contextmanager
    def new(self, kind: str) -> Iterator[str]:
        """Give the location of a new database: `SQLite`, or `PostgreSQL`, connected to by TCP."""
        if kind == "SQLite":
            with tempfile.TemporaryDirectory(dir=self.folder) as name:
                yield str(Path(name) / "tiles.db")
            return
        from sqlalchemy import make_url

        with self.server.database("template0") as url:
            tcp = make_url(url).set(query={}, host="127.0.0.1", port=self.port)
            yield tcp.render_as_string(hide_password=False)


@contextmanager
def new_places() -> Iterator[Places]:
    """Start a server with the settings that it has after its installation, and make a folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ("listen_addresses=127.0.0.1", f"port={port}")
    with (
        tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as folder,
        running_server(None, settings) as server,
    ):
        yield Places(server, port, Path(folder))
