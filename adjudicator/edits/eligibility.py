"""Is the patient ours, and covered on the day of each line (domain/02 section 3.C)."""

import datetime as dt
from collections.abc import Iterable

from adjudicator.model.case import NO_TERMS, SUBSCRIBER, Case, Coverage, ElsewhereKind, Requirement, names_agree
from adjudicator.model.claim import Line, Sex
from adjudicator.model.dates import ONE_DAY, age_in_years, months_before, turning_days
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import terms_of

CHILD = "19"
"""What a claim says of any child (PAT01): the 837 guides have one code for all."""
_ELSEWHERE = {
    ElsewhereKind.MANAGED_CARE: "elsewhere.managed-care",
    ElsewhereKind.OTHER_PLAN: "elsewhere.other-plan",
    ElsewhereKind.HOSPICE: "elsewhere.hospice",
}
"""Who covers all of a patient's care; of facilities and agencies, which cover a part, the medical policies ask."""


def member(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
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


def life_events(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
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


def identity(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Our file does not warn, on the day on which the claim arrives, that others use the patient's identity."""
    warned_on = case.member.identity_theft_on if case.member else None
    if warned_on is not None and case.received_on >= warned_on:
        yield policies.answer("patient.identity-theft", case.received_on).finding(
            "Our file warns that others use the patient's identity: who was treated has to be verified first."
        )


def coverage(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The member is covered on the day each line begins, and on every day of a line over several."""
    if case.member is None:
        return
    for line in case.claim.lines:
        day = line.from_date
        if day is None:
            continue
        if partly_covered(case, line):
            yield policies.answer("coverage.partly", day).finding(
                f"Line {line.number} runs from {day} through {line.through_date}; the patient was covered on some of these days "
                "only.",
                line.number,
            )
            continue
        if case.coverage_on(day):
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


def requirements(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The member has served the plan's waiting period for the service and meets what the plan asks of its members."""
    if not any(coverage.terms is not NO_TERMS for coverage in case.coverage):
        return
    for line in case.claim.lines:
        terms = terms_of(case, policies, line)
        if terms is None:
            continue
        waits_through, unmet = terms.coverage.terms.waiting_through, terms.coverage.terms.unmet
        if waits_through is not None and terms.day <= waits_through and line.procedure in terms.plan.waiting_for:
            yield policies.answer("coverage.waiting", terms.day).finding(
                f"The patient's waiting period lasts through {waits_through}; line {line.number} is dated {terms.day}.",
                line.number,
            )
        if unmet is not None:
            rule = "coverage.not-eligible" if unmet is Requirement.ELIGIBILITY else "coverage.not-resident"
            yield policies.answer(rule, terms.day).finding(
                f"On {terms.day}, the day of line {line.number}, the patient did not meet the plan's requirement of "
                f"{unmet.value}.",
                line.number,
            )


def premium(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """The premium is paid for the day of each line, or the plan's time of grace pays for it."""
    if not any(coverage.terms is not NO_TERMS for coverage in case.coverage):
        return
    for line in case.claim.lines:
        terms = terms_of(case, policies, line)
        if terms is None:
            continue
        paid_through = terms.coverage.terms.premium_paid_through
        if paid_through is None or terms.day <= paid_through:
            continue
        grace, owed_from = terms.plan.premium_grace, paid_through + ONE_DAY
        owed = f"The premium is paid through {paid_through}; line {line.number} is dated {terms.day}"
        if grace is None or terms.day >= months_before(owed_from, -grace.months):
            yield policies.answer("coverage.premium-overdue", terms.day).finding(
                f"{owed}, after all time of grace.", line.number
            )
        elif terms.day >= months_before(owed_from, -grace.paid_months):
            yield policies.answer("coverage.premium-grace", terms.day).finding(
                f"{owed}, in the time of grace in which we wait for the premium.", line.number
            )


def care_elsewhere(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
    """Nobody else covers the patient's care on the day of a line: no managed care plan, no other plan of ours, no hospice."""
    stretches = case.member.elsewhere if case.member else ()
    if not stretches:
        return
    own_care = policies.payer.on(case.received_on).hospice_modifiers
    for line in case.claim.lines:
        day = line.from_date
        if day is None:
            continue
        kinds = {stretch.kind for stretch in stretches if stretch.span.covers(day)}
        for kind, rule in _ELSEWHERE.items():
            hospice = kind is ElsewhereKind.HOSPICE
            if kind in kinds and not (hospice and any(modifier in own_care for modifier in line.modifiers)):
                yield policies.answer(rule, day).finding(
                    f"By our file the patient was in {kind.value.replace('-', ' ')} care on {day}, the day of line {line.number}.",
                    line.number,
                )


def partly_covered(case: Case, line: Line) -> bool:
    """Whether the patient was covered on some of a line's days and not on others."""
    if line.from_date is None:
        return False
    days = turning_days(line.from_date, line.through_date, [coverage.span for coverage in case.coverage])
    return len({case.coverage_on(day) is None for day in days}) > 1


def dependents(case: Case, policies: PolicySet, standing: Standing) -> Iterable[Finding]:
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
        elif patient.relationship in cover.children and age >= cover.children_until_age:
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
