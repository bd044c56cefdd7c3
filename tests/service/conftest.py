"""What every test of the service begins with."""

from types import SimpleNamespace

import pytest

from service import wiring

SEED = b"the seed of an office at a desk."


@pytest.fixture(autouse=True)
def _same_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every new installation draws the same sample: by chance one claim in twenty would wait for a reviewer."""
    monkeypatch.setattr(wiring, "secrets", SimpleNamespace(token_bytes=lambda length: SEED[:length]))
