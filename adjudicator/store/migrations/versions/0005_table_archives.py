"""The big tables of archived policy sets, kept once by checksum."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table, and make it refuse changes as the archive of the sets does."""
    op.create_table(
        "table_archives",
        sa.Column("checksum", sa.Text, primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER table_archives_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON table_archives "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER table_archives_no_{change.lower()} BEFORE {change} ON table_archives "
            "BEGIN SELECT RAISE(ABORT, 'table_archives is append-only'); END"
        )
