"""Replay: every stored decision can be made again, byte for byte, from what is stored with it."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from adjudicator import engine
from adjudicator.model.case import Case, Coverage, RulingVerdict
from adjudicator.model.decision import Decision, Disposition
from adjudicator.policy.load import compile_policies, digest_of, read_files
from adjudicator.policy.load.table_files import LargeFile, content_at, whole
from adjudicator.policy.policy_set import PolicySet
from adjudicator.service.claims import Claims, Submission
from adjudicator.service.given_rulings import GivenRuling
from adjudicator.service.policies import PoliciesInForce
from adjudicator.service.replay import replay
from adjudicator.store import archive
from adjudicator.store.archive import archived_policies
from adjudicator.store.membership import load_members, load_participations
from tests.building import ALWAYS, BILLING, MEMBER
from tests.conftest import DEMO
from tests.databases import Place
from tests.service.desk import (
    CHILD,
    OPERATOR,
    REVIEWER,
    SPOUSE,
    TODAY,
    Desk,
    a_heart_study,
    a_visit,
    contract_of,
    taken,
)


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """Claims that are paid, denied, pended, rejected and ruled, with history and balances."""
    desk.submit(
        a_visit(charge_cents=60_000, lines=2),
        a_visit(charge_cents=60_000, lines=2),
        a_heart_study(),
        a_visit(SPOUSE, charge_cents=70_000),
        a_visit(CHILD, total_charge_cents=1),
        a_visit(charge_cents=10_000, day=dt.date(2026, 3, 9)),
    )
    (task,) = desk.reviews.list_tasks(REVIEWER)[0]
    desk.reviews.rule(REVIEWER, task.task_id, GivenRuling(RulingVerdict.ALLOW, "because"))
    desk.submit(a_visit(charge_cents=10_000, day=dt.date(2026, 3, 10)), prefix="later-")
    return desk


def test_every_decision_comes_out_again_byte_for_byte(busy: Desk, policies: PolicySet) -> None:
    results = list(replay(busy.store, lambda _files: policies))
    assert len(results) == 8
    assert all(result.same for result in results), results
    assert [result.decision_number for result in results] == [1, 1, 1, 1, 1, 1, 2, 1]


def test_the_policies_are_compiled_from_the_archive(place: Place, policies: PolicySet, demo: PolicySet) -> None:
    desk = Desk(place("payer"), policies)
    with desk.store.writing() as connection:
        load_members(connection, [(MEMBER, [Coverage(plan="plans/ppo-gold", span=ALWAYS)])])
        load_participations(
            connection, [msgspec.structs.replace(contract_of(BILLING), contract="contracts/riverside-medical-group")]
        )
    real = PoliciesInForce(desk.store, read_files(DEMO), demo)
    claims = Claims(desk.store, real, desk.clock)
    answers = claims.submit(OPERATOR, [Submission("R1", a_visit(lines=2)), Submission("R2", a_heart_study())])
    assert [taken(answer).decision.disposition for answer in answers] == [Disposition.PAID, Disposition.PENDED]
    results = list(replay(desk.store, compile_policies))
    assert [result.differences for result in results] == [(), ()]
    desk.store.close()


def test_later_facts_do_not_change_the_past(busy: Desk, policies: PolicySet) -> None:
    with busy.store.writing() as connection:
        load_members(connection, [(msgspec.structs.replace(MEMBER, birth_date=dt.date(2001, 1, 1)), [])])
    assert all(result.same for result in replay(busy.store, lambda _files: policies))


def test_another_engine_is_told_by_its_differences_and_never_fails(busy: Desk, policies: PolicySet) -> None:
    def dearer(case: Case, policies: PolicySet) -> Decision:
        decision = engine.adjudicate(case, policies)
        if case.claim.subscriber.member_id == SPOUSE.member_id:
            raise RuntimeError
        return decision

    results = list(replay(busy.store, lambda _files: policies, adjudicate=dearer))
    (different,) = [result for result in results if not result.same]
    assert 'disposition: "paid" stored, "pended" now' in different.differences
    assert "lines: 1 entries stored, nothing now" in different.differences
    assert len(results) == 8


def test_other_policies_are_told_by_their_differences(busy: Desk, policies: PolicySet) -> None:
    without = msgspec.structs.replace(policies, coverage=())
    different = [result for result in replay(busy.store, lambda _files: without) if not result.same]
    assert [result.decision_number for result in different] == [1, 2]  # the study no longer waits


def test_a_policy_set_that_cannot_be_had_is_a_difference(busy: Desk, policies: PolicySet) -> None:
    def broken(_files: Mapping[str, bytes]) -> PolicySet:
        raise ValueError("payer.yaml:1: found nothing")

    other = msgspec.structs.replace(policies, digest="2" * 64)
    for compile_set, told in ((broken, "found nothing"), (lambda _files: other, "2" * 64)):
        results = list(replay(busy.store, compile_set))
        assert len(results) == 8
        assert all(told in result.differences[0] for result in results)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("replace(decision_json, '\"paid_cents\":', '\"paid_cents\":9')", "paid_cents"),
        ("'{'", "the stored decision is damaged"),
    ],
)
def test_a_stored_decision_that_was_tampered_with_is_found(
    busy: Desk, policies: PolicySet, damage: str, told: str
) -> None:
    with busy.store.writing() as connection:
        # Whoever tampers can do this too.
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("DROP TRIGGER decisions_append_only ON decisions")
        else:
            for change in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER decisions_no_{change}")
        connection.exec_driver_sql(f"UPDATE decisions SET decision_json = {damage} WHERE paid_cents > 0")
    different = [result for result in replay(busy.store, lambda _files: policies) if not result.same]
    assert different
    assert all(told in " ".join(result.differences) for result in different)


def test_progress_is_told(busy: Desk, policies: PolicySet) -> None:
    told: list[tuple[int, int]] = []
    list(replay(busy.store, lambda _files: policies, progress=lambda done, total: told.append((done, total))))
    assert told == [(8, 8)]


class TestArchive:
    def test_a_set_is_archived_before_it_is_in_force_and_kept_for_good(self, desk: Desk, policies: PolicySet) -> None:
        files = {"payer.yaml": b"\x00\xff", "tables/carc.csv": b"code\n" * 1000}
        other = msgspec.structs.replace(policies, digest="3" * 64)
        desk.in_force.replace(files, other)
        assert desk.in_force() is other
        with desk.store.reading() as connection:
            assert archived_policies(connection, "3" * 64) == files
            assert archived_policies(connection, policies.digest) is not None
            assert archived_policies(connection, "4" * 64) is None

    def test_a_big_table_is_kept_once_by_its_checksum_and_read_again_when_it_is_opened(
        self, desk: Desk, policies: PolicySet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(archive, "PART_BYTES", 10_000)
        place = tmp_path / "big.csv"
        place.write_bytes(b"a row of a big table\n" * 5000)
        table = content_at(place)
        assert isinstance(table, LargeFile)
        for name in "34":
            files = {"payer.yaml": name.encode(), "tables/big.csv": table}
            desk.in_force.replace(files, msgspec.structs.replace(policies, digest=name * 64))
        assert desk.rows("table_archives") == 11
        place.write_bytes(b"")
        with desk.store.reading() as connection:
            kept = archived_policies(connection, "4" * 64)
        assert kept == {"payer.yaml": b"4", "tables/big.csv": table}
        assert digest_of(kept) == digest_of(files)
        assert whole(kept["tables/big.csv"]) == b"a row of a big table\n" * 5000

    def test_putting_the_same_set_in_force_again_keeps_one_copy(self, desk: Desk, policies: PolicySet) -> None:
        before = desk.rows("policy_archives")
        desk.in_force.replace({"payer.yaml": b"x"}, policies)
        assert desk.rows("policy_archives") == before

    def test_a_batch_keeps_the_set_that_it_began_with(self, place: Place, policies: PolicySet) -> None:
        other = msgspec.structs.replace(policies, digest="3" * 64)

        def adjudicate(case: Case, used: PolicySet) -> Decision:
            sets.append(used)
            if len(sets) == 1:
                desk.claims._policies = lambda: other
            return engine.adjudicate(case, used)

        sets: list[PolicySet] = []
        desk = Desk(place("payer"), policies, adjudicate)
        desk.submit(a_visit(), a_visit(SPOUSE))
        assert [used.digest for used in sets] == [policies.digest] * 2
        desk.store.close()


def test_a_stored_decision_names_who_caused_it_and_when(busy: Desk) -> None:
    with busy.store.reading() as connection:
        rows = connection.exec_driver_sql("SELECT actor, decided_on FROM decisions ORDER BY sequence").fetchall()
    assert [(actor, str(day)) for actor, day in rows] == [
        *[(OPERATOR.name, TODAY.isoformat())] * 6,
        (REVIEWER.name, TODAY.isoformat()),
        (OPERATOR.name, TODAY.isoformat()),
    ]
