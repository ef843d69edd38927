"""Photos can be objects in object storage."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add what tells a changed object from an unchanged one; files that there are have none."""
    op.add_column("file", sa.Column("etag", sa.Text))
