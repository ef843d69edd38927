"""Databases of mosaicdb, as the versions before and this one made them."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette

FROZEN = Path(__file__).parents[3] / "tests" / "store"
REVISIONS = sorted(FROZEN.glob("revision_*.db"))
NAME = "<script>alert(1) \"'.jpg"
"""How a file of tile 1 is called."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a database of the newest revision: 4 tiles, a mosaic of 2 x 2, one tile cropped."""
    copy = Path(shutil.copy(REVISIONS[-1], tmp_path / "mosaic.db"))
    change(copy, "UPDATE file SET path = '/photos/' || ? WHERE id = 1", (NAME,))
    return copy


def change(path: Path, statement: str, values: tuple[object, ...] = ()) -> None:
    """Run a statement in a database, as nobody but a test does."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def ask(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """Give what a statement finds in a database."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


@pytest.fixture
def served() -> Callable[..., Any]:
    """Give a way to serve databases; what is said of a database are its permissions."""

    def serve(*paths: Path, **options: Any) -> Any:
        return Datasette([str(path) for path in paths], **options).client

    return serve


def permissions(databases: dict[str, Any]) -> dict[str, Any]:
    """Give Datasette's arguments by which databases are for some people only."""
    from datasette import version

    key = "metadata" if version.__version__.startswith("0.") else "config"
    return {key: {"databases": databases}}
