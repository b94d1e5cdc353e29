"""Big tables are compiled once, mapped ever after, and never half written."""

import csv
import datetime as dt
import gzip
import multiprocessing
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjudicator.policy.coding_tables import PairEdit, Setting
from adjudicator.policy.load import PolicyErrors, digest_of, load_policies, read_files
from adjudicator.policy.load.compiled import CACHE_VARIABLE, compiled
from adjudicator.policy.load.publishers.layouts import LAYOUTS
from adjudicator.policy.load.table_files import LARGE_BYTES, LargeFile, content_at, whole
from adjudicator.policy.packed import PackedPairs
from tests.policy.small_set import small_set
from tests.policy.test_publishers import DAY, FIRST, LIMIT_CSV, PAIR_CSV, PAIR_TITLES, binding, version

PAIRS = LAYOUTS["ncci-ptp"]
LISTS = "procedure-pairs-practitioner"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for compiled tables."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(CACHE_VARIABLE, str(folder))
    return folder


def many_pairs(indicator: str = "1") -> bytes:
    rows = "".join(
        f"{one},{two},9999-12-31,{indicator},Ground\n" for one in range(10000, 10060) for two in range(20000, 20060)
    )
    return (PAIR_CSV + rows).encode()


@pytest.fixture
def big(tmp_path: Path) -> LargeFile:
    content = content_of(tmp_path / "big.csv", many_pairs())
    assert isinstance(content, LargeFile)
    return content


def content_of(path: Path, content: bytes) -> bytes:
    path.write_bytes(content)
    return content_at(path)


def folder_of(tmp_path: Path, content: bytes) -> Path:
    """The small set as a folder, with a big table of pairs."""
    table = {
        "tables/big.csv": content,
        f"tables/{LISTS}.yaml": binding(LISTS, version("tables/big.csv", content, "ncci-ptp")),
    }
    for path, text in {**small_set(), **table}.items():
        (tmp_path / "set" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / path).write_bytes(text)
    return tmp_path / "set"


def never(*_: object) -> bytes:
    raise AssertionError("it was compiled again")


def found(packed: object) -> list[PairEdit]:
    assert isinstance(packed, PackedPairs)
    return list(packed.find("10000", "20000"))


def test_a_big_table_is_compiled_once_and_mapped_ever_after(
    cache: Path, big: LargeFile, monkeypatch: pytest.MonkeyPatch
):
    first, mistakes = compiled("big.csv", big, PAIRS, FIRST)
    assert mistakes == []
    assert [path.suffix for path in cache.iterdir()] == [".table"]
    monkeypatch.setattr("adjudicator.policy.load.compiled._pack", never)
    again, mistakes = compiled("big.csv", big, PAIRS, FIRST)
    assert mistakes == []
    assert found(first) == found(again) != []


def test_a_folders_big_table_is_never_held_as_bytes(cache: Path, tmp_path: Path):
    root = folder_of(tmp_path, many_pairs())
    files = read_files(root)
    table = files["tables/big.csv"]
    assert isinstance(table, LargeFile)
    assert len(table) < 200
    assert whole(table) == many_pairs()
    pairs = load_policies(root).coding_on(DAY).pairs.get(Setting.PRACTITIONER)
    assert pairs is not None
    assert pairs.find("10000", "20000", DAY) is not None


def test_a_change_to_a_big_table_changes_the_digest_and_is_told_until_it_is_bound_anew(cache: Path, tmp_path: Path):
    root = folder_of(tmp_path, many_pairs())
    before = digest_of(read_files(root))
    (root / "tables/big.csv").write_bytes(many_pairs("0"))
    assert digest_of(read_files(root)) != before
    with pytest.raises(PolicyErrors) as raised:
        load_policies(root)
    assert "found a checksum that is not that of tables/big.csv" in str(raised.value)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:100],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: b"something else altogether",
    ],
    ids=["empty", "cut off", "one bit", "foreign"],
)
def test_a_damaged_or_foreign_file_in_the_cache_is_made_anew(
    cache: Path, big: LargeFile, damage: Callable[[bytes], bytes]
):
    compiled("big.csv", big, PAIRS, FIRST)
    (place,) = cache.iterdir()
    whole_before = place.read_bytes()
    place.write_bytes(damage(whole_before))
    packed, mistakes = compiled("big.csv", big, PAIRS, FIRST)
    assert mistakes == []
    assert found(packed)
    assert place.read_bytes() == whole_before


def test_a_compiled_table_of_another_source_is_not_believed(cache: Path, big: LargeFile, tmp_path: Path):
    compiled("big.csv", big, PAIRS, FIRST)
    (ours,) = cache.iterdir()
    other = content_of(tmp_path / "other.csv", many_pairs("0"))
    compiled("other.csv", other, PAIRS, FIRST)
    (theirs,) = (path for path in cache.iterdir() if path != ours)
    ours.write_bytes(theirs.read_bytes())
    packed, _ = compiled("big.csv", big, PAIRS, FIRST)
    assert found(packed)[0].modifier_indicator == "1"


def _compile(path: Path, ready: object) -> None:
    ready.wait()  # type: ignore[attr-defined]
    packed, mistakes = compiled("big.csv", content_at(path), PAIRS, FIRST)
    assert not mistakes
    assert found(packed)


def test_two_processes_may_compile_at_once(cache: Path, big: LargeFile, tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    workers = [context.Process(target=_compile, args=(tmp_path / "big.csv", ready)) for _ in range(2)]
    for worker in workers:
        worker.start()
    ready.set()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert [path.suffix for path in cache.iterdir()] == [".table"]


def test_an_interruption_leaves_nothing_behind(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    big = content_of(tmp_path / "big.csv", many_pairs() * 20)

    def interrupt(file: str, read_bytes: int, size_bytes: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compiled("big.csv", big, PAIRS, FIRST, progress=interrupt)
    assert not cache.exists()
    monkeypatch.setattr("os.fsync", lambda _: interrupt("", 0, 0))
    good = content_of(tmp_path / "good.csv", many_pairs())
    with pytest.raises(KeyboardInterrupt):
        compiled("good.csv", good, PAIRS, FIRST)
    assert list(cache.iterdir()) == []


def test_progress_is_told_up_to_the_size_of_the_file(cache: Path, tmp_path: Path):
    big = content_of(tmp_path / "big.csv", PAIR_CSV.encode() + b"11721,11720,2013-12-31,1,Ground\n" * 100_000)
    told: list[tuple[str, int, int]] = []
    compiled("big.csv", big, PAIRS, FIRST, progress=lambda *step: told.append(step))
    assert len(told) >= 3
    size_bytes = len(whole(big))
    assert told[-1] == ("big.csv", size_bytes, size_bytes)


def test_a_bad_big_table_is_told_by_row_and_is_not_kept(cache: Path, tmp_path: Path):
    big = content_of(tmp_path / "big.csv", many_pairs() + b"10000,20000,9999-12-31,1,Ground\n")
    packed, mistakes = compiled("tables/big.csv", big, PAIRS, FIRST)
    assert packed is None
    (mistake,) = mistakes
    assert str(mistake) == (
        "tables/big.csv:3602: column_1: found 10000 with 20000 again, in force on days of row 2 too; write a pair once for a day"
    )
    assert not cache.exists()


def test_a_cache_that_cannot_be_written_is_told(cache: Path, big: LargeFile):
    cache.write_bytes(b"a file in its place")
    packed, mistakes = compiled("big.csv", big, PAIRS, FIRST)
    assert packed is None
    assert f"found no way to keep the compiled table in {cache}" in mistakes[0].message


def test_a_table_is_read_for_each_first_day_on_its_own(cache: Path, tmp_path: Path):
    rows = (
        PAIR_CSV + "11721,11720,2024-06-30,1,Ground\n" * 1 + "11721,11719,2013-12-31,0,Ground\n" * (LARGE_BYTES // 20)
    )
    big = content_of(tmp_path / "big.csv", rows.encode())
    later, _ = compiled("big.csv", big, PAIRS, FIRST)
    earlier, _ = compiled("big.csv", big, PAIRS, dt.date(2024, 4, 1))
    assert later is not None
    assert earlier is not None
    assert (len(later), len(earlier)) == (0, 1)


_CODES = st.sampled_from([f"{number:05d}" for number in (100, 101, 10060, 11720, 11721, 99213)] + ["0213T", "G0121"])
_DAYS = st.integers(0, 120).map(lambda offset: dt.date(2024, 5, 1) + dt.timedelta(offset))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(_CODES, _CODES, _DAYS, st.none() | _DAYS, st.sampled_from("019")), max_size=40), _DAYS)
def test_a_file_answers_as_a_plain_reading_of_its_rows_does(rows, day):
    kept: list[tuple[str, str, dt.date, dt.date | None, str]] = []
    for one, two, begins, ends, indicator in rows:
        ends = ends if ends is None or ends >= begins else begins
        again = [row for row in kept if row[:2] == (one, two)]
        if all(begins > (row[3] or dt.date.max) or (ends or dt.date.max) < row[2] for row in again):
            kept.append((one, two, begins, ends, indicator))
    text = PAIR_TITLES + "".join(
        f"{one}\t{two}\t\t{begins:%Y%m%d}\t{f'{ends:%Y%m%d}' if ends else '*'}\t{indicator}\tGround\n"
        for one, two, begins, ends, indicator in kept
    )
    packed, mistakes = compiled("pairs.txt", text.encode(), PAIRS, FIRST)
    assert mistakes == []
    assert isinstance(packed, PackedPairs)
    for one in {row[0] for row in kept}:
        for two in {row[1] for row in kept}:
            holding = [
                row[4]
                for row in kept
                if row[:2] == (one, two) and row[2] <= day and (row[3] is None or day <= row[3]) and row[4] != "9"
            ]
            expected = holding if day >= FIRST else []
            told = [edit.modifier_indicator for edit in packed.find(one, two) if edit.span.covers(day) and day >= FIRST]
            assert told == expected


def test_the_real_pairs_answer_as_a_plain_reading_of_their_file_does(shared_data: Path, cache: Path):
    file = shared_data / "ncci" / "ptp_prac_2024q3_all.csv.gz"
    packed, mistakes = compiled(file.name, content_at(file), PAIRS, FIRST)
    assert mistakes == []
    assert isinstance(packed, PackedPairs)
    with gzip.open(file, "rt") as lines:
        rows = list(csv.reader(lines))[1:]
    active = {(one, two): indicator for one, two, deletion, indicator, _ in rows if deletion == "9999-12-31"}
    assert len(packed) == len(active)
    drawn = random.Random(4).sample(rows, 20_000)
    for one, two, *_ in drawn:
        for first, second in ((one, two), (two, one)):
            told = [edit.modifier_indicator for edit in packed.find(first, second) if edit.span.covers(DAY)]
            assert told == ([active[first, second]] if (first, second) in active else [])


@pytest.mark.parametrize(
    ("layout", "file", "count"),
    [
        ("ncci-mue", "ncci/mue_prac_2024q3.csv", 14_677),
        ("ncci-mue", "ncci/mue_out_2024q3.csv", 14_628),
        ("ncci-mue", "ncci/mue_dme_2024q3.csv", 2_928),
        ("ncci-add-on", "ncci/aoc_2024q3.csv", 668),
        ("pprrvu", "mpfs/2024/pprrvu_rvu24b_apr.csv", 18_534),
        ("pprrvu", "mpfs/2025_cms_layout/PPRRVU25_JAN.csv", 18_865),
    ],
)
def test_the_publishers_real_files_are_read_whole(shared_data: Path, cache: Path, layout: str, file: str, count: int):
    packed, mistakes = compiled(file, content_at(shared_data / file), LAYOUTS[layout], FIRST)
    assert mistakes == []
    assert packed is not None
    assert len(packed) == count


def test_limits_of_a_big_file_are_found(cache: Path, tmp_path: Path):
    rows = "".join(f"{code:05d},{code % 9},3,Clinical: Data,Practitioner\n" for code in range(100, 5000))
    big = content_of(tmp_path / "big.csv", (LIMIT_CSV + rows).encode())
    packed, mistakes = compiled("big.csv", big, LAYOUTS["ncci-mue"], FIRST)
    assert mistakes == []
    assert packed is not None
    assert "00100" in packed
    assert "05000" not in packed
