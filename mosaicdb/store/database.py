"""Open a database, upgrade it to the current schema, and run transactions in it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL

from ..errors import DatabaseError
from ..records import Size
from .backend import Backend, read_transaction, write_transaction
from .engine import backend_of, require_database
from .migrate import upgrade
from .settings import get_thumb_res, is_half_copied, put_thumb_res


class Database:
    """A tile database.

    Args:
        location: a path, or a URL such as `sqlite:///photos.db` or
            `postgresql+psycopg://me@server/photos`.
        thumb_res: width and height of thumbnails, in pixels, of a database that is created; an
            existing one keeps its own.
        create: whether to create it if it does not exist.
        half_copied: whether a copy that is not complete is opened too.

    Raises:
        DatabaseError: it does not exist, or cannot be opened.
        SchemaTooNewError: a newer program has written it.
    """

    def __init__(
        self,
        location: str | Path | URL,
        *,
        thumb_res: Size = (50, 50),
        create: bool = True,
        half_copied: bool = False,
    ) -> None:
        self.backend: Backend = backend_of(location)
        if not create:
            require_database(self.backend)
        self._engine: Engine = self.backend.make_engine()
        with ExitStack() as unless_opened:
            unless_opened.callback(self.close)
            try:
                self.backend.prepare()
                upgrade(self._engine, self.backend)
                self.thumb_res: Size = self._thumb_res(thumb_res)
                if not half_copied:
                    self._refuse_half_copied()
            except self.backend.errors + (OSError,) as error:
                raise self.backend.explain(error) from error
            unless_opened.pop_all()

    @property
    def url(self) -> URL:
        """Return what opens the database again; it may hold a password."""
        return self.backend.url

    @property
    def name(self) -> str:
        """Return the path or the URL for messages: one line, without a password."""
        return self.backend.name

    def is_same_as(self, other: "Database") -> bool:
        """Say whether this is the same database, maybe under another name."""
        if self.files and other.files:
            return self.files[0].samefile(other.files[0])
        return self.name == other.name

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the files that the database consists of on this machine, itself first."""
        return self.backend.files

    @property
    def path(self) -> Path:
        """Return the path of the database's file.

        Raises:
            DatabaseError: it is on a server.
        """
        if not self.files:
            raise DatabaseError(f"{self.name} is no file")
        return self.files[0]

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Open a connection for several transactions."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except self.backend.errors as error:
            raise self.backend.explain(error) from error

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
        """Hold the lock of rebuilds and imports on the database: it excludes ingests too.

        Args:
            wait: called once, before waiting, if another process holds the lock.
        """
        with self.backend.alone(wait):
            self.thumb_res = self._thumb_res(self.thumb_res)  # a rebuild may have changed it
            yield

    @contextmanager
    def editing(self, wait: Callable[[], None]) -> Iterator[None]:
        """Hold the exclusive lock of edits of mosaics; ingests go on meanwhile.

        Args:
            wait: called once, before waiting, if another process, or thread, holds the lock.
        """
        with self.backend.editing(wait):
            self.thumb_res = self._thumb_res(self.thumb_res)  # a rebuild may have changed it
            yield

    @contextmanager
    def together(
        self, wait: Callable[[], None], is_ready: Callable[[], bool], get_ready: Callable[[], None]
    ) -> Iterator[None]:
        """Hold the lock of ingests, which several machines can hold at once on a server.

        Args:
            wait: called once, before waiting, if another process holds a lock that excludes this.
            is_ready: whether the database can be written as it is.
            get_ready: called if not, alone in the database.
        """

        def is_ready_now() -> bool:
            self.thumb_res = self._thumb_res(self.thumb_res)  # a rebuild may have changed it
            return is_ready()

        def get_ready_now() -> None:
            if not is_ready_now():  # another process may have done so meanwhile
                get_ready()

        with self.backend.together(wait, is_ready_now, get_ready_now):
            yield

    def is_held(self) -> bool:
        """Return whether any process holds the lock that `alone` takes."""
        return self.backend.is_held()

    def _refuse_half_copied(self) -> None:
        with self.read() as connection:
            if is_half_copied(connection):
                raise DatabaseError(
                    f"{self.name}: a copy stopped half-way: run `mosaicdb copy` again"
                )

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
