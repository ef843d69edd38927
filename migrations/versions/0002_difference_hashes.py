"""A difference hash of every tile: NULL until the program computes it from the thumbnail.

The hashes are not filled in here: that takes longer than a lock should be held, and must go on
where it was stopped.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column, and an index of the tiles that lack it."""
    op.add_column("tile", sa.Column("dhash", sa.BigInteger))
    op.create_index(
        "ix_tile_unmeasured",
        "tile",
        ["id"],
        sqlite_where=sa.text("dhash IS NULL"),
        postgresql_where=sa.text("dhash IS NULL"),
    )
