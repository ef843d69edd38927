"""Tiles, thumbnails, files, mosaics, placements and settings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_PATH = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "tile",
        sa.Column("id", sa.Integer, autoincrement=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("taken_at", sa.DateTime),
        sa.Column("mean_r", sa.Float, nullable=False),
        sa.Column("mean_g", sa.Float, nullable=False),
        sa.Column("mean_b", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tile"),
        sa.UniqueConstraint("content_hash", name="uq_tile_content_hash"),
    )
    op.create_table(
        "thumbnail",
        sa.Column("tile_id", sa.Integer, autoincrement=False),
        sa.Column("jpeg", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("tile_id", name="pk_thumbnail"),
        sa.ForeignKeyConstraint(["tile_id"], ["tile.id"], name="fk_thumbnail_tile_id"),
    )
    op.create_table(
        "file",
        sa.Column("id", sa.Integer, autoincrement=False),
        sa.Column("path", _PATH, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("mtime_ns", sa.BigInteger),
        sa.Column("tile_id", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Column("missing", sa.Boolean, nullable=False),
        sa.Column("seen_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_file"),
        sa.UniqueConstraint("path", name="uq_file_path"),
        sa.ForeignKeyConstraint(["tile_id"], ["tile.id"], name="fk_file_tile_id"),
        sa.CheckConstraint("tile_id IS NULL OR error IS NULL", name="ck_file_tile_or_error"),
    )
    op.create_index("ix_file_size", "file", ["size"])
    op.create_index("ix_file_tile_id", "file", ["tile_id"])
    op.create_index(
        "ix_file_pending",
        "file",
        ["seen_at"],
        sqlite_where=sa.text("mtime_ns IS NULL"),
        postgresql_where=sa.text("mtime_ns IS NULL"),
    )
    op.create_table(
        "mosaic",
        sa.Column("id", sa.Integer),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("target", _PATH),
        sa.Column("target_tile_id", sa.Integer),
        sa.Column("columns", sa.Integer, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("strategy", sa.String(16), nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("cost", sa.Float),
        sa.Column("bound", sa.Float),
        sa.Column("output", _PATH, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mosaic"),
        sa.ForeignKeyConstraint(["target_tile_id"], ["tile.id"], name="fk_mosaic_target_tile_id"),
    )
    op.create_index("ix_mosaic_target_tile_id", "mosaic", ["target_tile_id"])
    op.create_table(
        "placement",
        sa.Column("mosaic_id", sa.Integer),
        sa.Column("row", sa.Integer),
        sa.Column("column", sa.Integer),
        sa.Column("tile_id", sa.Integer, nullable=False),
        sa.Column("cost", sa.Float),
        sa.PrimaryKeyConstraint("mosaic_id", "row", "column", name="pk_placement"),
        sa.ForeignKeyConstraint(
            ["mosaic_id"], ["mosaic.id"], name="fk_placement_mosaic_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tile_id"], ["tile.id"], name="fk_placement_tile_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_placement_tile_id", "placement", ["tile_id"])
    op.create_table(
        "setting",
        sa.Column("key", sa.String(64)),
        sa.Column("value", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_setting"),
    )
