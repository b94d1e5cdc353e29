"""Tells a person what became of a file of claims: how many ended how, what is paid, why not the rest, what waits, what failed."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator

from adjudicator.cli.accounts import NOT_TAKEN, UNREADABLE, Account
from adjudicator.model.decision import WHOLE_CLAIM, Disposition
from adjudicator.model.money import dollars

ENDINGS = {
    Disposition.PAID.value: "paid",
    Disposition.PARTLY_PAID.value: "paid in part",
    Disposition.DENIED.value: "denied",
    Disposition.PENDED.value: "pended: the payer has to look at it",
    Disposition.REJECTED.value: "rejected: correct it and send it anew",
    UNREADABLE: "unreadable: correct it and send it anew",
    NOT_TAKEN: "not taken: see below",
}
"""Every way in which a claim can end, in words and in the order in which they are told."""
BEARERS = {
    "CO": "the patient may not be billed",
    "OA": "neither is billed",
    "PI": "the patient may not be billed",
    "PR": "the patient may be billed",
}
"""Who bears an amount that is not paid, by group code (domain/02 section 1.1)."""
MOST_LISTED = 100
"""Claims that one section lists; ``decisions.jsonl`` has them all."""
WIDTH = 100
_FINAL = {disposition.value for disposition in Disposition if disposition.is_final}


class Summary:
    """What has become of a file's claims so far; it grows with the reasons, not with the claims."""

    def __init__(self) -> None:
        self.endings: Counter[str] = Counter()
        """How many claims ended how."""
        self.broken_envelopes = 0
        self._charge_cents: Counter[str] = Counter()
        self._paid_cents: Counter[str] = Counter()
        self._member_cents: Counter[str] = Counter()
        self._reasons: dict[str, _Reason] = {}
        self._sections: dict[str, _Section] = {}
        self._policies: Counter[str] = Counter()
        self.first_problem = ""
        """The first thing that could not be read: what was found and what to write."""

    @property
    def unread(self) -> str:
        """How many claims and envelopes could not be read or were not taken, in words; empty when there are none."""
        claims = self.endings[UNREADABLE] + self.endings[NOT_TAKEN]
        parts = [(claims, "claim"), (self.broken_envelopes, "envelope without claims")]
        return " and ".join(f"{count} {what}{'s' if count > 1 else ''}" for count, what in parts if count)

    @property
    def any_read(self) -> bool:
        """Whether anything was read at all."""
        return self.endings.total() > self.endings[UNREADABLE]

    def decided_under_others(self, digest: str) -> int:
        """How many claims keep a decision made earlier, under another policy set than this."""
        return self._policies.total() - self._policies[digest]

    def add(self, account: Account) -> None:
        """Count a claim, or an envelope that holds none."""
        if account.place.position:
            self.endings[account.outcome] += 1
            self._charge_cents[account.outcome] += account.charge_cents
            self._paid_cents[account.outcome] += account.paid_cents or 0
            self._member_cents[account.outcome] += account.member_cents or 0
        else:
            self.broken_envelopes += 1
        for problem in account.problems[:1]:
            self.first_problem = self.first_problem or f"found {problem.found}, write {problem.write}"
        if account.policy_digest:
            self._policies[account.policy_digest] += 1
        for line in account.lines:
            for unpaid in line.adjustments:
                name = " ".join((f"{unpaid.group}-{unpaid.carc}", *unpaid.remarks))
                reason = self._reasons.setdefault(name, _Reason(unpaid.group))
                reason.lines += 1
                reason.amount_cents += unpaid.amount_cents
                if unpaid.next_step:
                    reason.cause = unpaid.next_step.cause
        for heading, text in _told(account):
            self._sections.setdefault(heading, _Section()).add(text)

    def text(self, *opening: str) -> str:
        """The summary as plain text, below opening lines that say what was done."""
        return "\n".join((*opening, "", *self.table(), *self._details())) + "\n"

    def table(self) -> Iterator[str]:
        """How many claims ended how, with their money."""
        yield f"{'What became of the claims':<42}{'claims':>8}{'charged':>16}{'plan pays':>16}{'patient owes':>16}"
        for ending, words in ENDINGS.items():
            if self.endings[ending]:
                final = ending in _FINAL
                paid = dollars(self._paid_cents[ending]) if final else "-"
                owed = dollars(self._member_cents[ending]) if final else "-"
                charged = dollars(self._charge_cents[ending])
                yield f"  {words:<40}{self.endings[ending]:>8}{charged:>16}{paid:>16}{owed:>16}"
        totals = [dollars(cents.total()) for cents in (self._charge_cents, self._paid_cents, self._member_cents)]
        yield f"  {'all':<40}{self.endings.total():>8}{totals[0]:>16}{totals[1]:>16}{totals[2]:>16}"

    def _details(self) -> Iterator[str]:
        if self._reasons:
            yield ""
            yield f"{'Why money of decided claims is not paid':<66}{'lines':>8}{'amount':>16}"
        for name, reason in sorted(self._reasons.items(), key=lambda row: (-row[1].amount_cents, row[0])):
            bearer = BEARERS.get(reason.group, "")
            yield f"  {name:<18}{bearer:<46}{reason.lines:>8}{dollars(reason.amount_cents):>16}"
            yield from _wrapped(reason.cause, "      ")
        for heading in sorted(self._sections):
            section = self._sections[heading]
            yield ""
            yield f"{heading}: {section.count}"
            yield from section.lines
            if section.count > MOST_LISTED:
                yield f"  ... and {section.count - MOST_LISTED} more: see decisions.jsonl"


class _Reason:
    """Money that is not paid for one reason."""

    def __init__(self, group: str) -> None:
        self.group = group
        self.lines = self.amount_cents = 0
        self.cause = ""


class _Section:
    """Claims that share a fate: how many, and the first of them in words."""

    def __init__(self) -> None:
        self.count = 0
        self.lines: list[str] = []

    def add(self, lines: Iterable[str]) -> None:
        self.count += 1
        if self.count <= MOST_LISTED:
            self.lines += lines


def _told(account: Account) -> Iterator[tuple[str, list[str]]]:
    """The sections in which a claim is listed, and what each says of it."""
    claim = f"  {account.patient_control_number or '(no claim number)'}"
    if account.outcome == UNREADABLE:
        stands = account.place
        place = f"interchange {stands.interchange}, transaction {stands.transaction or '-'}, segment {stands.segment}"
        lines = [f"{claim}, {place}" if stands.position else f"  {place}" if stands.interchange else "  the whole file"]
        for problem in account.problems:
            element = f"{problem.segment_id}{problem.element:02d}" if problem.element else problem.segment_id
            element += f"-{problem.component}" if problem.component else ""
            where = f"segment {problem.segment}, {element}: " if problem.segment else ""
            lines += _wrapped(f"{where}found {problem.found}, write {problem.write}", "      ")
        yield ("Unreadable" if stands.position else "Broken envelopes"), lines
    elif account.refusal:
        yield "Not taken", [claim, *_wrapped(account.refusal.message, "      ")]
    elif account.outcome in (Disposition.DENIED.value, Disposition.PARTLY_PAID.value):
        lines = [f"{claim}  {account.claim_id}"]
        denied = {
            (finding.rule, finding.line): finding.because for finding in account.findings if finding.verdict == "deny"
        }
        for decided in account.lines:
            for unpaid in decided.adjustments:
                because = denied.get((unpaid.rule, decided.line)) or denied.get((unpaid.rule, WHOLE_CLAIM))
                if because:
                    reason = " ".join((f"{unpaid.group}-{unpaid.carc}", *unpaid.remarks))
                    lines.append(f"      line {decided.line}  {dollars(unpaid.amount_cents)}  {reason}")
                    lines += _wrapped(because, "        ")
        yield "Denied or paid in part", lines
    elif account.outcome == Disposition.REJECTED.value:
        rejecting = [finding for finding in account.findings if finding.verdict == "reject"]
        lines = [f"{claim}  {account.claim_id}"]
        for finding in rejecting:
            lines += _wrapped(f"{finding.because} [{', '.join(finding.statuses)}]", "      ")
        yield "Rejected", lines
    elif account.outcome == Disposition.PENDED.value:
        for queue in dict.fromkeys(
            finding.queue for finding in account.findings if finding.verdict in ("pend", "fault")
        ):
            lines = [f"{claim}  {account.claim_id}"]
            for finding in account.findings:
                if finding.verdict in ("pend", "fault") and finding.queue == queue:
                    line = "" if finding.line == WHOLE_CLAIM else f"line {finding.line}: "
                    lines += _wrapped(line + (finding.question or finding.because), "      ")
            yield f"Waiting in queue {queue}", lines


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
