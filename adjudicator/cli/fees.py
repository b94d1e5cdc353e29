"""``adjudicator fees``: what a fee schedule pays for a service, with its calculation, and a whole schedule as CSV."""

import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated

import typer

from adjudicator.cli.options import Policies, day

if TYPE_CHECKING:
    from adjudicator.policy.fee_schedules import FeeRequest, Fees
    from adjudicator.policy.payment_rules import PaymentRules
    from adjudicator.policy.policy_set import PolicySet

commands = typer.Typer(help="Show what a fee schedule pays, and how it comes to it.", no_args_is_help=True)

_Code = Annotated[str, typer.Argument(metavar="CODE", help="The procedure code.")]
_Modifiers = Annotated[
    list[str] | None, typer.Option("--modifier", metavar="MODIFIER", help="A modifier, such as 26; may be repeated.")
]
_Date = Annotated[dt.date, typer.Option("--date", parser=day, metavar="DATE", help="Date of service.")]
_Place = Annotated[str, typer.Option("--place", metavar="POS", help="Place of service, such as 11 or 22.")]
_Zip = Annotated[str, typer.Option("--zip", metavar="ZIP", help="ZIP code of where the service was performed.")]
_Locality = Annotated[
    str,
    typer.Option("--locality", metavar="MAC-LOCALITY", help="In place of a ZIP code: the locality, such as 01112-05."),
]
_State = Annotated[
    str, typer.Option("--state", metavar="STATE", help="Equipment: where the patient lives, two letters.")
]
_Rural = Annotated[bool, typer.Option("--rural", help="Equipment: the patient lives in a rural area.")]
_Qualifying = Annotated[
    bool, typer.Option("--qualifying", help="The clinician is a qualifying participant of an advanced payment model.")
]
_Minutes = Annotated[
    int | None, typer.Option("--minutes", metavar="MINUTES", min=1, help="Anesthesia: how many minutes it took.")
]
_Schedule = Annotated[
    str,
    typer.Option(
        "--schedule", metavar="DOCUMENT", help="The fee schedule, such as fees/professional; left out, the only one."
    ),
]
_Rules = Annotated[
    str,
    typer.Option(
        "--rules",
        metavar="DOCUMENT",
        help="The payment rules by which modifiers change a fee, such as payment/professional; left out, the only ones.",
    ),
]
_Assumed = Annotated[
    dt.date | None,
    typer.Option("--assumed", parser=day, metavar="DATE", help="Care after an operation: its first day (DTP*090)."),
]
_Relinquished = Annotated[
    dt.date | None,
    typer.Option("--relinquished", parser=day, metavar="DATE", help="Care after an operation: its last day (DTP*091)."),
]
_BeforeCap = Annotated[
    bool,
    typer.Option("--before-cap", help="Fees before the outpatient cap of imaging, as publishers list them beside it."),
]


@commands.command()
def quote(
    code: _Code,
    date: _Date,
    place: _Place,
    modifier: _Modifiers = None,
    zip_code: _Zip = "",
    locality: _Locality = "",
    state: _State = "",
    rural: _Rural = False,
    qualifying: _Qualifying = False,
    minutes: _Minutes = None,
    assumed: _Assumed = None,
    relinquished: _Relinquished = None,
    schedule: _Schedule = "",
    rules: _Rules = "",
    policies: Policies = None,
) -> None:
    """Print what a fee schedule pays for one unit of a service, with every step of the calculation.

    Modifiers 26, TC and 53 pick the row of a component; what others make of the
    fee is told by payment rules, step by step, as of a service alone on its claim
    and of a provider who is paid the whole fee. An anesthesia schedule is asked
    for all the minutes of an anesthesia, and its modifiers say who gave it. Ends with 1 where there is no fee or a modifier
    has no price, and says exactly what is missing.

    \b
    Examples:
      adjudicator fees quote 99214 --schedule fees/professional --date 2026-03-02 --place 11
      adjudicator fees quote 01400 --modifier QK --minutes 129 --schedule fees/anesthesia --date 2026-03-02 --place 24
      adjudicator fees quote 20610 --modifier 50 --schedule fees/professional --date 2026-03-02 --place 11
      adjudicator fees quote 70450 --modifier TC --zip 02139 --date 2024-03-09 --place 11 --policies my-policies
    """
    import msgspec

    from adjudicator.cli.payer import load
    from adjudicator.cli.terminal import ATTENTION, Stopped, output
    from adjudicator.model.money import dollars
    from adjudicator.policy.fee_schedules import FeeRequest, Missing
    from adjudicator.pricing.fee_steps import steps_of
    from adjudicator.pricing.modifiers import CareDates
    from adjudicator.pricing.priced import Unpriced
    from adjudicator.pricing.procedures import quote_unit
    from adjudicator.pricing.unit_fees import component_of, unit_fee

    loaded, _ = load(policies)
    fees = _schedule(loaded, schedule, date)
    facility = _is_facility(loaded, place, date)
    modifiers = tuple(modifier or ())
    component = component_of(modifiers)
    request = FeeRequest(
        code.upper(),
        date,
        facility,
        component,
        modifiers,
        _zip(zip_code),
        _checked(locality),
        state.upper(),
        rural,
        qualifying,
        None if minutes is None else minutes * 1000,
    )
    changing = _pricing_rules(loaded, fees, request, rules)
    fee = unit_fee(fees, request)
    quoted = None
    if changing is not None:
        quoted = quote_unit(loaded, changing, fees, request, fee, CareDates(assumed, relinquished))
        if isinstance(fee, Missing) and not isinstance(
            quoted, Unpriced
        ):  # its modifier has no row: the whole service has
            request = msgspec.structs.replace(request, component="")
            fee = unit_fee(fees, request)
    if isinstance(fee, Missing):
        raise Stopped(f"No fee. {fee.because}\nMissing: {fee.key}.", ATTENTION)
    if isinstance(quoted, Unpriced):
        raise Stopped(f"No amount. {quoted.because}", ATTENTION)
    where = "facility" if facility else "non-facility"
    title = " ".join((request.procedure, *modifiers))
    output().print(f"{title} on {date}, place {place} ({where}), {fees.stamp}", soft_wrap=True)
    for step in steps_of(fees, request, fee):
        source = f"  [{step.source}]" if step.source else ""
        output().print(f"  {step.what:<9} {step.says}{source}", soft_wrap=True)
    if quoted is None or changing is None or not quoted.steps:
        return
    for made in quoted.steps:
        label = f"x {made.factor}" if made.factor else "="
        output().print(f"  {label:<9} {dollars(made.cents)}  {made.what}  [{changing.stamp}]", soft_wrap=True)
    output().print(f"  {'amount':<9} {dollars(quoted.cents)}", soft_wrap=True)


@commands.command()
def table(
    date: _Date,
    locality: _Locality = "",
    state: _State = "",
    rural: _Rural = False,
    qualifying: _Qualifying = False,
    before_cap: _BeforeCap = False,
    schedule: _Schedule = "",
    policies: Policies = None,
) -> None:
    """Write a whole fee schedule for a locality to standard output as CSV: code,modifier,non_facility,facility.

    One row for each procedure and component that the schedule lists, in dollars
    with two decimals; empty where it pays none. Where the publisher calls a place
    unusual for a procedure (NA), the amount that its file has is shown: a claim
    from there is paid by it.

    \b
    Examples:
      adjudicator fees table --schedule fees/professional --date 2026-03-02
      adjudicator fees table --schedule fees/medicare --locality 01112-05 --date 2024-03-09 --policies my-policies
    """
    import csv
    import sys

    from adjudicator.cli.payer import load
    from adjudicator.cli.terminal import Stopped
    from adjudicator.policy.anesthesia_fees import AnesthesiaFees
    from adjudicator.policy.fee_schedules import FeeRequest
    from adjudicator.pricing.unit_fees import component_of, listed

    loaded, _ = load(policies)
    fees = _schedule(loaded, schedule, date)
    if isinstance(fees, AnesthesiaFees):
        raise Stopped(f"{fees.stamp} pays by minutes; ask for one anesthesia with fees quote CODE --minutes MINUTES.")
    named = _named(fees, _checked(locality), state.upper(), date)
    if before_cap:
        fees = _before_cap(fees)
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(("code", "modifier", "non_facility", "facility"))
    for procedure, modifiers in listed(fees, date):
        requests = (
            FeeRequest(
                procedure,
                date,
                facility,
                component_of(modifiers),
                modifiers,
                locality=named,
                state=state.upper(),
                rural=rural,
                qualifying=qualifying,
            )
            for facility in (False, True)
        )
        rows.writerow((procedure, " ".join(modifiers), *(_amount(fees, request) for request in requests)))


def _amount(fees: "Fees", request: "FeeRequest") -> str:
    """A fee in plain dollars; empty where there is none."""
    from adjudicator.policy.fee_schedules import UnitFee
    from adjudicator.pricing.unit_fees import unit_fee

    fee = unit_fee(fees, request)
    return f"{fee.cents // 100}.{fee.cents % 100:02d}" if isinstance(fee, UnitFee) else ""


def _schedule(policies: "PolicySet", path: str, day: dt.date) -> "Fees":
    """The schedule's version of a day."""
    from adjudicator.cli.terminal import Stopped
    from adjudicator.policy.load.mistakes import either

    if not path and len(policies.fees) == 1:
        (path,) = policies.fees
    if path not in policies.fees:
        found = f"Found --schedule {path}" if path else "Found no --schedule, and several fee schedules"
        raise Stopped(f"{found}; write {either(policies.fees)}.")
    version = policies.fees[path].find(day)
    if version is None:
        raise Stopped(f"{path} has no version in force on {day}; write a date within one of its versions.")
    return version


def _pricing_rules(policies: "PolicySet", fees: "Fees", request: "FeeRequest", path: str) -> "PaymentRules | None":
    """The payment rules that say what the request's modifiers make of its fee; None where no modifier needs any.

    A modifier of which neither the schedule nor the rules nor the payer say anything has no price: nothing is shown for it.
    """
    from adjudicator.cli.terminal import ATTENTION, Stopped
    from adjudicator.policy.anesthesia_fees import AnesthesiaFees
    from adjudicator.policy.fee_schedules import FlatFees, ListedFees
    from adjudicator.policy.fee_tables import COMPONENTS
    from adjudicator.policy.load.mistakes import either

    payer = policies.payer.find(request.day)
    left = [modifier for modifier in request.modifiers if payer is None or modifier not in payer.neutral_modifiers]
    if isinstance(fees, AnesthesiaFees):
        left = [modifier for modifier in left if not fees.names(modifier)]
    elif isinstance(fees, FlatFees):
        left = [modifier for modifier in left if modifier not in fees.informational]
    elif isinstance(fees, ListedFees):
        left = [
            modifier for modifier in left if not fees.names(modifier, request.procedure, request.modifiers, request.day)
        ]
    components = [modifier for modifier in left if modifier in COMPONENTS]
    if len(components) > 1:
        raise Stopped(f"Found --modifier {' and '.join(components)}; write one of them: each has a row of its own.")
    documents = policies.payment_rules
    if path and path not in documents:
        raise Stopped(f"Found --rules {path}; write {either(documents)}.")
    if not path and len(documents) == 1:
        (path,) = documents
    others = [modifier for modifier in left if modifier not in components]
    if others and not path and documents:
        raise Stopped(f"Found --modifier {others[0]} and no --rules; write {either(documents)}.")
    rules = documents[path].find(request.day) if path and left and not isinstance(fees, AnesthesiaFees) else None
    for modifier in others:
        if rules is None or not rules.prices(modifier):
            told = f"{fees.stamp} nor {rules.stamp}" if rules else f"{fees.stamp} nor any payment rules"
            raise Stopped(
                f"No amount. Neither {told} say what modifier {modifier} makes of the fee.\n"
                f"Missing: price of modifier {modifier}.",
                ATTENTION,
            )
    both = rules.contradiction(request.modifiers) if rules else None
    if rules and both:
        told = f"Modifiers {both[0]} and {both[1]} contradict each other, by {rules.stamp}."
        raise Stopped(f"No amount. {told}", ATTENTION)
    share = rules is not None and any(row.modifiers.holds_any(components) for row in rules.parts)
    return rules if others or share else None


def _is_facility(policies: "PolicySet", place: str, day: dt.date) -> bool:
    from adjudicator.cli.terminal import Stopped

    entry = policies.table("places", day).entry(place, day)
    if entry is None:
        raise Stopped(
            f"Found --place {place}; write a place of service of two digits that is listed on {day}, such as 11."
        )
    return entry.facility


def _named(fees: "Fees", locality: str, state: str, day: dt.date) -> str:
    """The locality of a table, which must be one that the schedule's indices list."""
    from adjudicator.cli.terminal import Stopped
    from adjudicator.policy.fee_schedules import HERE, ListedFees, RelativeValueFees
    from adjudicator.policy.fee_tables import EquipmentFees

    if isinstance(fees, ListedFees) and isinstance(fees.amounts.find(day), EquipmentFees) and not state:
        raise Stopped("Found no --state; write the state whose fees are wanted, such as --state WI.")
    if not isinstance(fees, RelativeValueFees) or fees.locality == HERE:
        return ""
    locality = locality or fees.locality
    if not locality:
        raise Stopped("Found no --locality; write contractor and locality, such as --locality 01112-05.")
    indices = fees.indices.on(day)
    if indices.find(locality) is None:
        raise Stopped(f"Found --locality {locality}, which {indices.stamp} does not list; write one that it lists.")
    return locality


def _before_cap(fees: "Fees") -> "Fees":
    import msgspec

    from adjudicator.policy.fee_schedules import RelativeValueFees

    return (
        msgspec.structs.replace(fees, caps=None, caps_computed=False) if isinstance(fees, RelativeValueFees) else fees
    )


def _checked(locality: str) -> str:
    """A locality as tables key it; publishers' own lost zeros are no mistake."""
    from adjudicator.cli.terminal import Stopped
    from adjudicator.policy.fee_tables import locality_key

    match = re.fullmatch(r"\s*(\d{3,5})\s*-\s*(\d{1,2})\s*", locality)
    if locality and match is None:
        raise Stopped(f"Found --locality {locality}; write contractor and locality, such as 01112-05.")
    return locality_key(match[1], match[2]) if match else ""


def _zip(code: str) -> str:
    from adjudicator.cli.terminal import Stopped

    digits = code.replace("-", "")
    if code and not re.fullmatch(r"\d{5}(\d{4})?", digits):
        raise Stopped(f"Found --zip {code}; write five or nine digits, such as 02139.")
    return digits
