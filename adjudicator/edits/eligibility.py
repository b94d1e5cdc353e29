"""Is the patient ours, and covered on the day of each line (domain/02 section 3.C)."""

from collections.abc import Iterable

from adjudicator.model.case import Case, names_agree
from adjudicator.model.claim import Sex
from adjudicator.model.decision import Finding
from adjudicator.policy.policy_set import PolicySet


def member(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """The patient is exactly one person on our membership file, born on the day that the claim says."""
    day = case.received_on
    born, sex = case.claim.treated.birth_date, case.claim.treated.sex
    if not case.members:
        yield policies.answer("member.not-found", day).finding(
            "No member on our file has the member number and date of birth that the claim gives."
        )
    elif case.member is None:
        yield policies.answer("member.ambiguous", day).finding(
            f"{len(case.members)} members on our file fit the patient as the claim names them."
        )
    elif born is None:
        yield policies.answer("member.birth-date", day).finding("The patient's date of birth (DMG02) is missing.")
    elif born != case.member.birth_date:
        yield policies.answer("member.birth-date", day).finding(
            "The patient's date of birth (DMG02) is not the one on our file for this member number."
        )
    elif not names_agree(case.member, case.claim.treated):
        yield policies.answer("member.name", day).finding(
            "The patient's name (NM103, NM104) is not the one on our file for this member number and date of birth."
        )
    elif Sex.UNKNOWN not in (case.member.sex, sex) and case.member.sex is not sex:
        yield policies.answer("member.name", day).finding(
            "The patient's sex (DMG03) is not the one on our file for this member number and date of birth."
        )


def coverage(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """The member is covered on the day each line begins."""
    if case.member is None:
        return
    for line in case.claim.lines:
        day = line.from_date
        if day is None or case.coverage_on(day):
            continue
        if not case.coverage:
            yield policies.answer("coverage.none", day).finding("We hold no coverage for this member.", line.number)
            continue
        ended = [span.span.ends for span in case.coverage if span.span.ends is not None and span.span.ends < day]
        if ended:
            yield policies.answer("coverage.ended", day).finding(
                f"Coverage ended on {max(ended)}; line {line.number} is dated {day}.", line.number
            )
        else:
            begins = min(span.span.effective for span in case.coverage)
            yield policies.answer("coverage.not-yet", day).finding(
                f"Coverage begins on {begins}; line {line.number} is dated {day}.", line.number
            )
