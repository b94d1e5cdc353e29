"""What moves accumulators beside decisions: feeds of other systems, credits, reversals."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"


def upgrade() -> None:
    """Add the table, and make it refuse changes as the entries of decisions do."""
    op.create_table(
        "outside_entries",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("period_start", sa.Date, primary_key=True),
        sa.Column("accumulator", sa.Text, primary_key=True),
        sa.Column("tier", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("served_on", sa.Date),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("recorded_on", sa.Date, nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_outside_entries_source", "outside_entries", ["source", "source_id"])
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER outside_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON outside_entries "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER outside_entries_no_{change.lower()} BEFORE {change} ON outside_entries "
            "BEGIN SELECT RAISE(ABORT, 'outside_entries is append-only'); END"
        )
