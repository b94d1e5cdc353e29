"""The words that a medical or coding policy may use: each word is one small function that builds a condition once, at load.

A condition answers for one line: does it hold, and the fact in words. The fact is told to the provider, so it names
nothing that the provider did not send: no other provider, no other claim, no other diagnosis. It is worded so that it
is true whichever way the condition goes. A word that needs a date does not hold for a line without one.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from adjudicator.model.case import Case, ProviderKind
from adjudicator.model.claim import Line, Sex, UnitBasis, quantity_text
from adjudicator.model.dates import Span, age_in_years
from adjudicator.model.money import dollars, half_up_quotient
from adjudicator.model.standing import Standing
from adjudicator.policy.claim_facts import CLAIM_FACTS
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.document import Condition
from adjudicator.policy.look_backs import EVER, LookBack, counted, counted_thousandths, services_around, stretches
from adjudicator.policy.policy_set import PolicySet
from adjudicator.policy.terms import terms_of

UNDATED = (False, "the line has no date of service")
UNMODIFIED = (False, "no modifier of the line (none) is on the policy's list")
UNBORN = (False, "the patient's date of birth is not known")


GRAMS_OF_100_000_POUNDS = 45_359_237
"""The international pound, exactly."""


def age_years(minimum: int | None, maximum: int | None) -> Condition:
    """The patient's completed years on the line's day lie within the bounds, both included."""
    asked = _bounds(minimum, maximum, str)

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        born = _birth_date(case)
        if line.from_date is None:
            return UNDATED
        if born is None:
            return UNBORN
        years = age_in_years(born, line.from_date)
        fact = f"the patient is {years} years old on {line.from_date}; the policy asks for {asked}"
        return _within(years, minimum, maximum), fact

    return holds


def age_days(minimum: int | None, maximum: int | None) -> Condition:
    """The patient's age in days on the line's day lies within the bounds, both included; the day of birth is day 0."""
    asked = _bounds(minimum, maximum, str)

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        born = _birth_date(case)
        if line.from_date is None:
            return UNDATED
        if born is None:
            return UNBORN
        days = (line.from_date - born).days
        return _within(days, minimum, maximum), (
            f"the patient is {counted(days, 'day')} old on {line.from_date}; the policy asks for {asked}"
        )

    return holds


def sex(wanted: Sex) -> Condition:
    """The patient's sex, as our membership file has it; where that does not know it, as the claim gives it."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        on_file = case.member is not None and case.member.sex is not Sex.UNKNOWN
        found = case.member.sex if case.member is not None and on_file else case.claim.treated.sex
        where = "on file" if on_file else "on the claim (DMG03)"
        return found is wanted, f"the patient's sex {where} is {found.value}; the policy asks for {wanted.value}"

    return holds


def weight_grams(minimum: int | None, maximum: int | None) -> Condition:
    """The patient's weight, as the claim gives it in pounds, lies within the bounds in grams, both included."""
    asked = _bounds(minimum, maximum, str)

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        pounds_thousandths = case.claim.patient_weight_thousandths
        if pounds_thousandths is None:
            return False, "the claim gives no patient's weight (PAT08)"
        grams = half_up_quotient(pounds_thousandths * GRAMS_OF_100_000_POUNDS, 100_000_000)
        fact = f"the patient weighs {grams} grams ({quantity_text(pounds_thousandths)} pounds); the policy asks for {asked}"
        return _within(grams, minimum, maximum), fact

    return holds


def diagnoses(codes: CodeSet) -> Condition:
    """Any diagnosis that the line points at is listed."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        pointed = case.claim.diagnoses_of(line)
        listed = [code for code in pointed if code in codes]
        if listed:
            return True, f"diagnosis {listed[0]} of the line is on the policy's list"
        if not pointed:
            return False, "the line points at no diagnosis"
        return False, f"no diagnosis of the line ({', '.join(pointed)}) is on the policy's list"

    return holds


def primary_diagnosis(codes: CodeSet) -> Condition:
    """The first diagnosis that the line points at is listed."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        pointed = case.claim.diagnoses_of(line)
        if not pointed:
            return False, "the line points at no diagnosis"
        listed = pointed[0] in codes
        return listed, f"diagnosis {pointed[0]}, the line's first, is {'' if listed else 'not '}on the policy's list"

    return holds


def claim_diagnoses(codes: CodeSet) -> Condition:
    """Any diagnosis of the claim is listed, whether the line points at it or not."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        for diagnosis in case.claim.diagnoses:
            if diagnosis.code in codes:
                return True, f"diagnosis {diagnosis.code} of the claim is on the policy's list"
        return False, "no diagnosis of the claim is on the policy's list"

    return holds


def procedures(codes: CodeSet) -> Condition:
    """The line's procedure is listed."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        listed = line.procedure in codes
        return listed, f"procedure {line.procedure} is {'' if listed else 'not '}on the policy's list"

    return holds


def modifiers(codes: CodeSet) -> Condition:
    """Any modifier of the line is listed."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        if not line.modifiers:
            return UNMODIFIED
        listed = [modifier for modifier in line.modifiers if modifier in codes]
        if listed:
            return True, f"modifier {listed[0]} is on the policy's list"
        return False, f"no modifier of the line ({', '.join(line.modifiers)}) is on the policy's list"

    return holds


def places(codes: CodeSet) -> Condition:
    """The line's place of service is listed."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        listed = line.place_of_service in codes
        return listed, f"place of service {line.place_of_service} is {'' if listed else 'not '}on the policy's list"

    return holds


def units(minimum_thousandths: int | None, maximum_thousandths: int | None) -> Condition:
    """The line's quantity, in thousandths of a unit, lies within the bounds, both included."""
    asked = _bounds(minimum_thousandths, maximum_thousandths, quantity_text)

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        if line.unit_basis is not UnitBasis.UNITS:
            return _no_units(line)
        fact = f"the line bills {quantity_text(line.quantity_thousandths)} units; the policy asks for {asked}"
        return _within(line.quantity_thousandths, minimum_thousandths, maximum_thousandths), fact

    return holds


def units_per_day(minimum_thousandths: int | None, maximum_thousandths: int | None) -> Condition:
    """The line's quantity, shared among the days from its first through its last, lies within the bounds, both included."""
    asked = _bounds(minimum_thousandths, maximum_thousandths, quantity_text)

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        count = _days(line)
        if count is None:
            return UNDATED
        if line.unit_basis is not UnitBasis.UNITS:
            return _no_units(line)
        held = _within(
            line.quantity_thousandths,
            None if minimum_thousandths is None else minimum_thousandths * count,
            None if maximum_thousandths is None else maximum_thousandths * count,
        )
        return held, (
            f"the line bills {counted_thousandths(line.quantity_thousandths, 'unit')} for {counted(count, 'day')}; "
            f"the policy asks for {asked} a day"
        )

    return holds


def days(minimum: int | None, maximum: int | None) -> Condition:
    """The days from the line's first through its last lie within the bounds, both included."""
    asked = _bounds(minimum, maximum, str)

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        count = _days(line)
        if count is None:
            return UNDATED
        return _within(count, minimum, maximum), (
            f"the line spans {counted(count, 'day')}; the policy asks for {asked}"
        )

    return holds


def charge(minimum_cents: int | None, maximum_cents: int | None) -> Condition:
    """The line's charge, in cents, lies within the bounds, both included."""
    asked = _bounds(minimum_cents, maximum_cents, dollars)

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        fact = f"the line charges {dollars(line.charge_cents)}; the policy asks for {asked}"
        return _within(line.charge_cents, minimum_cents, maximum_cents), fact

    return holds


def plan(paths: frozenset[str]) -> Condition:
    """The patient's plan on the line's day is one of these documents."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        if line.from_date is None:
            return UNDATED
        coverage = case.coverage_on(line.from_date)
        listed = coverage is not None and coverage.plan in paths
        return listed, f"the patient's plan on {line.from_date} is {'' if listed else 'not '}one that the policy names"

    return holds


def network(inside: bool) -> Condition:
    """The billing provider is in network, or out of it, for the patient's plan on the line's day; a protected line is in it."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        if line.from_date is None:
            return UNDATED
        terms = terms_of(case, policies, line)
        if terms is None:
            return False, f"the patient's plan on {line.from_date} is not known"
        within = terms.tier == "in_network"
        told = f"the provider is {'in' if within else 'out of'} network for the patient's plan on {line.from_date}"
        if terms.protected:
            told = f"the law has the line treated as in network for the patient's plan on {line.from_date}"
        return within is inside, told

    return holds


def provider(kinds: frozenset[ProviderKind]) -> Condition:
    """Our provider file has the rendering provider as one of these kinds."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        record = case.provider(line.rendering.npi)
        if record is None:
            return False, "our provider file does not know the rendering provider"
        return record.kind in kinds, f"our provider file has the rendering provider as a {record.kind.value}"

    return holds


def specialty(prefixes: tuple[str, ...]) -> Condition:
    """The rendering provider's taxonomy begins with one of these: that of the claim, else any on our provider file."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        taxonomies = case.taxonomies_of(line)
        if not taxonomies:
            return False, "the rendering provider's taxonomy is neither on the claim nor on our provider file"
        for taxonomy in taxonomies:
            if taxonomy.startswith(prefixes):
                return True, f"the rendering provider's taxonomy {taxonomy} is on the policy's list"
        return False, f"the rendering provider's taxonomy {', '.join(taxonomies)} is not on the policy's list"

    return holds


def authorization() -> Condition:
    """An authorization on file covers the line: this procedure on this day, for this billing provider or for any."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        day = line.from_date
        if day is None:
            return UNDATED
        days = Span(day, max(day, line.through_date or day))
        found = any(
            not approval.referral
            and approval.approves(line.procedure, days, case.claim.billing.tax_id, line.rendering.npi)
            for approval in case.authorizations
        )
        return found, f"{'an' if found else 'no'} authorization on file covers procedure {line.procedure} on {day}"

    return holds


def emergency() -> Condition:
    """The line was given in an emergency, as the claim says (SV109)."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        return line.emergency, f"the line is {'' if line.emergency else 'not '}sent as an emergency (SV109)"

    return holds


def claim_gives(facts: tuple[str, ...]) -> Condition:
    """The claim gives all of these facts for the line."""
    asked = [CLAIM_FACTS[fact] for fact in facts]
    all_given = f"the claim gives the {' and the '.join(name for name, _ in asked)}"

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        missing = [name for name, read in asked if not read(case.claim, line)]
        if not missing:
            return True, all_given
        return False, f"the claim gives no {' and no '.join(missing)} for line {line.number}"

    return holds


def never(codes: CodeSet) -> Condition:
    """No listed service was ever paid for the patient, on whichever day, nor stands earlier on this claim."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        if line.from_date is None:
            return UNDATED
        for other in services_around(case, line, line.from_date, codes, EVER, standing):
            return False, f"such a service is on record for {other.from_date}"
        return True, "no such service is on record"

    return holds


def none_since(codes: CodeSet, look_back: LookBack) -> Condition:
    """No listed service was paid within the look-back on either side of the line's day, nor stands earlier on this claim."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        day = line.from_date
        if day is None:
            return UNDATED
        others = services_around(case, line, day, codes, look_back, standing)
        days = sorted(other.from_date for other in others)
        if not days:
            return True, f"no such service within {look_back} before or after {day}"
        side = "after" if days[0] > day else "before" if days[-1] <= day else "before and after"
        return False, (
            f"such a service was already given within {look_back} {side} {day}; "
            f"the next is covered from {look_back.free_again(days[-1])}"
        )

    return holds


def at_most_visits(count: int, codes: CodeSet, look_back: LookBack) -> Condition:
    """In no stretch of the look-back with this line do listed services take more than so many days, each counted once."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        day = line.from_date
        if day is None:
            return UNDATED
        own = set(_each_day(day, line.through_date or day))
        others = services_around(case, line, day, codes, look_back, standing)
        visits, end = _most(
            (len(own.union(*(_each_day(other.from_date, other.through_date) for other in within))), end)
            for end, within in stretches(day, others, look_back)
        )
        this = f"this is visit {visits}" if end == day else f"with this line {counted(visits, 'visit')} fall"
        return visits <= count, f"{this} within {look_back} up to {end}; the policy covers {count}"

    return holds


def at_most_units(count_thousandths: int, codes: CodeSet, look_back: LookBack) -> Condition:
    """In no stretch of the look-back with this line more than so many thousandths of a unit of listed services."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        day = line.from_date
        if day is None:
            return UNDATED
        own_thousandths = standing.get(line.number, line.quantity_thousandths)
        others = services_around(case, line, day, codes, look_back, standing)
        used_thousandths, end = _most(
            (own_thousandths + sum(other.quantity_thousandths for other in within), end)
            for end, within in stretches(day, others, look_back)
        )
        fact = (
            f"with this line {quantity_text(used_thousandths)} units fall within {look_back} up to {end}; "
            f"the policy covers {quantity_text(count_thousandths)}"
        )
        return used_thousandths <= count_thousandths, fact

    return holds


def all_of(conditions: tuple[Condition, ...]) -> Condition:
    """Every one holds. The fact tells those that do not, or all when all do."""
    only, *more = conditions
    if not more:
        return only

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        answers = [condition(case, policies, line, standing) for condition in conditions]
        failed = [fact for held, fact in answers if not held]
        return not failed, "; ".join(failed or [fact for _, fact in answers])

    return holds


def first_of(conditions: tuple[Condition, ...]) -> Condition:
    """Every one holds. The fact tells the first that does not, and no further one is asked; or all when all do."""
    only, *more = conditions
    if not more:
        return only

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        facts = []
        for condition in conditions:
            held, fact = condition(case, policies, line, standing)
            if not held:
                return False, fact
            facts.append(fact)
        return True, "; ".join(facts)

    return holds


def any_of(conditions: tuple[Condition, ...]) -> Condition:
    """At least one holds. The fact tells the first that does, or all when none does."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        facts = []
        for condition in conditions:
            held, fact = condition(case, policies, line, standing)
            if held:
                return True, fact
            facts.append(fact)
        return False, "; ".join(facts)

    return holds


def none_of(condition: Condition) -> Condition:
    """The condition does not hold; the fact is its fact."""

    def holds(case: Case, policies: PolicySet, line: Line, standing: Standing) -> tuple[bool, str]:
        held, fact = condition(case, policies, line, standing)
        return not held, fact

    return holds


def _birth_date(case: Case) -> dt.date | None:
    return case.member.birth_date if case.member else case.claim.treated.birth_date


def _most(used: Iterable[tuple[int, dt.date]]) -> tuple[int, dt.date]:
    """The fullest of some stretches: what is used of it, and its last day; of several the first."""
    return max(used, key=lambda stretch: stretch[0])


def _each_day(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The days from the first through the last, the first in any case."""
    return map(dt.date.fromordinal, range(first.toordinal(), max(first, last).toordinal() + 1))


def _days(line: Line) -> int | None:
    """From the line's first day through its last, both counted; None when it is undated."""
    first = line.from_date
    return None if first is None else ((line.through_date or first) - first).days + 1


def _no_units(line: Line) -> tuple[bool, str]:
    return False, f"the line counts {line.unit_basis.value}, not units"


def _within(value: int, minimum: int | None, maximum: int | None) -> bool:
    return (minimum is None or minimum <= value) and (maximum is None or value <= maximum)


def _bounds(minimum: int | None, maximum: int | None, written: Callable[[int], str]) -> str:
    if minimum is not None and maximum is not None:
        return f"{written(minimum)} through {written(maximum)}"
    if minimum is not None:
        return f"at least {written(minimum)}"
    assert maximum is not None  # one of them is written
    return f"at most {written(maximum)}"
