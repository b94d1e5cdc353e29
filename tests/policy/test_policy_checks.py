"""What a policy author is told beyond the form: codes, rows and criteria that say nothing, reasons on all days, gaps."""

import pytest

from adjudicator.engine import adjudicate
from adjudicator.model.decision import Verdict
from adjudicator.policy.load import PolicyErrors, compile_policies, inspect_policies
from adjudicator.policy.load.citation_checks import stated_numbers
from tests.policy.small_set import CITE, DOCUMENTS, PLAN, TABLES, changed, small_set

V = "versions[2025-01-01]"
SCREENING = DOCUMENTS["coverage/screening.yaml"]
REQUIRE = "require: {age_years: {min: 45, max: 75}}"


def mistakes(files: dict[str, bytes], rules: tuple[str, ...] = ()) -> list[str]:
    try:
        compile_policies(files, dict.fromkeys(rules, tuple(Verdict)))
    except PolicyErrors as errors:
        return [str(error) for error in errors.errors]
    return []


def warnings(files: dict[str, bytes]) -> list[str]:
    """What is doubtful, but for the examples that the small set does not have."""
    _, found = inspect_policies(files, {}, adjudicate)
    return [str(warning) for warning in found if "found no example" not in str(warning)]


def test_nothing_is_doubtful_in_the_small_set():
    assert warnings(small_set()) == []


# Surprise bills.

LAW = """\
    surprise_billing:
      qualifying_amount: contracts/qualifying
      emergency_places: ["11"]
      emergency_indicator: true
      facility_places: ["21"]
      air_ambulance: [G0121]
      ancillary_taxonomies: []
      consent_reports: [CK]
"""


def qualifying(changed: str, claim: str = "") -> list[str]:
    """What is wrong with a contract of qualifying amounts whose one row is changed, as the payer's document is told."""
    text = DOCUMENTS["contracts/outside.yaml"]
    row = "{for: any, from: fees/flat, rate: 1, lesser_of_charge: true}"
    assert row in text
    files = small_set(
        payer=DOCUMENTS["payer.yaml"] + LAW,
        contracts__qualifying=text.replace(row, changed).replace("    pay:\n", f"{claim}    pay:\n"),
    )
    found = mistakes(files)
    at = DOCUMENTS["payer.yaml"].count("\n") + 2
    place = f"payer.yaml:{at}: {V}.surprise_billing.qualifying_amount: found contracts/qualifying, whose version of 2025-01-01 "
    assert all(line.startswith(place) for line in found), found
    return [line.removeprefix(place) for line in found]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("initial_payments: [{for: any, share: 1.0001}]", ""),
        (
            "initial_payments: [{for: any, share: 1.00}]",
            "initial_payments[1]: found no more than the recognised amount, which is paid without a row; write above 1.00",
        ),
        ("state_laws: [{state: NE, amounts: contracts/outside, cases: [emergency]}]", ""),
        (
            "state_laws: [{state: NE, amounts: contracts/inside, cases: [emergency]}]",
            "state_laws[1].amounts: found contracts/inside, a network contract; write network: false there",
        ),
        (
            "state_laws: [{state: NE, amounts: contracts/nowhere, cases: [facility]}]",
            "state_laws[1].amounts: found contracts/nowhere, which is not there; write the path of a contract",
        ),
        (
            "state_laws: [{state: Ne, amounts: contracts/outside, cases: [emergency]}]",
            "state_laws[1].state: found 'Ne'; write a state of two capital letters, such as NE",
        ),
        (
            "state_laws: [{state: NE, amounts: contracts/outside, cases: [air-ambulance]}]",
            "state_laws[1].cases[1]: found 'air-ambulance'; write emergency or facility",
        ),
    ],
)
def test_first_payments_and_laws_of_states_are_checked(words: str, told: str):
    row = "{for: any, from: fees/flat, rate: 1, lesser_of_charge: true}"
    assert row in DOCUMENTS["contracts/outside.yaml"]
    law = LAW.replace("contracts/qualifying", "contracts/outside")
    found = mistakes(small_set(payer=f"{DOCUMENTS['payer.yaml']}{law}      {words}\n"))
    assert [line.partition("surprise_billing.")[2] for line in found] == ([told] if told else [])


@pytest.mark.parametrize(
    ("words", "law_from", "told"),
    [
        ("state_law: NE", "2025-01-01", ""),
        # without a law of the state the federal amount would be recognised unseen
        (
            "state_law: KS",
            "2025-01-01",
            "found KS, of which payer.yaml has no law in state_laws; write it there, or leave it out",
        ),
        (
            "state_law: NE\n    surprise_billing: exempt",
            "2025-01-01",
            "found NE beside surprise_billing: exempt, by which no law is asked; leave one out",
        ),
        # a law may begin after the plan, and not when it has ended
        ("state_law: NE", "2026-01-01", ""),
        (
            "state_law: NE\n    ends: 2025-12-31",
            "2026-01-01",
            "found NE, of which payer.yaml has no law in state_laws; write it there, or leave it out",
        ),
    ],
)
def test_the_law_of_a_state_that_governs_a_plan_is_written_down(words: str, law_from: str, told: str):
    law = LAW.replace("contracts/qualifying", "contracts/outside")
    payer = DOCUMENTS["payer.yaml"]
    head, version = payer[: payer.index("  - effective")], payer[payer.index("  - effective") :]
    with_law = f"{version}{law}      state_laws: [{{state: NE, amounts: contracts/outside, cases: [emergency]}}]\n"
    later = with_law.replace("effective: 2025-01-01", f"effective: {law_from}", 1)
    files = small_set(
        payer=f"{head}{later}{version if law_from > '2025-01-01' else ''}",
        plans__test=PLAN.replace("    product: PPO\n", f"    product: PPO\n    {words}\n"),
    )
    found = mistakes(files)
    assert [line.partition("state_law: ")[2] for line in found] == ([told] if told else [])
    assert all(line.startswith("plans/test.yaml:7: ") for line in found)


def test_a_state_has_one_law_about_a_kind_of_care():
    law = LAW.replace("contracts/qualifying", "contracts/outside")
    laws = ", ".join(
        f"{{state: NE, amounts: contracts/outside, cases: [{cases}]}}" for cases in ("emergency", "facility, emergency")
    )
    (told,) = mistakes(small_set(payer=f"{DOCUMENTS['payer.yaml']}{law}      state_laws: [{laws}]\n"))
    assert told.endswith("surprise_billing: found two laws of NE about emergency; write one")


@pytest.mark.parametrize(
    ("row", "claim", "told"),
    [
        ("{for: any, from: fees/flat, rate: 1, lesser_of_charge: true}", "", []),
        ("{for: any, method: fixed-fee, amount: 10.00, lesser_of_charge: true}", "", []),
        (
            "{for: any, from: fees/flat, rate: 1, lesser_of_charge: false}",
            "",
            ["has in pay[1] not the lesser of the line's charge; write lesser_of_charge: true there"],
        ),
        (
            "{for: any, from: fees/flat, rate: 1, lesser_of_charge: claim}",
            "",
            ["has in pay[1] not the lesser of the line's charge; write lesser_of_charge: true there"],
        ),
        (
            "{for: any, method: percent-of-charge, rate: 0.5}",
            "",
            ["has in pay[1] a share of the charge, which is no median rate; write from or an amount"],
        ),
        (
            "{for: any, from: fees/flat, rate: 1, lesser_of_charge: true, floor: {share_of_charge: 0.9}}",
            "",
            ["has in pay[1] a floor, which is no median rate; leave floor out there"],
        ),
        (
            "{for: any, from: fees/flat, rate: 1, lesser_of_charge: true, ceiling: {per_unit: 50.00}}",
            "",
            ["has in pay[1] a ceiling, which is no median rate; leave ceiling out there"],
        ),
        (
            "{for: any, from: fees/flat, rate: 1, lesser_of_charge: true}",
            "    claim: {at_most: 500.00}\n",
            ["bounds a claim, where each line has its own amount; leave claim out there"],
        ),
    ],
)
def test_a_qualifying_amount_is_a_rate_or_the_charge_and_nothing_else(row: str, claim: str, told: list[str]):
    assert qualifying(row, claim) == told


# Codes.


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ("[99213, 99213]", "codes[2]: found 99213 a second time; write it once"),
        (
            "[99213, 99211-99215]",
            "codes[1]: found 99213, which 99211-99215 in the same list holds; write one of them",
        ),
        ("[9921*, 99213]", "codes[2]: found 99213, which 9921* in the same list holds; write one of them"),
        ("[9921*, 992*]", "codes[1]: found 9921*, which 992* in the same list holds; write one of them"),
        (
            "[99211-99215, 99212-99214]",
            "codes[2]: found 99212-99214, which 99211-99215 in the same list holds; write one of them",
        ),
        ("[9921*, 99211-99215]", "codes[2]: found 99211-99215, which 9921* in the same list holds; write one of them"),
        (
            "[99213, 99999]",
            "codes[2]: found 99999, which the table of procedures does not list; write a listed code or add it there",
        ),
        (
            "[99213, 98*]",
            "codes[2]: found 98*, of which the table of procedures lists no code; write codes that it lists",
        ),
        (
            "[99213, 97110-97140]",
            "codes[2]: found 97110-97140, of which the table of procedures lists no code; write codes that it lists",
        ),
        ("[99211-99214, 99213-99215]", ""),
    ],
)
def test_each_code_of_a_set_stands_once_and_is_listed(codes: str, told: str):
    found = mistakes(changed("sets/visits.yaml", "[99211-99215]", codes))
    assert [one.startswith(f"sets/visits.yaml:7: {V}.{told}") for one in found[:1]] == [True] * bool(told)


def test_categories_of_diagnoses_hold_their_codes():
    assert mistakes(changed("coverage/screening.yaml", "[E11*]", "[E10-E11, e11.9]")) == [
        f"coverage/screening.yaml:14: {V}.criteria[need].when.diagnoses[2]: found e11.9, which E10-E11 in the same list "
        "holds; write one of them"
    ]


def procedures(row: str) -> dict[str, str]:
    return TABLES | {"procedures": TABLES["procedures"] + row}


def test_a_code_that_is_never_in_force_while_the_version_lasts_is_a_mistake():
    over = small_set(procedures("99201,2015-10-01,2020-12-31,Visit\n"))
    over["sets/visits.yaml"] = over["sets/visits.yaml"].replace(b"[99211-99215]", b"[99211-99215, 99201]")
    assert mistakes(over) == [
        f"sets/visits.yaml:7: {V}.codes[2]: found 99201, which ended on 2020-12-31; write a code in force on 2025-01-01"
    ]
    ended = DOCUMENTS["sets/visits.yaml"] + f"  - effective: 2024-01-01\n    {CITE}\n    codes: [99214, 99215]\n"
    later = small_set(procedures("99214,2015-10-01,,Visit\n99215,2025-06-01,,Visit\n"), sets__visits=ended)
    assert mistakes(later) == [
        "sets/visits.yaml:10: versions[2024-01-01].codes[2]: found 99215, which begins on 2025-06-01; "
        "write a code in force on 2024-01-01"
    ]


def test_a_code_that_ends_while_the_version_lasts_is_doubtful():
    tables = procedures("99214,2015-10-01,2026-12-31,Visit\n")
    files = small_set(tables, fees__flat=DOCUMENTS["fees/flat.yaml"].replace("99213: 92.00", "99214: 92.00"))
    assert warnings(files) == [
        f"fees/flat.yaml:8: {V}.amounts.99214: found 99214, which ends on 2026-12-31 while this version lasts; "
        "write a version with effective: 2027-01-01 without it"
    ]
    until = DOCUMENTS["fees/flat.yaml"].replace("99213: 92.00", "99214: 92.00").replace("2025-01-01", "2025-01-01", 1)
    newer = f"versions:\n  - effective: 2027-01-01\n    {CITE}\n    method: flat\n    amounts: {{99213: 95.00}}\n"
    assert warnings(small_set(tables, fees__flat=until.replace("versions:\n", newer))) == []


def test_a_code_that_comes_back_or_begins_later_is_not_doubtful():
    tables = procedures("99214,2015-10-01,2025-06-30,Visit\n99214,2026-01-01,,Visit\n99215,2026-01-01,,Visit\n")
    files = small_set(tables, sets__visits=DOCUMENTS["sets/visits.yaml"].replace("[99211-99215]", "[99214, 99215]"))
    assert warnings(files) == []


def test_a_code_beside_a_set_that_holds_it_is_doubtful_since_sets_change():
    assert warnings(changed("plans/test.yaml", "for: [sets/visits]", "for: [sets/visits, 99213]")) == [
        f"plans/test.yaml:16: {V}.benefits[visit].for[2]: found 99213, which sets/visits holds already; "
        "leave one of them out"
    ]


# Rows.


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        (
            "contracts/inside.yaml",
            "[G0121], from: fees/flat, rate: 1.06, lesser_of_charge: true}",
            "[G0121], from: fees/flat, rate: 1.06, lesser_of_charge: true}\n"
            "      - {for: [G0121], from: fees/flat, rate: 1.07, lesser_of_charge: true}",
            f"contracts/inside.yaml:8: {V}.pay[2].for: ",
        ),
        (
            "contracts/inside.yaml",
            "[G0121], from: fees/flat, rate: 1.06, lesser_of_charge: true}",
            '[G0121], places: ["11"], from: fees/flat, rate: 1.06, lesser_of_charge: true}\n'
            "      - {for: [G0121], from: fees/flat, rate: 1.07, lesser_of_charge: true}",
            "",
        ),
        (
            "contracts/inside.yaml",
            "[G0121], from: fees/flat, rate: 1.06, lesser_of_charge: true}",
            '[G0121], modifiers: ["25"], from: fees/flat, rate: 1.06, lesser_of_charge: true}\n'
            "      - {for: [G0121], from: fees/flat, rate: 1.07, lesser_of_charge: true}",
            "",
        ),
        (
            "contracts/inside.yaml",
            "[G0121], from: fees/flat, rate: 1.06, lesser_of_charge: true}",
            "[G0121], unlisted: next_row, from: fees/flat, rate: 1.06, lesser_of_charge: true}\n"
            "      - {for: [G0121], from: fees/flat, rate: 1.07, lesser_of_charge: true}",
            "",
        ),
        (
            "contracts/inside.yaml",
            "[G0121], from: fees/flat, rate: 1.06, lesser_of_charge: true}",
            "[G0121], taxonomies: [207R], from: fees/flat, rate: 1.06, lesser_of_charge: true}\n"
            "      - {for: [G0121], from: fees/flat, rate: 1.07, lesser_of_charge: true}",
            "",
        ),
        (
            "contracts/inside.yaml",
            "[G0121], from: fees/flat, rate: 1.06, lesser_of_charge: true}",
            '[G0121], rendering: ["1999999992"], from: fees/flat, rate: 1.06, lesser_of_charge: true}\n'
            "      - {for: [G0121], from: fees/flat, rate: 1.07, lesser_of_charge: true}",
            "",
        ),
        (
            "plans/test.yaml",
            "      - {id: everything-else",
            "      - {id: again, for: [99213-99214], in_network: {}, out_of_network: {}}\n      - {id: everything-else",
            f"plans/test.yaml:17: {V}.benefits[again].for: ",
        ),
        (
            "authorization/list.yaml",
            '        otherwise: {deny: "197"}\n',
            '        otherwise: {deny: "197"}\n'
            "      - {id: again, quote: Again., for: [00100], otherwise: {deny: '197'}}\n",
            f"authorization/list.yaml:11: {V}.services[again].for: ",
        ),
        (
            "plans/test.yaml",
            "      - {id: everything-else",
            "      - {id: wider, for: [9921*], in_network: {}, out_of_network: {}}\n      - {id: everything-else",
            "",
        ),
    ],
)
def test_a_row_that_the_rows_above_leave_nothing_is_told(path: str, old: str, new: str, told: str):
    never = "found a row that is never reached: the rows above take all its codes; move it up or leave it out"
    assert mistakes(changed(path, old, new)) == ([told + never] if told else [])


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            "exclusions: [{id: one, quote: None., for: [99213]}, {id: two, quote: None., for: [99213]}]",
            "exclusions[two]",
        ),
        (
            "exclusions: [{id: one, quote: None., for: [99213], when: {sex: F}}, {id: two, quote: None., for: [99213]}]",
            "",
        ),
        ("exclusions: [{id: one, quote: None., when: {sex: F}}, {id: two, quote: None., for: [99213]}]", ""),
        # Every limit bears on a service.
        (
            "limits: [{id: one, quote: 5 a year., for: [99213], counting: visits, count: 5, per: year},"
            " {id: two, quote: 9 ever., for: [99213], counting: visits, count: 9, per: lifetime}]",
            "",
        ),
    ],
)
def test_exclusions_hide_those_below_and_limits_do_not(rows: str, told: str):
    files = changed("plans/test.yaml", "    benefits:\n", f"    {rows}\n    benefits:\n")
    guidance = "{cause: Not covered., who: biller, step: Bill., remedy: bill_patient, patient: All.}"
    files["guidance/all.yaml"] += "".join(f'      "{carc}": {guidance}\n' for carc in (119, 149, 204)).encode()
    carc = "".join(f"{carc},2006-10-31,,,false,\n" for carc in (119, 149, 204))
    tables = small_set(TABLES | {"carc": TABLES["carc"] + carc})
    files |= {path: content for path, content in tables.items() if path.startswith("tables/carc")}
    assert [one.split(": ")[1] for one in mistakes(files)] == ([f"{V}.{told}.for"] if told else [])


def test_a_row_above_that_asks_more_than_its_codes_hides_nothing():
    files = changed(
        "plans/test.yaml",
        "for: [sets/visits], in_network: {copay: 30.00}",
        "for: [sets/visits], modifiers: ['25'], in_network: {copay: 30.00}",
    )
    again = b"      - {id: again, for: [99213], in_network: {}, out_of_network: {}}\n      - {id: everything-else"
    files["plans/test.yaml"] = files["plans/test.yaml"].replace(b"      - {id: everything-else", again)
    assert mistakes(files) == []


def test_a_row_that_is_reached_on_some_days_is_not_told():
    newer = f"versions:\n  - effective: 2026-01-01\n    {CITE}\n    codes: [99213]\n"
    files = changed(
        "plans/test.yaml",
        "      - {id: everything-else",
        "      - {id: rest, for: [99211-99215], in_network: {}, out_of_network: {}}\n      - {id: everything-else",
    )
    assert len(mistakes(files)) == 1
    files["sets/visits.yaml"] = files["sets/visits.yaml"].replace(b"versions:\n", newer.encode())
    assert mistakes(files) == []


# Criteria.


def criterion(text: str) -> dict[str, bytes]:
    """The small set with other words in its criterion about age: its ``when``, its ``require``, or both."""
    return changed("coverage/screening.yaml", REQUIRE, text)


def contradictions(text: str) -> list[str]:
    """What is wrong with a criterion, but for a sex that may not be known."""
    return [told for told in mistakes(criterion(text)) if "a sex without which" not in told]


@pytest.mark.parametrize(
    ("text", "place", "beside"),
    [
        ("require: {age_years: {min: 50}, all: [{age_years: {max: 49}}]}", "require.all[1].age_years", "age_years"),
        ("require: {age_years: {min: 45}, not: {age_years: {min: 40}}}", "require.not.age_years", "age_years"),
        (
            "require: {age_years: {min: 45}, any: [{sex: F}, {age_years: {max: 44}}]}",
            "require.any[2].age_years",
            "age_years",
        ),
        ("require: {age_years: {min: 1}, age_days: {max: 364}}", "require.age_days", "age_years"),
        ("require: {age_days: {min: 1000}, age_years: {max: 1}}", "require.age_days", "age_years"),
        ("require: {procedures: ['99213']}", "require.procedures", "procedures"),
        ("{when: {procedures: [sets/visits]}, require: {sex: F}}", "when.procedures", "procedures"),
        ("{when: {sex: F}, require: {sex: M}}", "require.sex", "sex"),
        ("{when: {places: ['11']}, require: {places: ['21']}}", "require.places", "places"),
        ("{when: {diagnoses: [E11*]}, require: {not: {diagnoses: [E1*]}}}", "require.not.diagnoses", "diagnoses"),
        ("require: {sex: F, age_years: {min: 5}, not: {sex: F, age_years: {min: 4}}}", "require.not", "age_years"),
        ("require: {sex: F, all: [{not: {sex: F}}]}", "require.all[1].not.sex", "sex"),
        ("require: {plan: [plans/test], not: {plan: [plans/test]}}", "require.not.plan", "plan"),
        (
            "require: {authorization: on-file, not: {authorization: on-file}}",
            "require.not.authorization",
            "authorization",
        ),
        (
            "require: {none_since: {procedures: [G0121], days: 4}, not: {none_since: {procedures: [G0121], days: 4}}}",
            "require.not.none_since",
            "none_since",
        ),
    ],
)
def test_a_condition_that_can_never_hold_is_told(text: str, place: str, beside: str):
    text = text.removeprefix("{").removesuffix("}") if text.startswith("{") else text
    text = text.replace(", require:", "\n        require:")
    (told,) = contradictions(text)
    assert f"{V}.criteria[age].{place}: found a condition that can never hold beside " in told
    assert f"{beside} in line " in told


@pytest.mark.parametrize(
    "text",
    [
        "when: {sex: F}\n        require: {sex: F}",
        "when: {age_years: {min: 50, max: 60}}\n        require: {age_years: {min: 45, max: 75}}",
        "when: {diagnoses: [E119]}\n        require: {diagnoses: [E11*]}",
        "require: {procedures: [G0121]}",
        "require: {procedures: any}",
    ],
)
def test_a_requirement_that_always_holds_where_its_criterion_applies_is_told(text: str):
    (told,) = contradictions(text)
    assert "criteria[age].require: found a requirement that always holds beside " in told
    assert told.endswith(", so that the criterion never answers; mend one of them")


@pytest.mark.parametrize(
    "text",
    [
        "when: {age_years: {min: 45}}\n        require: {age_years: {max: 45}}",
        "when: {diagnoses: [E11*]}\n        require: {diagnoses: [I10]}",
        "when: {modifiers: ['25']}\n        require: {not: {places: ['11']}}",
        "when: {not: {diagnoses: [E119]}}\n        require: {diagnoses: [E11*]}",
        "when: {sex: F}\n        require: {any: [{sex: F, age_years: {min: 4}}, {age_years: {min: 45}}]}",
        "when: {not: {sex: F, age_years: {min: 45}}}\n        require: {sex: F}",
        "when: {charge: {min: 5.00}}\n        require: {charge: {max: 5.00}, units: {min: 1}}",
        "when: {age_years: {min: 1}}\n        require: {age_days: {max: 400}}",
        "when: {age_years: {max: 1}}\n        require: {age_days: {min: 700}}",
        # A longer list asks more of `never`, not less.
        "when: {never: [G0121]}\n        require: {never: [G0121, '99213']}",
        "when: {claim_gives: [attachment]}\n        require: {never: [G0121]}",
        "when: {not: {not: {sex: F}}}\n        require: {age_years: {min: 5}}",
    ],
)
def test_conditions_that_may_hold_together_are_not_told(text: str):
    assert contradictions(text) == []


# Reasons on every day of a version.


def carc(*rows: str) -> dict[str, bytes]:
    """The small set with other rows for reason 6."""
    return small_set(TABLES | {"carc": TABLES["carc"].replace("6,1995-01-01,,,false,\n", "".join(rows), 1)})


@pytest.mark.parametrize(
    ("rows", "place", "told"),
    [
        (
            ("6,1995-01-01,2026-06-30,,false,\n",),
            "deny",
            "found CARC 6, which ended on 2026-06-30; write a code in force on 2026-07-01",
        ),
        (
            ("6,1995-01-01,2026-06-30,,false,\n", "6,2026-07-01,,PR OA,false,\n"),
            "group",
            "found group CO for CARC 6, which is locked from 2026-07-01; write OA or PR",
        ),
        (
            ("6,1995-01-01,2026-06-30,,false,\n", "6,2026-07-01,,,false,claims\n"),
            "deny",
            "found CARC 6, which stands on claims only (837); write a reason of remittances",
        ),
    ],
)
def test_a_reason_is_lawful_on_every_day_of_its_version(rows: tuple[str, ...], place: str, told: str):
    found = mistakes(carc(*rows))
    assert found == [f"coverage/screening.yaml:11: {V}.criteria[age].otherwise.{place}: {told}"]


def test_a_remark_that_ends_while_the_version_lasts_is_told():
    files = small_set(TABLES | {"rarc": TABLES["rarc"].replace("N129,2002-10-31,,", "N129,2002-10-31,2025-12-31,")})
    assert mistakes(files) == [
        f"coverage/screening.yaml:11: {V}.criteria[age].otherwise.remarks[1]: found RARC N129, which ended on 2025-12-31; "
        "write a code in force on 2026-01-01"
    ]


def test_a_remark_becomes_an_obligation_while_the_version_lasts():
    rows = ("197,2006-10-31,2025-12-31,,false,\n", "197,2026-01-01,,,true,\n")
    files = small_set(TABLES | {"carc": TABLES["carc"].replace("197,2006-10-31,,,false,\n", "".join(rows))})
    assert mistakes(files) == [
        f"authorization/list.yaml:10: {V}.services[anesthesia].otherwise.deny: found CARC 197 without a remark that tells "
        "what it is about from 2026-01-01; write remarks with a code that is no Alert"
    ]


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("PR-18:", f"{V}.reasons.PR-18: found PR-18, which never comes out: CARC 18 is locked; write OA-18"),
        ('"18":', ""),
        ("OA-18:", ""),
    ],
)
def test_guidance_for_a_reason_stands_under_a_group_that_it_can_have(new: str, told: str):
    step = "{cause: Twice., who: biller, step: Post the first., remedy: none, patient: Nothing.}"
    found = mistakes(changed("guidance/all.yaml", "      pend/clinical:", f"      {new} {step}\n      pend/clinical:"))
    assert found == ([f"guidance/all.yaml:13: {told}"] if told else [])


def test_a_reason_that_no_patient_can_owe_is_not_billed_to_the_patient():
    step = '      "18": {cause: Twice., who: biller, step: Bill., remedy: bill_patient, patient: All.}\n'
    assert mistakes(changed("guidance/all.yaml", "      pend/clinical:", f"{step}      pend/clinical:")) == [
        f"guidance/all.yaml:13: {V}.reasons.18.remedy: found bill_patient for group OA, which no patient owes; "
        "write another remedy"
    ]


# Days without a version.


def withdrawn(path: str, day: str = "2026-01-01") -> dict[str, bytes]:
    return changed(path, "versions:\n", f"versions:\n  - {{effective: {day}, withdrawn: true, {CITE}}}\n")


def test_what_pays_has_a_payer_on_each_of_its_days():
    assert mistakes(withdrawn("payer.yaml")) == [
        f"{path}:4: {V}.effective: found a {kind} in force on 2026-01-01, when payer.yaml has no version; "
        "write a version of the payer for that day, or withdraw this one"
        for path, kind in (
            ("contracts/inside.yaml", "contract"),
            ("contracts/outside.yaml", "contract"),
            ("plans/test.yaml", "plan"),
        )
    ]


def test_the_payer_has_every_code_table_on_each_of_its_days():
    assert mistakes(withdrawn("tables/places.yaml")) == [
        "tables/places.yaml:4: versions: found no version on 2026-01-01, when payer.yaml has one; write a version for that day"
    ]


def test_guidance_that_ends_leaves_its_rules_without_an_answer():
    rules = ("exact-duplicate", "billing-npi.invalid")
    files = withdrawn("guidance/all.yaml")
    told = mistakes(files, rules)
    assert (
        "guidance/all.yaml:7: rules: found no answer for exact-duplicate on 2026-01-01; write exact-duplicate under rules"
        in told
    )
    assert (
        f"coverage/screening.yaml:11: {V}.criteria[age].otherwise.deny: found no guidance for CO-6/N129 on 2026-01-01; "
        "write CO-6/N129, 6/N129, CO-6 or 6 in guidance/"
    ) in told


def test_a_contract_outlives_no_fee_schedule_that_it_names():
    assert mistakes(withdrawn("fees/relative.yaml")) == [
        f"contracts/inside.yaml:8: {V}.pay[2].from: found fees/relative, which has no version on 2026-01-01; "
        "write a version of it for that day"
    ]


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("require: {sex: F}", "require.sex"),
        ("require: {any: [{age_years: {max: 4}}, {not: {sex: M}}]}", "require.any[2].not.sex"),
        ("when: {known: [specialty]}\n        require: {sex: F}", "require.sex"),
        ("when: {known: [specialty, sex]}\n        require: {sex: F}", ""),
        ("when: {sex: M}\n        require: {not: {sex: F}}", ""),
    ],
)
def test_a_machine_denies_for_no_sex_that_nobody_knows(written: str, place: str):
    told = [mistake for mistake in mistakes(criterion(written)) if "found a sex without which" in mistake]
    assert len(told) == bool(place) and all(f"criteria[age].{place}: " in mistake for mistake in told)


def test_a_criterion_names_plans_of_its_own_days():
    files = criterion("require: {plan: [plans/test]}")
    assert mistakes(files) == []
    newer = f"  - {{effective: 2024-06-01, withdrawn: true, {CITE}}}\n"
    _, _, version = files["coverage/screening.yaml"].decode().partition("versions:\n")
    older = version.replace("2025-01-01", "2024-01-01")
    files["coverage/screening.yaml"] += (newer + older).encode()
    assert any(
        "versions[2024-01-01].criteria[age].require.plan[1]: found plans/test, which is in force on no day of this version; "
        "leave it out" in told
        for told in mistakes(files)
    )


@pytest.mark.parametrize(
    ("versions", "told"),
    [
        (
            f"  - {{effective: 2024-01-01, withdrawn: true, {CITE}}}\n",
            "sets/visits.yaml:8: versions[2024-01-01].withdrawn: found a withdrawal with no version before it to withdraw; "
            "leave it out",
        ),
        (
            f"  - {{effective: 2024-06-01, withdrawn: true, {CITE}}}\n  - {{effective: 2024-03-01, ends: 2024-03-31, {CITE}, "
            "codes: [99213]}\n",
            "sets/visits.yaml:8: versions[2024-06-01].effective: found 2024-06-01, but the version before ends on 2024-03-31; "
            "write effective: 2024-04-01",
        ),
    ],
)
def test_a_withdrawal_withdraws_something_on_the_day_that_it_says(versions: str, told: str):
    assert told in mistakes(small_set(sets__visits=DOCUMENTS["sets/visits.yaml"] + versions))


# Citations.


@pytest.mark.parametrize("word", ["section", "url"])
def test_every_version_says_where_in_its_source_it_stands(word: str):
    title, section, url = "title: A test's own source", ", section: '1'", ", url: 'https://payer.example/1'"
    bare = f"cite: {{{title}{section if word == 'url' else url}}}"
    files = changed("sets/visits.yaml", CITE, bare)
    assert [told.partition("; ")[0] for told in mistakes(files)] == [
        f"sets/visits.yaml:6: {V}.cite.{word}: found no {word}"
    ]


@pytest.mark.parametrize(
    ("quote", "text", "told"),
    [
        ("Adults aged 45 through 75 years.", REQUIRE, ()),
        ("Adults of forty-five and over, and under 76.", REQUIRE, ()),
        ("Adults over 44 through seventy-five.", REQUIRE, ()),
        ("Adults aged 50 through 75 years.", REQUIRE, ("min: found 45",)),
        ("Adults.", REQUIRE, ("max: found 75", "min: found 45")),
        ("Once in ten years.", "require: {none_since: {procedures: [G0121], months: 120}}", ()),
        ("Annually.", "require: {none_since: {procedures: [G0121], months: 12}}", ()),
        ("Once a quarter.", "require: {none_since: {procedures: [G0121], months: 3}}", ()),
        ("Every two weeks.", "require: {none_since: {procedures: [G0121], days: 14}}", ()),
        ("Once in ten years.", "require: {none_since: {procedures: [G0121], days: 90}}", ("days: found 90",)),
        ("Once in ten years.", "require: {none_since: {procedures: [G0121], months: 10}}", ("months: found 10",)),
        (
            "At most twenty visits in twelve months.",
            "require: {at_most: {count: 20, procedures: [G0121], months: 12}}",
            (),
        ),
        ("More than $1,500.00 is asked about.", "require: {charge: {max: 1500.00}}", ()),
        ("Less than 1500 is fine.", "require: {charge: {max: 1499.99}}", ()),
        ("One hundred and twenty units.", "require: {units: {max: 120}}", ()),
    ],
)
def test_every_number_of_a_criterion_stands_in_its_quote(quote: str, text: str, told: tuple[str, ...]):
    files = criterion(text)
    sentence = b"Adults aged 45 through 75 years."
    files["coverage/screening.yaml"] = files["coverage/screening.yaml"].replace(sentence, quote.encode())
    found = warnings(files)
    assert [one.split(",")[0].rpartition(".")[2] for one in found] == list(told)
    assert all(one.endswith(", which the quote does not state; write the sentence that states it") for one in found)


def test_numbers_of_limits_stand_in_their_quotes():
    limit = (
        "id: one, quote: 5 visits a year., for: [99213], counting: visits, count: 6, months: 12, otherwise: {deny: '6'}"
    )
    files = changed("plans/test.yaml", "    benefits:\n", f"    limits: [{{{limit}}}]\n    benefits:\n")
    assert [one.split(": ")[1] for one in warnings(files)] == [f"{V}.limits[one].count"]


def test_a_number_may_stand_in_the_citation():
    files = criterion(REQUIRE)
    files["coverage/screening.yaml"] = (
        files["coverage/screening.yaml"]
        .replace(b"Adults aged 45 through 75 years.", b"Adults.")
        .replace(b"'1'", b"45 to 75")
    )
    assert warnings(files) == []


def test_numbers_are_read_in_digits_and_words():
    stated = {
        int(number) for number, _ in stated_numbers("Twenty-one of 1,200, nineteen, the third of one hundred and five")
    }
    assert stated == {21, 1200, 19, 3, 105}


# Examples.


def test_an_example_that_no_change_could_spoil_is_doubtful():
    text = b"""\
cases:
  - name: Nothing
    given: {plan: plans/test, contract: contracts/inside, procedure: G0121, date: 2026-03-01}
    expect: {verdict: pend, without: [need, age, coverage/screening#age, exact-duplicate, ages]}
"""
    files = small_set() | {"coverage/screening.test.yaml": text}
    assert warnings(files) == [
        "coverage/screening.test.yaml:4: cases[Nothing].expect.without[5]: found ages, which is no rule; "
        "write the name of a rule or the id of a criterion"
    ]
