"""Bring a database to the newest schema, or leave it exactly as it was."""

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.engine import URL

from ..errors import DatabaseError, MosaicdbError, SchemaTooNewError, printable
from .engine import OWN_TABLE, read_transaction, write_transaction
from .schema import REVISION, metadata, views

_PACKAGE: Final = Path(__file__).parents[1]


def migrations_folder() -> Path:
    """Find the migrations: inside an installed package, or beside it in a checkout."""
    for folder in (_PACKAGE / "migrations", _PACKAGE.parent / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise MosaicdbError("the migrations are not installed: install mosaicdb again")


def current_revision(connection: Connection) -> str | None:
    """Give the revision of a database, None for an empty one.

    Raises:
        DatabaseError: it holds tables of some other program.
    """
    tables = inspect(connection).get_table_names()
    if OWN_TABLE not in tables:
        if tables:
            place = printable(connection.engine.url.database)
            raise DatabaseError(f"{place}: not a mosaicdb database (it has a table {tables[0]})")
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return str(row[0]) if row else None


def upgrade(engine: Engine, folder: Path | None = None, head: str = REVISION) -> None:
    """Upgrade a database to the newest schema in one transaction.

    A database that holds anything is copied first, to `<name>.before-<revision>`.

    Args:
        engine: begins write transactions.
        folder: the migrations; default: those of this program.
        head: the newest revision in it.

    Raises:
        SchemaTooNewError: a newer program has written the database.
        DatabaseError: it is no database of this program.
    """
    with engine.connect() as connection:
        with read_transaction(connection):
            revision = current_revision(connection)
        if revision == head:
            return
        if revision is not None:
            _refuse_newer(revision, engine.url, folder)
            _back_up(engine.url, head)
        with write_transaction(connection):
            if current_revision(connection) != head:  # another process may have been faster
                _run_migrations(connection, folder or migrations_folder())


def _run_migrations(connection: Connection, folder: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    for view in views:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {view.name}")
    command.upgrade(config, "head")
    for view in views:
        query = view.query.compile(connection, compile_kwargs={"literal_binds": True})
        connection.exec_driver_sql(f"CREATE VIEW {view.name} AS {query}")


def _refuse_newer(revision: str, url: URL, folder: Path | None) -> None:
    from alembic.script import ScriptDirectory

    known = ScriptDirectory(str(folder or migrations_folder())).walk_revisions()
    if revision not in {script.revision for script in known}:
        raise SchemaTooNewError(
            f"{printable(url.database)}: its schema ({revision}) is newer than this program's "
            f"({REVISION}): install a newer mosaicdb"
        )


def _back_up(url: URL, head: str) -> None:
    if url.database in (None, ":memory:"):
        return
    copy = sqlite3.connect(f"{url.database}.before-{head}")
    try:
        with sqlite3.connect(str(url.database)) as source:
            source.backup(copy)
        source.close()
    finally:
        copy.close()


def metadata_differences(connection: Connection) -> list[object]:
    """List where a database's tables differ from `schema.py`."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    return list(compare_metadata(MigrationContext.configure(connection), metadata))
