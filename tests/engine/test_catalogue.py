"""The edits as the catalogue tells them: each has a name, a meaning and the data it needs."""

import re
from inspect import getdoc
from itertools import chain

import pytest

from adjudicator.edits import EDITS, NEEDS, Edit
from adjudicator.engine import RULES
from adjudicator.explain.catalogue import AFTER_THE_EDITS, catalogue
from adjudicator.explain.parts import DOES
from adjudicator.policy.policy_set import PolicySet
from tests.building import SERVICE_DAY

ALL = tuple(chain.from_iterable(stage.edits for stage in EDITS))


def test_every_edit_has_a_name_of_its_own() -> None:
    names = [edit.name for edit in ALL]
    assert len(set(names)) == len(names) and all(names)


@pytest.mark.parametrize("edit", ALL, ids=lambda edit: edit.name)
def test_an_edit_says_in_one_sentence_what_it_means_and_what_it_reads(edit: Edit) -> None:
    meaning = getdoc(edit.check) or ""
    assert meaning.endswith(".") and ". " not in meaning and len(meaning) > 30
    assert set(edit.needs) <= set(NEEDS)
    assert list(dict.fromkeys(edit.needs)) == list(edit.needs)


def test_every_rule_belongs_to_one_edit() -> None:
    rules = [rule for edit in ALL for rule in edit.rules]
    assert len(set(rules)) == len(rules)


def test_the_catalogue_tells_every_rule_with_its_codes_and_its_next_step(demo: PolicySet) -> None:
    told = catalogue(demo)
    for rule in RULES:
        (line,) = re.findall(rf"^\* `{re.escape(rule)}`(?: \(from [0-9-]+\))?: \*\*(\w+)", told, re.MULTILINE)
        assert line == DOES[demo.answer(rule, SERVICE_DAY).verdict]
    flat = " ".join(told.split())
    assert "`claim-balance.total`: **rejected A7:400, A7:178**." in flat
    assert "`procedure.not-valid`: **denied CO-181 M84**." in flat
    assert "`fault`: **held in queue system (SYS)** (told to the payer's own people only)." in flat
    assert "Row F1. Needs: claim, code table procedures. Source: 45 CFR 162.1002" in flat


def test_the_catalogue_tells_every_rule_of_every_policy_document(demo: PolicySet) -> None:
    told = " ".join(catalogue(demo).split())
    rules = [criterion.answer for document in demo.coverage for criterion in document.versions[0].criteria]
    rules += [rule.answer for document in demo.authorization for rule in document.versions[0].rules]
    assert len(rules) > 5
    for answer in rules:
        assert f"`#{answer.rule.partition('#')[2]}`: “{answer.quote}” **{DOES[answer.verdict]}" in told


def test_no_rule_of_the_engine_stands_outside_the_edits_and_the_sections_after_them() -> None:
    after = tuple(chain.from_iterable(step.rules for step in AFTER_THE_EDITS))
    assert set(RULES) == {*chain.from_iterable(edit.rules for edit in ALL), *after}


def test_the_catalogue_has_a_line_for_what_is_decided_after_the_edits(demo: PolicySet) -> None:
    told = catalogue(demo)
    for line in ("|  | Benefit limits | G9 G10 | those under `plans/` |", "|  | The member's share | J6 J7 | 8 |"):
        assert line in told
    assert set(chain.from_iterable(step.needs for step in AFTER_THE_EDITS)) <= set(NEEDS)
