"""What every test of the service begins with."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from service import wiring

SEED = b"the seed of an office at a desk."


@pytest.fixture(autouse=True, scope="module")
def _same_sample() -> Iterator[None]:
    """Every new installation draws the same sample: by chance one claim in twenty would wait for a reviewer.

    It begins before whatever a module sets up for all of its tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "secrets", SimpleNamespace(token_bytes=lambda length: SEED[:length]))
        yield
