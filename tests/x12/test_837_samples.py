"""Real files of other projects: every claim in them is accounted for, and what is malformed is never accepted."""

import csv
from pathlib import Path

import pytest

from adjudicator.x12.claims import ReadClaim, ReadItem, Unreadable, read_claims
from adjudicator.x12.interchange import text_of


def files(shared_data: Path, *folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((shared_data / "x12" / folder).glob("*"))]
    assert found
    return found


def items_of(path: Path) -> list[ReadItem]:
    return list(read_claims(text_of(path.read_bytes())))


def claims_in(shared_data: Path, path: Path) -> int:
    """How many claims the manifest counts in a file; a repaired file holds what its original holds."""
    with (shared_data / "x12" / "MANIFEST.csv").open(newline="") as manifest:
        counts = {row["file"]: int(row["claims"]) for row in csv.DictReader(manifest)}
    name = str(path.relative_to(shared_data / "x12"))
    return counts[name] if name in counts else counts[name.replace("repaired", "envelope_defect")]


def counted(items: list[ReadItem]) -> int:
    return sum(isinstance(item, ReadClaim) or item.is_claim for item in items)


@pytest.mark.parametrize("folder", ["clean/837p", "clean/837p_4010", "clean/837i", "clean/837i_4010"])
def test_every_claim_of_the_clean_files_is_accounted_for(shared_data: Path, folder: str):
    for path in files(shared_data, folder):
        assert counted(items_of(path)) == claims_in(shared_data, path), path.name


@pytest.mark.parametrize("folder", ["envelope_defect/837p", "envelope_defect/837i", "repaired/837p", "repaired/837i"])
def test_every_claim_of_the_defective_and_the_repaired_files_is_accounted_for(shared_data: Path, folder: str):
    for path in files(shared_data, folder):
        assert counted(items_of(path)) == claims_in(shared_data, path), path.name


def test_every_clean_professional_claim_is_read(shared_data: Path):
    for path in files(shared_data, "clean/837p"):
        unread = [item for item in items_of(path) if isinstance(item, Unreadable) and item.is_claim]
        assert not unread, (path.name, unread)


def test_lines_and_charges_of_the_clean_claims_are_all_there(shared_data: Path):
    for path in files(shared_data, "clean/837p"):
        for item in items_of(path):
            if isinstance(item, ReadClaim):
                claim = item.claim
                assert claim.total_charge_cents == sum(line.charge_cents for line in claim.lines), path.name


def test_every_file_of_version_4010_is_refused_by_name(shared_data: Path):
    for path in files(shared_data, "clean/837p_4010", "clean/837i_4010"):
        version = "004010X098A1" if "837p" in str(path) else "004010X096A1"
        instead = "005010X222A1" if "837p" in str(path) else "005010X223A2"
        for item in items_of(path):
            assert isinstance(item, Unreadable)
            assert item.patient_control_number
            assert f"found {version}, which is not read, write {instead} and send it again" in str(item.problems[0])


def test_no_claim_in_an_envelope_with_a_defect_is_accepted(shared_data: Path):
    for path in files(shared_data, "envelope_defect/837p", "envelope_defect/837i"):
        assert not any(isinstance(item, ReadClaim) for item in items_of(path)), path.name


@pytest.mark.parametrize(
    ("name", "defect"),
    [
        ("bad_first_line", "ISA02): found 9 characters, write exactly 10 characters"),
        ("bad_valid_code", "NM101): found '117', write 85 or 87 or PE"),
        ("loop_errors2_exceeds_max_repeats_multiple_parents", "found a second NM1*85"),
        ("missing_elements", "CLM05): found nothing"),
        ("missing_required_loops_mult_repeats", "found 'SV1' in a claim before its first LX"),
        ("segments_out_of_order", "found N4 after REF"),
    ],
)
def test_what_is_malformed_is_refused_for_its_defect_even_with_its_count_mended(
    shared_data: Path, name: str, defect: str
):
    text = (shared_data / "x12" / "malformed" / "837p" / f"x12-parser__837_5010__x12_{name}.txt").read_text()
    assert not any(isinstance(item, ReadClaim) for item in read_claims(text))
    segments = [segment.strip() for segment in text.split("~")]
    count = segments.index("GE*1*1") - segments.index("ST*837*987654*005010X222A1")
    mended = text.replace("SE*25*", f"SE*{count}*")
    told = [str(problem) for item in read_claims(mended) if isinstance(item, Unreadable) for problem in item.problems]
    assert any(defect in problem for problem in told)
    assert not any("SE01" in problem for problem in told)


def test_a_repaired_file_is_read_where_its_original_is_refused(shared_data: Path):
    name = "zX12__samples__837p_example.x12"
    read = items_of(shared_data / "x12" / "repaired" / "837p" / name)
    refused = items_of(shared_data / "x12" / "envelope_defect" / "837p" / name)
    assert [isinstance(item, ReadClaim) for item in read] == [True, True]
    assert [isinstance(item, ReadClaim) for item in refused] == [False, False]
