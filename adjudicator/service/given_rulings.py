"""What a reviewer gives as a ruling, checked against the finding that it answers, and made the fact that is kept."""

import datetime as dt
from collections.abc import Iterator

import msgspec

from adjudicator.model.case import Ruling, RulingVerdict
from adjudicator.model.claim import Line, quantity_text
from adjudicator.model.decision import Finding, Reason
from adjudicator.model.money import dollars
from adjudicator.policy.answers import OWED_BY_OTHERS, reason_keys
from adjudicator.policy.code_lists import CodeEntry
from adjudicator.policy.policy_set import PolicySet
from adjudicator.review import Task
from adjudicator.service.errors import InvalidRequest, Violation

GROUPS = ("CO", "OA", "PI", "PR")
"""Who bears an amount that is not paid (CAS01): contract, other, payer's initiative, patient."""
_WITH_REASON = (RulingVerdict.DENY, RulingVerdict.REDUCE_UNITS)


class GivenRuling(msgspec.Struct, frozen=True):
    """A reviewer's answer as it was given."""

    verdict: RulingVerdict
    rationale: str
    """Why, for whoever asks later."""
    group: str = ""
    """Of DENY and REDUCE_UNITS: who bears what is not paid; with ``carc`` and ``remarks`` it picks the reason."""
    carc: str = ""
    remarks: tuple[str, ...] = ()
    covered_quantity_thousandths: int | None = None
    """Of REDUCE_UNITS: how much of the line's quantity is covered."""
    price_cents: int | None = None
    """Of PRICE: what the line is allowed."""


def ruling_of(
    given: GivenRuling, finding: Finding, line: Line | None, ruled_by: str, policies: PolicySet, day: dt.date
) -> Ruling:
    """The ruling to keep.

    Args:
        given: what the reviewer wrote.
        finding: what it answers.
        line: the finding's line; None for the whole claim.
        ruled_by: the reviewer.
        policies: whose code lists and guidance a reviewer's own reason must fit.
        day: the day of the ruling.

    Raises:
        InvalidRequest: with everything that is wrong.
    """
    violations = list(_beside_the_reason(given, line))
    reason = None
    if given.verdict is RulingVerdict.CONFIRM_DUPLICATE:
        reason = next(iter(finding.reasons), None)
    elif given.verdict in _WITH_REASON and finding.reasons:
        reason = _picked(given, finding.reasons)
        if reason is None:
            violations.append(Violation("carc", _pick_one(given, finding.reasons)))
    elif given.verdict is RulingVerdict.DENY:
        violations += _of_own_reason(given, policies, day)
        reason = Reason(given.group, given.carc, given.remarks)
    if violations:
        raise InvalidRequest(tuple(violations))
    return Ruling(
        rule=finding.rule,
        policy=finding.policy,
        line=finding.line,
        verdict=given.verdict,
        rationale=given.rationale.strip(),
        ruled_by=ruled_by,
        group=reason.group if reason else "",
        carc=reason.carc if reason else "",
        remarks=reason.remarks if reason else (),
        covered_quantity_thousandths=given.covered_quantity_thousandths,
        price_cents=given.price_cents,
    )


def standing_of(given: GivenRuling, task: Task, ruled_by: str) -> Ruling:
    """The ruling to keep of a reviewer who lets a decided claim stand.

    Args:
        given: what the reviewer wrote; its verdict is ALLOW.
        task: the task about the decided claim.
        ruled_by: the reviewer.

    Raises:
        InvalidRequest: with everything that is wrong.
    """
    violations = tuple(_beside_the_reason(given, None))
    if violations:
        raise InvalidRequest(violations)
    return Ruling(
        rule=task.rule,
        policy=task.policy,
        line=task.line,
        verdict=given.verdict,
        rationale=given.rationale.strip(),
        ruled_by=ruled_by,
    )


def _beside_the_reason(given: GivenRuling, line: Line | None) -> Iterator[Violation]:
    """What is wrong with the rationale, the units and the price."""
    if not given.rationale.strip():
        yield Violation("rationale", "it is missing; write why, for whoever asks later")
    if given.verdict not in _WITH_REASON:
        for field, value in (("group", given.group), ("carc", given.carc), ("remarks", given.remarks)):
            if value:
                yield Violation(
                    field, f"the verdict {_word(given.verdict)} takes no reason from the reviewer; leave it empty"
                )
    units = given.covered_quantity_thousandths
    if given.verdict is RulingVerdict.REDUCE_UNITS:
        billed = line.quantity_thousandths if line else 0
        if units is None or not 0 < units < billed:
            found = "it is missing" if units is None else f"found {quantity_text(units)}"
            yield Violation(
                "covered_quantity_thousandths",
                f"{found}; the line bills {quantity_text(billed)}: write how much of it is covered, more than nothing and "
                "less than all",
            )
    elif units is not None:
        yield Violation("covered_quantity_thousandths", "only the verdict reduce-units takes units; leave it out")
    if given.verdict is RulingVerdict.PRICE:
        charge_cents = line.charge_cents if line else 0
        if given.price_cents is None or not 0 < given.price_cents <= charge_cents:
            found = "it is missing" if given.price_cents is None else f"found {dollars(given.price_cents)}"
            yield Violation(
                "price_cents",
                f"{found}; write what the line is allowed, more than nothing and no more than its charge of "
                f"{dollars(charge_cents)}",
            )
    elif given.price_cents is not None:
        yield Violation("price_cents", "only the verdict price takes a price; leave it out")


def _picked(given: GivenRuling, reasons: tuple[Reason, ...]) -> Reason | None:
    """The policy's reason that the reviewer means: its first when none is written; None when that is not clear."""
    if not (given.group or given.carc or given.remarks):
        return reasons[0]
    fitting = [
        reason
        for reason in reasons
        if given.group in ("", reason.group)
        and given.carc in ("", reason.carc)
        and (not given.remarks or set(given.remarks) == set(reason.remarks))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _pick_one(given: GivenRuling, reasons: tuple[Reason, ...]) -> str:
    found = " ".join(filter(None, ("-".join(filter(None, (given.group, given.carc))), *given.remarks)))
    listed = ", ".join(" ".join((f"{reason.group}-{reason.carc}", *reason.remarks)) for reason in reasons)
    return f"found {found}; write one of the policy's reasons ({listed}), or none for its first"


def _of_own_reason(given: GivenRuling, policies: PolicySet, day: dt.date) -> Iterator[Violation]:
    """What is wrong with a reason that no policy names: it follows the code lists of the day it is given (domain/06)."""
    group, carc, remarks = given.group, given.carc, given.remarks
    if group not in GROUPS:
        yield Violation("group", f"found '{group}'; write who bears the amount: {', '.join(GROUPS)}")
    entry = policies.table("carc", day).entry(carc, day)
    if entry is None:
        yield Violation("carc", f"found '{carc}'; write an adjustment reason code in force on {day}")
    else:
        yield from _of_code(entry, carc, group)
    told = (policies.guidance_for(key, day) for key in reason_keys(group, carc, remarks))
    guidance = next((one for one in told if one is not None), None)
    if entry is not None and guidance is None:
        yield Violation(
            "carc",
            f"no guidance tells a biller what to do about {group}-{carc}; choose another reason, or add guidance first",
        )
    if group == "CO" and guidance is not None and guidance.remedy in OWED_BY_OTHERS:
        yield Violation("group", f"found CO; reason {carc} is owed by the patient or another payer: write PR or OA")
    known = {remark: policies.table("rarc", day).entry(remark, day) for remark in remarks}
    for remark, found in known.items():
        if found is None:
            yield Violation("remarks", f"found '{remark}'; write remark codes in force on {day}")
    if entry is not None and entry.needs_remark and not any(found and not found.alert for found in known.values()):
        yield Violation("remarks", f"reason {carc} needs a remark that tells what it is about and is no Alert; add one")


def _of_code(entry: CodeEntry, carc: str, group: str) -> Iterator[Violation]:
    if entry.claims_only:
        yield Violation("carc", f"reason {carc} stands on claims only; write a reason of remittances")
    if entry.partial:
        yield Violation("carc", f"reason {carc} never takes a whole charge; write a reason that can deny")
    if entry.groups and group in GROUPS and group not in entry.groups:
        yield Violation("group", f"reason {carc} is locked to {' or '.join(sorted(entry.groups))}; found {group}")


def _word(verdict: RulingVerdict) -> str:
    return verdict.value.replace("_", "-")
