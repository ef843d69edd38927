"""What holds of a database on a PostgreSQL server alone."""

import signal
from pathlib import Path

import pytest
from servers import PASSWORD, ROLE, Server
from sqlalchemy import make_url
from support import Command, rows, write_photo

from mosaicdb import Database, ingest_photos
from mosaicdb.errors import DatabaseError, MissingExtraError, UsageError
from mosaicdb.store import count_tiles, run_sql, start_rebuild, tiles_where
from mosaicdb.store.engine import database_url
from mosaicdb.store.postgresql_errors import explain

SECRETS = (PASSWORD, "sesame", "hunter2")

ESCAPES = [
    "SET TRANSACTION READ WRITE",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    "SET ROLE postgres",
    "ROLLBACK",
    "END",
    "SELECT 1; COMMIT; DELETE FROM setting",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT query_to_xml('DELETE FROM setting', true, true, '')",
    "SELECT query_to_xml('SET TRANSACTION READ WRITE', true, true, '')",
    "SELECT set_config('role', 'postgres', false)",
    "DO $$ BEGIN DELETE FROM setting; END $$",
    "CALL x()",
    "COPY tile TO PROGRAM 'touch /tmp/mosaicdb-escaped'",
    "COPY tile TO STDOUT",
    "COPY (SELECT 1) TO '/tmp/mosaicdb-escaped'",
    "SELECT pg_read_file('/etc/hostname')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lo_export(1, '/tmp/mosaicdb-escaped')",
    "SELECT nextval('mosaic_id_seq')",
    "SELECT * FROM setting FOR UPDATE",
    "SELECT 1 INTO x",
    "WITH gone AS (DELETE FROM setting RETURNING *) SELECT * FROM gone",
    "EXPLAIN ANALYZE DELETE FROM setting",
    "PREPARE x AS SELECT 1",
    "CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "LOCK TABLE setting",
    "NOTIFY x",
    "VACUUM",
    "ALTER SYSTEM SET port = 1",
]


@pytest.mark.parametrize("statement", ESCAPES)
def test_no_statement_leaves_the_read_only_transaction(statement: str, postgres_url: str) -> None:
    with pytest.raises((UsageError, DatabaseError)) as caught:
        with run_sql(postgres_url, statement) as answer:
            list(answer.rows)
    assert "\n" not in str(caught.value)
    assert not Path("/tmp/mosaicdb-escaped").exists()
    with run_sql(postgres_url, "SELECT key, value FROM setting ORDER BY key") as answer:
        assert list(answer.rows) == [("thumb_res", "[8, 6]")]


def test_large_objects_that_a_statement_makes_are_gone(postgres: Server, postgres_url: str) -> None:
    with run_sql(postgres_url, "SELECT lo_from_bytea(0, 'x')") as answer:
        list(answer.rows)
    with run_sql(postgres_url, "SELECT count(*) FROM pg_largeobject_metadata") as answer:
        assert list(answer.rows) == [(0,)]


@pytest.mark.parametrize(
    "condition",
    [
        "true; DELETE FROM setting",
        "true) OR (set_config('transaction_read_only', 'off', false) = 'off'",
        "set_config('transaction_read_only', 'off', false) = 'off'",
        "pg_read_file('/etc/hostname') > ''",
        "tile_id IN (SELECT lo_import('/etc/hostname')::int)",
    ],
)
def test_no_condition_leaves_the_read_only_transaction(
    condition: str, postgres_url: str, photos: Path
) -> None:
    with Database(postgres_url) as database:
        ingest_photos(database, [photos])
    with pytest.raises((UsageError, DatabaseError)):
        tiles_where(postgres_url, condition)
    with run_sql(postgres_url, "SELECT count(*) FROM setting") as answer:
        assert list(answer.rows) == [(2,)]


def test_sql_does_not_run_as_a_user_who_may_read_files_of_the_server(
    postgres: Server, postgres_url: str
) -> None:
    admin = postgres.admin.set(database=make_url(postgres_url).database)
    with pytest.raises(DatabaseError, match="its user may read files of the server"):
        with run_sql(admin, "SELECT 1"):
            pass


def test_two_ingests_are_at_work_at_once(postgres_url: str, photos: Path) -> None:
    waits: list[str] = []
    with Database(postgres_url) as one, Database(postgres_url) as other:
        with one.together(lambda: waits.append("one"), lambda: True, lambda: None):
            with other.together(lambda: waits.append("other"), lambda: True, lambda: None):
                assert not one.is_held()
            assert ingest_photos(other, [photos]).new == 12
    assert waits == []


def test_a_rebuild_excludes_ingests(postgres_url: str) -> None:
    class WaitedError(Exception):
        pass

    def wait() -> None:
        raise WaitedError

    with Database(postgres_url) as one, Database(postgres_url) as other:
        with one.alone(wait):
            assert other.is_held()
            with pytest.raises(WaitedError):
                with other.together(wait, lambda: True, lambda: None):
                    pass
        with one.together(wait, lambda: True, lambda: None):
            with pytest.raises(WaitedError), other.alone(wait):
                pass
        assert not other.is_held()


def test_what_an_ingest_has_to_do_alone_is_done_alone(postgres_url: str, photos: Path) -> None:
    with Database(postgres_url) as database, Database(postgres_url) as other:
        ingest_photos(database, [photos])
        start_rebuild(database, (4, 3))
        held: list[bool] = []
        with database.together(lambda: None, lambda: False, lambda: held.append(other.is_held())):
            assert not other.is_held()
        assert held == [True]
        assert ingest_photos(other, [photos]).unchanged == 12
        assert other.thumb_res == (4, 3)


def test_files_that_another_ingest_found_meanwhile_are_left_to_it(
    postgres_url: str, photos: Path
) -> None:
    with Database(postgres_url) as one, Database(postgres_url) as other:

        class Overtaken:
            def map(self, function, items, lost):  # type: ignore[no-untyped-def]
                ingest_photos(other, [photos])
                yield from map(function, items)

        report = ingest_photos(one, [photos], executor=Overtaken())
        assert (report.seen, report.new, report.unchanged) == (12, 0, 12)
        assert count_tiles(one) == 12


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"password": "hunter2"}, "the server refuses the user or the password"),
        ({"username": "nobody_here"}, "the server refuses the user or the password"),
        ({"database": "none_such"}, "there is no such database on the server"),
        ({"query": {"host": "/none"}}, "the server does not answer"),
        ({"query": {}, "host": "127.0.0.1", "port": 1}, "the server does not answer"),
    ],
)
def test_a_server_that_cannot_be_used_is_told_in_one_line(
    change: dict[str, object], told: str, postgres_url: str, mosaicdb: Command
) -> None:
    url = make_url(postgres_url).set(**change)  # type: ignore[arg-type]
    location = url.render_as_string(hide_password=False)
    for command in (["stats"], ["sql", "SELECT 1"], ["ingest", "."]):
        mosaicdb(*command, "--db", location, expect=1)
        assert told in mosaicdb.error_line
        assert not any(secret in mosaicdb.error_line for secret in SECRETS)


def test_a_server_without_connections_left_is_told(postgres: Server, postgres_url: str) -> None:
    postgres.run(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0")
    try:
        with pytest.raises(DatabaseError, match="the server has no connection left"):
            Database(postgres_url)
    finally:
        postgres.run(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")
    Database(postgres_url).close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_goes_away_in_the_middle_loses_nothing(
    number: signal.Signals,
    postgres: Server,
    postgres_url: str,
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mosaicdb.pipelines.ingest._READINGS_A_TRANSACTION", 8)
    if postgres.folder is None:
        pytest.skip("a server that was given is not stopped")
    for seed in range(20):
        write_photo(photos / f"more{seed}.png", 1000 + seed)

    class Interrupted:
        def map(self, function, items, lost):  # type: ignore[no-untyped-def]
            for count, item in enumerate(items):
                if count == 20:
                    postgres.stop(number)
                yield function(item)

    with Database(postgres_url) as database:
        try:
            with pytest.raises(DatabaseError, match="run the same command again") as caught:
                ingest_photos(database, [photos], executor=Interrupted())
        finally:
            postgres.start()
        assert "\n" not in str(caught.value)
        before = count_tiles(database)
        assert 8 <= before <= 20
        assert ingest_photos(database, [photos]).new == 32 - before
        assert rows(database, "SELECT count(*), count(DISTINCT content_hash) FROM tile") == [
            (32, 32)
        ]


def test_a_server_that_only_reads_is_told(
    postgres: Server, postgres_url: str, photos: Path
) -> None:
    name = make_url(postgres_url).database
    postgres.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with Database(postgres_url) as database:
        assert count_tiles(database) == 0
        with pytest.raises(DatabaseError, match="it is read-only"):
            ingest_photos(database, [photos])


def test_a_database_of_another_program_is_refused(postgres: Server) -> None:
    with postgres.database("template0") as url:
        postgres.run("CREATE TABLE recipes (id int)", database=make_url(url).database)
        with pytest.raises(DatabaseError, match="not a mosaicdb database"):
            Database(url)


def test_the_password_is_told_nowhere(
    postgres_url: str, photos: Path, tmp_path: Path, mosaicdb: Command
) -> None:
    Path("config.toml").write_text(f'[database]\nurl = "{postgres_url}"\n')
    (photos / "bad.jpg").write_bytes(b"?")
    outputs = ["--output", "m.png", "--report", "r.html", "--matches", "m.tab"]
    grid = ["--target", 3, "--grid", "5x4"]
    commands: list[tuple[list[object], int]] = [
        (["config"], 0),
        (["ingest", photos], 3),
        (["ingest", photos, "--retry-rejected", "--db", postgres_url], 3),
        (["ingest", photos, "--thumb-res", "9x9"], 1),
        (["render", *grid, *outputs, "--db", postgres_url], 0),
        (["render", *grid, "--strategy", "unique", "--db", postgres_url], 0),
        (["mosaics", "--json"], 0),
        (["stats"], 0),
        (["sql", "SELECT * FROM mosaic"], 0),
        (["sql", "DELETE FROM tile"], 2),
        (["copy", postgres_url, "copy.db"], 0),
        (["copy", "copy.db", postgres_url], 1),
        (["copy", postgres_url, postgres_url], 2),
        (["stats", "--db", f"{postgres_url}&nonsense=1"], 1),
        (["stats", "--db", postgres_url.replace("://", "+no://")], 2),
    ]
    told = ""
    for command, code in commands:
        told += mosaicdb(*command, expect=code) + mosaicdb.err
    told += Path("r.html").read_text() + Path("m.tab").read_text()
    assert not any(secret in told for secret in SECRETS)
    assert f"postgresql+psycopg://{ROLE}@" in told


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"mosaicdb\[postgres\]"):
        Database("postgresql+psycopg://me@server/photos")


@pytest.mark.parametrize(
    "location",
    [
        "postgresql+psycopg://me:hunter2@",
        "postgresql+psycopg2://me:hunter2@server/photos",
        "postgresql+psycopg://me:hunter2/photos",
        "postgresql+psycopg://me:hunt@er2@server/photos",
        "postgresql+psycopg://me:hunter2@server:port/photos",
        "mysql://me:hunter2@server/photos",
        "mysql://server/photos?user=me&password=hunter2",
    ],
)
def test_a_url_that_is_not_understood_is_told_without_its_password(location: str) -> None:
    with pytest.raises(UsageError) as caught:
        database_url(location)
    assert not any(part in str(caught.value) for part in ("hunt", "er2"))


def test_a_url_without_driver_means_psycopg() -> None:
    url = database_url("postgresql://me@server/photos")
    assert url == database_url("postgresql+psycopg://me@server/photos")


def test_a_server_that_recovers_is_told_as_one_that_is_starting_up() -> None:
    refused = ValueError("connection failed: FATAL:  the database system is in recovery mode")
    assert "the server is starting up" in str(explain(refused, "NAME"))


def test_what_the_server_says_is_told_where_there_is_no_advice() -> None:
    told = explain(ValueError("something else\nDETAIL: more"), "NAME")
    assert str(told) == "NAME: something else"
