"""The edits as the catalogue tells them: each has a name, a meaning and the data it needs."""

from inspect import getdoc
from itertools import chain

import pytest

from adjudicator.edits import EDITS, NEEDS, Edit

ALL = tuple(chain.from_iterable(stage.edits for stage in EDITS))


def test_every_edit_has_a_name_of_its_own() -> None:
    names = [edit.name for edit in ALL]
    assert len(set(names)) == len(names) and all(names)


@pytest.mark.parametrize("edit", ALL, ids=lambda edit: edit.name)
def test_an_edit_says_in_one_sentence_what_it_means_and_what_it_reads(edit: Edit) -> None:
    meaning = (getdoc(edit.check) or "").partition("\n\n")[0]
    assert meaning.endswith(".") and ". " not in meaning and len(meaning) > 30
    assert set(edit.needs) <= set(NEEDS)
    assert list(dict.fromkeys(edit.needs)) == list(edit.needs)


def test_every_rule_belongs_to_one_edit() -> None:
    rules = [rule for edit in ALL for rule in edit.rules]
    assert len(set(rules)) == len(rules)
