"""Rows of mosaics as rows of maps, for the views of MBTiles."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ROWS = """
WITH RECURSIVE power(zoom_level, side) AS (
    SELECT 0, 1 UNION ALL SELECT zoom_level + 1, 2 * side FROM power WHERE zoom_level < 17
)
INSERT INTO map_row (mosaic_id, tile_row, "row", zoom_level)
SELECT placed.mosaic_id, power.side - 1 - placed."row", placed."row", power.zoom_level
FROM (SELECT DISTINCT mosaic_id, "row" FROM placement) AS placed
JOIN mosaic ON mosaic.id = placed.mosaic_id
JOIN power ON power.side = (
    SELECT min(side) FROM power WHERE side >= mosaic."columns" AND side >= mosaic."rows"
)
"""


def upgrade() -> None:
    """Add the table, and number the rows of the mosaics that there are."""
    op.create_table(
        "map_row",
        sa.Column("mosaic_id", sa.Integer, nullable=False),
        sa.Column("tile_row", sa.Integer, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("zoom_level", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("mosaic_id", "tile_row", name="pk_map_row"),
        sa.ForeignKeyConstraint(
            ["mosaic_id"], ["mosaic.id"], ondelete="CASCADE", name="fk_map_row_mosaic_id"
        ),
        sqlite_with_rowid=False,
    )
    op.execute(_ROWS)
