"""The demo payer's sample claims, and what their scenario files say of all of them together."""

from collections import Counter

from adjudicator.cli.demo.samples import read_samples
from adjudicator.cli.payer import demo_policies
from adjudicator.model.money import cents_from_text, dollars

SAMPLES = read_samples(demo_policies() / "samples" / "scenarios")
CLAIMS = [claim for interchange in SAMPLES for claim in interchange.claim]
ENDINGS = Counter(claim.expect.ending for claim in CLAIMS)
PLAN_PAYS = dollars(sum(cents_from_text(line.paid) for claim in CLAIMS for line in claim.expect.lines))


TASKS = Counter(queue for claim in CLAIMS for queue in claim.expect.queues)
"""Tasks by queue: one for each rule that holds a claim."""
DECIDED = len(CLAIMS) - ENDINGS["unreadable"]
"""Claims that can be read each get a decision."""


def in_one_sentence() -> str:
    """How the claims end, as the commands say it."""
    words = ("paid", "partly_paid", "denied", "pended", "rejected", "unreadable")
    counts = ", ".join(f"{ENDINGS[word]} {word.replace('_', ' ')}" for word in words)
    return f"{len(CLAIMS)} claims: {counts}."
