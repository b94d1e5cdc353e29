"""Every check that a claim passes, by stage, in the order in which they decide (domain/02 section 2).

One check is one function: it receives the case, the policies and ``standing`` (the lines that no earlier stage denied, and
what the cuts have left of each) and yields findings; what a finding answers (deny, pend, reject, with which codes) stands in
the policy's guidance documents under the rule names listed beside the function. An edit holds no amounts, day counts or
code lists.

To add one: write the function in its stage's module, add its line here (name, row, rules, what it needs), answer its
rules in ``policies/*/guidance``, and put examples on both sides of its boundary beside that document and into
``tests/engine/test_edits.py``. ``make generate`` then writes it into the edit catalogue.
"""

from collections.abc import Callable, Iterable

import msgspec

from adjudicator.edits import (
    add_ons,
    benefit,
    bundling,
    coding_tables,
    coordination,
    data,
    duplicates,
    eligibility,
    exclusive,
    filing,
    front_end,
    indicators,
    modifier_sets,
    other_coverage,
    provider,
    shared_care,
    surgery,
    surprise_billing,
    unit_limits,
    unsupported,
    utilization,
    visits,
)
from adjudicator.model.case import Case
from adjudicator.model.decision import Finding
from adjudicator.model.standing import Standing
from adjudicator.policy.policy_set import PolicySet

Check = Callable[[Case, PolicySet, Standing], Iterable[Finding]]


NEEDS = (
    "authorization lists",
    "add-on codes",
    "authorizations",
    "code editing",
    "code table diagnoses",
    "code table modifiers",
    "code table places",
    "code table procedures",
    "coding policies",
    "coding tables",
    "contract",
    "fee schedule",
    "history",
    "medical policies",
    "membership file",
    "original claim",
    "other coverage",
    "payer",
    "payment rules",
    "plan",
    "procedure indicators",
    "procedure pairs",
    "provider file",
    "unit limits",
)
"""Names of the data that an edit may need besides the claim; new data gets its name here."""
GUIDE = "X12 837 guides 005010X222A1 and 005010X223A2"
NCCI = "National Correct Coding Initiative (CMS), policy manual chapter 1 and quarterly edit files"
CARE_RULES = "Medicare Claims Processing Manual, chapter 12, section {}"
FEE_SCHEDULE = "Physician fee schedule relative value file (CMS), indicators of each procedure"
CODE_SETS = "45 CFR 162.1002 (medical code sets)"


class Edit(msgspec.Struct, frozen=True):
    """One check, as the edit catalogue tells it; the first sentence of the function's docstring is its meaning."""

    name: str
    """A short trade name."""
    number: str
    """Its rows in domain/02 section 3; empty for what this version cannot adjudicate."""
    check: Check
    rules: tuple[str, ...] = ()
    """The engine's rules that it may answer with."""
    documents: str = ""
    """The folder of the policy documents with whose own rules it answers, where it does: ``coverage``."""
    needs: tuple[str, ...] = ()
    """The data that it reads besides the claim, in the trade's words: ``membership file``, ``code table procedures`` ..."""
    source: str = ""
    """The public rule or standard behind it, where there is one."""


class Stage(msgspec.Struct, frozen=True):
    """Edits that decide together: none of them sees another's denials, all of the next stage do."""

    name: str
    edits: tuple[Edit, ...]
    beside_what_is_paid: bool = False
    """Whether its edits ask which other lines of the claim are paid."""


EDITS: tuple[Stage, ...] = (
    Stage(
        "front end",
        (
            Edit(
                "Submitter enrolled", "A2", front_end.submitter, ("submitter.not-enrolled",), needs=("provider file",)
            ),
            Edit("Number of lines", "A1", front_end.claim_shape, ("claim-shape.lines",), source=GUIDE),
            Edit(
                "Totals out of balance",
                "A4",
                front_end.claim_balance,
                ("claim-balance.total", "claim-balance.negative"),
                source=GUIDE,
            ),
            Edit(
                "Billing NPI",
                "A5",
                front_end.billing_npi,
                ("billing-npi.missing", "billing-npi.invalid"),
                source="45 CFR 162.406 (provider identifier with check digit)",
            ),
            Edit(
                "Rendering NPI",
                "A6",
                front_end.rendering_npi,
                ("rendering-npi.invalid",),
                source="45 CFR 162.406 (provider identifier with check digit)",
            ),
            Edit(
                "Billing tax id",
                "A7",
                front_end.billing_tax_id,
                ("billing-tax-id.missing", "billing-tax-id.invalid"),
                source=GUIDE,
            ),
            Edit("Wrong payer", "A8", front_end.wrong_payer, ("wrong-payer",), needs=("payer",)),
            Edit("Misrouted product", "A8", front_end.misrouted_product, ("misrouted-product",), needs=("payer",)),
            Edit(
                "Original of a replacement or void",
                "A9",
                front_end.original_claim,
                ("replacement.original-missing", "replacement.original-unknown"),
                needs=("original claim",),
                source=GUIDE,
            ),
            Edit(
                "Dates of service",
                "A14",
                front_end.service_dates,
                ("service-date.missing", "service-date.future", "service-date.reversed"),
                source=GUIDE,
            ),
            Edit("Units", "F11", front_end.quantity, ("quantity.not-positive",), source=GUIDE),
            Edit(
                "Form of codes and pointers",
                "F1 F2 F5",
                front_end.code_shapes,
                ("procedure.malformed", "modifier.malformed", "diagnosis.malformed", "diagnosis-pointer"),
                source=CODE_SETS,
            ),
        ),
    ),
    Stage(
        "provider",
        (
            Edit(
                "Tax id and NPI belong together",
                "A7",
                provider.billing_provider,
                ("billing-provider.mismatch",),
                needs=("provider file",),
            ),
            Edit("Form of the claim", "B14", provider.claim_form, ("wrong-form",), needs=("provider file",)),
            Edit(
                "Billing provider enrolled",
                "B1",
                provider.enrolled,
                ("billing-provider.not-enrolled",),
                needs=("provider file",),
            ),
            Edit(
                "Rendering provider enrolled",
                "B3",
                provider.rendering_enrolled,
                ("rendering-provider.not-enrolled",),
                needs=("provider file",),
            ),
            Edit(
                "Excluded from payment",
                "B2",
                provider.sanctioned,
                ("provider.sanctioned",),
                needs=("provider file",),
                source="42 CFR 1001.1901 (effect of exclusion)",
            ),
            Edit(
                "Rendering provider named",
                "A6",
                provider.rendering_named,
                ("rendering-npi.missing",),
                needs=("provider file",),
            ),
            Edit(
                "Rendering provider on the roster",
                "B7",
                provider.rendering_on_roster,
                ("rendering-provider.not-on-roster",),
                needs=("provider file", "payer"),
            ),
            Edit(
                "Care for oneself or a relative",
                "B12",
                provider.relative,
                ("provider.relative",),
                needs=("provider file", "membership file"),
                source="42 CFR 411.12 (charges by an immediate relative)",
            ),
        ),
    ),
    Stage(
        "person",
        (
            Edit(
                "Member identified",
                "C1 C6",
                eligibility.member,
                (
                    "member.not-found",
                    "member.ambiguous",
                    "member.birth-date",
                    "member.name",
                    "newborn.not-enrolled",
                    "newborn.no-cover",
                ),
                needs=("membership file", "plan"),
            ),
            Edit(
                "Birth, death and custody",
                "C10",
                eligibility.life_events,
                ("patient.deceased", "patient.not-born", "patient.in-custody"),
                needs=("membership file",),
            ),
            Edit(
                "Identity theft",
                "C10",
                eligibility.identity,
                ("patient.identity-theft",),
                needs=("membership file",),
            ),
        ),
    ),
    Stage(
        "eligibility",
        (
            Edit(
                "Covered on the date of service",
                "C2 C3 C4 C5",
                eligibility.coverage,
                ("coverage.not-yet", "coverage.ended", "coverage.gap", "coverage.none", "coverage.partly"),
                needs=("membership file",),
            ),
            Edit(
                "Waiting period and requirements",
                "C7",
                eligibility.requirements,
                ("coverage.waiting", "coverage.not-eligible", "coverage.not-resident"),
                needs=("membership file", "plan"),
            ),
            Edit(
                "Premium",
                "C8",
                eligibility.premium,
                ("coverage.premium-grace", "coverage.premium-overdue"),
                needs=("membership file", "plan"),
                source="45 CFR 156.270 (termination of coverage, grace period)",
            ),
            Edit(
                "Care that somebody else covers",
                "C11",
                eligibility.care_elsewhere,
                ("elsewhere.managed-care", "elsewhere.other-plan", "elsewhere.hospice"),
                needs=("membership file", "payer"),
            ),
            Edit(
                "Dependents",
                "C6",
                eligibility.dependents,
                ("dependent.no-cover", "dependent.over-age"),
                needs=("membership file", "plan"),
            ),
        ),
    ),
    Stage(
        "filing",
        (
            Edit(
                "Filing limit",
                "D1, D2",
                filing.filing_limit,
                ("filing-limit.late", "filing-limit.delay-reason", "filing-limit.after-earlier-payer"),
                needs=("membership file", "plan"),
            ),
        ),
    ),
    Stage(
        "duplicates",
        (
            Edit(
                "Exact duplicate",
                "D4",
                duplicates.exact_duplicate,
                ("exact-duplicate",),
                needs=("membership file", "history", "payer"),
                source="Medicare Claims Processing Manual, chapter 1, section 120 (duplicate claims)",
            ),
            Edit(
                "Suspect duplicate",
                "D5",
                duplicates.suspect_duplicate,
                ("suspect-duplicate",),
                needs=("membership file", "history", "payer"),
                source="Medicare Claims Processing Manual, chapter 1, section 120 (duplicate claims)",
            ),
        ),
    ),
    Stage(
        "coordination",
        (
            Edit(
                "Order of payers",
                "E1",
                coordination.order_of_payers,
                ("unsupported.earlier-payer",),
                needs=("membership file", "plan"),
            ),
            Edit(
                "Results of earlier payers",
                "E1-E3",
                coordination.results_of_earlier_payers,
                (
                    "earlier-payer.no-result",
                    "earlier-payer.one-missing",
                    "earlier-payer.incomplete",
                    "earlier-payer.undated",
                ),
                needs=("payer",),
            ),
            Edit(
                "Reasons of an earlier payer",
                "E6",
                coordination.reasons_of_earlier_payers,
                ("earlier-payer.rules-not-followed", "unsupported.earlier-payer-reason"),
                needs=("payer",),
            ),
            Edit("Work or accident", "E4", coordination.accident, ("accident",), needs=("payer",)),
            Edit(
                "Order by other coverage on file",
                "E1 E5 E8 E9",
                other_coverage.order_by_facts,
                other_coverage.RULES,
                needs=("other coverage", "membership file", "plan", "payer"),
                source="NAIC model regulation 120, section 6; Medicare Secondary Payer: 42 CFR 411.20-411.206",
            ),
            Edit(
                "Liable payer on file",
                "E4",
                other_coverage.liable_by_facts,
                other_coverage.LIABLE_RULES,
                needs=("other coverage", "plan", "payer"),
                source="42 CFR 411.40-411.54 (workers' compensation, no-fault and liability insurance)",
            ),
        ),
    ),
    Stage(
        "data",
        (
            Edit(
                "Coding tables in force",
                "",
                coding_tables.tables_in_force,
                coding_tables.RULES,
                needs=("coding tables",),
            ),
            Edit(
                "Procedure in force",
                "F1",
                data.procedure_valid,
                ("procedure.missing", "procedure.not-valid"),
                needs=("code table procedures",),
                source=CODE_SETS,
            ),
            Edit(
                "Diagnosis in force and specific",
                "F5",
                data.diagnosis_valid,
                ("diagnosis.missing", "diagnosis.not-valid", "diagnosis.not-specific"),
                needs=("code table diagnoses",),
                source=CODE_SETS,
            ),
            Edit(
                "Place of service in force",
                "B13",
                data.place_valid,
                ("place.not-valid",),
                needs=("code table places",),
                source="CMS place of service code set",
            ),
            Edit(
                "Modifier in force",
                "F2",
                data.modifier_valid,
                ("modifier.not-valid",),
                needs=("code table modifiers",),
                source=CODE_SETS,
            ),
            Edit("Units of service", "F11", data.units, ("units.basis", "units.fractional"), needs=("payer",)),
            Edit(
                "Date and state of an accident",
                "F17",
                data.accident_facts,
                ("accident.date-missing", "accident.state-missing", "accident.date-after-service"),
                needs=("payer",),
                source=GUIDE,
            ),
            Edit(
                "Dates before the service",
                "F17",
                data.earlier_dates,
                ("last-menstrual-period.after-service", "last-seen.after-service"),
                source=GUIDE,
            ),
            Edit(
                "Coding policies",
                "B5 B10 B13 D6 F3 F4 F6 F7 F8 F9 F10 F11 F12 F13 F14 F17 F18 I17 I19 I20",
                data.coding_rules,
                documents="coding",
                needs=("coding policies", "history", "membership file", "provider file"),
            ),
        ),
    ),
    Stage(
        "routing",
        (
            Edit(
                "Capitated services",
                "G1",
                benefit.capitated,
                documents="contracts",
                needs=("contract", "membership file", "provider file"),
            ),
        ),
    ),
    Stage(
        "benefit",
        (
            Edit(
                "Covered in the network tier",
                "B8",
                benefit.covered_in_tier,
                ("not-covered-in-tier", "not-in-narrow-network"),
                needs=("membership file", "plan", "provider file"),
            ),
            Edit(
                "Protected from surprise bills",
                "B8 J2",
                surprise_billing.protected,
                (*surprise_billing.CASES, *surprise_billing.WAITS),
                needs=("membership file", "plan", "provider file", "payer", "contract", "code table places"),
                source="45 CFR 149.110-149.130, 149.410-149.440 (No Surprises Act)",
            ),
            Edit(
                "Excluded by the plan",
                "G2 G3 G5 G6 G8 G13",
                benefit.excluded,
                documents="plans",
                needs=("history", "membership file", "plan", "provider file"),
            ),
        ),
    ),
    Stage(
        "utilization management",
        (
            Edit(
                "Prior authorization and referral",
                "B9 H1 H2 H4 H5 H6",
                utilization.approval_on_file,
                (
                    "authorization.exception",
                    "authorization.expired",
                    "authorization.late",
                    "authorization.late-penalty",
                    "authorization.number-format",
                    "authorization.number-missing",
                    "authorization.other-provider",
                    "authorization.other-service",
                    "authorization.refused",
                ),
                documents="authorization",
                needs=("authorization lists", "authorizations"),
            ),
            Edit(
                "Medical policies",
                "B3 B4 B9 G4 G6 G7 G11 G15 G16 G17 H7 H8 H9 H10 H11 H12 H13 I18",
                utilization.coverage_criteria,
                documents="coverage",
                needs=("medical policies", "membership file", "authorizations", "history"),
            ),
        ),
    ),
    Stage(
        # A line that is denied for its units can be paid no more, so it takes no part of it with it.
        "units of service",
        (
            Edit(
                "Unit limits",
                "I4",
                unit_limits.unit_limits,
                ("unit-limit.line", "unit-limit.day", "unit-limit.day-benchmark"),
                needs=("code editing", "unit limits", "history", "plan", "provider file"),
                source=NCCI,
            ),
        ),
    ),
    Stage(
        "coding",
        (
            Edit(
                "New patient",
                "I14",
                visits.new_patient,
                ("new-patient.known", "new-patient.other-waits", "new-patient.was-paid"),
                needs=("code editing", "history"),
                source=CARE_RULES.format("30.6.7"),
            ),
            Edit(
                "Status in the fee schedule",
                "I3 I21 I22",
                indicators.status,
                tuple(rule for rule, _ in indicators.STATUS_RULES.values()),
                needs=("code editing", "procedure indicators", "plan"),
                source=FEE_SCHEDULE,
            ),
            Edit(
                "Modifiers of the fee schedule",
                "I8 I9 I10 I12",
                indicators.modifiers_fit,
                (
                    "assistant-surgeon.not-allowed",
                    "co-surgeon.not-allowed",
                    "surgical-team.not-allowed",
                    "both-sides.not-allowed",
                    "component.not-allowed",
                    "indicator.documentation",
                    "indicator.unknown",
                ),
                needs=("code editing", "procedure indicators"),
                source=FEE_SCHEDULE,
            ),
            Edit(
                "Contradictory modifiers",
                "I11",
                modifier_sets.contradictory,
                ("modifiers.contradictory",),
                needs=("contract", "payment rules"),
                source=CARE_RULES.format("20 (fee schedule) and 40 (global surgery)"),
            ),
            Edit(
                "Technical part in a facility",
                "I13",
                indicators.technical_part_in_facility,
                ("technical-part.in-facility", "technical-part.inpatient"),
                needs=("code editing", "procedure indicators", "provider file"),
                source=FEE_SCHEDULE,
            ),
        ),
    ),
    Stage(
        # What the coding itself denies can be paid no more, so it takes no part of it with it.
        "pairs of services",
        (
            Edit(
                "Part of another service",
                "I1",
                bundling.bundled,
                ("bundled.always", "bundled.unless-modified", "bundled.other-waits", "bundled.part-was-paid"),
                needs=("code editing", "procedure pairs", "history"),
                source=NCCI,
            ),
        ),
        beside_what_is_paid=True,
    ),
    Stage(
        # What the publisher's pairs deny can be paid no more, so the payer's own take nothing beside it.
        "exclusive services",
        (
            Edit(
                "Mutually exclusive services",
                "I2",
                exclusive.mutually_exclusive,
                exclusive.RULES,
                needs=("code editing", "history"),
            ),
        ),
        beside_what_is_paid=True,
    ),
    Stage(
        # Visits fall beside what is paid, so operations and visits that the coding itself denies take nothing with them.
        "beside other care",
        (
            Edit(
                "Care around an operation",
                "I6 I16",
                surgery.global_surgery,
                surgery.RULES,
                needs=("code editing", "procedure indicators", "history"),
                source=CARE_RULES.format("40 (global surgery)"),
            ),
            Edit(
                "One visit a day",
                "I15",
                visits.one_visit_a_day,
                ("visit.second", "visit.other-waits"),
                needs=("code editing", "history"),
                source=CARE_RULES.format("30.6.5 (physicians in group practice)"),
            ),
            Edit(
                "Part of a test beside the whole",
                "I12",
                indicators.part_beside_whole,
                (
                    "component.part-of-whole",
                    "component.billed-by-another",
                    "component.other-waits",
                    "component.was-paid",
                ),
                needs=("code editing", "procedure indicators", "history"),
                source=FEE_SCHEDULE,
            ),
            Edit(
                "Paid only by itself",
                "I3",
                indicators.bundled_beside_payable,
                ("status.beside-another", "status.other-waits", "status.part-was-paid"),
                needs=("code editing", "procedure indicators", "history"),
                source=FEE_SCHEDULE,
            ),
            Edit(
                "Operation shared by several providers",
                "I7",
                shared_care.operation_billed_once,
                (shared_care.CLAIMED, shared_care.UNCLEAR),
                needs=("code editing", "procedure indicators", "history"),
                source=CARE_RULES.format("40.4 (care by several physicians)"),
            ),
        ),
        beside_what_is_paid=True,
    ),
    Stage(
        # A service that adds to another stands only with that, so it is asked when all else has been.
        "dependent services",
        (
            Edit(
                "Add-on with its primary",
                "I5 I25",
                add_ons.add_on_with_primary,
                (
                    "add-on.primary-missing",
                    "add-on.primary-denied",
                    "add-on.primary-waits",
                    "add-on.primaries-unknown",
                ),
                needs=("code editing", "add-on codes", "history"),
                source=NCCI,
            ),
        ),
        beside_what_is_paid=True,
    ),
    Stage(
        # What is counted here is what is left to be paid: lines that any check above denies use nothing of an approval.
        "approved quantity",
        (
            Edit(
                "Visits and units approved",
                "B9 H3",
                utilization.approved_quantity,
                ("authorization.exceeded", "authorization.part-left", "referral.exceeded"),
                needs=("authorization lists", "authorizations", "history"),
            ),
        ),
    ),
    Stage(
        "not built yet",
        (
            Edit(
                "Kinds of claim",
                "",
                unsupported.claim_features,
                (
                    "unsupported.institutional",
                    "unsupported.encounter",
                    "unsupported.test-interchange",
                    "unsupported.replacement",
                    "unsupported.void",
                    "unsupported.frequency",
                    "unsupported.member-payment",
                    "unsupported.pay-to-plan",
                    "unsupported.special-program",
                ),
            ),
            Edit(
                "Kinds of line",
                "",
                unsupported.line_features,
                (
                    "unsupported.minutes",
                    "unsupported.screening-program",
                    "unsupported.modifier",
                    "unsupported.noncovered-charge",
                    "unsupported.purchased-service",
                ),
                needs=("payer", "contract", "payment rules"),
            ),
            Edit(
                "Line over a change of terms",
                "",
                unsupported.changing_terms,
                ("unsupported.date-span",),
                needs=("membership file", "plan", "provider file", "contract", "fee schedule"),
            ),
            Edit(
                "Hospital patient seen elsewhere",
                "",
                unsupported.inpatient_elsewhere,
                ("unsupported.inpatient-elsewhere",),
                needs=("code table places",),
            ),
        ),
    ),
)
"""All edits in their one order. A stage's position is its rank among several denials of a line."""
