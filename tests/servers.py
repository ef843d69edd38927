"""A PostgreSQL server for tests: one that is named, or the system's binaries in a new folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

VARIABLE = "MOSAICDB_TEST_POSTGRES_URL"
REQUIRED = "MOSAICDB_TEST_POSTGRES" in os.environ
GIVEN = os.environ.get(VARIABLE)  # here: tests run without such variables
ROLE, PASSWORD = "mosaic", "open sesame/1"
_UNPRIVILEGED = ("postgres", "nobody")
_ENDING_S = 60
FOR_TESTS = (
    "listen_addresses=",
    "max_connections=12",
    "fsync=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
)


class Server:
    """A server to which a superuser can connect.

    Args:
        url: of a database of the superuser, as a URL of SQLAlchemy.
        folder: where it keeps its data, if it was started here.
        binaries: the folder of its programs, likewise.
        settings: what it is started with, likewise.
    """

    def __init__(
        self,
        url: str,
        folder: Path | None = None,
        binaries: Path | None = None,
        settings: Sequence[str] = (),
    ) -> None:
        from sqlalchemy import make_url

        self.admin = make_url(url).set(drivername="postgresql+psycopg")
        self.folder, self._binaries, self._settings = folder, binaries, settings
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def run(self, *statements: str, database: str | None = None) -> list[tuple[object, ...]]:
        """Run statements as the superuser; give the rows of the last one."""
        import psycopg

        url = self.admin if database is None else self.admin.set(database=database)
        text = url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(text, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def prepare(self) -> None:
        """Make an ordinary role, and a database to be cloned that the program has set up."""
        from mosaicdb import Database

        self.run(
            f"DROP DATABASE IF EXISTS {self._name('template')}",
            f"DO $$ BEGIN CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'; "
            "EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            f"CREATE DATABASE {self._name('template')} OWNER {ROLE}",
        )
        Database(self.url("template"), thumb_res=(8, 6)).close()

    def url(self, database: str) -> str:
        """Give the URL of a database of the ordinary role."""
        url = self.admin.set(username=ROLE, password=PASSWORD, database=self._name(database))
        return url.render_as_string(hide_password=False)

    @contextmanager
    def database(self, template: str = "template") -> Iterator[str]:
        """Give the URL of a clone of the prepared database, or of an empty one (template0)."""
        self._databases += 1
        name = self._name(str(self._databases))
        source = self._name(template) if template == "template" else template
        self.run(f"CREATE DATABASE {name} TEMPLATE {source} OWNER {ROLE}")
        try:
            yield self.url(str(self._databases))
        finally:
            self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _name(self, name: str) -> str:
        return f"mosaicdb_test_{os.environ.get('PYTEST_XDIST_WORKER', '')}{os.getpid()}_{name}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        assert self.folder is not None
        assert self._binaries is not None
        settings = [f"unix_socket_directories={self.folder}", *self._settings]
        options = [word for setting in settings for word in ("-c", setting)]
        self._process = subprocess.Popen(
            [self._binaries / "postgres", "-D", self.folder / "data", *options],
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            user=_user(),
        )
        ready = [
            self._binaries / "pg_isready",
            "-q",
            "-h",
            self.folder,
            "-p",
            str(self.admin.query["port"]),
        ]
        while subprocess.run(ready, check=False).returncode:
            if self._process.poll() is not None:
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.05)

    def stop(self, number: int) -> None:
        """End it by a signal: SIGINT as an administrator does, SIGQUIT as a crash."""
        if self._process is not None:
            self._process.send_signal(number)
            try:
                self._process.wait(_ENDING_S)
            except subprocess.TimeoutExpired:  # it was recovering: some versions wait for ever
                self._process.kill()
                self._process.wait()
            self._process = None


def _user() -> str | None:
    """Name the user to run the server as: it refuses to run as root."""
    if os.getuid():
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _UNPRIVILEGED if name in known)


def _binaries() -> Path | None:
    newest_first = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    found = newest_first or [Path(path) for path in [shutil.which("postgres")] if path]
    return found[0].resolve().parent if found else None


@contextmanager
def running_server(
    given: str | None = GIVEN, settings: Sequence[str] = FOR_TESTS
) -> Iterator[Server]:
    """Give a server; a test that needs one is skipped where there is none.

    Args:
        given: the URL of a superuser of a server, or None to start one.
        settings: of one that is started, as NAME=VALUE.
    """
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    if given:
        server = Server(given)
        server.prepare()
        yield server
        server.run(f"DROP DATABASE {server._name('template')}")
        return
    binaries = _binaries()
    if binaries is None:
        reason = f"no PostgreSQL: give a superuser's URL in {VARIABLE}, or install postgresql"
        pytest.fail(reason) if REQUIRED else pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="mosaicdb-pg-", dir="/tmp") as name:
        folder = Path(name)
        if user := _user():
            shutil.chown(folder, user)
        with _initialised(folder, binaries, settings) as server:
            yield server


@contextmanager
def _initialised(folder: Path, binaries: Path, settings: Sequence[str]) -> Iterator[Server]:
    import signal

    make = [binaries / "initdb", "-D", folder / "data", "-U", "admin", "-A", "trust", "-N"]
    options = ["--no-locale", "-E", "UTF8"]
    quiet = subprocess.DEVNULL
    subprocess.run([*make, *options], check=True, stdout=quiet, cwd=folder, user=_user())
    methods = ("local all admin trust", "local all all scram-sha-256", "host all all samenet md5")
    (folder / "data" / "pg_hba.conf").write_text("\n".join(methods) + "\n")
    port = next((each for each in settings if each.startswith("port=")), "port=5432")
    url = f"postgresql+psycopg://admin@/postgres?host={folder}&{port}"
    server = Server(url, folder, binaries, settings)
    server.start()
    try:
        server.prepare()
        yield server
    finally:
        server.stop(signal.SIGINT)
