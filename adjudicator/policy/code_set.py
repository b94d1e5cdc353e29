"""Sets of codes as policies write them: single codes, beginnings and ranges."""

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

    def __contains__(self, code: object) -> bool:
        """Whether a code belongs to the set; a range holds codes of its bounds' length only."""
        if self.everything or code in self.codes:
            return True
        if not isinstance(code, str):
            return False
        if self.prefixes and code.startswith(self.prefixes):
            return True
        return bool(self.ranges) and any(
            len(first) == len(code) and first <= code <= last for first, last in self.ranges
        )
