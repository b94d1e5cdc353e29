"""Every table, column by column.

What was decided, ruled or paid is only ever added to: the migrations give those tables triggers that refuse changes.
Three tables move: ``claims`` is each claim's head (where it stands now), ``tasks`` change their state, and the
membership tables hold what the payer's files say today. Amounts are cents.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

_Counter = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A number that rises with every row."""

members = sa.Table(
    "members",
    metadata,
    sa.Column("member_id", sa.Text, primary_key=True),
    sa.Column("family_id", sa.Text, nullable=False, index=True),
    sa.Column("last_name", sa.Text, nullable=False),
    sa.Column("first_name", sa.Text, nullable=False),
    sa.Column("birth_date", sa.Date, nullable=False),
    sa.Column("sex", sa.Text, nullable=False),
    sa.Column("relationship", sa.Text, nullable=False),
    sa.Column("deceased_on", sa.Date),
    sa.Column("custody_json", sa.Text),  # stretches of days in custody; null for nearly everybody
    sa.Column("elsewhere_json", sa.Text),  # stretches of days in the care of others; null for nearly everybody
    sa.Column("identity_theft_on", sa.Date),
)

coverages = sa.Table(
    "coverages",
    metadata,
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.member_id"), primary_key=True),
    sa.Column("effective", sa.Date, primary_key=True),
    sa.Column("plan", sa.Text, primary_key=True),
    sa.Column("ends", sa.Date),
    sa.Column("recorded_on", sa.Date),
    sa.Column("terms_json", sa.Text),  # what it depends on beside its days; null for nearly everybody
)

providers = sa.Table(
    "providers",
    metadata,
    sa.Column("npi", sa.Text, primary_key=True),
    sa.Column("provider_json", sa.Text, nullable=False),
)

participations = sa.Table(
    "participations",
    metadata,
    sa.Column("tax_id", sa.Text, primary_key=True),
    sa.Column("npi", sa.Text, primary_key=True),
    sa.Column("product", sa.Text, primary_key=True),
    sa.Column("effective", sa.Date, primary_key=True),
    sa.Column("ends", sa.Date),
    sa.Column("contract", sa.Text, nullable=False),
)

authorizations = sa.Table(
    "authorizations",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.member_id"), nullable=False, index=True),
    sa.Column("authorization_json", sa.Text, nullable=False),
)

other_coverages = sa.Table(
    "other_coverages",
    metadata,
    sa.Column("member_id", sa.Text, sa.ForeignKey("members.member_id"), primary_key=True),
    sa.Column("payer_id", sa.Text, primary_key=True),  # empty: the evidence of our own coverage
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("effective", sa.Date, primary_key=True),
    sa.Column("coverage_json", sa.Text, nullable=False),
)

policy_archives = sa.Table(
    "policy_archives",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column(
        "files", sa.LargeBinary, nullable=False
    ),  # path -> content, as compressed MessagePack; big tables by name
)

table_archives = sa.Table(
    "table_archives",
    metadata,
    sa.Column("checksum", sa.Text, primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # compressed
)

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("arrival", _Counter, primary_key=True, autoincrement=False),  # the sequence of its first decision
    sa.Column("claim_id", sa.Text, nullable=False, unique=True),
    sa.Column("submitter", sa.Text, nullable=False),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("member_id", sa.Text, nullable=False, index=True),  # as on file, else as the claim names it
    sa.Column("family_id", sa.Text, nullable=False),  # empty while the member is unknown
    sa.Column("billing_tax_id", sa.Text, nullable=False),
    sa.Column("billing_npi", sa.Text, nullable=False),
    sa.Column("rendering_npi", sa.Text, nullable=False),  # of the first line
    sa.Column("patient_control_number", sa.Text, nullable=False, index=True),
    sa.Column("received_on", sa.Date, nullable=False),
    sa.Column("latest", _Counter, nullable=False),  # the sequence of its latest decision
    sa.Column("disposition", sa.Text, nullable=False),
    sa.Column("paid_cents", sa.BigInteger, nullable=False),
    sa.Column("unremitted", sa.Boolean, nullable=False),  # the latest decision is final and on no remittance yet
    sa.Column("taken_back", _Counter),  # the sequence of its decision that was taken back last
    sa.Index("ix_claims_billing", "billing_tax_id", "billing_npi", "arrival"),
    sa.Index(
        "ix_claims_unremitted",
        "billing_tax_id",
        "billing_npi",
        sqlite_where=sa.text("unremitted = 1"),
        postgresql_where=sa.text("unremitted"),
    ),
)

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("submitter", sa.Text, primary_key=True),
    sa.Column("request_id", sa.Text, primary_key=True),
    sa.Column("content_digest", sa.Text, nullable=False),
    sa.Column("arrival", _Counter, sa.ForeignKey("claims.arrival"), nullable=False),
    sqlite_with_rowid=False,
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("sequence", _Counter, primary_key=True),  # the total order of everything decided
    sa.Column("arrival", _Counter, sa.ForeignKey("claims.arrival"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),  # of the claim, from 1
    sa.Column("policy_digest", sa.Text, sa.ForeignKey("policy_archives.digest"), nullable=False),
    sa.Column("engine_version", sa.Text, nullable=False),
    sa.Column("decided_on", sa.Date, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("disposition", sa.Text, nullable=False),
    sa.Column("paid_cents", sa.BigInteger, nullable=False),
    sa.Column("history_keys", sa.Text, nullable=False),  # claim and decision numbers of the case's history, as JSON
    sa.Column("case_json", sa.Text, nullable=False),  # without its history
    sa.Column("decision_json", sa.Text, nullable=False),
    sa.UniqueConstraint("arrival", "number"),
)

decided_lines = sa.Table(
    "decided_lines",
    metadata,
    sa.Column("sequence", _Counter, sa.ForeignKey("decisions.sequence"), primary_key=True, autoincrement=False),
    sa.Column("through_date", sa.Date, nullable=False),  # the latest day of its lines
    sa.Column("lines_json", sa.Text, nullable=False),
)

accumulator_entries = sa.Table(
    "accumulator_entries",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("period_start", sa.Date, primary_key=True),
    sa.Column("accumulator", sa.Text, primary_key=True),
    sa.Column("tier", sa.Text, primary_key=True),
    sa.Column("sequence", _Counter, sa.ForeignKey("decisions.sequence"), primary_key=True),
    sa.Column("plan", sa.Text, primary_key=True),  # whose limit it was taken of, with its version; empty: not known
    sa.Column("amount_cents", sa.BigInteger, nullable=False),  # over the decision's lines
    sqlite_with_rowid=False,
)

outside_entries = sa.Table(
    "outside_entries",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("period_start", sa.Date, primary_key=True),
    sa.Column("accumulator", sa.Text, primary_key=True),
    sa.Column("tier", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),  # who says so; "reversal" for a decision taken back
    sa.Column("source_id", sa.Text, primary_key=True),  # its own name of the entry, or claim and decision number
    sa.Column("plan", sa.Text, primary_key=True),  # whose limit it was taken of, with its version; empty: not known
    sa.Column("carried", sa.Boolean, nullable=False),  # what the plan counts besides: in the other tier, the next year
    sa.Column("served_on", sa.Date),  # day of the service; null where a decision is taken back
    sa.Column("amount_cents", sa.BigInteger, nullable=False),
    sa.Column("recorded_on", sa.Date, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Index("ix_outside_entries_source", "source", "source_id"),
    sqlite_with_rowid=False,
)
"""What moved accumulators beside decisions: other systems, such as a pharmacy's, credits of earlier coverage, reversals."""

tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("position", _Counter, primary_key=True),
    sa.Column("task_id", sa.Text, nullable=False, unique=True),
    sa.Column("claim_id", sa.Text, sa.ForeignKey("claims.claim_id"), nullable=False, index=True),
    sa.Column("decision_number", sa.Integer, nullable=False),  # which opened it
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("policy", sa.Text, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("verdict", sa.Integer, nullable=False),
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("pend_code", sa.Text, nullable=False, server_default=""),
    sa.Column("due_on", sa.Date),
    sa.Column("closed_because", sa.Text, nullable=False, server_default=""),
    sa.Index(
        "ix_tasks_open",
        "queue",
        "position",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    ),
)

rulings = sa.Table(
    "rulings",
    metadata,
    sa.Column("position", _Counter, primary_key=True),
    sa.Column("task_id", sa.Text, sa.ForeignKey("tasks.task_id"), nullable=False, unique=True),
    sa.Column("claim_id", sa.Text, sa.ForeignKey("claims.claim_id"), nullable=False, index=True),
    sa.Column("ruled_on", sa.Date, nullable=False),
    sa.Column("ruling_json", sa.Text, nullable=False),
)

remittances = sa.Table(
    "remittances",
    metadata,
    sa.Column("trace_number", sa.Text, primary_key=True),
    sa.Column("paid_on", sa.Date, nullable=False),
    sa.Column("payee_tax_id", sa.Text, nullable=False),
    sa.Column("payee_npi", sa.Text, nullable=False),
    sa.Column("payee_json", sa.Text, nullable=False),
    sa.Column("paid_cents", sa.BigInteger, nullable=False),
    sa.Column("claim_count", sa.Integer, nullable=False),
    sa.Column("run_on", sa.Date, nullable=False),
    sa.Column("run_by", sa.Text, nullable=False),
    sa.Index("ix_remittances_payee", "payee_tax_id", "payee_npi", "paid_on"),
    sa.Index("ix_remittances_paid_on", "paid_on"),
)

remitted_decisions = sa.Table(
    "remitted_decisions",
    metadata,
    # The key, so that a decision is paid once.
    sa.Column("sequence", _Counter, sa.ForeignKey("decisions.sequence"), primary_key=True, autoincrement=False),
    sa.Column("trace_number", sa.Text, sa.ForeignKey("remittances.trace_number"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),  # in the remittance, from 1
    sa.Index("ix_remitted_decisions_trace", "trace_number", "position", unique=True),
)

LATEST = decisions.c.sequence == claims.c.latest
"""Joins a claim with its latest decision."""
