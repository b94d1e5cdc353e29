"""Members whose identity others use."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; what was there stays."""
    op.add_column("members", sa.Column("identity_theft_on", sa.Date))
