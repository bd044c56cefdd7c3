"""What if: other rates, a suspension, another fact, another policy; each figure worked out by hand."""

import json

import pytest

from schemas.policies import load_policy, shipped
from service.audit.replaying.sources import Opened
from service.audit.whatif.asking import ProgrammeNotHere, read_log, what_if
from service.audit.whatif.changes import OtherFact, OtherPolicy, OtherValues, PlaceUnknown, Put, Suspended, ValueUnfit
from service.audit.whatif.late import LateFacts, NoLateFacts, late_facts
from tests.audit.whatif_worlds import two_orders
from tests.examples import (
    DIGEST,
    LAB,
    PROOF,
    PUDONG,
    SEED,
    SH,
    SH_CODE,
    WUJIANG,
    YUAN,
    an_order,
    facts_of_firm,
    revised,
)
from tests.town import a_town
from vouchers import application as app
from vouchers.enterprise.decisions import CorrectFacts, RecordFacts
from vouchers.ledger import Meta
from vouchers.refusals import Refused

FORTY = (Put("category.*.rate_bp", 4000),)


@pytest.fixture
def town():
    """Return a town with an order of February and one of April, each for 10,000 yuan and paid."""
    with a_town() as town:
        yield two_orders(town)


def ask(town, *changes):
    before = town.ledger.size(), town.ledger.last_hash()
    answer = what_if(read_log(Opened(town.ledger), SEED), changes)
    assert (town.ledger.size(), town.ledger.last_hash()) == before
    return answer


def figures(answer, name, code=SH_CODE):
    [found] = [each for each in answer["programmes"] if each["programme"] == code]
    return next((each["history"], each["otherwise"]) for each in found["figures"] if each["name"] == name)


def test_with_nothing_otherwise_everything_is_as_it_was(town):
    answer = ask(town)
    assert answer["decisions"] == answer["reproduced"] == answer["as_in_the_history"] > 20
    assert (answer["orders"], answer["pools"], answer["refused"], answer["enterprises"]) == ([], [], [], [])
    assert figures(answer, "paid") == (10_000 * YUAN, 10_000 * YUAN)


def test_a_share_of_forty_percent_since_march_halves_nothing_before_it(town):
    answer = ask(town, OtherValues(SH_CODE, "2026-03-01", FORTY))
    assert [each["order_id"] for each in answer["orders"]] == ["O-april"]
    [order] = answer["orders"]
    assert (order["history_paid"], order["otherwise_paid"]) == (5_000 * YUAN, 4_000 * YUAN)
    assert figures(answer, "subsidy") == (10_000 * YUAN, 9_000 * YUAN)
    assert figures(answer, "paid") == (10_000 * YUAN, 9_000 * YUAN)
    [firm] = answer["enterprises"]
    assert (firm["enterprise_id"], firm["difference_paid"]) == (PUDONG, -1_000 * YUAN)
    [provider] = answer["providers"]
    assert (provider["provider_id"], provider["difference_paid"]) == (LAB, -1_000 * YUAN)
    [pool] = answer["pools"]
    assert pool["history_committed"] - pool["otherwise_committed"] == 1_000 * YUAN
    assert answer["refused"] == []


@pytest.mark.parametrize(("since", "changed"), [("2026-04-01", ["O-april"]), ("2026-04-02", [])])
def test_the_day_from_which_it_holds_is_the_first_day_on_which_it_does(town, since, changed):
    answer = ask(town, OtherValues(SH_CODE, since, FORTY))
    assert [each["order_id"] for each in answer["orders"]] == changed


def test_what_is_left_in_a_voucher_because_of_the_change_expires_as_well(town):
    town.go("2027-01-01").expire()
    answer = ask(town, OtherValues(SH_CODE, "2026-03-01", FORTY))
    assert figures(answer, "available") == (0, 0)
    assert figures(answer, "expired") == (290_000 * YUAN, 291_000 * YUAN)


def test_a_voucher_that_was_used_up_expires_where_it_would_not_have_been(town):
    town.order("O-rest", gross=580_000 * YUAN)
    assert town.voucher().available == 0
    town.go("2027-01-01").lapse("O-rest")
    town.go("2027-04-02").lapse("O-rest")
    answer = ask(town, OtherValues(SH_CODE, "2026-03-01", FORTY))
    assert figures(answer, "available") == (0, 0)
    assert sum(figures(answer, place)[1] for place in ("paid", "expired", "reserved")) == 300_000 * YUAN


def test_a_policy_that_was_adopted_later_has_the_values_too(town):
    town.do(app.adopt_policy, revised(SH, "2026-05", effective_on="2026-05-01"))
    town.go("2026-05-04").paid("O-may")
    answer = ask(town, OtherValues(SH_CODE, "2026-03-01", FORTY))
    assert [each["otherwise_paid"] for each in answer["orders"]] == [4_000 * YUAN, 4_000 * YUAN]
    assert [each["order_id"] for each in answer["orders"]] == ["O-april", "O-may"]


def test_a_provider_suspended_on_a_day_takes_no_order_and_gets_no_money_from_then_on(town):
    answer = ask(town, Suspended(LAB, "2026-03-03"))
    refused = [(each["command"], each["consequence"]) for each in answer["refused"]]
    assert refused[0] == ("register_order", False)
    assert answer["refused"][0]["reasons"][0]["code"] == "provider-suspended"
    assert {consequence for _, consequence in refused[1:]} == {True}
    [order] = answer["orders"]
    assert (order["order_id"], order["otherwise_status"], order["otherwise_paid"]) == ("O-april", "none", 0)


def test_a_suspension_that_ends_before_the_order_changes_nothing_of_it(town):
    assert ask(town, Suspended(LAB, "2026-03-03", until="2026-04-01"))["orders"] == []


def test_a_batch_goes_on_without_what_may_not_be_paid(town):
    town.admit("91310115MA1AB12340", account="account:2")
    town.accredit("91310115MA1AB12340")
    town.approved("O-one")
    town.go("2026-04-03")
    town.order("O-two", gross=10_000 * YUAN, provider_id="91310115MA1AB12340")
    town.deliver("O-two")
    town.invoice("O-two")
    town.redeem("O-two")
    for reviewer in ("reviewer:zhao", "reviewer:feng"):
        if town.state("O-two").status == "requested":
            town.approve("O-two", reviewer)
    town.propose("S-both", "O-one", "O-two")
    town.sign("S-both")
    town.confirm("S-both", "O-two")
    town.confirm("S-both", "O-one")
    answer = ask(town, Suspended(LAB, "2026-04-03"))
    assert [(each["about"], each["code"]) for each in answer["left_out"]] == [("order/O-one", "provider-suspended")]
    [order] = answer["orders"]
    assert (order["order_id"], order["history_paid"], order["otherwise_paid"]) == ("O-one", 5_000 * YUAN, 0)


def test_another_fact_lets_a_grant_be_denied_and_all_that_rests_on_it_be_refused(town):
    answer = ask(town, OtherFact(PUDONG, "region", "320584", "2025-12-01"))
    assert figures(answer, "granted") == (1, 0)
    assert figures(answer, "denied") == (0, 1)
    assert figures(answer, "face") == (300_000 * YUAN, 0)
    assert {each["otherwise_status"] for each in answer["orders"]} == {"none"}
    assert answer["refused"][0]["code"] == "voucher-unknown"


def test_another_fact_on_a_later_day_is_treated_as_the_policy_treats_changes(town):
    answer = ask(town, OtherFact(PUDONG, "region", "320584", "2026-03-01"))
    # The rest of the voucher is revoked on that day; what was paid before stays paid.
    assert figures(answer, "revoked") == (0, 295_000 * YUAN)
    assert figures(answer, "paid") == (10_000 * YUAN, 5_000 * YUAN)


def test_a_firm_that_was_denied_is_granted_under_another_fact(town):
    town.record(WUJIANG)
    town.entitle(WUJIANG)
    answer = ask(town, OtherFact(WUJIANG, "region", "310115", "2026-03-01"))
    assert figures(answer, "granted") == (1, 2)
    assert figures(answer, "face") == (300_000 * YUAN, 600_000 * YUAN)


def test_another_policy_takes_the_place_of_the_programmes_own_and_of_later_ones(town):
    town.do(app.adopt_policy, revised(SH, "2026-05", effective_on="2026-05-01"))
    _, document = load_policy(shipped()[SH])
    document["category"]["TEST"]["rate_bp"] = 2_000
    answer = ask(town.go("2026-05-04"), OtherPolicy(SH_CODE, "2026-03-01", document))
    assert [each["otherwise_paid"] for each in answer["orders"]] == [2_000 * YUAN]
    assert [each["events"] for each in answer["dropped"]] == ["programme.PolicyAdopted"]


def test_facts_that_came_late_can_be_asked_about_as_if_they_had_been_known(town):
    town.go("2026-04-05")
    late = RecordFacts(PUDONG, "2026-03-15", "registry", PROOF, facts_of_firm(PUDONG, region="320584"))
    town.do(app.record_facts, RecordFacts(PUDONG, "2026-04-02", "registry", PROOF, facts_of_firm(PUDONG, staff=10)))
    town.do(app.record_facts, late)
    seq = town.ledger.size() - 1
    answer = ask(town, late_facts(Opened(town.ledger), seq))
    assert answer["happened"] == [{"on": "2026-03-15", "what": answer["changes"][0], "note": ""}]
    assert figures(answer, "paid") == (10_000 * YUAN, 5_000 * YUAN)


def test_corrected_facts_take_the_place_of_the_wrong_ones_from_the_beginning(town):
    wrong = facts_of_firm(PUDONG, region="320584")
    town.do(app.correct_facts, CorrectFacts(PUDONG, "2025-12-31", "registry", DIGEST, wrong, "moved before"))
    seq = next(entry.seq for entry in town.ledger.entries() if entry.type == "enterprise.FactsCorrected")
    assert figures(ask(town, late_facts(Opened(town.ledger), seq)), "granted") == (1, 0)


def test_an_entry_without_late_facts_is_refused(town):
    for seq in (0, town.ledger.size(), 10**9):
        with town.refused(NoLateFacts):
            late_facts(Opened(town.ledger), seq)
    assert LateFacts(PUDONG, "2026-01-01", "registry", DIGEST, {}, 5).text.startswith("what entry 5 states")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (OtherValues("XX", "2026-03-01", FORTY), ProgrammeNotHere),
        (OtherValues(SH_CODE, "2026-03-01", (Put("category.NONE.rate_bp", 1),)), PlaceUnknown),
        (OtherValues(SH_CODE, "2026-03-01", (Put("category.TEST.rate_bp.deeper", 1),)), PlaceUnknown),
        (OtherValues(SH_CODE, "2026-03-01", (Put("cap.99.limit", 1),)), PlaceUnknown),
        (OtherValues(SH_CODE, "2026-03-01", (Put("category.TEST.rate_bp", "half"),)), ValueUnfit),
        (OtherValues(SH_CODE, "2026-03-01", (Put("category.TEST.rate_bp", 10_001),)), ValueUnfit),
    ],
)
def test_a_change_that_makes_no_policy_is_refused(town, change, refusal):
    with town.refused(refusal):
        what_if(read_log(Opened(town.ledger), SEED), [change])


def test_a_place_may_be_a_number_in_a_list(town):
    answer = ask(town, OtherValues(SH_CODE, "2026-03-01", (Put("cap.0.limit", 5_500 * YUAN),)))
    # 5,000 of February are used, and the 500 that are left are not enough for April's order.
    assert [each["code"] for each in answer["refused"] if not each["consequence"]] == ["cap-enterprise-exceeded"]
    assert [each["otherwise_paid"] for each in answer["orders"]] == [0]


def test_a_change_that_is_itself_refused_is_told(town):
    answer = ask(town, Suspended("91310104MA1PE00160", "2026-03-03"))
    assert [bool(each["note"]) for each in answer["happened"]] == [True]
    assert answer["orders"] == []


def test_refused_requests_stay_refused_and_are_counted(town):
    with pytest.raises(Refused) as caught:
        town.order("O-abroad", provider_id="91310115MA1AB12340")
    meta = Meta("enterprise:pudong", "enterprise", town.on)
    app.record_refusal(town.ledger, "register_order", an_order("O-abroad"), PUDONG, caught.value, meta)
    answer = ask(town)
    assert answer["carried_over"] == {"refusal.Recorded": 1}
    assert answer["unexplained"] == 0
    assert any("Requests that were refused stay refused: 1 (" in each for each in answer["limits"])


def test_two_changes_hold_together(town):
    answer = ask(town, OtherValues(SH_CODE, "2026-01-01", FORTY), Suspended(LAB, "2026-03-03"))
    assert [each["otherwise_paid"] for each in answer["orders"]] == [4_000 * YUAN, 0]


def test_the_same_question_has_the_same_answer_to_the_last_byte(town):
    change = OtherValues(SH_CODE, "2026-03-01", FORTY)
    assert json.dumps(ask(town, change)) == json.dumps(ask(town, change))


def test_the_answer_names_the_tree_that_it_was_made_from(town):
    size, root = town.ledger.tree.head()
    answer = ask(town)
    assert (answer["size"], answer["root"]) == (size, root.hex())
