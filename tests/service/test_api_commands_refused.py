"""What every command over HTTP refuses: other roles, other tenants' things, members that nobody knows, missing keys."""

from dataclasses import replace

import pytest

from schemas.commands import AMOUNTS
from service.api.commands import ROWS
from service.identity import FIRMS
from service.permissions import RULES
from tests.examples import LAB, PUDONG
from tests.service.clients import an_api, check_problem, frozen
from tests.service.posting import address_of, body_of
from tests.vouchers.every_command import COMMANDS
from vouchers import application as app

EVERYBODY = ("enterprise", "provider", "officer", "reviewer", "finance", "regulator")
# Samples whose subject is another's than that of the two who ask.
CHANGED = {
    app.appeal: {"enterprise": {"subject": PUDONG}, "provider": {"subject": LAB}},
    app.propose_account: {"enterprise": {"payee_id": PUDONG}, "provider": {"payee_id": LAB}},
    app.self_evaluate: {"provider": {"provider_id": LAB}},
    app.withdraw_application: {"provider": {"provider_id": LAB}},
}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("refused")) as api:
        order_id = api.registered()
        api.first = order_id
        yield api


def posted(api, row, who, key=None, **changes):
    """A sound request of a row, with some members changed or added."""
    command = replace(COMMANDS[row.use_case], **sample(api, row, who))
    return api.post(address_of(row, command), body_of(row, command) | changes, who, key)


def sample(api, row, who):
    """The first order stands for the order of the samples."""
    role = who.removeprefix("other-")
    changed = dict(CHANGED.get(row.use_case, {}).get(role, {}))
    if hasattr(COMMANDS[row.use_case], "order_id") and row.use_case not in (app.pledge_voucher, app.leave_round):
        changed["order_id"] = api.first
    return changed


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_role_that_may_not_is_told_who_may(api, row):
    before = api.log()
    allowed = RULES[f"commands.{row.name}"].roles
    for who in EVERYBODY:
        if who not in allowed:
            check_problem(posted(api, row, who), 403, "role-not-allowed")
    assert api.log() == before


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_member_that_nobody_knows_is_refused_with_its_place(api, row):
    before = api.log()
    who = min(RULES[f"commands.{row.name}"].roles)
    problem = check_problem(posted(api, row, who, surprise=1), 400, "field-unknown", "/surprise")
    assert [error["pointer"] for error in problem["errors"]] == ["/surprise"]
    assert api.log() == before


@pytest.mark.parametrize(
    "row", [row for row in ROWS if RULES[f"commands.{row.name}"].moves_money], ids=lambda row: row.name
)
def test_what_moves_money_needs_a_key(api, row):
    before = api.log()
    who = min(RULES[f"commands.{row.name}"].roles)
    check_problem(posted(api, row, who, key=""), 400, "idempotency-key-missing", "/headers/idempotency-key")
    assert api.log() == before


OWNED = [(row, role) for row in ROWS if row.whose for role in FIRMS if role in RULES[f"commands.{row.name}"].roles]


@pytest.mark.parametrize(("row", "role"), OWNED, ids=lambda part: getattr(part, "name", part))
def test_what_is_anothers_is_as_unknown_as_nothing(api, row, role):
    before = api.log()
    answer = posted(api, row, f"other-{role}")
    assert answer.status_code == 404, answer.json
    assert answer.json["code"].endswith("-unknown"), answer.json
    assert api.log() == before


def needed_by(row):
    return {name for name, field in row.schema.fields.items() if field.required}


@pytest.mark.parametrize("row", [row for row in ROWS if needed_by(row)], ids=lambda row: row.name)
def test_an_empty_body_names_every_member_that_is_needed(api, row):
    needed = needed_by(row)
    command = replace(COMMANDS[row.use_case], **sample(api, row, "officer"))
    answer = api.post(address_of(row, command), {}, min(RULES[f"commands.{row.name}"].roles))
    problem = check_problem(answer, 400, "field-missing" if len(needed) == 1 else "request-faulty")
    assert {error["pointer"].split("/")[1] for error in problem["errors"]} == needed


# What decides on its own money: a demand and a product are in whatever currency their firm says.
FREE = {"post_demand", "publish_product", "declare_aid", "reverse_invoice"}
PAID = [row for row in ROWS if AMOUNTS & set(row.schema.fields) and row.name not in FREE]


@pytest.mark.parametrize("row", PAID, ids=lambda row: row.name)
def test_an_amount_in_another_currency_is_refused_with_its_place(api, row):
    before = api.log()
    amounts = {name: {"amount": 1, "currency": "USD"} for name in AMOUNTS & set(row.schema.fields)}
    answer = posted(api, row, min(RULES[f"commands.{row.name}"].roles), **amounts)
    if answer.status_code != 404:
        problem = check_problem(answer, 422, "currency-mismatch")
        assert problem["errors"][0]["pointer"].removeprefix("/").removesuffix("/currency") in amounts
    assert api.log() == before
