"""Sets of codes as policies write them: single codes, beginnings and ranges."""

from collections.abc import Collection

import msgspec


class CodeSet(msgspec.Struct, frozen=True):
    """A named set of codes: single codes, prefixes (``E11*``) and ranges (``99202-99215``), resolved at load."""

    codes: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()
    everything: bool = False
    """``for: any``."""

    @property
    def enumerated(self) -> bool:
        """Whether ``codes`` alone says what is in the set."""
        return not (self.prefixes or self.ranges or self.everything)

    @property
    def first_signs(self) -> frozenset[str] | None:
        """The signs with which its prefixes and ranges begin; None where a code with any first sign can be in the set."""
        if self.everything:
            return None
        signs = {prefix[:1] for prefix in self.prefixes}
        for first, last in self.ranges:
            signs.update(chr(sign) for sign in range(ord(first[0]), ord(last[0]) + 1))
        return frozenset(signs)

    def __contains__(self, code: object) -> bool:
        """Whether a code belongs to the set.

        A range holds codes of its bounds' length only; where its bounds end in one letter (``0001F-9007F``), only codes
        that end in it.
        """
        if self.everything or code in self.codes:
            return True
        if not isinstance(code, str):
            return False
        if self.prefixes and code.startswith(self.prefixes):
            return True
        return bool(self.ranges) and any(
            len(first) == len(code) and first <= code <= last and _ends_alike(first, last, code)
            for first, last in self.ranges
        )

    def holds_any(self, codes: Collection[str]) -> bool:
        """Whether any of some codes belongs to the set."""
        return not self.codes.isdisjoint(codes) or (not self.enumerated and any(code in self for code in codes))


def _ends_alike(first: str, last: str, code: str) -> bool:
    return code[-1] == last[-1] or first[-1] != last[-1] or last[-1].isdigit() or len(code) < _LETTERED


_LETTERED = 4
"""Shortest codes with a letter at the end that says what they are: categories of diagnoses (``C7A``) are shorter."""
