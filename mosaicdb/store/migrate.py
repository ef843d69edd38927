"""Upgrade a database to the newest schema in one transaction, after copying it."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DBAPIError

from ..errors import DatabaseError, MosaicdbError, ReadOnlyError, SchemaTooNewError
from .backend import OWN_TABLE, Backend, read_transaction, write_transaction
from .schema import REVISION, metadata
from .views import views

_PACKAGE: Final = Path(__file__).parents[1]


def migrations_folder() -> Path:
    """Return the folder of migrations: in an installed package, or beside it in a checkout."""
    for folder in (_PACKAGE / "migrations", _PACKAGE.parent / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise MosaicdbError("the migrations are not installed: install mosaicdb again")


def current_revision(connection: Connection, name: str) -> str | None:
    """Return the revision of a database; None if it is empty.

    Args:
        connection: in a transaction.
        name: of the database in messages.

    Raises:
        DatabaseError: it holds tables of another program.
    """
    tables = inspect(connection).get_table_names()
    if OWN_TABLE not in tables:
        if tables:
            raise DatabaseError(f"{name}: not a mosaicdb database (it has a table {tables[0]})")
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return str(row[0]) if row else None


def upgrade(
    engine: Engine, backend: Backend, folder: Path | None = None, head: str = REVISION
) -> None:
    """Upgrade a database to the newest schema in one transaction.

    An SQLite database that is not empty is first copied to `<name>.before-<revision>`. An existing
    copy of another revision is kept, and the new one gets a number.

    Args:
        engine: of the database.
        backend: of the database.
        folder: the migrations; default: those of this program.
        head: the newest revision in it.

    Raises:
        SchemaTooNewError: a newer program has written the database.
        DatabaseError: it is no database of this program.
        ReadOnlyError: it is old and cannot be written.
    """
    with engine.connect() as connection:
        with read_transaction(connection):
            revision = current_revision(connection, backend.name)
        if revision == head:
            return
        if revision is not None:
            _refuse_newer(revision, backend, folder)
        with write_transaction(connection):
            revision = current_revision(connection, backend.name)
            if revision == head:  # another process was faster
                return
            if revision is not None:  # the write lock is held: the copy is of this revision
                _refuse_read_only(connection, backend)
                backend.back_up(revision, head)
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


def _refuse_newer(revision: str, backend: Backend, folder: Path | None) -> None:
    from alembic.script import ScriptDirectory

    known = ScriptDirectory(str(folder or migrations_folder())).walk_revisions()
    if revision not in {script.revision for script in known}:
        raise SchemaTooNewError(
            f"{backend.name}: its schema ({revision}) is newer than this "
            f"program's ({REVISION}): install a newer mosaicdb"
        )


def _refuse_read_only(connection: Connection, backend: Backend) -> None:
    try:
        connection.exec_driver_sql("DELETE FROM alembic_version WHERE version_num IS NULL")
    except DBAPIError as error:
        explained = backend.explain(error)
        if isinstance(explained, ReadOnlyError):
            raise ReadOnlyError(
                f"{explained}; an earlier version wrote it, and it has to be upgraded"
            ) from error
        raise


def metadata_differences(connection: Connection) -> list[object]:
    """List the differences between a database's tables and `schema.py`, without comments."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    differences = compare_metadata(MigrationContext.configure(connection), metadata)
    return [each for each in differences if "_comment" not in str(each[0])]
