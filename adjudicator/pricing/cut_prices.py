"""Prices of which no part can be told once a line is cut: they wait instead of being divided by units that they do not count.

A case, days of care and the time of an anesthesia have one price for the whole line (domain/03 sections 5, 9 and 12). Units that
are paid by their rank, and the two sides of one procedure on two lines, have no even parts (sections 5 and 7). What a contract
allows for a claim together is of the lines as they were priced, and is not worked out anew of what a cut leaves.
"""

from collections.abc import Iterable, Iterator, Sequence

from adjudicator.model.claim import UnitBasis
from adjudicator.model.decision import Finding, Verdict
from adjudicator.policy.policy_set import PolicySet
from adjudicator.pricing.priced import PricedLine

CUT_PRICE = "unsupported.cut-price"
"""Rule of a line of which a part is covered, and whose price has no parts; a price by hand would be cut as well."""


def cut_prices(
    policies: PolicySet, before: Sequence[PricedLine], settled: Sequence[PricedLine], findings: Iterable[Finding]
) -> Iterator[Finding]:
    """What keeps cut lines from a price.

    Args:
        policies: the payer's documents.
        before: the lines that are paid, as they were priced by themselves.
        settled: the same lines at what their contract allows for them together.
        findings: everything that was found of the claim.
    """
    cuts = [finding for finding in findings if finding.verdict is Verdict.REDUCE]
    if not cuts:
        return
    cut_lines = {finding.line for finding in cuts}
    in_units = {finding.line for finding in cuts if finding.covered_quantity_thousandths is not None}
    bound = {
        row.terms.contract.stamp
        for row, together in zip(before, settled, strict=True)
        if row.price.allowed_cents != together.price.allowed_cents
    }
    cut_contracts = {row.terms.contract.stamp for row in settled if row.line.number in cut_lines}
    for row in settled:
        line, contract = row.line, row.terms.contract.stamp
        told = ""
        if line.number in in_units and (row.whole_line or line.unit_basis is UnitBasis.MINUTES):
            told = (
                f"{contract} has one price for the whole line {line.number} and does not say what a part of it is paid."
            )
        elif line.number in in_units and row.uneven:
            told = (
                f"The units of line {line.number} are not paid alike, by their rank or as one of two sides, and {contract} does "
                "not say which of them are left."
            )
        elif contract in bound & cut_contracts:
            told = (
                f"{contract} bounds what lines of the claim are allowed together, and does not say what line {line.number} is "
                "paid when one of them is covered in part."
            )
        if told and line.from_date is not None:
            yield policies.answer(CUT_PRICE, line.from_date).finding(told, line.number)
