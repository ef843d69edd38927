"""Where photos were taken and by which camera: NULL until an ingest reads the photos again.

The version of each tile's reader says which photos these are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; views are made anew after every upgrade."""
    op.add_column("tile", sa.Column("latitude", sa.Float))
    op.add_column("tile", sa.Column("longitude", sa.Float))
    op.add_column("tile", sa.Column("camera_make", sa.Text))
    op.add_column("tile", sa.Column("camera_model", sa.Text))
