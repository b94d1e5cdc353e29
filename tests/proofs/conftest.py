"""The clean claims, made once for all proofs."""

import pytest

from tests.proofs.clean_claims import CleanClaim, clean_claims

CLAIMS = 10_000


@pytest.fixture(scope="session")
def sent() -> tuple[CleanClaim, ...]:
    """Ten thousand clean claims in the order in which they arrive."""
    return tuple(clean_claims(CLAIMS))
