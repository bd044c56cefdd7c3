"""Coupons over HTTP: issued with a greatest loss, checked without a network, paid once, and proven when used twice."""

import json
from pathlib import Path

import pytest

from service.counter.papers import CouponNotGood, check_proof
from service.counter.signing import Keys, public_keys
from service.counter.syncing import PAPERS
from tests.examples import INSTITUTE, LAB, PUDONG
from tests.service.clients import an_api, check_problem, frozen, yuan
from tests.service.counters import AT, accept, bill, issue, item, second_provider, sign_up, sync, use


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("coupons")) as api:
        second_provider(api)
        yield api


@pytest.fixture
def fresh(tmp_path):
    with frozen(), an_api(tmp_path) as api:
        yield api


@pytest.fixture
def order_id(api):
    return api.registered()


@pytest.fixture
def phone(api):
    return sign_up(api)


@pytest.fixture
def till(api):
    return sign_up(api, "provider")


@pytest.fixture
def booklet(api, order_id, phone):
    answer = issue(api, order_id, key_id=phone.key_id)
    assert answer.status_code == 201, answer.json
    return answer.json


def in_hand(api, booklet, phone, till, order_id, number=1, **changes):
    """One coupon as the provider hands it in."""
    return item(api, accept(api, use(booklet["booklet"], phone, number, **changes), till), order_id)


def test_a_booklet_says_what_can_be_lost_at_most_and_where_it_is_good(api, booklet, order_id, phone):
    assert booklet["greatest_loss"] == yuan(3_000)
    shown = api.get(f"/v1/counter/booklets/{booklet['booklet_id']}").json
    assert shown["places"] == [{"order_id": order_id, "provider_id": LAB}]
    assert (shown["unused"], shown["key_id"], shown["closed"]) == (3, phone.key_id, False)
    assert set(booklet) - {"position", "currency"} <= set(shown)
    assert all(booklet[name] == shown[name] for name in ("booklet", "amount", "greatest_loss", "unused", "coupons"))
    again = issue(api, order_id, key="booklet-1", key_id=phone.key_id)
    assert again.status_code == 422  # The order holds no more than the first set aside and 2,000 yuan.
    second = issue(api, order_id, key="booklet-2", coupons=2, key_id=phone.key_id)
    assert issue(api, order_id, key="booklet-2", coupons=2, key_id=phone.key_id).json == second.json


def test_an_order_tells_what_of_it_is_set_aside(api, booklet, order_id):
    for who in ("enterprise", "provider"):
        assert api.get(f"/v1/orders/{order_id}", who).json["set_aside"] == yuan(3_000)


def test_a_coupon_is_checked_without_the_service_and_paid_after_it_came_in(api, booklet, phone, till, order_id):
    handed = in_hand(api, booklet, phone, till, order_id)
    [result] = sync(api, handed)
    assert result == {
        "outcome": "accepted",
        "booklet_id": booklet["booklet_id"],
        "number": 1,
        "order_id": order_id,
        "redemption_id": f"{order_id}-R1",
        "claimed": yuan(800),
    }
    assert api.town.state(order_id).claimed == 80_000
    shown = api.get(f"/v1/counter/booklets/{booklet['booklet_id']}", "provider").json
    assert (shown["unused"], shown["greatest_loss"]) == (2, yuan(2_000))
    before = api.log()
    assert sync(api, handed) == [result | {"outcome": "repeated"}]
    assert api.log() == before


def test_each_coupon_of_a_list_is_answered_by_itself(api, booklet, phone, till, order_id):
    good = in_hand(api, booklet, phone, till, order_id)
    other = in_hand(api, booklet, phone, till, order_id, number=2, nonce="n-2")
    broken = good | {"coupon": good["coupon"][:-4] + "AAAA"}
    nonsense = good | {"coupon": "nonsense~more"}
    late = other | {"issued_on": "2026-01-01"}
    results = sync(api, nonsense, broken, good, late, other)
    assert [each["outcome"] for each in results] == ["refused", "refused", "accepted", "refused", "accepted"]
    codes = [each["problem"]["code"] for each in results if each["outcome"] == "refused"]
    assert codes == ["paper-malformed", "signature-invalid", "invoice-day-invalid"]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/coupons/1/coupon"


def test_a_coupon_used_at_two_counters_is_paid_once_and_the_proof_names_the_enterprise(api, phone, till):
    other_till = sign_up(api, "institute")
    here, there = api.registered(), api.registered(provider_id=INSTITUTE, contract_digest="5" * 64)
    booklet = issue(api, here, there, key_id=phone.key_id).json
    first = accept(api, use(booklet["booklet"], phone), till)
    second = accept(api, use(booklet["booklet"], phone, provider=INSTITUTE, nonce="n-2"), other_till, INSTITUTE)
    # The one that comes in first is paid, whatever time anybody wrote down.
    assert sync(api, item(api, second, there), who="institute")[0]["outcome"] == "accepted"
    [result] = sync(api, item(api, first, here))
    assert (result["outcome"], result["party"], result["claimed"]) == ("double_use", "enterprise", yuan(0))
    shown = check_proof(result["proof"], public_keys(Keys(api.service.settings.data).public()))
    assert (shown["party"], shown["sub"], shown["n"]) == ("enterprise", PUDONG, 1)
    assert shown["first_digest"] != shown["second_digest"]
    path = f"/v1/counter/booklets/{booklet['booklet_id']}"
    assert api.get(f"{path}/proofs", "officer").json["items"] == [result["proof"]]
    assert api.get(path).json["double_uses"] == [{"number": 1, "party": "enterprise", "party_id": PUDONG}]
    assert api.town.state(here).claimed == 0


def test_a_provider_that_hands_one_use_in_with_two_receipts_is_named(api, booklet, phone, till, order_id):
    text = use(booklet["booklet"], phone)
    first, second = accept(api, text, till), accept(api, text, till, at=AT + 60)
    assert [each["outcome"] for each in sync(api, item(api, first, order_id), item(api, second, order_id))] == [
        "accepted",
        "double_use",
    ]
    [proof] = api.get(f"/v1/counter/booklets/{booklet['booklet_id']}/proofs", "regulator").json["items"]
    shown = check_proof(proof, public_keys(Keys(api.service.settings.data).public()))
    assert (shown["party"], shown["sub"]) == ("provider", LAB)


def test_another_spelling_of_a_signature_accuses_nobody(api, booklet, phone, till, order_id):
    """The last character of a signature has bits that say nothing; what was signed is the same."""
    handed = in_hand(api, booklet, phone, till, order_id)
    booklet_text, signed, receipt = handed["coupon"].split("~")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = signed[:-1] + letters[letters.index(signed[-1]) | 1]
    sync(api, handed)
    [result] = sync(api, handed | {"coupon": f"{booklet_text}~{other}~{receipt}"})
    assert result["outcome"] in ("repeated", "refused")
    assert api.get(f"/v1/counter/booklets/{booklet['booklet_id']}").json["double_uses"] == []


def test_what_was_signed_for_another_provider_is_not_taken(api, phone, till, order_id):
    other_till = sign_up(api, "institute")
    there = api.registered(provider_id=INSTITUTE, contract_digest="5" * 64)
    booklet = issue(api, order_id, there, key_id=phone.key_id).json
    stolen = accept(api, use(booklet["booklet"], phone), other_till)  # The laboratory's, with a stranger's receipt.
    [result] = sync(api, item(api, stolen, there), who="institute")
    assert result["problem"]["code"] == "coupon-not-for-this"
    [result] = sync(api, item(api, stolen, order_id))
    assert result["problem"]["code"] == "signature-invalid"


def test_the_seconds_of_a_proof_are_kept_and_no_paper_is_in_the_log(api, booklet, phone, till, order_id):
    handed = in_hand(api, booklet, phone, till, order_id)
    sync(api, handed)
    with api.service.desk.reading() as desk:
        kept = {row.text for row in desk.execute(PAPERS.select())}
    assert kept >= set(handed["coupon"].split("~"))
    stored = b"".join(row.entry for row in api.service.ledger.rows(0, api.service.ledger.size()))
    assert not any(paper.encode() in stored for paper in kept)


def test_a_booklet_is_seen_by_its_enterprise_and_the_providers_it_is_good_at(api, booklet):
    path = f"/v1/counter/booklets/{booklet['booklet_id']}"
    for who in ("enterprise", "provider", "officer", "regulator"):
        assert api.get(path, who).status_code == 200, who
    for who in ("other-enterprise", "other-provider"):
        check_problem(api.get(path, who), 404, "booklet-unknown")
        check_problem(api.get(f"{path}/proofs", who), 404, "booklet-unknown")
    check_problem(api.post(f"{path}/closing", {"reason": "over"}, "other-enterprise"), 404, "booklet-unknown")


def test_a_booklet_is_closed_after_its_last_day(fresh):
    api, order_id = fresh, fresh.registered()
    sign_up(api)
    path = f"/v1/counter/booklets/{issue(api, order_id).json['booklet_id']}/closing"
    check_problem(api.post(path, {"reason": "over"}), 409, "booklet-still-out")
    with frozen("2026-02-23T04:00:00Z"):
        answer = api.post(path, {"reason": "over"})
    assert (answer.status_code, answer.json["unused"], answer.json["greatest_loss"]) == (200, 0, yuan(0))
    assert api.town.state(order_id).status == "cancelled"


def test_a_booklet_is_issued_on_ones_own_orders_and_with_a_key(fresh):
    api, order_id = fresh, fresh.registered()
    check_problem(issue(api, order_id), 404, "signer-key-unknown", "/key_id")
    sign_up(api)
    sign_up(api)
    check_problem(issue(api, order_id), 404, "signer-key-unknown", "/key_id")  # Which of the two?
    keys = api.get("/v1/counter/signers").json["items"]
    assert [key["revoked"] for key in keys] == [False, False]
    revoked = {"key_id": keys[0]["key_id"], "reason": "lost"}
    assert api.post("/v1/counter/signers/revocation", revoked).status_code == 200
    assert issue(api, order_id).status_code == 201
    check_problem(issue(api, "O-9"), 404, "order-unknown")
    check_problem(issue(api, order_id, amount={"amount": 1, "currency": "EUR"}), 422, "currency-mismatch")


def test_a_list_has_a_limit(api, booklet, phone, till, order_id):
    handed = in_hand(api, booklet, phone, till, order_id)
    answer = api.post("/v1/counter/coupons/sync", {"coupons": [handed] * 101}, "provider")
    check_problem(answer, 400, "too-many", "/coupons")
    for none in (5, None, "x", {}):
        answer = api.post("/v1/counter/coupons/sync", {"coupons": none}, "provider")
        check_problem(answer, 400, "field-of-another-type", "/coupons")


def test_a_refused_claim_on_a_coupon_is_on_record_with_its_enterprise(api, booklet, phone, till, order_id):
    handed = in_hand(api, booklet, phone, till, order_id) | {"evidence": {}}
    assert sync(api, handed)[0]["problem"]["code"] == "evidence-missing"
    recorded = api.service.ledger.history(f"refusal/{PUDONG}")[-1].data
    assert (recorded.command, recorded.code) == ("use_coupon", "evidence-missing")
    assert sync(api, handed | {"evidence": api.evidence(order_id)})[0]["outcome"] == "accepted"


def test_the_service_keeps_its_private_keys_to_itself_and_publishes_old_ones(fresh):
    api, order_id = fresh, fresh.registered()
    phone, till = sign_up(api), sign_up(api, "provider")
    booklet = issue(api, order_id).json
    keys = Keys(api.service.settings.data)
    keys.renew()
    published = api.client().get("/v1/counter/keys").json
    assert len(published["keys"]) == 2
    assert all("d" not in key for key in published["keys"])
    path = Path(api.service.settings.data) / "counter.jwks"
    assert path.stat().st_mode & 0o077 == 0
    assert len(json.loads(path.read_text())["keys"]) == 2
    # A booklet of the old key and one of the new are the same booklet.
    renewed = api.get(f"/v1/counter/booklets/{booklet['booklet_id']}").json["booklet"]
    assert renewed != booklet["booklet"]
    [first] = sync(api, item(api, accept(api, use(booklet["booklet"], phone), till), order_id))
    second = accept(api, use(renewed, phone, nonce="n-2"), till)
    [result] = sync(api, item(api, second, order_id))
    assert (first["outcome"], result["outcome"]) == ("accepted", "double_use")
    assert check_proof(result["proof"], public_keys(published))["party"] == "enterprise"


@pytest.mark.parametrize("changes", [{"number": 4}, {"told": bill(on="2026-02-13")}])
def test_a_phone_signs_nothing_that_the_booklet_is_not_good_for(booklet, phone, changes):
    with pytest.raises(CouponNotGood):
        use(booklet["booklet"], phone, **changes)


def test_a_repeated_issue_answers_as_before_whatever_was_used_meanwhile(api, phone, till, order_id):
    first = issue(api, order_id, key="repeated", key_id=phone.key_id)
    sync(api, in_hand(api, first.json, phone, till, order_id))
    again = issue(api, order_id, key="repeated", key_id=phone.key_id)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")


def test_an_enterprise_lists_its_own_booklets_and_an_officer_all(api, booklet):
    api.service.catch_up()
    [*_, last] = api.get("/v1/counter/booklets?limit=200").json["items"]
    assert last["booklet_id"] == booklet["booklet_id"]
    assert (last["used"], last["coupons"], last["greatest_loss"], last["closed"]) == (0, 3, yuan(3_000), False)
    assert api.get("/v1/counter/booklets", "other-enterprise").json["items"] == []
    page = api.get("/v1/counter/booklets?limit=1", "officer")
    assert len(page.json["items"]) == 1
    assert page.json["next"] in page.headers["Link"]
