"""Overviews of photos, what their crops are compared by, and which crop each placement shows.

Overviews are not made here: the next ingest reads the photos again that it finds, in batches, and
goes on where it was stopped.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add tables and columns; existing placements show thumbnails."""
    for table, column in (("overview", "jpeg"), ("crop_descriptor", "crops")):
        op.create_table(
            table,
            sa.Column("tile_id", sa.Integer, nullable=False, autoincrement=False),
            sa.Column(column, sa.LargeBinary, nullable=False),
            sa.PrimaryKeyConstraint("tile_id", name=f"pk_{table}"),
            sa.ForeignKeyConstraint(["tile_id"], ["tile.id"], name=f"fk_{table}_tile_id"),
        )
    for name in ("crop_left", "crop_top", "crop_width", "crop_height"):
        op.add_column("placement", sa.Column(name, sa.Float))
