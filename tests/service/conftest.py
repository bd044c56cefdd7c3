"""What every test of the service begins with."""

import os
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where all have their store on PostgreSQL, a test that runs in memory and on SQLite else runs once."""
    if os.environ.get("TESTS_ON") == "postgresql":
        every = {item.nodeid for item in items}
        on_sqlite = [item for item in items if "sqlite:log.sqlite" in item.nodeid]
        again = [item for item in on_sqlite if item.nodeid.replace("sqlite:log.sqlite", "memory:") in every]
        items[:] = [item for item in items if item not in again]
        config.hook.pytest_deselected(items=again)
