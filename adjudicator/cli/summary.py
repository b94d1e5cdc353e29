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
MOST_REASONS = 20
"""Reasons that one table tells in words, the largest first."""
WIDTH = 100
_LABEL = 74
"""Columns of the words of a table of reasons."""
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
        self._denied: dict[tuple[str, str], _Reason] = {}
        """Why lines were denied, by cause and bearer."""
        self._reduced: dict[tuple[str, str], _Reason] = {}
        """What paid lines left unpaid, by cause and bearer."""
        self._rejected: dict[tuple[str, str], _Reason] = {}
        """Why claims were rejected, by cause."""
        self._waiting: dict[str, _Queue] = {}
        """What waits, by queue."""
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
            reasons = self._denied if line.verdict == "deny" else self._reduced
            for unpaid in line.adjustments:
                code = " ".join((f"{unpaid.group}-{unpaid.carc}", *unpaid.remarks))
                bearer = BEARERS.get(unpaid.group, "")
                cause = unpaid.next_step.cause if unpaid.next_step else code
                reasons.setdefault((cause, bearer), _Reason(cause, bearer)).add(code, unpaid.amount_cents)
        self._count_unpaid_claims(account)
        for heading, text in _told(account):
            self._sections.setdefault(heading, _Section()).add(text)

    def _count_unpaid_claims(self, account: Account) -> None:
        """Count a claim among those that are rejected or wait, once for each reason or queue."""
        rejecting = {finding.statuses: finding for finding in account.findings if finding.verdict == "reject"}
        for statuses, finding in rejecting.items():
            cause = finding.next_step.cause if finding.next_step else finding.because
            self._rejected.setdefault((cause, ""), _Reason(cause)).add(", ".join(statuses), account.charge_cents)
        if account.outcome != Disposition.PENDED.value:
            return
        holding = [finding for finding in account.findings if finding.verdict in ("pend", "fault")]
        for queue in dict.fromkeys(finding.queue for finding in holding):
            waiting = self._waiting.setdefault(queue, _Queue())
            waiting.claims += 1
            waiting.charge_cents += account.charge_cents
            causes = {
                f"{finding.pend_code}: {cause}" if finding.pend_code else cause
                for finding in holding
                if finding.queue == queue
                for cause in (finding.next_step.cause if finding.next_step else finding.because,)
            }
            waiting.causes.update(causes)

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
        yield from _ranked(f"{'Why lines were denied':<{_LABEL}}{'lines':>8}{'charged':>16}", self._denied)
        yield from _ranked(f"{'What paid lines left unpaid':<{_LABEL}}{'lines':>8}{'amount':>16}", self._reduced)
        yield from _ranked(f"{'Why claims were rejected':<{_LABEL}}{'claims':>8}{'charged':>16}", self._rejected)
        if self._waiting:
            yield ""
            yield f"{'What waits, by queue':<{_LABEL}}{'claims':>8}{'charged':>16}"
        for name, queue in sorted(self._waiting.items(), key=lambda row: (-row[1].charge_cents, row[0])):
            yield f"  {name:<{_LABEL - 2}}{queue.claims:>8}{dollars(queue.charge_cents):>16}"
            for cause, count in queue.causes.most_common():
                yield from _wrapped(f"{count} x {cause}", "      ")
        for heading in sorted(self._sections):
            section = self._sections[heading]
            yield ""
            yield f"{heading}: {section.count}"
            yield from section.lines
            if section.count > MOST_LISTED:
                yield f"  ... and {section.count - MOST_LISTED} more: see decisions.jsonl"


class _Reason:
    """Money that is not paid for one cause, or claims that were rejected for it, whichever codes say so."""

    def __init__(self, cause: str, bearer: str = "") -> None:
        self.cause = cause
        self.bearer = bearer
        self.codes: set[str] = set()
        self.count = self.amount_cents = 0

    def add(self, code: str, amount_cents: int) -> None:
        self.codes.add(code)
        self.count += 1
        self.amount_cents += amount_cents


class _Queue:
    """What waits in one queue: claims, their charge, and why in words."""

    def __init__(self) -> None:
        self.claims = self.charge_cents = 0
        self.causes: Counter[str] = Counter()


class _Section:
    """Claims that share a fate: how many, and the first of them in words."""

    def __init__(self) -> None:
        self.count = 0
        self.lines: list[str] = []

    def add(self, lines: Iterable[str]) -> None:
        self.count += 1
        if self.count <= MOST_LISTED:
            self.lines += lines


def _ranked(heading: str, reasons: dict[tuple[str, str], _Reason]) -> Iterator[str]:
    """Reasons in words, the largest amount first; the code and who bears the amount stand below."""
    if not reasons:
        return
    yield ""
    yield heading
    ranked = sorted(reasons.values(), key=lambda reason: (-reason.amount_cents, reason.cause, reason.bearer))
    for reason in ranked[:MOST_REASONS]:
        first, *rest = textwrap.wrap(reason.cause, _LABEL - 4)
        yield f"  {first:<{_LABEL - 2}}{reason.count:>8}{dollars(reason.amount_cents):>16}"
        yield from (f"  {more}" for more in rest)
        yield from _wrapped(": ".join(filter(None, (" or ".join(sorted(reason.codes)), reason.bearer))), "      ")
    others = ranked[MOST_REASONS:]
    if others:
        amount_cents = sum(reason.amount_cents for reason in others)
        told = f"{len(others)} other {'reason' if len(others) == 1 else 'reasons'}"
        yield f"  {told:<{_LABEL - 2}}{sum(reason.count for reason in others):>8}{dollars(amount_cents):>16}"


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
