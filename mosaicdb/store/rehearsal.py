"""Try something on a copy of a database that is gone afterwards."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from ..errors import DatabaseError, SchemaTooNewError, printable
from ..records import Size
from .copying import copy_rows, start_copy
from .database import Database
from .engine import backend_of


@contextmanager
def rehearsal(location: str | Path | URL, thumb_res: Size = (50, 50)) -> Iterator[Database]:
    """Open a temporary copy of a database, or a temporary new one if it does not exist.

    Args:
        location: of the database; it is not modified, and an SQLite database is not upgraded.
        thumb_res: as for `Database`.

    Raises:
        DatabaseError: as for `Database`.
        SchemaTooNewError: as for `Database`.
    """
    original = backend_of(location)
    with tempfile.TemporaryDirectory(prefix="mosaicdb-") as folder:
        copy = Path(folder) / "copy.db"
        if original.exists() and not original.copy_to(copy):
            with Database(location) as source, Database(copy, half_copied=True) as target:
                start_copy(target)
                copy_rows(source, target, lambda _: None)
        try:
            with Database(copy, thumb_res=thumb_res) as database:
                yield database
        except (
            DatabaseError,
            SchemaTooNewError,
        ) as error:  # users do not know the copy
            text = str(error).replace(printable(copy), original.name)
            raise type(error)(text) from error
