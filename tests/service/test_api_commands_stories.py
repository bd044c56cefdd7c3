"""Stories over HTTP alone: a programme is founded, a provider joins, a demand becomes an order, a debt is paid off."""

import pytest

from schemas import policies
from service.identity import create_key
from tests.examples import JIANGSU_LAB, LAB, PUDONG, SH_CODE, YRD, YRD_CODE, facts_of_firm, facts_of_provider
from tests.service.clients import NOON, TODAY, an_api, check_problem, frozen, yuan
from tests.supervised import supervised_policy
from vouchers import application as app
from vouchers.identifiers import make_credit_code

DIGEST, WHY = "a" * 64, "it is so"
TOML = policies.shipped()[YRD].read_bytes()


@pytest.fixture
def api(tmp_path):
    with frozen(), an_api(tmp_path) as api:
        api.keys["second-officer"] = create_key(tmp_path, "officer", "wu", NOON)[0]
        yield api


def done(answer, status=200):
    """What was answered, where it went well."""
    assert answer.status_code == status, answer.json
    return answer.json


def proposed(api, data=TOML, who="officer", media="application/toml"):
    return api.send("/v1/proposals/policies", data, who, media)


def test_a_programme_is_founded_by_two_officers(api):
    checked = done(api.send("/v1/policies/check", TOML, "officer", "application/toml"))
    assert (checked["sound"], checked["programme"]) == (True, YRD_CODE)
    proposal = done(proposed(api), 201)
    assert proposal["terms"]["digest"] == checked["digest"]
    path = f"/v1/proposals/{proposal['proposal_id']}"
    before = api.log()
    check_problem(api.post(f"{path}/approval", {}, "officer"), 403, "second-person-needed")
    check_problem(api.post(f"{path}/approval", {}, "finance"), 403, "role-not-allowed")
    assert api.log() == before
    adopted = done(api.post(f"{path}/approval", {}, "second-officer"))
    assert (adopted["status"], adopted["digest"]) == ("approved", checked["digest"])
    shown = done(api.get(f"/v1/programmes/{YRD_CODE}/policies/{adopted['version']}"))
    assert (shown["proposed_by"], shown["approved_by"]) == ("officer:li", "officer:wu")
    pool = f"/v1/programmes/{YRD_CODE}/budgets/2026/general:330421"
    given = done(api.post(f"{pool}/appropriations", {"amount": yuan(1_000), "reference": "act 1"}, "finance"))
    assert given["appropriated"] == yuan(1_000)
    cut = done(api.post(f"{pool}/cuts", {"amount": yuan(400), "reference": "act 2"}, "finance"))
    assert cut["appropriated"] == yuan(600)


def test_an_approval_is_repeated_by_the_same_person_only_and_takes_effect_once(api):
    path = f"/v1/proposals/{done(proposed(api), 201)['proposal_id']}"
    first = done(api.post(f"{path}/approval", {}, "second-officer"))
    size = api.log()
    assert done(api.post(f"{path}/approval", {}, "second-officer"))["digest"] == first["digest"]
    check_problem(api.post(f"{path}/approval", {}, "officer"), 409, "proposal-ended", "/proposal_id")
    check_problem(api.post(f"{path}/withdrawal", {}, "officer"), 409, "proposal-ended", "/proposal_id")
    assert api.log() == size
    assert done(api.get("/v1/proposals", "officer"))["items"] == []


def test_a_proposal_can_be_withdrawn_and_is_one_as_long_as_it_is_open(api):
    one, same = (done(proposed(api), 201)["proposal_id"] for _ in range(2))
    assert one == same
    listed = done(api.get("/v1/proposals", "regulator"))["items"]
    assert [(each["proposal_id"], each["proposed_by"]) for each in listed] == [(one, "officer:li")]
    assert "document" not in listed[0]["terms"]
    assert "document" in done(api.get(f"/v1/proposals/{one}", "officer"))["terms"]
    assert done(api.post(f"/v1/proposals/{one}/withdrawal", {}, "second-officer"))["status"] == "withdrawn"
    check_problem(api.post(f"/v1/proposals/{one}/approval", {}, "second-officer"), 409, "proposal-ended")
    assert done(proposed(api), 201)["proposal_id"] != one


def test_a_policy_with_faults_is_refused_with_all_of_them(api):
    before = api.log()
    broken = TOML.replace(b'effective_on = "', b'effective_on = "x').replace(b"face = ", b"face = -")
    problem = check_problem(proposed(api, broken), 422, "policy-unsound")
    assert {"policy-faulty"} == {error["code"] for error in problem["errors"]}
    assert "/programme/effective_on" in {error["pointer"] for error in problem["errors"]}
    told = done(api.send("/v1/policies/check", broken, "officer", "application/toml"))
    assert not told["sound"]
    assert len(told["faults"]) == len(problem["errors"]) > 1
    check_problem(proposed(api, b"\xff"), 400, "encoding-broken")
    check_problem(proposed(api, TOML, media="text/plain"), 415, "media-type-unsupported", "/headers/content-type")
    check_problem(proposed(api, b"#" * 300_000), 413, "body-too-large")
    check_problem(proposed(api, b"[["), 422, "policy-faulty")
    assert api.log() == before
    assert done(api.get("/v1/proposals", "officer"))["items"] == []


def test_money_goes_between_pools_by_two_people(api):
    path = f"/v1/programmes/{SH_CODE}/budgets/2026/TEST/transfers"
    said = {"to_pool": "RND", "amount": yuan(500), "reference": "act 3"}
    proposal = done(api.post(path, said, "finance"), 201)
    assert proposal["terms"]["amount"] == yuan(500)
    approval = f"/v1/proposals/{proposal['proposal_id']}/approval"
    before = api.town.budget().appropriated
    check_problem(api.post(approval, {}, "finance"), 403, "transfer-not-independent")
    moved = done(api.post(approval, {}, "second-finance"))
    assert api.town.budget().appropriated == before - 500_00
    assert moved["to_appropriated"]["amount"] == api.town.budget("RND").appropriated
    check_problem(api.post(path, said | {"to_pool": "NONE"}, "finance"), 404, "pool-unknown", "/pool")
    dollars = said | {"amount": {"amount": 1, "currency": "USD"}}
    check_problem(api.post(path, dollars, "finance"), 422, "currency-mismatch", "/amount/currency")


def test_a_provider_joins_after_its_notice_and_two_people_say_where_it_is_paid(api):
    path = f"/v1/providers/{JIANGSU_LAB}"
    said = {"programme": SH_CODE, "name": "Laboratory", "digest": DIGEST, "answers": {"kind": "lab"}}
    assert done(api.post(f"{path}/application", said, "other-provider"))["status"] == "evaluated"
    facts = {name: list(value) if isinstance(value, tuple) else value for name, value in facts_of_provider().items()}
    verified = done(
        api.post(f"{path}/verification", {"source": "register", "digest": DIGEST, "facts": facts}, "officer")
    )
    assert verified["status"] == "noticed"
    assert done(api.post(f"{path}/objections", {"reason": "no team"}, "enterprise"))["open_objections"] == [1]
    assert (
        done(api.post(f"{path}/objections/1/dismissal", {"reason": "there is one"}, "officer"))["open_objections"] == []
    )
    check_problem(api.post(f"{path}/admission", {}, "officer"), 422, "notice-still-runs")
    with frozen("2026-02-12T04:00:00Z"):
        assert done(api.post(f"{path}/admission", {}, "officer"))["status"] == "joined"
        days = {"category": "TEST", "from_on": "2026-02-12", "until_on": "2027-02-11"}
        done(api.post(f"{path}/accreditations", days, "officer"))
        account = f"/v1/parties/{JIANGSU_LAB}/accounts"
        done(api.post(account, {"account_ref": "account:77"}, "other-provider"))
        assert done(api.post(f"{account}/approval", {"account_ref": "account:77"}, "finance"))["account_ref"]
        shown = done(api.get(f"{path}?after={api.service.ledger.size()}", "officer"))
        assert shown["accreditations"] == [days]


def test_a_demand_is_answered_and_becomes_an_order(api):
    need = {"category": "TEST", "summary": "a test", "digest": DIGEST, "budget": yuan(9_000), "until_on": "2026-02-20"}
    posted = api.post("/v1/demands", need)
    demand = done(posted, 201)["demand_id"]
    assert posted.headers["Location"] == f"/v1/demands/{demand}"
    offer = {"fee": yuan(8_000), "starts_on": TODAY, "ends_on": "2026-02-28"}
    made = done(api.post(f"/v1/demands/{demand}/offers", offer, "provider"), 201)
    assert made["offers"] == 1
    offered = done(api.get(f"/v1/demands/{demand}?after={made['position']}"))["offers"]
    number = offered[0]["offer_id"]
    check_problem(
        api.post(f"/v1/demands/{demand}/offers/{number}/acceptance", {}, "other-enterprise"), 404, "demand-not-yours"
    )
    accepted = done(api.post(f"/v1/demands/{demand}/offers/{number}/acceptance", {}))
    assert (accepted["status"], accepted["accepted"]) == ("accepted", number)
    named = {"demand_id": demand, "offer_id": number}
    order = done(api.register(gross=yuan(8_000), net=yuan(8_000), attributes=named), 201)
    assert done(api.get(f"/v1/demands/{demand}?after={order['position']}"))["order_id"] == order["order_id"]


def test_an_officer_who_posts_for_an_enterprise_names_it(api):
    need = {"category": "TEST", "summary": "a test", "digest": DIGEST, "budget": yuan(9_000), "until_on": "2026-02-20"}
    check_problem(api.post("/v1/demands", need, "officer"), 422, "firm-unnamed", "/enterprise_id")
    posted = done(api.post("/v1/demands", need | {"enterprise_id": PUDONG.lower()}, "officer"), 201)
    assert done(api.get(f"/v1/demands/{posted['demand_id']}?after={posted['position']}"))["enterprise_id"] == PUDONG


def paid(api):
    """An order of 10,000 yuan that was paid."""
    order_id = api.approved()
    path = api.post("/v1/settlements", {"programme": SH_CODE, "orders": [order_id]}, "finance").headers["Location"]
    done(api.post(f"{path}/approval", {}, "second-finance"))
    bank = {"order_id": order_id, "outcome": "confirmed", "bank_reference": "b-1", "paid_on": TODAY}
    done(api.post(f"{path}/payments", bank, "finance"))
    return order_id


def test_what_was_paid_too_much_is_demanded_back_and_paid_off_in_parts(api):
    order_id = paid(api)
    back = done(api.post(f"/v1/orders/{order_id}/clawbacks", {"amount": yuan(600), "reason": WHY}, "finance"))
    assert back["clawed_back"] == yuan(600)
    debt = back["debts"][0]
    assert (debt["party_id"], debt["amount"]) == (LAB, yuan(600))
    path = f"/v1/debts/{LAB}/{debt['debt_id']}"
    parts = [{"due_on": "2026-03-01", "amount": yuan(200)}, {"due_on": "2026-04-01", "amount": yuan(400)}]
    euros = [parts[0], {"due_on": "2026-04-01", "amount": {"amount": 1, "currency": "EUR"}}]
    plan = {"instalments": euros, "reason": WHY}
    check_problem(
        api.post(f"{path}/instalments", plan, "officer"), 422, "currency-mismatch", "/instalments/1/amount/currency"
    )
    done(api.post(f"{path}/instalments", plan | {"instalments": parts}, "officer"))
    paid_back = {"amount": yuan(200), "received_on": TODAY, "reference": "in-1"}
    assert done(api.post(f"{path}/repayments", paid_back, "finance"))["owed"] == yuan(400)
    shown = done(api.get(path, "provider"))
    assert [part["amount"] for part in shown["plan"]] == [yuan(200), yuan(400)]
    check_problem(api.get(path, "other-provider"), 404, "provider-unknown")


def test_a_firm_appeals_and_somebody_else_decides(api):
    path = f"/v1/parties/{PUDONG}"
    imposed = done(api.post(f"{path}/sanctions", {"level": "warned", "effect": "finish", "reason": WHY}, "officer"))
    appeal = f"{path}/acts/{imposed['act']}/appeal"
    check_problem(api.post(appeal, {"grounds": WHY}, "other-enterprise"), 404, "enterprise-unknown", "/subject")
    done(api.post(appeal, {"grounds": "it was another firm"}))
    decision = {"upheld": True, "reason": "the file says so"}
    assert api.post(f"{appeal}/decision", decision, "officer").status_code == 403
    done(api.post(f"{appeal}/decision", decision, "second-officer"))
    acts = done(api.get(f"/v1/acts?after={api.service.ledger.size()}"))["items"]
    assert [(each["level"], each["appeal"]) for each in acts] == [("warned", "upheld")]


def facts(code=PUDONG, **changes):
    found = facts_of_firm(code, **changes)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def test_wrong_facts_are_corrected_and_what_was_granted_is_looked_at_again(api):
    said = {"as_of_on": "2025-12-31", "source": "registry", "digest": DIGEST, "reason": "a misprint"}
    path = f"/v1/enterprises/{PUDONG}/corrections"
    moved = done(api.post(path, said | {"facts": facts(region="330421")}, "officer"))
    assert moved["recorded"]
    assert [look["programme"] for look in moved["looks"]] == [SH_CODE]
    opened = done(api.get(f"/v1/findings?after={moved['position']}", "officer"))["items"]
    assert PUDONG in {finding["enterprise_id"] for finding in opened}
    wrong = said | {"facts": facts(staff="many")}
    check_problem(api.post(path, wrong, "officer"), 400, "fact-of-another-type", "/facts/staff")
    place = said | {"facts": facts(region="999999")}
    assert api.post(path, place, "officer").status_code == 400


def test_one_enterprise_takes_the_place_of_another_with_all_that_was_granted(api):
    successor = make_credit_code("9", "1", "310115", 8_001)
    new = {"as_of_on": TODAY, "source": "registry", "digest": DIGEST, "facts": facts(successor)}
    done(api.post(f"/v1/enterprises/{successor}/facts", new, "officer"))
    said = {
        "successor_id": successor,
        "succession": "merger",
        "from_on": TODAY,
        "evidence_digest": DIGEST,
        "reason": WHY,
    }
    passed = done(api.post(f"/v1/enterprises/{PUDONG}/succession", said, "officer"))
    assert passed["programmes"][SH_CODE]["passed"] == 1
    again = done(api.post(f"/v1/enterprises/{successor}/second-look", {}, "officer"))
    assert again["enterprise_id"] == successor


def test_a_mistyped_code_makes_no_new_party(api):
    before = api.log()
    mistyped = PUDONG[:-1] + "4"
    new = {"as_of_on": TODAY, "source": "registry", "digest": DIGEST, "facts": facts()}
    check_problem(
        api.post(f"/v1/enterprises/{mistyped}/facts", new, "officer"), 400, "credit-code-check", "/enterprise_id"
    )
    assert api.log() == before
    done(api.post(f"/v1/credit-codes/{mistyped}/permission", {"reason": WHY, "evidence_digest": DIGEST}, "officer"))
    assert done(api.post(f"/v1/enterprises/{mistyped}/facts", new, "officer"))["recorded"]


def test_a_mistyped_programme_or_pool_is_refused(api):
    said = {"amount": yuan(1), "reference": "act"}
    for path, code in (
        ("NONE/budgets/2026/TEST", "programme-unknown"),
        (f"{SH_CODE}/budgets/2026/TSET", "pool-unknown"),
    ):
        check_problem(api.post(f"/v1/programmes/{path}/appropriations", said, "finance"), 404, code)


def test_a_batch_is_tried_before_it_is_proposed_and_paid_in_two_parts(api):
    order_id = api.approved()
    batch = {"programme": SH_CODE, "orders": [order_id]}
    assert done(api.post("/v1/settlements/preview", batch, "finance")) | {"position": 0} == {
        "payable": [order_id],
        "left_out": [],
        "position": 0,
    }
    path = api.post("/v1/settlements", batch, "finance").headers["Location"]
    done(api.post(f"{path}/approval", {}, "second-finance"))
    bank = {"order_id": order_id, "outcome": "confirmed", "bank_reference": "b-1", "paid_on": TODAY}
    part = done(api.post(f"{path}/payments", bank | {"amount": yuan(1_000)}, "finance"))
    assert part["failed"] == 1
    state = api.town.state(order_id)
    assert state.paid == 0


def test_a_rejection_may_say_whose_fault_it_is(api):
    api.town.do(
        app.adopt_policy, supervised_policy({"move": [{"after": "rejected", "times": 1, "steps": 1}]}, "2025-moves")
    )
    order_id = api.claimed(gross=yuan(50_000), net=yuan(50_000))
    while api.town.state(order_id).status != "requested":
        order_id = api.claimed(contract_digest=f"{next(api.numbers):064d}")
    redemption = api.town.state(order_id).redemption_id
    said = {"decision": "reject", "reason": "a forged report", "fault": "provider"}
    done(api.post(f"/v1/reviews/{redemption}/decision", said, "reviewer"))
    assert any(event.type == "conduct.Faulted" for event in api.service.ledger.entries(0))


def test_a_command_may_say_which_version_it_was_decided_on(api):
    order_id = api.registered()
    tag = api.get(f"/v1/orders/{order_id}").headers["ETag"]
    share = {"subcontracted_bp": 100}
    done(api.post(f"/v1/orders/{order_id}/subcontracting", share, "provider", **{"If-Match": tag}))
    before = api.log()
    stale = api.post(
        f"/v1/orders/{order_id}/subcontracting", {"subcontracted_bp": 200}, "provider", **{"If-Match": tag}
    )
    check_problem(stale, 412, "version-stale")
    assert api.log() == before


def test_what_was_read_is_not_sent_again(api):
    for path in (f"/v1/providers/{LAB}", f"/v1/enterprises/{PUDONG}", f"/v1/programmes/{SH_CODE}/policies/2025"):
        answer = api.get(path, "officer")
        again = api.get(path, "officer", **{"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), path


def test_a_repeated_command_answers_as_before_and_a_reused_key_is_refused(api):
    path = f"/v1/programmes/{SH_CODE}/budgets/2026/TEST/appropriations"
    said = {"amount": yuan(100), "reference": "act 9"}
    first = api.post(path, said, "finance", "once")
    before = api.log()
    again = api.post(path, said, "finance", "once")
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    other = api.post(path, said | {"amount": yuan(200)}, "finance", "once")
    check_problem(other, 422, "idempotency-key-reused", "/headers/idempotency-key")
    assert api.log() == before
