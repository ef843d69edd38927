import io
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect
from support import run_together

from mosaicdb import Database, load_tiles
from mosaicdb.errors import MosaicdbError, ReadOnlyError, SchemaTooNewError
from mosaicdb.pipelines.maintenance import check
from mosaicdb.store import migrate, run_sql
from mosaicdb.store.engine import database_url
from mosaicdb.store.schema import REVISION, metadata
from mosaicdb.store.views import views

FROZEN = Path(__file__).parent
NEXT = """
from alembic import op
import sqlalchemy as sa
revision = "9999"
down_revision = "{head}"

def upgrade():
    with op.batch_alter_table("tile") as batch:
        batch.add_column(sa.Column("later", sa.Integer))
    op.create_table("later", sa.Column("id", sa.Integer, primary_key=True))
    {last}
"""


def later_migrations(folder: Path, last: str) -> Path:
    """Give this program's migrations with one more that ends in some statement."""
    copy = shutil.copytree(migrate.migrations_folder(), folder / "migrations")
    (copy / "versions" / "9999_later.py").write_text(NEXT.format(head=REVISION, last=last))
    return copy


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_the_migrations_make_the_tables_that_the_schema_describes(database: Database) -> None:
    with database.session() as connection:
        assert migrate.metadata_differences(connection) == []
        assert set(inspect(connection).get_view_names()) == {view.name for view in views}


def test_the_newest_revision_is_the_one_that_the_program_expects(tmp_path: Path) -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(migrate.migrations_folder())).get_current_head() == REVISION


@pytest.mark.parametrize("frozen", sorted(FROZEN.glob("revision_*.db")), ids=lambda p: p.stem)
def test_a_database_of_every_earlier_revision_is_upgraded_and_whole(
    frozen: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(frozen, tmp_path / "old.db"))
    with Database(path) as database:
        assert list(check(database)) == []
        assert load_tiles(database).ids.tolist() == [0, 1, 2, 4]
        with database.session() as connection:
            assert migrate.metadata_differences(connection) == []
    statement = "SELECT zoom_level, tile_column, tile_row FROM tiles ORDER BY 2, 3"
    with run_sql(path, statement) as answer:
        assert list(answer.rows) == [(1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1)]
    with run_sql(path, "SELECT path, uses FROM tile_uses ORDER BY tile_id") as answer:
        assert list(answer.rows)[0] == ("/photos/0.jpg", 2)


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_tiles_of_earlier_mosaics_are_not_mirrored(revision: str, tmp_path: Path) -> None:
    path = Path(shutil.copy(FROZEN / f"revision_{revision}.db", tmp_path / "old.db"))
    Database(path).close()
    with run_sql(path, "SELECT tile_id, flipped FROM placement") as answer:
        assert list(answer.rows) == [(0, 0), (1, 0), (2, 0), (0, 0)]


def test_the_migrations_can_be_written_for_postgresql_too() -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    script = io.StringIO()
    options = {"as_sql": True, "output_buffer": script}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    known = ScriptDirectory(str(migrate.migrations_folder())).walk_revisions()
    with Operations.context(context):
        for migration in reversed(list(known)):
            migration.module.upgrade()
    assert "ADD COLUMN flipped BOOLEAN DEFAULT false NOT NULL" in script.getvalue()


def test_an_upgrade_keeps_a_copy_of_the_database_as_it_was(
    database: Database, tmp_path: Path
) -> None:
    before = dump(database.path)
    folder = later_migrations(tmp_path, "pass")
    migrate.upgrade(database.backend.make_engine(), database.backend, folder, "9999")
    assert dump(Path(f"{database.path}.before-9999")) == before
    with database.read() as connection:
        assert migrate.current_revision(connection, database.name) == "9999"
        connection.exec_driver_sql("SELECT later FROM tile")
        connection.exec_driver_sql("SELECT * FROM tile_stats")


def test_an_upgrade_that_fails_half_way_leaves_the_database_as_it_was(
    database: Database, tmp_path: Path
) -> None:
    before = dump(database.path)
    folder = later_migrations(tmp_path, "raise ZeroDivisionError")
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(database.backend.make_engine(), database.backend, folder, "9999")
    assert dump(database.path) == before


def test_a_newer_database_is_refused_with_exit_code_4(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaTooNewError, match="install a newer mosaicdb") as caught:
        Database(database.path)
    assert caught.value.exit_code == 4


def test_the_tables_can_be_made_for_postgresql_too() -> None:
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateTable

    for table in metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))
    for view in views:
        options = {"literal_binds": True}
        view.query.compile(dialect=postgresql.dialect(), compile_kwargs=options)


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with Database(tmp_path / "empty.db") as database:
        assert list(check(database)) == []
    engine = create_engine(database_url(tmp_path / "empty.db"))
    assert "tile" in inspect(engine).get_table_names()
    engine.dispose()


def revision_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def open_and_close(path: Path) -> None:
    Database(path).close()


def test_several_that_upgrade_at_once_keep_one_copy_of_the_database_as_it_was(
    tmp_path: Path,
) -> None:
    paths = [tmp_path / f"{number}.db" for number in range(3)]
    for path in paths:
        shutil.copy(FROZEN / "revision_0001.db", path)
    assert run_together(4, open_and_close, [(path,) for path in paths]) == [0, 0, 0, 0]
    for path in paths:
        assert revision_of(path) == REVISION
        copies = list(tmp_path.glob(f"{path.name}.before-*"))
        assert list(map(revision_of, copies)) == ["0001"]


def test_a_copy_of_another_revision_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    for revision in ("0001", "0002", "0001"):
        shutil.copy(FROZEN / f"revision_{revision}.db", path)
        Database(path).close()
    assert revision_of(tmp_path / f"old.db.before-{REVISION}") == "0001"
    assert revision_of(tmp_path / f"old.db.before-{REVISION}.2") == "0002"


def test_what_is_left_of_a_copy_that_failed_is_replaced(tmp_path: Path) -> None:
    path = Path(shutil.copy(FROZEN / "revision_0001.db", tmp_path / "old.db"))
    Path(f"{path}.before-{REVISION}").touch()
    Database(path).close()
    assert revision_of(Path(f"{path}.before-{REVISION}")) == "0001"


def test_an_old_database_that_cannot_be_written_is_told_to_need_an_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    shutil.copyfile(FROZEN / "revision_0001.db", path)
    with pytest.raises(ReadOnlyError, match="it has to be upgraded"):
        Database(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert revision_of(path) == "0001"


def test_what_another_process_upgraded_meanwhile_is_not_upgraded_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    revisions = iter(["0002", migrate.REVISION])
    monkeypatch.setattr(migrate, "current_revision", lambda *_: next(revisions))
    migrate.upgrade(database.backend.make_engine(), database.backend)
    assert next(revisions, None) is None
    assert not list(database.path.parent.glob("*.before-*"))


def test_an_installation_without_migrations_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_PACKAGE", tmp_path / "mosaicdb")
    with pytest.raises(MosaicdbError, match="install mosaicdb again"):
        migrate.migrations_folder()


def test_a_copy_of_the_same_revision_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    for _ in range(2):
        shutil.copyfile(FROZEN / "revision_0001.db", path)
        Database(path).close()
    (copy,) = tmp_path.glob("old.db.before-*")
    assert revision_of(copy) == "0001"
