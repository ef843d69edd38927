"""Questions about one tile look at its own files alone."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Change no table: views are made anew after every upgrade."""
