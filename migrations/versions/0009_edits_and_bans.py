"""Mosaics can be repaired and edited, and photos banned."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add columns and tables; mosaics that there are have no prices, and are solved anew once."""
    op.add_column("mosaic", sa.Column("target_hash", sa.String(64)))
    op.add_column("mosaic", sa.Column("form", sa.JSON))
    op.add_column("mosaic", sa.Column("tiles_before", sa.Integer))
    op.add_column("mosaic", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.create_table(
        "dual_price",
        sa.Column("mosaic_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("tile_ids", sa.LargeBinary, nullable=False),
        sa.Column("prices", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("mosaic_id", name="pk_dual_price"),
        sa.ForeignKeyConstraint(
            ["mosaic_id"], ["mosaic.id"], ondelete="CASCADE", name="fk_dual_price_mosaic_id"
        ),
    )
    op.create_table(
        "mosaic_edit",
        sa.Column("mosaic_id", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("edit", sa.Text, nullable=False),
        sa.Column("edited_at", sa.DateTime, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("cost", sa.Float),
        sa.Column("bound", sa.Float),
        sa.Column("tiles_before", sa.Integer),
        sa.Column("cells", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("mosaic_id", "version", name="pk_mosaic_edit"),
        sa.ForeignKeyConstraint(
            ["mosaic_id"], ["mosaic.id"], ondelete="CASCADE", name="fk_mosaic_edit_mosaic_id"
        ),
    )
    op.create_table(
        "ban",
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("banned_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("content_hash", name="pk_ban"),
    )
