"""Is the patient ours, and covered on the day of each line (domain/02 section 3.C)."""

import datetime as dt
from collections.abc import Iterable

from adjudicator.model.case import Case, Coverage, names_agree
from adjudicator.model.claim import Sex
from adjudicator.model.dates import age_in_years
from adjudicator.model.decision import Finding
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import terms_of

SUBSCRIBER, CHILD = "18", "19"
"""Individual relationship codes (PAT01)."""


def member(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """The patient is exactly one person on our membership file, born on the day that the claim says, or may yet be enrolled."""
    day = case.received_on
    born, sex = case.claim.treated.birth_date, case.claim.treated.sex
    if not case.members:
        yield _newborn(case, policies) or policies.answer("member.not-found", day).finding(
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


def life_events(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """Each line lies within the patient's life, and on no day on which an authority has custody of the patient and pays."""
    patient = case.member
    if patient is None:
        return
    for line in case.claim.lines:
        day = line.from_date
        if day is None:
            continue
        if patient.died_before(day):
            yield policies.answer("patient.deceased", day).finding(
                f"Line {line.number} is dated {day}; our file has an earlier day as that of the patient's death.",
                line.number,
            )
        if day < patient.birth_date:
            yield policies.answer("patient.not-born", day).finding(
                f"Line {line.number} is dated {day}, before the patient's date of birth (DMG02).", line.number
            )
        if patient.in_custody_on(day):
            yield policies.answer("patient.in-custody", day).finding(
                f"On {day}, the day of line {line.number}, the patient was in the custody of an authority that pays for care.",
                line.number,
            )


def coverage(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """The member is covered on the day each line begins."""
    if case.member is None:
        return
    for line in case.claim.lines:
        day = line.from_date
        if day is None or case.coverage_on(day):
            continue
        ended = [span for span in case.coverage if span.span.ended_before(day)]
        begins = [span for span in case.coverage if span.span.begins_after(day)]
        dated = f"line {line.number} is dated {day}"
        if ended and begins:
            yield policies.answer("coverage.gap", day).finding(
                f"Coverage {_ended(ended)} and {_began(begins, 'began again')}; {dated}, between the two.", line.number
            )
        elif ended:
            yield policies.answer("coverage.ended", day).finding(f"Coverage {_ended(ended)}; {dated}.", line.number)
        elif begins:
            yield policies.answer("coverage.not-yet", day).finding(
                f"Coverage {_began(begins, 'begins')}; {dated}.", line.number
            )
        else:
            yield policies.answer("coverage.none", day).finding("We hold no coverage for this member.", line.number)


def dependents(case: Case, policies: PolicySet, standing: frozenset[int]) -> Iterable[Finding]:
    """The plan covers the patient's kind of dependent, a child up to the plan's age limit."""
    patient = case.member
    if patient is None or patient.relationship == SUBSCRIBER:
        return
    for line in case.claim.lines:
        terms = terms_of(case, policies, line)
        if terms is None or terms.plan.dependents is None:
            continue
        cover, age = terms.plan.dependents, age_in_years(patient.birth_date, terms.day)
        if cover.nobody:
            yield policies.answer("dependent.no-cover", terms.day).finding(
                f"The plan covers the subscriber only; the patient of line {line.number} is a dependent.", line.number
            )
        elif patient.relationship == CHILD and age >= cover.children_until_age:
            yield policies.answer("dependent.over-age", terms.day).finding(
                f"The patient is {age} years old on {terms.day} (line {line.number}); the plan covers children until "
                f"they are {cover.children_until_age}.",
                line.number,
            )


def _newborn(case: Case, policies: PolicySet) -> Finding | None:
    """What is answered of a child of one of our subscribers that was just born; None where it is not such a child."""
    claim, day = case.claim, case.claim.from_date
    if case.subscriber is None or claim.patient is None or claim.patient.relationship != CHILD or day is None:
        return None
    born = claim.patient.person.birth_date
    covered = case.subscriber_coverage_on(day)
    if born is None or born > day or covered is None:
        return None
    cover = policies.plan(covered.plan, day).dependents
    if cover is None:
        return None
    age_days = (day - born).days
    if not cover.newborn_days:
        return policies.answer("newborn.no-cover", day).finding(
            "The patient is a child of a member of ours and is not on our file; the member's plan has no cover for newborns."
        )
    if age_days > cover.newborn_days:
        return None
    return policies.answer("newborn.not-enrolled", day).finding(
        f"The patient, {age_days} days old on {day}, is a child of a member of ours and is not on our file yet; the plan "
        f"allows {cover.newborn_days} days from birth to enrol it."
    )


def _ended(coverage: list[Coverage]) -> str:
    last = max(coverage, key=lambda span: (span.span.ends, span.span.effective))
    ends = last.span.ends
    assert ends is not None  # it has ended
    return f"ended on {ends}{_entered(last, ends)}"


def _began(coverage: list[Coverage], verb: str) -> str:
    first = min(coverage, key=lambda span: span.span.effective)
    return f"{verb} on {first.span.effective}{_entered(first, first.span.effective)}"


def _entered(coverage: Coverage, day: dt.date) -> str:
    """Since when our file says so, where that is later than the day itself."""
    entered = coverage.recorded_on
    return f" (entered on {entered})" if entered and entered > day else ""
