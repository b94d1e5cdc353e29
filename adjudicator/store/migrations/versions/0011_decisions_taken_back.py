"""Which decision of a claim was taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column; of what was taken back before, those are known that had moved something."""
    op.add_column("claims", sa.Column("taken_back", sa.BigInteger().with_variant(sa.Integer, "sqlite")))
    op.execute(
        "UPDATE claims SET taken_back = latest WHERE EXISTS (SELECT 1 FROM decisions JOIN outside_entries "
        "ON outside_entries.source = 'reversal' "
        "AND outside_entries.source_id = claims.claim_id || '/' || CAST(decisions.number AS TEXT) "
        "WHERE decisions.sequence = claims.latest)"
    )
