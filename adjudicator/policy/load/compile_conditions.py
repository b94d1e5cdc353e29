"""Conditions as they are written, turned into functions once, at load."""

from collections.abc import Callable, Iterator

from adjudicator.model.case import CertificateLevel, ElsewhereKind, ProviderKind
from adjudicator.model.claim import Sex, UnitBasis
from adjudicator.policy import conditions, file_conditions, service_conditions
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.document import Condition
from adjudicator.policy.load.condition_documents import Condition as ConditionText
from adjudicator.policy.load.condition_documents import EarlierServices
from adjudicator.policy.look_backs import EVER, LookBack

LEVELS = {
    "waived": CertificateLevel.WAIVER,
    "microscopy": CertificateLevel.MICROSCOPY,
    "every-test": CertificateLevel.FULL,
}
"""What a laboratory certificate is for, as documents say it."""
Codes = Callable[[tuple[str, ...], str], CodeSet]
"""A list of codes as it is written, and their kind, turned into a set."""


def compile_condition(text: ConditionText, codes: Codes) -> Condition:
    """The words of a condition, all of which must hold, as one function."""
    return conditions.all_of(tuple(_words(text, codes)))


def compile_when(text: ConditionText, codes: Codes) -> Condition:
    """The same for where a rule applies: most lines fall out at the first word, and no further one is asked."""
    return conditions.first_of(tuple(_words(text, codes)))


def needed_modifiers(text: ConditionText) -> tuple[str, ...]:
    """Modifiers, as they are written, of which the line must have one for a condition to hold; empty where none are needed."""
    return text.modifiers or next((needed for part in text.all_ or () if (needed := needed_modifiers(part))), ())


def needed_diagnoses(text: ConditionText) -> tuple[str, ...]:
    """Diagnoses, as they are written, of which the claim must have one for a condition to hold; empty where none are needed."""
    own = text.claim_diagnoses or text.diagnoses or text.primary_diagnosis
    return own or next((needed for part in text.all_ or () if (needed := needed_diagnoses(part))), ())


def look_backs(text: ConditionText, codes: Codes) -> Iterator[tuple[CodeSet, LookBack]]:
    """Which earlier services a condition counts, and how far back."""
    if text.never:
        yield codes(text.never, "procedures"), EVER
    for services in (text.none_since, text.at_most):
        if services:
            yield codes(services.procedures, "procedures"), _look_back(services)
    for part in (*(text.all_ or ()), *(text.any_ or ()), *((text.not_,) if text.not_ else ())):
        yield from look_backs(part, codes)


def _words(text: ConditionText, codes: Codes) -> Iterator[Condition]:
    if text.procedures:
        yield conditions.procedures(codes(text.procedures, "procedures"))
    if text.modifiers:
        yield conditions.modifiers(codes(text.modifiers, "modifiers"))
    if text.places:
        yield conditions.places(codes(text.places, "places"))
    if text.age_years:
        yield conditions.age_years(text.age_years.min, text.age_years.max)
    if text.age_days:
        yield conditions.age_days(text.age_days.min, text.age_days.max)
    if text.sex:
        yield conditions.sex(Sex(text.sex))
    if text.weight_grams:
        yield conditions.weight_grams(text.weight_grams.min, text.weight_grams.max)
    if text.diagnoses:
        yield conditions.diagnoses(codes(text.diagnoses, "diagnoses"))
    if text.primary_diagnosis:
        yield conditions.primary_diagnosis(codes(text.primary_diagnosis, "diagnoses"))
    if text.claim_diagnoses:
        yield conditions.claim_diagnoses(codes(text.claim_diagnoses, "diagnoses"))
    if text.units:
        yield conditions.units(text.units.min, text.units.max)
    if text.units_per_day:
        yield conditions.units_per_day(text.units_per_day.min, text.units_per_day.max)
    if text.days:
        yield conditions.days(text.days.min, text.days.max)
    if text.charge:
        yield conditions.charge(text.charge.min, text.charge.max)
    if text.plan:
        yield conditions.plan(frozenset(text.plan))
    if text.network:
        yield conditions.network(text.network == "in")
    if text.provider:
        yield conditions.provider(frozenset(ProviderKind(kind) for kind in text.provider))
    if text.specialty:
        yield conditions.specialty(text.specialty)
    if text.authorization:
        yield conditions.authorization()
    yield from _words_of_files(text)
    yield from _words_of_services(text, codes)
    if text.emergency:
        yield conditions.emergency()
    if text.claim_gives:
        yield conditions.claim_gives(text.claim_gives)
    if text.never:
        yield conditions.never(codes(text.never, "procedures"))
    if text.none_since:
        yield conditions.none_since(codes(text.none_since.procedures, "procedures"), _look_back(text.none_since))
    if text.at_most:
        count, window = text.at_most.count, _look_back(text.at_most)
        if text.at_most.counting == "visits":
            yield conditions.at_most_visits(count // 1000, codes(text.at_most.procedures, "procedures"), window)
        else:
            yield conditions.at_most_units(count, codes(text.at_most.procedures, "procedures"), window)
    if text.all_:
        yield conditions.all_of(tuple(compile_condition(part, codes) for part in text.all_))
    if text.any_:
        yield conditions.any_of(tuple(compile_condition(part, codes) for part in text.any_))
    if text.not_:
        yield conditions.none_of(compile_condition(text.not_, codes))


def _words_of_files(text: ConditionText) -> Iterator[Condition]:
    if text.known:
        yield file_conditions.known(text.known)
    if text.eligible:
        yield file_conditions.eligible(text.eligible)
    if text.certified_for:
        yield file_conditions.certified_for(LEVELS[text.certified_for])
    if text.elsewhere:
        yield file_conditions.elsewhere(frozenset(ElsewhereKind(kind) for kind in text.elsewhere))
    if text.primary_care:
        yield file_conditions.primary_care()
    if text.preexisting:
        yield file_conditions.preexisting()


def _words_of_services(text: ConditionText, codes: Codes) -> Iterator[Condition]:
    if text.counts:
        yield service_conditions.counts(UnitBasis(text.counts))
    if text.drug_codes:
        yield service_conditions.drug_codes(codes(text.drug_codes, "drugs"))
    if text.drug_units:
        yield service_conditions.drug_units(frozenset(text.drug_units))
    if text.abroad:
        yield service_conditions.abroad()
    if text.same_day:
        asked = text.same_day
        listed = codes(asked.procedures, "procedures") if asked.procedures else None
        yield service_conditions.same_day(listed, asked.different, asked.provider, asked.practitioner, asked.on)


def _look_back(services: EarlierServices) -> LookBack:
    return LookBack(days=services.days or 0, months=services.months or 0)
