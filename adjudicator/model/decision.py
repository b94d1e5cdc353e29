"""What the engine answers: findings, adjustments and amounts. Every unpaid cent belongs to exactly one adjustment."""

import datetime as dt
import enum

import msgspec

WHOLE_CLAIM = 0
"""The ``line`` of a finding that is about the claim and not about one of its lines."""


class Verdict(enum.IntEnum):
    """What a finding does to its line. The order is the precedence: the highest verdict of a line is the line's.

    A FAULT (our crash, a table we lack) outranks all but REJECT, so that neither pays nor denies (design/architecture.md).
    """

    PAY = 0
    INFORM = 1
    REDUCE = 2
    PEND = 3
    DENY = 4
    FAULT = 5
    REJECT = 6


class Audience(enum.Enum):
    """Who may see a finding."""

    PROVIDER = "provider"
    MEMBER = "member"
    INTERNAL = "internal"


class Disposition(enum.Enum):
    """How a claim ended. Only the last three are final and carry money."""

    REJECTED = "rejected"
    PENDED = "pended"
    DENIED = "denied"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"

    @property
    def is_final(self) -> bool:
        """Whether the claim was decided: it appears on a remittance and moves accumulators."""
        return self in (Disposition.DENIED, Disposition.PARTLY_PAID, Disposition.PAID)


class _Value(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An immutable value of this module."""


class Citation(_Value, frozen=True):
    """Where a rule stands written."""

    title: str
    section: str = ""
    url: str = ""


class Reason(_Value, frozen=True):
    """A standard reason for money that is not paid."""

    group: str
    carc: str
    remarks: tuple[str, ...] = ()


class PriorityPayer(_Value, frozen=True):
    """Another payer who is to be billed before us, as our file of other coverage knew it when the claim was decided."""

    identifier: str
    """As claims name it (837 loop 2330B NM109)."""
    name: str


class Finding(_Value, frozen=True):
    """One rule's opinion of one line or of the claim."""

    rule: str
    """``edit.answer`` for a built-in edit, ``coverage/document#criterion`` for a policy's criterion."""
    verdict: Verdict
    because: str
    """One sentence with this claim's facts."""
    line: int = WHOLE_CLAIM
    stage: int = 0
    """Position of the rule's stage in the order of domain/02 section 2; the earliest denial decides."""
    group: str = ""
    carc: str = ""
    remarks: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    """277CA status composites ``category:status[:entity]`` of a REJECT."""
    covered_quantity_thousandths: int | None = None
    """How much of the line's quantity a REDUCE leaves to be paid; None when it takes no units."""
    price_cents: int | None = None
    """What a reviewer allows for the whole line in answer to the finding; None when none did."""
    covered_basis_points: int | None = None
    """The share of the allowed amount that a REDUCE leaves to be paid (80 % is 8000); None when it takes no share."""
    queue: str = ""
    pend_code: str = ""
    """Why a PEND waits, in the trade's short word, such as ``DUP`` or ``MED`` (domain/07 section 5)."""
    question: str = ""
    """What a reviewer must answer, for a PEND."""
    denials: tuple[Reason, ...] = ()
    """Reasons with which a reviewer may answer a PEND with no, besides its own; the policy names them."""
    policy: str = ""
    """Document and version, such as ``guidance/eligibility@2026-01-01``."""
    cite: Citation | None = None
    quote: str = ""
    """The sentence of the source that the rule formalizes."""
    audience: Audience = Audience.PROVIDER
    ruled_by: str = ""
    """Who answered the pend that this finding was, when a reviewer did."""
    priority_payer: PriorityPayer | None = None
    """Who is to be billed before us, where the finding is that another payer is responsible and our file says which one."""

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The policy's reasons for a no: the finding's own first."""
        own = (Reason(self.group, self.carc, self.remarks),) if self.carc else ()
        return (*own, *(denial for denial in self.denials if denial not in own))


class AdjustmentPart(_Value, frozen=True):
    """What one rule took of an adjustment that several made for the same reason."""

    rule: str
    amount_cents: int
    policy: str = ""
    quantity_thousandths: int | None = None


class Adjustment(_Value, frozen=True):
    """Money of one line that is not paid (a CAS triplet of the 835)."""

    group: str
    carc: str
    amount_cents: int
    """Positive reduces the payment, negative increases it; never zero."""
    rule: str
    remarks: tuple[str, ...] = ()
    quantity_thousandths: int | None = None
    policy: str = ""
    parts: tuple[AdjustmentPart, ...] = ()
    """What each rule took, in order, where several did for this reason; empty where ``rule`` took it all."""

    @property
    def taken(self) -> tuple[AdjustmentPart, ...]:
        """What each rule took of it, in order: at least one."""
        return self.parts or (AdjustmentPart(self.rule, self.amount_cents, self.policy, self.quantity_thousandths),)


class PriceStep(_Value, frozen=True):
    """One step from a contract's price to a line's fee (domain/03 section 4)."""

    what: str
    """Such as ``both sides (50), bilateral indicator 1``."""
    factor: str
    """What the amount before is multiplied by, a plain decimal; empty where the step is no multiplication."""
    cents: int
    """The amount after the step, rounded half up; of so many units where the step is about some of them."""
    quantity_thousandths: int = 0
    """The units that the step is about; 0: every unit alike."""
    whole_line: bool = False
    """Made of the whole line, after its units: a floor or ceiling of the contract, or what the claim together leaves of it."""
    policy: str = ""
    """Document and version that states the step; empty: the payment rules."""


class Price(_Value, frozen=True):
    """How a line's allowed amount came about, enough to redo it by hand."""

    contract: str
    """Contract document and version, kept on the line (domain/03 section 12)."""
    schedule: str
    """Fee schedule document and version; the contract itself where it pays a share of the charge."""
    unit_fee_cents: int
    """The schedule's fee of one unit, rounded to cents; the line's charge where the contract pays a share of it."""
    rate: str
    """The contract's share of the fee as a plain decimal, such as ``1.15``."""
    unit_price_cents: int
    """Fee times rate, rounded to cents."""
    fee_cents: int
    """Unit price times units, rounded to cents, before the contract's floors and ceilings."""
    allowed_cents: int
    """What the contract allows: the fee within its bounds, the lesser of that and the charge where the contract says so."""
    basis: str = ""
    """The schedule's own calculation in words."""
    facility: bool | None = None
    rules: str = ""
    """Payment rules document and version by which the steps were made; empty where the contract names none."""
    steps: tuple[PriceStep, ...] = ()
    """What modifiers, rank and the practitioner's kind made of the unit price, in order; the fee is the sum of what is left.
    Those of the whole line come last."""
    limiting_charge_cents: int | None = None
    """The most that a provider without a participation agreement may collect for the line's covered units in all; None for
    other providers."""
    ranked_off_cents: int = 0
    """What rank among the procedures of the day took off the fee."""
    agreement: str = ""
    """The authorization that carries the price, agreed on for this patient; empty where the contract's holds."""


class LimitUse(_Value, frozen=True):
    """How one line moved one accumulator of a limit: what stood there before it, and what it added."""

    accumulator: str
    """``deductible``, ``out_of_pocket`` or ``copays``."""
    owner: str
    """``member`` or ``family``."""
    tier: str
    limit_cents: int
    before_cents: int
    added_cents: int
    people: int = 0
    """Of a limit that so many people of the family meet for all: how many it takes; 0 for other limits."""
    people_met: int = 0
    """How many others of the family have met theirs."""
    period_start: dt.date | None = None
    """First day of its period; None in decisions of before it was kept."""


class BenefitUse(_Value, frozen=True):
    """How one line moved one benefit limit of the plan, in what the limit counts.

    Visits and days are whole numbers, units are thousandths, amounts are cents.
    """

    limit: str
    """The limit as findings name it, such as ``plans/ppo-gold#therapy-visits``."""
    counting: str
    """``visits``, ``days``, ``units``, ``allowed`` or ``paid``."""
    most: int
    """The limit itself."""
    before: int
    added: int


class CostShare(_Value, frozen=True):
    """What the member owes of a line's allowed amount, and what was left of each limit before it."""

    plan: str
    benefit: str
    tier: str
    copay_cents: int = 0
    deductible_cents: int = 0
    coinsurance_cents: int = 0
    coinsurance_rate: str = "0"
    """A plain decimal: ``0.2`` is 20 %."""
    deductible_left_cents: int | None = None
    """What the member still owed of the deductible before this line: the lesser of individual and family remainder."""
    out_of_pocket_left_cents: int | None = None
    uses: tuple[LimitUse, ...] = ()
    """Every deductible and out-of-pocket limit that bears on the line, in the order in which they were met."""
    limits: tuple[BenefitUse, ...] = ()
    """Every benefit limit that bears on the line."""
    waiver: str = ""
    """The sentence of the plan by which no cost share is owed, such as ``plans/silver-limited@2026-01-01#tribal-care``."""
    waived_because: str = ""
    """The fact of this claim that it asks for; empty where it asks for none."""
    copay_per_claim: bool = False
    """Whether the benefit's copay is due once a claim and is no part of a visit's."""
    covered_days: tuple[dt.date, ...] | None = None
    """On which of the line's days benefit limits leave it covered; None on all of them."""

    @property
    def member_cents(self) -> int:
        """All that the member owes of the allowed amount."""
        return self.copay_cents + self.deductible_cents + self.coinsurance_cents


class PaymentReduction(_Value, frozen=True):
    """What one clause took of the plan's part of a line, after the member's share (domain/03 section 4)."""

    rule: str
    """Such as ``sequestration``; the guidance of this name gives the reason of its adjustment."""
    clause: str
    """The clause of the plan or contract, with its version: ``plans/advantage-wisconsin@2025-01-01#sequestration``."""
    base_cents: int
    """Of what it was taken: what earlier reductions left of the plan's part."""
    rate: str
    """The share that was taken, a plain decimal: ``0.02`` is 2 %."""
    amount_cents: int
    """Base times rate, rounded half up; never zero."""
    because: str = ""
    """The fact of this claim that the clause asks for, one sentence; empty where it asks for none."""


class Coordination(_Value, frozen=True):
    """How the plan's part of a line came about where others paid before it (domain/05 section 2)."""

    method: str
    """The plan's method, such as ``standard``; ``first`` where no earlier payer covers the line."""
    benefit_cents: int
    """What the plan would have paid as the first payer, after its own cost share and limits."""
    benefit_member_cents: int
    """The cost share that the member would have owed then."""
    prior_allowed_cents: int = 0
    """What the earlier payers allowed."""
    prior_paid_cents: int = 0
    prior_contractual_cents: int = 0
    """What they took off the charge and the patient does not owe."""
    prior_cost_share_cents: int = 0
    """Deductible, coinsurance and copay that the last of them left to the patient."""
    allowable_cents: int | None = None
    """Up to what all payers together pay; None where the method does not ask."""
    prior_not_covered_cents: int = 0
    """What the last of the earlier payers does not cover of the line, and so left to others."""
    benefit_copay_cents: int = 0
    """The copay in ``benefit_member_cents``: so much of its visit's one copay the line has used, whatever the patient owes."""


class LineDecision(_Value, frozen=True):
    """One line of a final decision: ``charge == paid + sum(adjustments)``, checked when built."""

    line: int
    verdict: Verdict
    charge_cents: int
    allowed_cents: int = 0
    """What is covered of the price; of a service that is paid by the member and month, what it would have been allowed."""
    paid_cents: int = 0
    paid_quantity_thousandths: int = 0
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    price: Price | None = None
    share: CostShare | None = None
    reductions: tuple[PaymentReduction, ...] = ()
    """What was taken of the plan's part, in order; each is in an adjustment too."""
    coordination: Coordination | None = None
    """How others who paid before us lowered the plan's part; None where we pay first."""
    above_recognized_cents: int = 0
    """What the plan pays first of a protected line above the recognised amount: part of the allowed amount, of which the member
    owes nothing."""
    priority_payer: PriorityPayer | None = None
    """Of a line that is denied since another payer is responsible: that payer, where our file knows it."""

    def __post_init__(self) -> None:
        """Refuse money that does not add up, before anybody can act on it."""
        adjusted_cents = 0
        reasons = set[tuple[str, str]]()
        for adjustment in self.adjustments:
            adjusted_cents += adjustment.amount_cents
            reason = (adjustment.group, adjustment.carc)
            if adjustment.amount_cents == 0:
                raise AssertionError(f"line {self.line}: an adjustment of zero")
            if not all(reason):
                raise AssertionError(f"line {self.line}: an adjustment without a reason")
            if reason in reasons:
                raise AssertionError(f"line {self.line}: one reason twice: {reason}")
            reasons.add(reason)
        if self.charge_cents != self.paid_cents + adjusted_cents:
            raise AssertionError(
                f"line {self.line}: charge {self.charge_cents} is not paid {self.paid_cents} + adjusted {adjusted_cents}"
            )
        if not 0 <= self.paid_cents <= self.allowed_cents:
            raise AssertionError(f"line {self.line}: paid {self.paid_cents} is outside 0..{self.allowed_cents}")
        if self.verdict is Verdict.DENY and self.paid_cents:
            raise AssertionError(f"line {self.line}: denied and paid")
        left_cents = self.plan_cents if self.reductions else 0
        for reduction in self.reductions:
            if reduction.base_cents != left_cents or not 0 < reduction.amount_cents <= left_cents:
                raise AssertionError(
                    f"line {self.line}: {reduction.rule} took {reduction.amount_cents} of {reduction.base_cents}, where "
                    f"{left_cents} was left"
                )
            left_cents -= reduction.amount_cents

    @property
    def plan_cents(self) -> int:
        """The plan's part of the allowed amount, of which the reductions were taken: what benefit limits count as paid."""
        return self.paid_cents + sum(reduction.amount_cents for reduction in self.reductions)

    @property
    def member_cents(self) -> int:
        """What the patient may be billed: the sum of the PR adjustments (835 CLP05)."""
        return sum(adjustment.amount_cents for adjustment in self.adjustments if adjustment.group == "PR")


class AccumulatorEntry(_Value, frozen=True):
    """A movement of an accumulator; totals are sums of entries, entries are never changed."""

    line: int
    owner: str
    accumulator: str
    tier: str
    """Such as ``in_network``; ``in_network of plans/solo`` where that plan's limits are its own."""
    period_start: dt.date
    amount_cents: int
    plan: str = ""
    """Document and version of the plan whose limit it was taken of; empty in entries of before it was written down."""


class Decision(_Value, frozen=True):
    """The engine's whole answer to one case."""

    claim_id: str
    disposition: Disposition
    findings: tuple[Finding, ...] = ()
    """Everything found, that which blocks payment first."""
    lines: tuple[LineDecision, ...] = ()
    """Empty unless the decision is final: a pended or rejected claim has no money."""
    entries: tuple[AccumulatorEntry, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a decision that is not final but carries money."""
        if not self.disposition.is_final and (self.lines or self.entries):
            raise AssertionError(f"a {self.disposition.value} claim carries money")
        if self.disposition.is_final and not self.lines:
            raise AssertionError("a final decision without lines")

    @property
    def charge_cents(self) -> int:
        """Sum over the lines; 0 when the decision is not final."""
        return sum(line.charge_cents for line in self.lines)

    @property
    def allowed_cents(self) -> int:
        """Sum over the lines."""
        return sum(line.allowed_cents for line in self.lines)

    @property
    def paid_cents(self) -> int:
        """Sum over the lines."""
        return sum(line.paid_cents for line in self.lines)

    @property
    def member_cents(self) -> int:
        """What the patient may be billed over all lines."""
        return sum(line.member_cents for line in self.lines)

    @property
    def priority_payer(self) -> PriorityPayer | None:
        """The payer that the remittance names as the one with priority (835 loop 2100 NM1*PR); None where no line has one.

        The loop holds one such payer (domain/05 section 4): of several that of the first line.
        """
        return next((line.priority_payer for line in self.lines if line.priority_payer), None)

    def line(self, number: int) -> LineDecision:
        """The decision of one line of a final decision."""
        return next(line for line in self.lines if line.line == number)

    def pends(self) -> tuple[Finding, ...]:
        """The findings that hold the claim: a task each."""
        if self.disposition is not Disposition.PENDED:
            return ()
        return tuple(finding for finding in self.findings if finding.verdict in (Verdict.PEND, Verdict.FAULT))
