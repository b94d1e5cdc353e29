"""How the payer applies the publishers' tables of coding to one day's services."""

import enum
from collections.abc import Iterator, Mapping
from functools import cached_property

import msgspec

from adjudicator.policy.by_procedure import ByProcedure
from adjudicator.policy.code_set import CodeSet
from adjudicator.policy.coding_tables import (
    AddOnCodes,
    ProcedureIndicators,
    ProcedurePairs,
    Setting,
    TableOnDay,
    UnitLimits,
)
from adjudicator.policy.document import Version, VersionT
from adjudicator.policy.editing_rules import ExclusiveServices, FeeScheduleRules, GlobalSurgery, Visits
from adjudicator.policy.look_backs import LookBack


class SameProvider(enum.Enum):
    """Who counts as one provider where services of one day are compared."""

    PRACTITIONER = "practitioner"
    GROUP_AND_SPECIALTY = "group_and_specialty"


class CodeEditing(Version, frozen=True):
    """How the payer applies the publishers' tables of pairs, unit limits and add-on codes."""

    same_provider: SameProvider
    unknown_specialty_is_same: bool
    """Whether practitioners of one group count as one specialty's where that of one is not known."""
    pair_modifiers: CodeSet
    """Modifiers that tell the two services of a pair apart, where the pair's indicator lets one."""
    split_care_modifiers: CodeSet
    """Modifiers of parts of a surgeon's care: lines with different ones are counted apart."""
    zero_limits_for: frozenset[str]
    """Plans for which a unit limit of 0 counts."""
    add_on_primaries: tuple[tuple[CodeSet, CodeSet], ...]
    """Add-on codes and what they are given with, where the publisher leaves that to the payer."""
    suppliers: tuple[str, ...] = ()
    """Beginnings of the taxonomy codes of suppliers of equipment, who have unit limits of their own."""
    exclusive: tuple[ExclusiveServices, ...] = ()
    visits: Visits | None = None
    surgery: GlobalSurgery | None = None
    fee_schedule: FeeScheduleRules | None = None

    @property
    def look_backs(self) -> Iterator[tuple[CodeSet, LookBack]]:
        """Which earlier services are compared with a line, and how far back, both a little longer than needed at their far end."""
        if self.visits is not None:
            yield self.visits.new_patients.seen, LookBack(months=self.visits.new_patients.months + 1)
        if self.surgery is not None:
            yield CodeSet(everything=True), LookBack(days=self.surgery.reach_days + 1)

    @cached_property
    def exclusive_by_procedure(self) -> ByProcedure[ExclusiveServices]:
        """The services that exclude each other, indexed by those that are not paid."""
        return ByProcedure.of(self.exclusive)

    def primaries_of(self, add_on: str) -> CodeSet | None:
        """What the payer says that an add-on code is given with; None where it does not say."""
        return next((primaries for add_ons, primaries in self.add_on_primaries if add_on in add_ons), None)


class CodingDay(msgspec.Struct, frozen=True, dict=True):
    """What the coding of one day's services is held against.

    A table is None where the payer binds no such table, so that its edits do not run, and where a bound one has no version to
    use: then every line of the day waits (``edits.coding_tables``), and other edits may pass over it.
    """

    editing: CodeEditing | None
    """How the tables are applied; None where the payer does not edit codes."""
    tables: Mapping[str, TableOnDay]
    """Every table that the payer binds, by what it lists: ``procedure-pairs-practitioner`` ..."""

    @cached_property
    def wanting(self) -> Mapping[str, TableOnDay]:
        """The bound tables that have no version of their own for the day."""
        return {lists: table for lists, table in self.tables.items() if table.table is None or table.previous}

    @cached_property
    def pairs(self) -> Mapping[Setting, ProcedurePairs]:
        """The pairs, by setting."""
        return self._by_setting("procedure-pairs", ProcedurePairs)

    @cached_property
    def unit_limits(self) -> Mapping[Setting, UnitLimits]:
        """The unit limits, by setting."""
        return self._by_setting("unit-limits", UnitLimits)

    @cached_property
    def add_on_codes(self) -> AddOnCodes | None:
        """The add-on codes."""
        return self._table("add-on-codes", AddOnCodes)

    @cached_property
    def indicators(self) -> ProcedureIndicators | None:
        """The indicators of the physician fee schedule."""
        return self._table("procedure-indicators", ProcedureIndicators)

    def _by_setting(self, lists: str, kind: type[VersionT]) -> Mapping[Setting, VersionT]:
        tables = {setting: self._table(f"{lists}-{setting.value}", kind) for setting in Setting}
        return {setting: table for setting, table in tables.items() if table is not None}

    def _table(self, lists: str, kind: type[VersionT]) -> VersionT | None:
        found = self.tables.get(lists)
        table = found.table if found else None
        assert table is None or isinstance(table, kind)
        return table
