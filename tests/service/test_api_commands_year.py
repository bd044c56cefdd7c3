"""A whole year over HTTP: every command of the table is asked for by somebody who may, and does what it does."""

import pytest

from service.api.commands import ROWS
from tests.service.posted_year import a_posted_year


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    with a_posted_year(tmp_path_factory.mktemp("year")) as town:
        yield town


def test_every_command_of_the_table_was_accepted(town):
    assert {row.name for row in ROWS} - town.accepted == set()


def test_the_views_say_what_the_log_of_that_year_says(town):
    assert town.api.service.views.verify(town.ledger) == []
