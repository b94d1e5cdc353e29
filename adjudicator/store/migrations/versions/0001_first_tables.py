"""The first tables: membership, claims, decisions, reviews, payments, archived policies."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

APPEND_ONLY = (
    "requests",
    "decisions",
    "decided_lines",
    "accumulator_entries",
    "rulings",
    "remittances",
    "remitted_decisions",
    "policy_archives",
)


def upgrade() -> None:
    """Create the tables, and make those that keep the past refuse changes."""
    counter = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "members",
        sa.Column("member_id", sa.Text, primary_key=True),
        sa.Column("family_id", sa.Text, nullable=False),
        sa.Column("last_name", sa.Text, nullable=False),
        sa.Column("first_name", sa.Text, nullable=False),
        sa.Column("birth_date", sa.Date, nullable=False),
        sa.Column("sex", sa.Text, nullable=False),
        sa.Column("relationship", sa.Text, nullable=False),
    )
    op.create_index("ix_members_family_id", "members", ["family_id"])
    op.create_table(
        "coverages",
        sa.Column("member_id", sa.Text, sa.ForeignKey("members.member_id"), primary_key=True),
        sa.Column("effective", sa.Date, primary_key=True),
        sa.Column("plan", sa.Text, primary_key=True),
        sa.Column("ends", sa.Date),
    )
    op.create_table(
        "participations",
        sa.Column("tax_id", sa.Text, primary_key=True),
        sa.Column("npi", sa.Text, primary_key=True),
        sa.Column("product", sa.Text, primary_key=True),
        sa.Column("effective", sa.Date, primary_key=True),
        sa.Column("ends", sa.Date),
        sa.Column("contract", sa.Text, nullable=False),
    )
    op.create_table(
        "authorizations",
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("member_id", sa.Text, sa.ForeignKey("members.member_id"), nullable=False),
        sa.Column("authorization_json", sa.Text, nullable=False),
    )
    op.create_index("ix_authorizations_member_id", "authorizations", ["member_id"])
    op.create_table(
        "policy_archives",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("files", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "claims",
        sa.Column("arrival", counter, primary_key=True, autoincrement=False),
        sa.Column("claim_id", sa.Text, nullable=False, unique=True),
        sa.Column("submitter", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("member_id", sa.Text, nullable=False),
        sa.Column("family_id", sa.Text, nullable=False),
        sa.Column("billing_tax_id", sa.Text, nullable=False),
        sa.Column("billing_npi", sa.Text, nullable=False),
        sa.Column("rendering_npi", sa.Text, nullable=False),
        sa.Column("patient_control_number", sa.Text, nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("latest", counter, nullable=False),
        sa.Column("disposition", sa.Text, nullable=False),
        sa.Column("paid_cents", sa.BigInteger, nullable=False),
        sa.Column("unremitted", sa.Boolean, nullable=False),
    )
    op.create_index("ix_claims_member_id", "claims", ["member_id"])
    op.create_index("ix_claims_patient_control_number", "claims", ["patient_control_number"])
    op.create_index("ix_claims_billing", "claims", ["billing_tax_id", "billing_npi", "arrival"])
    op.create_index(
        "ix_claims_unremitted",
        "claims",
        ["billing_tax_id", "billing_npi"],
        sqlite_where=sa.text("unremitted = 1"),
        postgresql_where=sa.text("unremitted"),
    )
    op.create_table(
        "requests",
        sa.Column("submitter", sa.Text, primary_key=True),
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("content_digest", sa.Text, nullable=False),
        sa.Column("arrival", counter, sa.ForeignKey("claims.arrival"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "decisions",
        sa.Column("sequence", counter, primary_key=True),
        sa.Column("arrival", counter, sa.ForeignKey("claims.arrival"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("policy_digest", sa.Text, sa.ForeignKey("policy_archives.digest"), nullable=False),
        sa.Column("engine_version", sa.Text, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("disposition", sa.Text, nullable=False),
        sa.Column("paid_cents", sa.BigInteger, nullable=False),
        sa.Column("history_keys", sa.Text, nullable=False),
        sa.Column("case_json", sa.Text, nullable=False),
        sa.Column("decision_json", sa.Text, nullable=False),
        sa.UniqueConstraint("arrival", "number"),
    )
    op.create_table(
        "decided_lines",
        sa.Column("sequence", counter, sa.ForeignKey("decisions.sequence"), primary_key=True, autoincrement=False),
        sa.Column("through_date", sa.Date, nullable=False),
        sa.Column("lines_json", sa.Text, nullable=False),
    )
    op.create_table(
        "accumulator_entries",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("period_start", sa.Date, primary_key=True),
        sa.Column("accumulator", sa.Text, primary_key=True),
        sa.Column("tier", sa.Text, primary_key=True),
        sa.Column("sequence", counter, sa.ForeignKey("decisions.sequence"), primary_key=True),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tasks",
        sa.Column("position", counter, primary_key=True),
        sa.Column("task_id", sa.Text, nullable=False, unique=True),
        sa.Column("claim_id", sa.Text, sa.ForeignKey("claims.claim_id"), nullable=False),
        sa.Column("decision_number", sa.Integer, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("verdict", sa.Integer, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
    )
    op.create_index("ix_tasks_claim_id", "tasks", ["claim_id"])
    op.create_index(
        "ix_tasks_open",
        "tasks",
        ["queue", "position"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "rulings",
        sa.Column("position", counter, primary_key=True),
        sa.Column("task_id", sa.Text, sa.ForeignKey("tasks.task_id"), nullable=False, unique=True),
        sa.Column("claim_id", sa.Text, sa.ForeignKey("claims.claim_id"), nullable=False),
        sa.Column("ruled_on", sa.Date, nullable=False),
        sa.Column("ruling_json", sa.Text, nullable=False),
    )
    op.create_index("ix_rulings_claim_id", "rulings", ["claim_id"])
    op.create_table(
        "remittances",
        sa.Column("trace_number", sa.Text, primary_key=True),
        sa.Column("paid_on", sa.Date, nullable=False),
        sa.Column("payee_tax_id", sa.Text, nullable=False),
        sa.Column("payee_npi", sa.Text, nullable=False),
        sa.Column("payee_json", sa.Text, nullable=False),
        sa.Column("paid_cents", sa.BigInteger, nullable=False),
        sa.Column("claim_count", sa.Integer, nullable=False),
        sa.Column("run_on", sa.Date, nullable=False),
        sa.Column("run_by", sa.Text, nullable=False),
    )
    op.create_index("ix_remittances_payee", "remittances", ["payee_tax_id", "payee_npi", "paid_on"])
    op.create_index("ix_remittances_paid_on", "remittances", ["paid_on"])
    op.create_table(
        "remitted_decisions",
        sa.Column("sequence", counter, sa.ForeignKey("decisions.sequence"), primary_key=True, autoincrement=False),
        sa.Column("trace_number", sa.Text, sa.ForeignKey("remittances.trace_number"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_index("ix_remitted_decisions_trace", "remitted_decisions", ["trace_number", "position"], unique=True)
    for statement in _refuse_changes(op.get_context().dialect.name):
        op.execute(statement)


def _refuse_changes(dialect: str) -> Iterable[str]:
    """Triggers that make an append-only table refuse to change or delete a row, whoever asks."""
    if dialect == "postgresql":
        yield (
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
        for table in APPEND_ONLY:
            yield (
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return
    for table in APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            yield (
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
