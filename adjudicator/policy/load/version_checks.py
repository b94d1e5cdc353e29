"""What must be true of each version of a document: references lead somewhere, reasons are lawful, outcomes are explained."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence

from adjudicator.model.dates import Span
from adjudicator.policy.answers import OWED_BY_OTHERS, reason_keys
from adjudicator.policy.load.condition_documents import Condition
from adjudicator.policy.load.contract_documents import PayRow
from adjudicator.policy.load.documents import (
    BenefitRow,
    ContractVersion,
    ExclusionRow,
    LimitRow,
    PayerVersion,
    PlanVariantVersion,
    PlanVersion,
    QueueRow,
    ReductionRow,
    SetDocument,
    TableDocument,
    Terms,
    Tier,
    WaiverRow,
)
from adjudicator.policy.load.editing_documents import EditingVersion
from adjudicator.policy.load.fee_documents import FeesVersion
from adjudicator.policy.load.library import ONE_DAY, Entry, Library, code_lists
from adjudicator.policy.load.mistakes import either
from adjudicator.policy.load.rule_documents import (
    AuthorizationVersion,
    CriteriaVersion,
    Denial,
    GuidanceVersion,
    Outcome,
)
from adjudicator.policy.load.scalars import ANY
from adjudicator.policy.load.text import Place
from adjudicator.policy.load.versions import Version, parts_of
from adjudicator.policy.plan import start_of_year

_REASON = re.compile(r"^((?P<group>CO|OA|PI|PR)-)?(?P<carc>[A-Z]?\d{1,3})(/(?P<rarc>(M|MA|N)\d{1,4}))?$")
_RULE = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)?$")


def group_of(library: Library, carc: str, written: str | None, day: dt.date) -> str:
    """The group of a reason: as written, else the one to which the reason is locked, else CO."""
    entry = library.code("carc", carc, day)
    locked = entry.groups if entry else frozenset()
    return written or (next(iter(locked)) if len(locked) == 1 else "CO")


def must_pend(library: Library, carc: str, automatic: bool, day: dt.date) -> bool:
    """Whether a denial is one of medical necessity that only a clinician may give."""
    payer = library.payer_on(day)
    return not automatic and payer is not None and carc in payer.clinician_reasons


def queue_row(library: Library, queue: str, day: dt.date) -> QueueRow | None:
    """What the payer says of a queue on a day, or in its first version where that is younger; None when it lists no such."""
    payer = library.payer_on(day)
    if payer is None:
        entry = library.entries.get("payer")
        payer = entry.versions[-1][1] if entry and entry.versions else None
    return payer.queues.get(queue) if isinstance(payer, PayerVersion) else None  # type: ignore[call-overload]


def check_version(library: Library, entry: Entry, position: int, span: Span, version: Version) -> None:
    """Note everything wrong with one version among the mistakes of its document's text.

    Reasons must be lawful on every day of the version: it is checked as of its first day, and again as of every day on
    which a reason or remark that it names begins, ends or changes, up to the first day with a mistake.
    """
    before = len(entry.text.mistakes)
    for day in sorted({span.effective, *_reason_days(library, version, span)}):
        _Checker(library, entry, ("versions", position), span, day).check(version)
        if len(entry.text.mistakes) > before:
            return


def _reason_days(library: Library, version: Version, span: Span) -> Iterator[dt.date]:
    """Days within a version on which what a code list says of its reasons and remarks changes."""
    named = set(_texts(version))
    for lists in ("carc", "rarc"):
        for during, codes in library.tables_during(lists, span):
            edges = [during] if named & codes.keys() else []
            edges += [row.span for code in named & codes.keys() for row in codes[code]]
            for edge in edges:
                for day in (edge.effective, edge.ends + ONE_DAY if edge.ends else None):
                    if day is not None and day > span.effective and span.covers(day):
                        yield day


def _texts(version: Version) -> Iterator[str]:
    """Every short text of a version: its codes are among them."""
    for _, part in parts_of(version, ()):
        for name in type(part).model_fields:
            value = getattr(part, name)
            yield from (text for text in (value if isinstance(value, tuple) else (value,)) if isinstance(text, str))


def _no_version(path: str, day: dt.date) -> str:
    return f"found {path}, which has no version on {day}; write a version of it for that day"


class _Checker:
    """The checks of one version of one document."""

    def __init__(self, library: Library, entry: Entry, place: Place, span: Span, day: dt.date) -> None:
        self._library = library
        self._entry = entry
        self._place = place
        self._span = span
        self._day = day
        """The day on which its reasons must be in force."""
        self._since = "" if day == span.effective else f" from {day}"

    def check(self, version: Version) -> None:
        """Note everything wrong with a version."""
        for place, items, lists in code_lists(version, self._place):
            self._codes(place, items, lists)
        match version:
            case PayerVersion():
                self._payer(version)
            case PlanVersion():
                self._plan(version)
            case PlanVariantVersion():
                self._variant(version)
            case ContractVersion():
                self._contract(version)
            case FeesVersion():
                self._fees(version)
            case CriteriaVersion():
                self._criteria(version)
            case EditingVersion():
                self._editing(version)
            case AuthorizationVersion():
                self._authorization(version)
            case GuidanceVersion():
                self._guidance(version)

    def _note(self, place: Place, message: str) -> None:
        self._entry.text.mistake((*self._place, *place), message)

    def _codes(self, place: Place, items: tuple[str, ...], lists: str) -> None:
        for position, item in enumerate(items):
            here = (*place, position)
            if item.startswith("sets/"):
                self._set(here, item, lists)

    def _set(self, place: Place, path: str, lists: str) -> None:
        entry = self._library.entries.get(path)
        if entry is None:
            self._entry.text.mistake(place, f"found {path}, which is not there; write the path of a set")
        elif isinstance(entry.document, SetDocument):
            if entry.document.of != lists:
                message = f"found {path}, a set of {entry.document.of}; write a set of {lists}"
                self._entry.text.mistake(place, message)
            elif gap := entry.first_gap(self._span):
                self._entry.text.mistake(place, _no_version(path, gap))

    def _has_table(self, lists: str) -> bool:
        return any(
            isinstance(entry.document, TableDocument)
            and entry.document.lists == lists
            and any(
                span.covers(self._day) and self._library.codes_of_tables.get((entry.path, position))
                for position, _, span in entry.versions
            )
            for entry in self._library.of_kind("table")
        )

    def _reference(self, place: Place, path: str, what: str) -> Entry | None:
        """The document that a reference names, which must be there on every day of the version."""
        entry = self._library.entries.get(path)
        if entry is None:
            self._note(place, f"found {path}, which is not there; write the path of a {what}")
        elif entry.document is not None and (gap := entry.first_gap(self._span)):
            self._note(place, _no_version(path, gap))
        return entry

    def _payer(self, payer: PayerVersion) -> None:
        self._outside(("out_of_network",), payer.out_of_network)
        if payer.surprise_billing:
            place, path = ("surprise_billing", "qualifying_amount"), payer.surprise_billing.qualifying_amount
            if self._outside(place, path):
                self._qualifying(place, path)
            for position, law in enumerate(payer.surprise_billing.state_laws):
                self._outside(("surprise_billing", "state_laws", position, "amounts"), law.amounts)
        for position, carc in enumerate(payer.clinician_reasons):
            if self._has_table("carc") and self._library.code("carc", carc, self._day) is None:
                self._note(("clinician_reasons", position), self._no_reason(carc, "carc"))
        for word, carcs in payer.earlier_payers.reasons() if payer.earlier_payers else ():
            for position, carc in enumerate(carcs):
                if self._has_table("carc") and self._library.code("carc", carc, self._day) is None:
                    self._note(("earlier_payers", word, position), self._no_reason(carc, "carc"))

        if payer.reviews_again:
            self._waits(("reviews_again", "other_coverage", "queue"), payer.reviews_again.other_coverage.queue)
            self._waits(("reviews_again", "coverage", "queue"), payer.reviews_again.coverage.queue)

    def _outside(self, place: Place, path: str) -> ContractVersion | None:
        """The contract document that prices providers without a contract: the version of the day, if it is there."""
        contract = self._reference(place, path, "contract")
        outside = contract.version_on(self._day) if contract else None
        if not isinstance(outside, ContractVersion):
            return None
        if outside.network:
            self._note(place, f"found {path}, a network contract; write network: false there")
        return outside

    def _qualifying(self, place: Place, path: str) -> None:
        """Of each line the lesser of its charge and a median rate is recognised, and nothing else makes more or less of it."""
        for _, amounts, span in self._library.entries[path].versions:
            if not isinstance(amounts, ContractVersion) or not span.overlaps(self._span):
                continue
            since = f"{path}, whose version of {span.effective}"
            if amounts.claim is not None:
                self._note(
                    place, f"found {since} bounds a claim, where each line has its own amount; leave claim out there"
                )
            for position, row in enumerate(amounts.pay):
                here = f"{since} has in pay[{position + 1}]"
                if row.method == "percent-of-charge":
                    self._note(
                        place, f"found {here} a share of the charge, which is no median rate; write from or an amount"
                    )
                elif row.lesser_of_charge is not True:
                    self._note(
                        place, f"found {here} not the lesser of the line's charge; write lesser_of_charge: true there"
                    )
                for name, bound in (("floor", row.floor), ("ceiling", row.ceiling)):
                    if bound is not None:
                        self._note(place, f"found {here} a {name}, which is no median rate; leave {name} out there")

    def _editing(self, editing: EditingVersion) -> None:
        for position, plan in enumerate(editing.unit_limits.zero_limits_for):
            self._reference(("unit_limits", "zero_limits_for", position), plan, "plan")
        for row, statuses in enumerate(editing.fee_schedule.statuses if editing.fee_schedule else ()):
            for position, plan in enumerate(statuses.plans):
                self._plan_of_some_day(("fee_schedule", "statuses", row, "plans", position), plan)

    def _plan(self, plan: PlanVersion) -> None:
        for word, order in (
            ("cost_share_order", plan.cost_share_order),
            ("out_of_pocket_reduces", plan.out_of_pocket_reduces),
        ):
            if sorted(order) != ["coinsurance", "copay", "deductible"]:
                self._note((word,), f"found [{', '.join(order)}]; write copay, deductible and coinsurance once each")
        for name, tier in (("in_network", plan.in_network), ("out_of_network", plan.out_of_network)):
            self._tier((name,), tier)
        self._beyond_the_plan(plan)
        if plan.out_of_network_contract:
            self._outside(("out_of_network_contract",), plan.out_of_network_contract)
        if plan.state_law:
            self._state_law(plan.state_law, plan.surprise_billing)
        self._rows("benefits", plan.benefits)
        for position, path in enumerate(plan.own_limits.credits if plan.own_limits else ()):
            self._credited(("own_limits", "credits", position), path, plan)
        self._own_limits_from_a_year_on(plan)
        for position, row in enumerate(plan.benefits):
            for name, terms in (("in_network", row.in_network), ("out_of_network", row.out_of_network)):
                self._share_of_what_is_covered(("benefits", position, name), terms)

    def _state_law(self, state: str, surprise_billing: str) -> None:
        """A state's law that governs a plan is written down: without it the federal amount would be recognised unseen."""
        if surprise_billing == "exempt":
            self._note(
                ("state_law",),
                f"found {state} beside surprise_billing: exempt, by which no law is asked; leave one out",
            )
            return
        payer = self._library.entries.get("payer")
        rules = [
            version.surprise_billing
            for _, version, span in (payer.versions if payer else ())
            if isinstance(version, PayerVersion) and span.overlaps(self._span)
        ]
        if not rules:
            return  # the payer's own document cannot be read, which is told already
        laws = [law.state for each in rules if each for law in each.state_laws]
        if state not in laws:
            self._note(
                ("state_law",),
                f"found {state}, of which payer.yaml has no law in state_laws; write it there, or leave it out",
            )

    def _variant(self, variant: PlanVariantVersion) -> None:
        """What it is a variant of is a plan on each of its days, and has the benefits that it changes."""
        for name, tier in (("in_network", variant.in_network), ("out_of_network", variant.out_of_network)):
            if tier is not None:
                self._tier((name,), tier)
        self._waivers(variant.waivers, set())
        base = self._reference(("of",), variant.of, "plan")
        if base is None:
            return
        if base.kind != "plan":
            self._note(("of",), f"found {variant.of}, which is no plan of its own; write the plan that it is of")
            return
        named: set[str] = set()
        for position, row in enumerate(variant.benefits):
            if row.id in named:
                self._note(("benefits", position, "id"), f"found {row.id} a second time; write another id")
            named.add(row.id)
            for _, plan, span in base.versions:
                if span.overlaps(self._span) and row.id not in {benefit.id for benefit in plan.benefits}:
                    self._note(
                        ("benefits", position, "id"),
                        f"found {row.id}, which {variant.of} has not; write one of its benefits",
                    )
                    break
            for name, terms in (("in_network", row.in_network), ("out_of_network", row.out_of_network)):
                if terms is not None:
                    self._share_of_what_is_covered(("benefits", position, name), terms)

    def _waivers(self, rows: Sequence[WaiverRow], ids: set[str]) -> None:
        for position, row in enumerate(rows):
            if row.id in ids:
                self._note(("waivers", position, "id"), f"found {row.id} a second time; write another id")
            ids.add(row.id)
            if row.when:
                self._plans(("waivers", position, "when"), row.when)

    def _share_of_what_is_covered(self, place: Place, terms: Terms) -> None:
        if not terms.covered and (terms.copay or terms.deductible or terms.coinsurance):
            self._note(place, "found a cost share beside covered: false; leave the cost share out")

    def _credited(self, place: Place, path: str, plan: PlanVersion) -> None:
        """What is credited is of the same year: what was used of another part of the calendar cannot be told from its sum."""
        year = Span(start_of_year(plan.year_starts, self._span.effective), self._span.ends)
        self._plan_of_some_day(place, path, year)
        found = self._library.entries.get(path)
        bases = (
            {other.of for _, other, _ in found.versions if isinstance(other, PlanVariantVersion)} if found else set()
        )
        if path == self._entry.path:
            self._note(place, f"found {path} itself, whose own use counts anyway; leave it out")
        elif self._entry.path in bases:
            self._note(place, f"found {path}, a variant of this plan, whose use counts anyway; leave it out")
        elif any(
            isinstance(other, PlanVersion) and span.overlaps(year) and other.year_starts != plan.year_starts
            for each in (path, *bases)
            if (entry := self._library.entries.get(each)) is not None
            for _, other, span in entry.versions
        ):
            self._note(place, f"found {path}, whose year starts on another day; leave it out")

    def _own_limits_from_a_year_on(self, plan: PlanVersion) -> None:
        """Limits become the plan's own, or cease to be, with a year: what was used before in it would count no more."""
        first = self._span.effective
        for _, before, span in self._entry.versions:
            if (
                isinstance(before, PlanVersion)
                and span.ends == first - ONE_DAY
                and (before.own_limits is None) != (plan.own_limits is None)
                and start_of_year(plan.year_starts, first) != first
            ):
                now, then = ("no ", "") if plan.own_limits is None else ("", "no ")
                self._note(
                    ("own_limits",),
                    f"found {now}own_limits from {first}, within a year of the plan, and {then}own_limits until then, so that what "
                    "was used of the year would count no more; change it with the first day of a year",
                )

    def _tier(self, place: Place, tier: Tier) -> None:
        limits = (("deductible", tier.deductible), ("out_of_pocket", tier.out_of_pocket), ("copays", tier.copays))
        for name, limit in limits:
            if limit is not None and limit.family is not None and limit.family < (limit.individual or 0):
                self._note((*place, name, "family"), "found less than individual; write at least the individual amount")
        for word in ("individual", "family", "self_only_cap"):
            if tier.copays is not None and getattr(tier.copays, word) == 0:
                self._note(
                    (*place, "copays", word),
                    "found 0, by which no copay is ever owed; write an amount above 0, or waivers where none is owed",
                )
        if tier.counts_toward == place[0]:
            self._note((*place, "counts_toward"), f"found {tier.counts_toward} itself; write the other tier")

    def _beyond_the_plan(self, plan: PlanVersion) -> None:
        """What the plan excludes, limits or takes has names of its own and lawful answers; what is beyond a limit is denied."""
        ids: set[str] = set()
        rows: list[tuple[Place, ExclusionRow | LimitRow]] = [
            *((("exclusions", position), row) for position, row in enumerate(plan.exclusions)),
            *((("limits", position), row) for position, row in enumerate(plan.limits)),
        ]
        for place, row in rows:
            if row.id in ids:
                self._note((*place, "id"), f"found {row.id} a second time; write another id")
            ids.add(row.id)
            if isinstance(row, ExclusionRow):
                self._outcome((*place, "then"), row.then, "enforce")
                if row.when:
                    self._plans((*place, "when"), row.when)
                continue
            self._outcome((*place, "otherwise"), row.otherwise, "enforce")
            if must_pend(self._library, row.otherwise.deny or "", row.otherwise.automatic, self._day):
                self._note(
                    (*place, "otherwise", "deny"),
                    f"found {row.otherwise.deny}, which waits for a clinician; write a reason of used-up benefits",
                )
        self._waivers(plan.waivers, ids)
        self._reductions(plan.payment_reductions, ids)
        for position, reduction in enumerate(plan.payment_reductions):
            if reduction.kind == "capitation":
                self._note(
                    ("payment_reductions", position, "kind"),
                    "found capitation in a plan; write it in the contract of the provider who is paid by the month",
                )

    def _rows(self, name: str, rows: Sequence[BenefitRow | PayRow]) -> None:
        """First match wins, so the last row takes everything and no row before it does."""
        ids: set[str] = set()
        for position, row in enumerate(rows):
            row_id = row.id if isinstance(row, BenefitRow) else ""
            last = position == len(rows) - 1
            some = row.asks if isinstance(row, PayRow) else row.modifiers is not None
            if last and (row.for_ != (ANY,) or some):
                self._note((name, position), "found a last row for some codes; write a row `for: any` below it")
            if not last and ANY in row.for_ and not some:
                self._note((name, position, "for"), "found any above other rows, which it hides; write it last")
            if row_id and row_id in ids:
                self._note((name, position, "id"), f"found {row_id} a second time; write another id")
            ids.add(row_id)

    def _contract(self, contract: ContractVersion) -> None:
        self._rows("pay", contract.pay)
        ids: set[str] = set()
        for position, capitated in enumerate(contract.capitated):
            if capitated.id in ids:
                self._note(("capitated", position, "id"), f"found {capitated.id} a second time; write another id")
            ids.add(capitated.id)
            self._outcome(("capitated", position, "then"), capitated.then, "enforce")
            self._denies(("capitated", position, "then"), capitated.then)
            if capitated.when:
                self._plans(("capitated", position, "when"), capitated.when)
        for position, rate in enumerate(contract.case_rates):
            if rate.id in ids:
                self._note(("case_rates", position, "id"), f"found {rate.id} a second time; write another id")
            ids.add(rate.id)
            if rate.amount == 0:
                self._note(("case_rates", position, "amount"), "found 0; write an amount above 0")
            self._outcome(("case_rates", position, "then"), rate.then, "enforce")
            self._denies(("case_rates", position, "then"), rate.then)
        self._reductions(contract.payment_reductions, ids)
        for position, reduction in enumerate(contract.payment_reductions):
            if reduction.tier:
                self._note(
                    ("payment_reductions", position, "tier"),
                    "found a tier in a contract, whose `network` says it; leave it out",
                )
            if reduction.kind == "capitation" and (
                contract.claim or any(row.lesser_of_charge == "claim" for row in contract.pay)
            ):
                self._note(
                    ("payment_reductions", position, "kind"),
                    "found capitation beside a bound of a claim's lines together, in which what is paid by the month has no part; "
                    "write capitated rows, or no such bound",
                )
        for position, row in enumerate(contract.pay):
            if row.from_:
                self._reference(("pay", position, "from"), row.from_, "fee schedule")
            if row.rules:
                self._reference(("pay", position, "rules"), row.rules, "payment-rules document")
            for name in ("rate", "amount"):
                if getattr(row, name) == 0:
                    self._note(
                        ("pay", position, name), f"found 0; write {'a rate' if name == 'rate' else 'an amount'} above 0"
                    )
        if contract.ranking_reduction == "apart" and not contract.network:
            self._note(
                ("ranking_reduction",),
                "found apart beside network: false, whose balance is the patient's; leave it out",
            )
        if contract.claim and contract.claim.at_most == 0:
            self._note(("claim", "at_most"), "found 0; write an amount above 0")

    def _denies(self, place: Place, then: Outcome) -> None:
        """What another payment pays already is denied: a part of it, or a question, would pay it twice."""
        if then.deny is None:
            word = "reduce" if then.reduce else "pend"
            self._note(place, f"found {word}, where another payment pays the service already; write deny")

    def _reductions(self, rows: Sequence[ReductionRow], ids: set[str]) -> None:
        """What is taken of payments has names of its own among the version's rows, and names plans that there are."""
        for position, row in enumerate(rows):
            if row.id in ids:
                self._note(("payment_reductions", position, "id"), f"found {row.id} a second time; write another id")
            ids.add(row.id)
            if row.when:
                self._plans(("payment_reductions", position, "when"), row.when)

    def _fees(self, fees: FeesVersion) -> None:
        for code, fee in fees.amounts.items() if isinstance(fees.amounts, dict) else ():
            for name, cents in (("non_facility", fee.non_facility), ("facility", fee.facility)):
                if cents == 0:
                    whole = isinstance(self._entry.text.at((*self._place, "amounts", code)), str)
                    place: Place = ("amounts", code) if whole else ("amounts", code, name)
                    self._note(
                        place, f"found a fee of 0 for {code}; write its fee, or leave it out to price it by hand"
                    )
                    break
            if fee.non_facility is None and fee.facility is None:
                self._note(("amounts", code), f"found no fee for {code}; write non_facility or facility")
        for code, row in fees.values.items() if isinstance(fees.values, dict) else ():
            if row.practice is None and row.practice_facility is None:
                self._note(("values", code), f"found NA twice for {code}; write at least one practice expense")
        if fees.anesthesia is not None:
            for position, given in enumerate(fees.anesthesia.shares):
                if given.share == 0:
                    self._note(("anesthesia", "shares", position, "share"), "found 0; write a share above 0")
            if fees.anesthesia.without_modifier == 0:
                self._note(("anesthesia", "without_modifier"), "found 0; write a share above 0")
        for name in ("conversion_factor", "conversion_factor_qualifying"):
            if getattr(fees, name) == 0:
                self._note((name,), "found 0; write a factor above 0")

    def _criteria(self, policy: CriteriaVersion) -> None:
        ids: set[str] = set()
        for position, criterion in enumerate(policy.criteria):
            place: Place = ("criteria", position)
            if criterion.id in ids:
                self._note((*place, "id"), f"found {criterion.id} a second time; write another id")
            ids.add(criterion.id)
            for name, outcome in (("otherwise", criterion.otherwise), ("then", criterion.then)):
                if outcome:
                    self._outcome((*place, name), outcome, policy.mode)
            for name, condition in (("when", criterion.when), ("require", criterion.require)):
                if condition:
                    self._plans((*place, name), condition)
            if criterion.require and criterion.otherwise and criterion.otherwise.deny and not criterion.otherwise.ask:
                self._required_sex((*place, "require"), criterion.require, criterion.when)

    def _required_sex(self, place: Place, require: Condition, when: Condition | None) -> None:
        """A sex that nobody knows is not the wrong one: it must wait, not be denied."""
        if when is None or not (when.sex or "sex" in (when.known or ())):
            for here, part in parts_of(require, place):
                if isinstance(part, Condition) and part.sex:
                    self._note(
                        (*here, "sex"),
                        "found a sex without which the machine denies, whether it is known or not; write known: [sex] into when, "
                        "and let a criterion of its own wait where it is not",
                    )

    def _plans(self, place: Place, condition: Condition) -> None:
        for position, path in enumerate(condition.plan or ()):
            self._plan_of_some_day((*place, "plan", position), path)
        for word, inner in (("all", condition.all_), ("any", condition.any_)):
            for position, part in enumerate(inner or ()):
                self._plans((*place, word, position), part)
        if condition.not_:
            self._plans((*place, "not"), condition.not_)

    def _plan_of_some_day(self, place: Place, path: str, during: Span | None = None) -> None:
        plan = self._library.entries.get(path)
        if plan is None:
            self._note(place, f"found {path}, which is not there; write the path of a plan")
        elif plan.document is not None and not any(span.overlaps(during or self._span) for _, _, span in plan.versions):
            year = " or of the year in which it begins" if during else ""
            self._note(place, f"found {path}, which is in force on no day of this version{year}; leave it out")

    def _authorization(self, authorization: AuthorizationVersion) -> None:
        ids: set[str] = set()
        for position, service in enumerate(authorization.services):
            if service.id in ids:
                self._note(("services", position, "id"), f"found {service.id} a second time; write another id")
            ids.add(service.id)
            self._outcome(("services", position, "otherwise"), service.otherwise, authorization.mode)
            if service.when:
                self._plans(("services", position, "when"), service.when)

    def _outcome(self, place: Place, outcome: Outcome, mode: str) -> None:
        """A policy's answer has a lawful reason, and the biller is told what to do about it."""
        queue = outcome.pend or ("examiner" if mode == "pend" else None)
        word = "deny" if outcome.deny else "reduce" if outcome.reduce else "pend"
        if outcome.carc:
            group = self._reason(place, word, outcome.carc, outcome.group, outcome.remarks)
            keys = list(reason_keys(group, outcome.carc, outcome.remarks))
            if self._may_answer(word, outcome.carc):
                self._explained((*place, word), keys)
            if must_pend(self._library, outcome.carc, outcome.automatic, self._day):
                queue = "clinical"
        if queue:
            self._waits((*place, word), queue)
            self._explained((*place, word), [f"pend/{queue}"])
        elif outcome.code or outcome.denials:
            self._note(
                (*place, "code" if outcome.code else "denials"),
                "found on an answer that the machine gives; leave it out: no reviewer is asked",
            )
        self._denials(place, outcome.denials)

    def _waits(self, place: Place, queue: str) -> None:
        """The payer says what a queue is."""
        payer = self._library.entries.get("payer")
        if payer is None or payer.document is None:
            return
        if queue_row(self._library, queue, self._day) is None:
            self._note(place, f"found queue {queue}, which payer.yaml does not list; add it to queues there")

    def _denials(self, place: Place, denials: tuple[Denial, ...]) -> None:
        """What a reviewer may say no with is lawful, takes a whole charge, and is explained to the biller."""
        for position, denial in enumerate(denials):
            here: Place = (*place, "denials", position)
            group = self._reason(here, "carc", denial.carc, denial.group, denial.remarks)
            keys = list(reason_keys(group, denial.carc, denial.remarks))
            if self._may_answer("deny", denial.carc):
                self._explained((*here, "carc"), keys)
            if group == "CO" and self._remedy(keys) in OWED_BY_OTHERS:
                self._note(
                    (*here, "group"),
                    f"found CO for CARC {denial.carc}, which guidance has somebody else pay; write PR or OA",
                )

    def _remedy(self, keys: list[str]) -> str:
        """The way out that guidance names for the first of some keys on the version's first day."""
        guidance = [entry.version_on(self._day) for entry in self._library.of_kind("guidance")]
        steps = (version.reasons[key] for key in keys for version in guidance if version and key in version.reasons)
        return next((step.remedy for step in steps), "")

    def _explained(self, place: Place, keys: list[str]) -> None:
        """One of the keys has guidance on the version's first day and on every later one on which guidance changes."""
        if any(entry.kind == "guidance" and entry.document is None for entry in self._library.entries.values()):
            return
        guidance = [
            (span, version) for entry in self._library.of_kind("guidance") for _, version, span in entry.versions
        ]
        starts = {self._day, *(span.effective for span, _ in guidance)}
        starts |= {span.ends + ONE_DAY for span, _ in guidance if span.ends}
        for day in sorted(day for day in starts if day >= self._day and self._span.covers(day)):
            told = (key for span, version in guidance if span.covers(day) for key in keys if key in version.reasons)
            if next(told, None) is None:
                self._note(place, f"found no guidance for {keys[0]} on {day}; write {either(keys)} in guidance/")
                return

    def _guidance(self, guidance: GuidanceVersion) -> None:
        for rule, answer in guidance.rules.items():
            place: Place = ("rules", rule)
            if not _RULE.match(rule):
                self._note(place, f"found rule '{rule}'; write a rule such as billing-npi.invalid")
            group = ""
            for word, carc in (("deny", answer.deny), ("reduce", answer.reduce)):
                if carc:
                    group = self._reason(place, word, carc, answer.group, answer.remarks)
            if answer.inform:
                self._remarks((*place, "remarks"), answer.remarks)
            if queue := answer.pend or answer.fault:
                self._waits((*place, "pend" if answer.pend else "fault"), queue)
            self._denials(place, answer.denials)
            self._patient(place, group, answer.remedy)
        for key, step in guidance.reasons.items() if not self._since else ():
            place = ("reasons", key)
            if key.startswith("pend/"):
                continue
            reason = _REASON.match(key)
            if reason is None:
                self._note(place, f"found reason '{key}'; write one such as CO-16/M51, CO-16, 16 or pend/clinical")
                continue
            if self._has_table("carc") and self._library.code("carc", reason["carc"], self._day) is None:
                self._note(place, self._no_reason(reason["carc"], "carc"))
            if reason["rarc"]:
                self._remarks(place, (reason["rarc"],))
            entry = self._library.code("carc", reason["carc"], self._day)
            locked = entry.groups if entry else frozenset()
            group = reason["group"] or ""
            if locked and group and group not in locked:
                allowed = either(f"{one}-{reason['carc']}" for one in sorted(locked))
                self._note(
                    place, f"found {key}, which never comes out: CARC {reason['carc']} is locked; write {allowed}"
                )
            self._patient(place, group or ("" if "PR" in locked else next(iter(locked), "")), step.remedy)

    def _patient(self, place: Place, group: str, remedy: str) -> None:
        if remedy == "bill_patient" and group in ("CO", "OA", "PI"):
            self._note(
                (*place, "remedy"), f"found bill_patient for group {group}, which no patient owes; write another remedy"
            )

    def _reason(self, place: Place, word: str, carc: str, written: str | None, remarks: tuple[str, ...]) -> str:
        """Check a reason with its group and remarks; returns the group that it has."""
        group = group_of(self._library, carc, written, self._span.effective)
        self._remarks((*place, "remarks"), remarks)
        if not self._has_table("carc"):
            return group
        entry = self._library.code("carc", carc, self._day)
        if entry is None:
            self._note((*place, word), self._no_reason(carc, "carc"))
            return group
        if entry.claims_only:
            self._note(
                (*place, word), f"found CARC {carc}, which stands on claims only (837); write a reason of remittances"
            )
        if entry.partial and word in ("deny", "carc"):
            self._note((*place, word), f"found {word} {carc}, which never takes a whole charge; write another reason")
        if entry.groups and group not in entry.groups:
            allowed = either(sorted(entry.groups))
            self._note(
                (*place, "group"), f"found group {group} for CARC {carc}, which is locked{self._since}; write {allowed}"
            )
        telling = [remark for remark in remarks if self._tells(remark)]
        if entry.needs_remark and not telling:
            self._note(
                (*place, word),
                f"found CARC {carc} without a remark that tells what it is about{self._since}; write remarks with a code that "
                "is no Alert",
            )
        return group

    def _may_answer(self, word: str, carc: str) -> bool:
        """Whether a reason is in force in remittances and, to deny, can take a whole charge."""
        entry = self._library.code("carc", carc, self._day)
        return entry is not None and not entry.claims_only and not (entry.partial and word == "deny")

    def _tells(self, remark: str) -> bool:
        entry = self._library.code("rarc", remark, self._day)
        return entry is not None and not entry.alert

    def _remarks(self, place: Place, remarks: tuple[str, ...]) -> None:
        for position, remark in enumerate(remarks):
            if self._has_table("rarc") and self._library.code("rarc", remark, self._day) is None:
                here = (*place, position) if place[-1] == "remarks" else place
                self._note(here, self._no_reason(remark, "rarc"))

    def _no_reason(self, code: str, lists: str) -> str:
        """Why a reason or remark code cannot be used, in words."""
        name = lists.upper()
        entries = self._library.code_entries(lists, code, self._day)
        if not entries:
            return f"found {name} {code}, which no table lists; write a listed code"
        ended = max((entry.span.ends for entry in entries if entry.span.ends), default=None)
        if ended and ended < self._day:
            return f"found {name} {code}, which ended on {ended}; write a code in force on {self._day}"
        begins = min(entry.span.effective for entry in entries)
        return f"found {name} {code}, which begins on {begins}; write a code in force on {self._day}"
