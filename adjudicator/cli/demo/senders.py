"""Who sends the demo payer's sample claims: submitters, billing providers and practitioners, as senders.toml lists them."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from adjudicator.model.claim import Provider


class Submitter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who sends files: a clearinghouse, or a billing office of its own."""

    name: str
    identifier: str


class BillingProvider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A billing provider, and who renders its services where a claim names nobody else."""

    provider: Provider
    rendering: str
    """Key of a practitioner; empty when the billing provider treats in its own name."""


class Senders(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everybody whom the sample claims name, by the short keys under which they do."""

    submitters: Mapping[str, Submitter]
    billing: Mapping[str, BillingProvider]
    facilities: Mapping[str, Provider]
    practitioners: Mapping[str, Provider]


def read_senders(file: Path) -> Senders:
    """The senders of a file senders.toml."""
    return msgspec.toml.decode(file.read_bytes(), type=Senders)
