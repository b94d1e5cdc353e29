"""What is known of members' other coverage, for the order of payers."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table; nothing was known before."""
    op.create_table(
        "other_coverages",
        sa.Column("member_id", sa.Text, sa.ForeignKey("members.member_id"), primary_key=True),
        sa.Column("payer_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("effective", sa.Date, primary_key=True),
        sa.Column("coverage_json", sa.Text, nullable=False),
    )
