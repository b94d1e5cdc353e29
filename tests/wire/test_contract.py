"""The contract documents itself: every name has its comment, and the lists in comments are the lists in the code."""

import itertools
import re
from pathlib import Path

import pytest

from adjudicator.service import errors
from adjudicator.wire.status import CODES

PROTOS = sorted((Path(__file__).resolve().parents[2] / "proto" / "adjudicator" / "v1").glob("*.proto"))
DECLARED = re.compile(r"^\s*(message|enum|service|rpc|oneof|optional|repeated|[A-Z]\w+ = \d|[\w.]+ \w+ = \d)")
FIELD = re.compile(r"^\s*((optional |repeated )?[\w.]+ )?\w+ = \d+;")
HOME = re.compile(r"\[[^\]]+\]$")


@pytest.mark.parametrize("proto", PROTOS, ids=lambda path: path.name)
def test_every_name_has_a_comment_and_every_field_its_home(proto: Path):
    lines = proto.read_text().splitlines()
    bare = [line for before, line in itertools.pairwise(lines) if DECLARED.match(line) and "//" not in before]
    homeless = [line for before, line in itertools.pairwise(lines) if FIELD.match(line) and not HOME.search(before)]

    assert len([line for line in lines if FIELD.match(line)]) > 10
    assert bare == []
    assert homeless == []


def all_kinds_of(error: type[Exception]) -> set[type[Exception]]:
    return {error}.union(*map(all_kinds_of, error.__subclasses__()))


def test_every_error_has_a_status():
    assert all_kinds_of(errors.ServiceError) - {errors.ServiceError} == set(CODES)


def test_the_documented_reasons_are_the_reasons():
    documented = re.findall(
        r"^//   ([A-Z_]+) +([A-Z_]+) ", (PROTOS[0].parent / "claim_service.proto").read_text(), re.M
    )

    assert sorted(documented) == sorted((error.reason, code.name) for error, code in CODES.items())
