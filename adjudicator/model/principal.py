"""Who asks: established from the credential by the shell, never from the request (domain/09 section 3)."""

import enum

import msgspec


class Role(enum.Enum):
    """What a caller is allowed to be; anything not granted is denied."""

    PROVIDER = "provider"
    """Submits claims and reads the claims of the billing providers granted to it."""
    REVIEWER = "reviewer"
    """Works tasks: reads pended claims and rules."""
    OPERATOR = "operator"
    """Runs the payer's own jobs: batch files with their own receipt dates, payment, replay."""


class BillingGrant(msgspec.Struct, frozen=True):
    """One billing provider that a provider credential speaks for: tax id and NPI together."""

    tax_id: str
    npi: str


class Principal(msgspec.Struct, frozen=True):
    """The authenticated caller of a use case."""

    name: str
    role: Role
    submitter: str
    """Request ids are unique within this name."""
    billing: frozenset[BillingGrant] = frozenset()

    def speaks_for(self, tax_id: str, npi: str) -> bool:
        """Whether this caller may send and read claims of a billing provider."""
        return self.role is Role.OPERATOR or BillingGrant(tax_id, npi) in self.billing
