"""A whole year over HTTP: every command of the table is asked for by somebody who may, and does what it does."""

import re

import pytest
from openapi_schema_validator import OAS31Validator

from service.api.commands import ROWS
from service.api.documenting import document
from tests.service.clients import on_server
from tests.service.posted_year import a_posted_year


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    with a_posted_year(tmp_path_factory.mktemp("year")) as town:
        yield town


def test_every_command_of_the_table_was_accepted(town):
    assert {row.name for row in ROWS} - set(town.answers) == set()


@pytest.mark.long
def test_the_same_year_passes_on_postgresql(tmp_path, postgres_url):
    with a_posted_year(tmp_path, **on_server(postgres_url)) as town:
        assert {row.name for row in ROWS} - set(town.answers) == set()
        assert town.api.service.views.verify(town.ledger) == []


def test_the_views_say_what_the_log_of_that_year_says(town):
    assert town.api.service.views.verify(town.ledger) == []


def test_every_answer_is_as_the_document_says(town):
    found = document(town.api.app)
    for row in ROWS:
        path = re.sub(r"<[^:>]+:([a-z_]+)>", r"{\1}", row.path)
        content = found["paths"][f"/v1{path}"]["post"]["responses"][str(row.status)]["content"]
        schema = {**content["application/json"]["schema"], "components": found["components"]}
        name = schema["$ref"].rpartition("/")[2]
        members = set(found["components"]["schemas"][name]["properties"])
        for answer in town.answers[row.name]:
            OAS31Validator(schema).validate(answer)
            assert set(answer) == members, row.name
