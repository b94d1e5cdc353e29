"""Who the payer is, and the rules that hold for every plan (``payer.yaml``)."""

from collections.abc import Mapping

import msgspec

from adjudicator.model.claim import Address
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.coordination import OrderRules, PriorReasons
from adjudicator.policy.document import PolicyGap, Version
from adjudicator.policy.surprise_billing import SurpriseBilling


class WorkQueue(msgspec.Struct, frozen=True):
    """A queue of the payer's people."""

    name: str
    pend_code: str
    """Why a claim waits there, unless the rule says otherwise (domain/07 section 5)."""
    target_days: int
    """Calendar days within which a task should be answered; 0: the same day."""


class ReviewAgain(msgspec.Struct, frozen=True):
    """Whom to ask about a decided claim when facts change, and what."""

    queue: str
    question: str


class ReviewsAgain(msgspec.Struct, frozen=True):
    """Which decided claims are looked at again when facts change that they were decided by."""

    look_back_months: int
    """Claims whose last day of service is so many months back or less."""
    other_coverage: ReviewAgain
    coverage: ReviewAgain


class Payer(Version, frozen=True):
    """Who we are and the rules that hold for every plan (``payer.yaml``)."""

    name: str
    payer_id: str
    tax_id: str
    address: Address
    contact_name: str
    contact_phone: str
    contact_url: str
    out_of_network_contract: str
    appeal_limit_days: int
    payment_method: str
    """How money moves: CHK or ACH (835 BPR04)."""
    duplicate_of_denied: bool
    """Whether a line that repeats a denied line is a duplicate too."""
    neutral_modifiers: CodeSet
    """Modifiers that never change a price; any other waits for pricing."""
    liability_indicators: frozenset[str]
    """Claim filing indicators (SBR09) of insurance for accidents and work: somebody else may be liable."""
    clinician_reasons: frozenset[str]
    """Reasons (CARC) of medical necessity: a machine may not deny with them unless the policy says ``automatic``."""
    queues: Mapping[str, WorkQueue]
    fractional_units: CodeSet
    """Procedures that may be billed in parts of a unit."""
    causes_with_date: frozenset[str]
    """Related causes (CLM11) that need the day of the accident."""
    causes_with_state: frozenset[str]
    """Related causes that need the state of the accident."""
    duplicate_bypass_modifiers: CodeSet = CodeSet()
    """Modifiers that tell two services of one procedure and day apart where only one of the lines has them."""
    substitute_modifiers: CodeSet = CodeSet()
    """Modifiers of a substitute, who is on no roster of the group that bills."""
    misrouted_indicators: frozenset[str] = frozenset()
    """Claim filing indicators (SBR09) of insurance that we do not administer."""
    hospice_modifiers: CodeSet = CodeSet()
    """Modifiers of care that is not the hospice's, although the patient is in one."""
    surprise_billing: SurpriseBilling | None = None
    """What the law protects from surprise bills; None: what it may protect waits."""
    prior_reasons: PriorReasons | None = None
    """How the reasons of payers before us are read; None: their claims are held."""
    order_rules: OrderRules | None = None
    """By which figures the order of payers is told; None: claims of patients with other coverage are held."""

    reviews_again: ReviewsAgain | None = None
    """What happens to decided claims when facts change; None: nobody looks at them again."""

    @property
    def order_of_payers(self) -> OrderRules:
        """By which figures the order of payers is told.

        Raises:
            PolicyGap: the document does not say.
        """
        if self.order_rules is None:
            raise PolicyGap(f"{self.stamp} does not say how the order of payers is told (order_of_payers)")
        return self.order_rules

    @property
    def reasons_of_earlier_payers(self) -> PriorReasons:
        """How the reasons of payers before us are read.

        Raises:
            PolicyGap: the document does not say.
        """
        if self.prior_reasons is None:
            raise PolicyGap(f"{self.stamp} does not say how the reasons of earlier payers are read (earlier_payers)")
        return self.prior_reasons
