"""What coverage depends on beside its days, and who else has the care of a member."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; what was there stays."""
    op.add_column("members", sa.Column("elsewhere_json", sa.Text))
    op.add_column("coverages", sa.Column("terms_json", sa.Text))
