"""How the criteria of medical and coding policies are asked: one walk for both."""

import datetime as dt
from collections.abc import Iterator

from adjudicator.model.case import Case
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing, left_after
from adjudicator.policy.by_procedure import ByProcedure
from adjudicator.policy.policy_set import CriteriaPolicy, PolicySet


def unmet_criteria(
    case: Case, policies: PolicySet, standing: Standing, documents: ByProcedure[CriteriaPolicy]
) -> Iterator[Finding]:
    """The answer of every criterion that a line does not meet, among the policies that name its procedure on its day.

    Lines are asked in the order of their days, as look-backs count them: what is denied or cut here of one counts for none
    after it.
    """
    codes = [diagnosis.code for diagnosis in case.claim.diagnoses]
    concerned: dict[int, bool] = {}
    """By identity: whether a policy bound to diagnoses finds one of them on the claim."""
    for line in sorted(case.claim.lines, key=lambda line: (line.from_date or dt.date.max, line.number)):
        if line.from_date is None:
            continue
        found = []
        for version in documents.naming(line.procedure):
            if version.modifiers is not None and not (line.modifiers and version.modifiers.holds_any(line.modifiers)):
                continue
            if version.diagnoses is not None:
                key = id(version)
                if key not in concerned:
                    concerned[key] = version.diagnoses.holds_any(codes)
                if not concerned[key]:
                    continue
            if not version.span.covers(line.from_date):
                continue
            for criterion in version.criteria:
                because = ""
                if criterion.when:
                    applies, because = criterion.when(case, policies, line, standing)
                    if not applies:
                        continue
                if criterion.require:
                    met, because = criterion.require(case, policies, line, standing)
                    if met:
                        continue
                covered = criterion.answer.covered_quantity_thousandths
                if covered is not None and covered >= line.quantity_thousandths:
                    continue
                found.append(criterion.answer.finding(_sentence(because), line.number))
        if found:
            standing = left_after(standing, found)
            yield from found


def _sentence(because: str) -> str:
    return because[:1].upper() + because[1:] + ("" if because.endswith(".") else ".")
