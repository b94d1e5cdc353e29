"""Why nobody needs to answer a task any more."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column; of tasks that were closed before, nobody wrote it down."""
    op.add_column("tasks", sa.Column("closed_because", sa.Text, nullable=False, server_default=""))
