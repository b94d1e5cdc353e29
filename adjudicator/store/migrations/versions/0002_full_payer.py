"""What a full payer knows of members and providers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and tables; what was there stays."""
    op.add_column("members", sa.Column("deceased_on", sa.Date))
    op.add_column("members", sa.Column("custody_json", sa.Text))
    op.add_column("tasks", sa.Column("pend_code", sa.Text, nullable=False, server_default=""))
    op.add_column("tasks", sa.Column("due_on", sa.Date))
    op.add_column("coverages", sa.Column("recorded_on", sa.Date))
    op.create_table(
        "providers",
        sa.Column("npi", sa.Text, primary_key=True),
        sa.Column("provider_json", sa.Text, nullable=False),
    )
