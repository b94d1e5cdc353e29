"""The plan of whose limit each entry was taken, and which outside entries the plan counts besides."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_KEYS = {
    "accumulator_entries": ("owner", "period_start", "accumulator", "tier", "sequence", "plan"),
    "outside_entries": ("owner", "period_start", "accumulator", "tier", "source", "source_id", "plan"),
}


def upgrade() -> None:
    """Add the columns, the plan to the keys: what was recorded before is of a plan that is not known, and none of it carried."""
    if op.get_context().dialect.name == "postgresql":
        for table, key in _KEYS.items():
            op.add_column(table, sa.Column("plan", sa.Text, nullable=False, server_default=""))
            op.drop_constraint(f"{table}_pkey", table, type_="primary")
            op.create_primary_key(f"{table}_pkey", table, list(key))
            op.alter_column(table, "plan", server_default=None)
        op.add_column("outside_entries", sa.Column("carried", sa.Boolean, nullable=False, server_default=sa.false()))
        op.alter_column("outside_entries", "carried", server_default=None)
        return
    # SQLite changes no key: each table is made anew, and its rows are copied.
    for table in _KEYS:
        op.rename_table(table, f"{table}_before")
    op.create_table(
        "accumulator_entries",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("period_start", sa.Date, primary_key=True),
        sa.Column("accumulator", sa.Text, primary_key=True),
        sa.Column("tier", sa.Text, primary_key=True),
        sa.Column("sequence", sa.Integer, sa.ForeignKey("decisions.sequence"), primary_key=True),
        sa.Column("plan", sa.Text, primary_key=True),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO accumulator_entries "
        "SELECT owner, period_start, accumulator, tier, sequence, '', amount_cents FROM accumulator_entries_before"
    )
    op.create_table(
        "outside_entries",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("period_start", sa.Date, primary_key=True),
        sa.Column("accumulator", sa.Text, primary_key=True),
        sa.Column("tier", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("plan", sa.Text, primary_key=True),
        sa.Column("carried", sa.Boolean, nullable=False),
        sa.Column("served_on", sa.Date),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("recorded_on", sa.Date, nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO outside_entries SELECT owner, period_start, accumulator, tier, source, source_id, '', 0, "
        "served_on, amount_cents, recorded_on, recorded_by FROM outside_entries_before"
    )
    for table in _KEYS:
        op.drop_table(f"{table}_before")  # with its triggers and indices
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    op.create_index("ix_outside_entries_source", "outside_entries", ["source", "source_id"])
