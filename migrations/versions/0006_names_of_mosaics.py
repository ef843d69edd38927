"""Mosaics may have names, and tiles have no difference hashes any more: nothing compared them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Change the columns; the index is of the tiles that lack a signature."""
    op.drop_index("ix_tile_unmeasured", "tile")
    op.drop_column("tile", "dhash")
    op.create_index(
        "ix_tile_unmeasured",
        "tile",
        ["id"],
        sqlite_where=sa.text("signature IS NULL"),
        postgresql_where=sa.text("signature IS NULL"),
    )
    op.add_column("mosaic", sa.Column("name", sa.String(100)))
    op.create_index("ix_mosaic_name", "mosaic", ["name"], unique=True)
