"""The demo payer's sample claims as their scenario files hold them: each says what it shows and what must become of it."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

RECEIVED_ON = dt.date(2026, 3, 20)
DECIDED_ON = dt.date(2026, 3, 21)
"""The days on which the demo takes place: with them pinned, nothing turns with the calendar."""


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a scenario file. Amounts are dollars and quantities units, as texts."""


class SampleLine(_Written, frozen=True):
    """One service line; practitioners are keys of senders.toml."""

    procedure: str
    date: dt.date
    charge: str
    through: dt.date | None = None
    modifiers: tuple[str, ...] = ()
    description: str = ""
    units: str = "1"
    unit_basis: Literal["UN", "MJ"] = "UN"
    place: str = "11"
    pointers: tuple[int, ...] = (1,)
    emergency: bool = False
    screening_program: bool = False
    copay_exempt: bool = False
    purchased: str = ""
    """From whom the service was bought (PS1)."""
    authorization: str = ""
    clia: str = ""
    ndc: str = ""
    """The drug's code, quantity and unit, such as ``00409329501 1 ML``."""
    note: str = ""
    rendering: str = ""
    ordering: str = ""
    referring: str = ""


class ExpectedLine(_Written, frozen=True):
    """What must become of one line of a final claim."""

    allowed: str
    paid: str
    unpaid: Mapping[str, str]
    """Dollars by reason: group, CARC and remarks, such as ``CO-16 M81``."""
    remarks: tuple[str, ...] = ()
    """Remarks that stand beside the reasons."""


class Expectation(_Written, frozen=True):
    """What must become of a claim."""

    ending: str
    lines: tuple[ExpectedLine, ...] = ()
    rules: tuple[str, ...] = ()
    """Every rule that denies, holds or rejects the claim or a line of it, once for each line that it names."""
    queues: tuple[str, ...] = ()
    """Where it waits: a queue for each rule that holds it."""
    statuses: tuple[str, ...] = ()
    element: str = ""
    """Of an unreadable claim: the element at fault."""
    bill_first: str = ""
    """The identifier of the payer that the answer names as the one to bill before us; empty for none."""
    once_allowed: "Expectation | None" = None
    """After a reviewer has allowed what holds it."""


class OtherPayer(_Written, frozen=True):
    """Another payer that the claim names (loops 2320 and 2330)."""

    responsibility: str
    name: str
    identifier: str
    filing_indicator: str = "CI"
    paid: str = ""
    """What it paid of the claim (AMT*D); empty: it has not answered."""
    adjustments: Mapping[str, str] = {}
    """Its reasons for the claim, such as ``{CO-45 = "12.00"}``."""
    decided: dt.date | None = None
    """The day on which it decided (DTP*573)."""


class SampleClaim(_Written, frozen=True):
    """One claim; what is empty is sent as it should be."""

    number: str
    shows: str
    billing: str
    """Key of the billing provider in senders.toml."""
    patient: str
    """Member number; a spouse or child is sent in a patient loop under the subscriber's number."""
    diagnoses: tuple[str, ...]
    lines: tuple[SampleLine, ...]
    expect: Expectation
    as_subscriber: bool = False
    """A spouse or child that the biller sends with its own member number."""
    subscriber: str = ""
    """Member number of the subscriber under whom the patient is sent; empty for that of the patient's family."""
    rendering: str = ""
    """Key of a practitioner in senders.toml; empty for the one of the billing provider, ``nobody`` for none."""
    referring: str = ""
    facility: str = ""
    """Key of a facility in senders.toml where the care was given; empty for the billing provider's own place."""
    report_only: bool = False
    """An encounter (BHT06 = RP)."""
    npi: str | None = None
    tax_id: str | None = None
    payer: str = ""
    member_id: str = ""
    last_name: str = ""
    first_name: str = ""
    birth_date: dt.date | None = None
    sex: str = ""
    responsibility: str = "P"
    filing_indicator: str = "CI"
    other_payers: tuple[OtherPayer, ...] = ()
    total: str = ""
    frequency: str = "1"
    benefits_assigned: str = "Y"
    related_causes: tuple[str, ...] = ()
    special_program: str = ""
    delay_reason: str = ""
    accident_date: dt.date | None = None
    admission_date: dt.date | None = None
    assumed_care_date: dt.date | None = None
    relinquished_care_date: dt.date | None = None
    authorization: str = ""
    referral: str = ""
    authorization_exception: str = ""
    original_claim: str = ""
    clia: str = ""
    note: str = ""
    sent: Mapping[str, str] = {}
    """Elements of the claim and its lines that are sent otherwise, such as ``DTP03 = "2026031"``: the first of its kind."""


class SampleInterchange(_Written, frozen=True):
    """One scenario file: an interchange with its sender and delimiters."""

    control_number: int
    claim: tuple[SampleClaim, ...]
    submitter: str = "clearinghouse"
    """Key of the submitter in senders.toml."""
    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    segment: str = "~"
    test: bool = False


def read_samples(folder: Path) -> tuple[SampleInterchange, ...]:
    """The interchanges of a folder of scenario files, in the order of their names."""
    return tuple(
        msgspec.toml.decode(file.read_bytes(), type=SampleInterchange) for file in sorted(folder.glob("*.toml"))
    )
