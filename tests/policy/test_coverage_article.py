"""The formalized echocardiography article against the published one: the same diagnoses, procedures and sentences."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import DEMO

POLICY = DEMO / "coverage" / "transthoracic-echocardiography.yaml"
DIAGNOSES = DEMO / "sets" / "transthoracic-echocardiography-diagnoses.yaml"


@dataclass(frozen=True)
class Article:
    """What the published file says."""

    paragraph: str
    codes: tuple[str, ...]
    url: str
    billable: frozenset[str]


@pytest.fixture(scope="module")
def article(shared_data: Path) -> Article:
    found = json.loads((shared_data / "lcd" / "L33577_A56781_TTE_Wisconsin.json").read_text(encoding="utf-8"))
    (document,) = found["policies"][0]["associated_documents"]["related_local_coverage_documents"]
    group = document["article_content"]["Group 1 Paragraph"]
    with (DEMO / "tables" / "diagnoses.csv").open(encoding="utf-8", newline="") as file:
        billable = frozenset(row["code"] for row in csv.DictReader(file) if row["billable"] == "true")
    return Article(
        paragraph=" ".join(group["paragraph"].replace("\\n", " ").split()),
        codes=tuple(code["code"] for code in group["codes"]),
        url=document["url"],
        billable=billable,
    )


def only_version(path: Path) -> dict[str, Any]:
    (version,) = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)["versions"]
    return dict(version)


def test_the_set_holds_all_121_diagnoses_of_the_article_and_nothing_more(article: Article):
    listed = only_version(DIAGNOSES)["codes"]
    assert len(article.codes) == 121
    assert sorted(listed) == sorted(article.codes)


def test_every_diagnosis_of_the_article_is_in_the_code_table_as_one_that_may_be_billed(article: Article):
    assert {code.replace(".", "") for code in article.codes} <= article.billable


def test_every_quote_is_a_sentence_of_the_article(article: Article):
    quotes = [" ".join(criterion["quote"].split()) for criterion in only_version(POLICY)["criteria"]]
    assert len(quotes) == 6
    assert [quote for quote in quotes if quote not in article.paragraph] == []


def test_the_policy_and_its_set_cite_the_address_of_the_article(article: Article):
    assert {only_version(path)["cite"]["url"] for path in (POLICY, DIAGNOSES)} == {article.url}


def test_the_policy_names_the_articles_procedures_and_their_add_on_codes(article: Article, shared_data: Path):
    """The article names the base codes; the NCCI file of add-on codes says which are related."""
    bases = {"93306", "93307", "93308", "C8923", "C8924", "C8929"}
    assert all(base in article.paragraph for base in bases)
    with (shared_data / "ncci" / "aoc_2024q3.csv").open(encoding="utf-8", newline="") as file:
        related = {row["add_on_code"] for row in csv.DictReader(file) if row["primary_code"] in bases}
    named = set(only_version(POLICY)["procedures"])
    assert named == {"sets/echocardiography"} | {base for base in bases if base.startswith("C")} | related
    assert only_version(DEMO / "sets" / "echocardiography.yaml")["codes"] == ["93306-93308"]
