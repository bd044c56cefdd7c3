"""A town for every test that asks for one."""

from collections.abc import Iterator

import pytest

from tests.town import Town, a_town, an_empty_town


@pytest.fixture
def town() -> Iterator[Town]:
    """Return a town on 2 February 2026 with one firm, one laboratory and money in every pool."""
    with a_town() as town:
        yield town


@pytest.fixture
def empty_town() -> Iterator[Town]:
    """Return a town in which nothing has happened."""
    with an_empty_town() as town:
        yield town
