"""``adjudicator accumulators``: what stands in a member's and a family's limits, and what it is the sum of."""

from typing import Annotated

import typer

from adjudicator.cli.options import AsOf, Database, Policies, today


def accumulators(
    member_id: Annotated[str, typer.Argument(metavar="MEMBER", help="The member's number.")],
    database: Database,
    policies: Policies = None,
    as_of: AsOf = None,
) -> None:
    """Show what a member and the family have used of their limits.

    Each deductible, out-of-pocket maximum and sum of copays of each period with
    what is left of it, or by how much the limit under which it was taken is
    overshot, and every entry that it is the sum of: of claims, of other
    systems, of reversals; "carried" is what the plan counts of another
    system's amount besides. With --as-of, by what was recorded up to that day.

    \b
    Examples:
      adjudicator accumulators MM06001 --database build/demo/store.sqlite
      adjudicator accumulators MM06001 --as-of 2026-03-31 \\
        --database store.sqlite
    """
    from adjudicator.cli.payer import load, opened, operator
    from adjudicator.cli.terminal import show
    from adjudicator.model.money import dollars
    from adjudicator.service.accumulators import Accumulators

    loaded = load(policies)[0]
    day = as_of or today()
    with opened(database) as store:
        totals = Accumulators(store, lambda: loaded, lambda: day).get(operator(), member_id, day)
    lines = [] if totals else [f"Nothing is used of any limit by {day}."]
    for total in totals:
        lines.append(f"{total.in_words()}.")
        lines += (
            f"  {entry.recorded_on}  {dollars(entry.amount_cents):>12}  {entry.source} {entry.source_id}"
            f"{', carried' if entry.carried else ''}"
            for entry in total.entries
        )
    show("\n".join(lines))
