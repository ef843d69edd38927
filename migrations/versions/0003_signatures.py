"""A signature of every tile, NULL until the program computes it; and whether tiles are mirrored.

The signatures are not filled in here: that takes longer than a lock should be held, and must go on
where it was stopped.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; the index is of the tiles that lack a hash or a signature."""
    op.add_column("tile", sa.Column("signature", sa.LargeBinary))
    op.add_column(
        "placement",
        sa.Column("flipped", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.drop_index("ix_tile_unmeasured", "tile")
    op.create_index(
        "ix_tile_unmeasured",
        "tile",
        ["id"],
        sqlite_where=sa.text("dhash IS NULL OR signature IS NULL"),
        postgresql_where=sa.text("dhash IS NULL OR signature IS NULL"),
    )
