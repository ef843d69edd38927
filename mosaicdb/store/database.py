"""Open a database, upgrade it to the current schema, and run transactions in it."""

import errno
import fcntl
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from ..errors import DatabaseError, SchemaTooNewError, printable
from ..records import Size
from .engine import (
    copy_database,
    database_path,
    database_url,
    explain,
    make_engine,
    read_only,
    read_transaction,
    require_database,
    write_transaction,
)
from .migrate import upgrade
from .settings import get_thumb_res, put_thumb_res


class Database:
    """A tile database.

    Args:
        location: a path, or a URL such as `sqlite:///photos.db`.
        thumb_res: width and height of thumbnails, in pixels, of a database that is created; an
            existing one keeps its own.
        create: whether to create it if it does not exist.

    Raises:
        DatabaseError: it does not exist, or cannot be opened.
        SchemaTooNewError: a newer program has written it.
    """

    def __init__(
        self, location: str | Path, *, thumb_res: Size = (50, 50), create: bool = True
    ) -> None:
        self.url: URL = database_url(location)
        if not create:
            require_database(self.url)
        self._engine: Engine = make_engine(self.url)
        with ExitStack() as unless_opened:
            unless_opened.callback(self.close)
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                upgrade(self._engine)
                self.thumb_res: Size = self._thumb_res(thumb_res)
            except (DBAPIError, sqlite3.Error, OSError) as error:
                raise explain(error, self.url) from error
            unless_opened.pop_all()

    @property
    def path(self) -> Path:
        """Return the path of the database's file."""
        return database_path(self.url)

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Open a connection for several transactions."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise explain(error, self.url) from error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that may write."""
        with self.session() as connection, write_transaction(connection):
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads."""
        with self.session() as connection, read_transaction(connection):
            yield connection

    @contextmanager
    def alone(self, wait: Callable[[], None]) -> Iterator[None]:
        """Hold the exclusive lock of ingests, rebuilds and imports on the database.

        Args:
            wait: called once, before waiting, if another process holds the lock.
        """
        with self._locked(".lock", wait):
            self.thumb_res = self._thumb_res(self.thumb_res)  # a rebuild may have changed it
            yield

    @contextmanager
    def editing(self, wait: Callable[[], None]) -> Iterator[None]:
        """Hold the exclusive lock of edits of mosaics; ingests go on meanwhile.

        Args:
            wait: called once, before waiting, if another process, or thread, holds the lock.
        """
        with self._locked(".edits.lock", wait):
            yield

    @contextmanager
    def _locked(self, end: str, wait: Callable[[], None]) -> Iterator[None]:
        try:
            lock = open(f"{self.path}{end}", "w")  # noqa: SIM115 - closed below
        except OSError as error:
            if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise read_only(self.url) from error
            raise explain(error, self.url) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                wait()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def is_held(self) -> bool:
        """Return whether any process holds the lock that `alone` takes."""
        try:
            with open(f"{self.path}.lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # it was never taken, or cannot be read
            return False
        return False

    def _thumb_res(self, wanted: Size) -> Size:
        with self.read() as connection:
            stored = get_thumb_res(connection)
        if stored is None:
            with self.write() as connection:
                stored = get_thumb_res(connection)
                if stored is None:
                    stored = wanted
                    put_thumb_res(connection, wanted)
        return stored

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """Use the database as a context manager: it is closed at the end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the database."""
        self.close()


@contextmanager
def rehearsal(url: URL, thumb_res: Size = (50, 50)) -> Iterator[Database]:
    """Open a temporary copy of a database, or a temporary new one if it does not exist.

    Args:
        url: of the database; it is not modified, and its schema is not upgraded.
        thumb_res: as for `Database`.

    Raises:
        DatabaseError: as for `Database`.
        SchemaTooNewError: as for `Database`.
    """
    with tempfile.TemporaryDirectory(prefix="mosaicdb-") as folder:
        copy = Path(folder) / "copy.db"
        if database_path(url).exists():
            copy_database(url, copy)
        try:
            with Database(copy, thumb_res=thumb_res) as database:
                yield database
        except (
            DatabaseError,
            SchemaTooNewError,
        ) as error:  # users do not know the copy
            text = str(error).replace(printable(copy), printable(database_path(url)))
            raise type(error)(text) from error
