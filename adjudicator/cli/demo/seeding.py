"""The demo payer's data as files, and loaded into a database as anybody would load them."""

import shutil
from pathlib import Path

from adjudicator.cli.adjudicate import DATA, STORE
from adjudicator.cli.demo.claim_file import write_837
from adjudicator.cli.demo.samples import read_samples
from adjudicator.cli.demo.senders import Senders, read_senders
from adjudicator.cli.load import MEMBERS, load_folder
from adjudicator.cli.outputs import write_whole
from adjudicator.cli.payer import demo_policies, load, opened
from adjudicator.cli.payer_files import read_members
from adjudicator.model.case import Member

SAMPLES, CLAIMS = "samples", "claims.837"
SCENARIOS, SENDERS = "scenarios", "senders.toml"


def demo_members() -> dict[str, Member]:
    """The demo payer's members, by number."""
    policies, _ = load(None)
    return {member.member_id: member for member, _ in read_members(demo_policies() / DATA / MEMBERS, policies)}


def demo_senders() -> Senders:
    """Who sends the demo payer's claims."""
    return read_senders(demo_policies() / SAMPLES / SENDERS)


def write_claims(out: Path) -> None:
    """Write claims.837 into a folder, from the scenario files."""
    interchanges = read_samples(demo_policies() / SAMPLES / SCENARIOS)
    write_whole(out / CLAIMS, write_837(interchanges, demo_senders(), demo_members()))


def write_data(out: Path) -> None:
    """Write the demo payer's files into a folder: its data, and the claims to try them on."""
    shutil.copytree(demo_policies() / DATA, out / DATA, dirs_exist_ok=True)
    write_claims(out / SAMPLES)


def load_store(out: Path) -> None:
    """Load what ``write_data`` wrote into a new database beside it; an older one is removed."""
    for name in (STORE, f"{STORE}-wal", f"{STORE}-shm"):
        (out / name).unlink(missing_ok=True)
    policies, _ = load(None)
    with opened(str(out / STORE), new=True) as store:
        load_folder(store, out / DATA, policies)
