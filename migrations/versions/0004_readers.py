"""The version of the reader that made each tile: 0 for all that were made before there was one.

No photo is read here: that takes long, and some are not at hand. The next ingest of a folder reads
the photos in it again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column, and an index that finds the tiles of earlier readers."""
    op.add_column("tile", sa.Column("reader", sa.Integer, nullable=False, server_default="0"))
    op.create_index("ix_tile_reader", "tile", ["reader"])
