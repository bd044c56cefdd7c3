"""Sums are rounded once for an order, or once for each invoice, as the policy says; the parts make the whole."""

from functools import partial

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from schemas import policies
from tests.examples import PROOF, SEED, SH, YUAN
from tests.rulebooks import changed
from tests.town import a_town
from vouchers import application as app
from vouchers.application.claims import due_on
from vouchers.application.programmes import in_force
from vouchers.order.decisions import RequestRedemption

NEEDED = ("test_report", "own_share_payment_proof", "acceptance", "site_visit")


def _half_up(per: str, unit: int = 1):
    def change(document):
        document["money"]["rounding"] = {"mode": "half_up", "unit": unit, "per": per}

    return change


def _claimed(per: str, *invoices: int, apart: bool, unit: int = 1) -> list[int]:
    """What is claimed for invoices, in one claim for all or in one for each, on an order that has room for them."""
    with a_town() as town:
        town.do(app.adopt_policy, changed(_half_up(per, unit)))
        town.order(gross=sum(invoices) + 10_000 * YUAN)
        town.deliver()
        for number, gross in enumerate(invoices, 1):
            town.invoice(gross=gross)
            if apart or number == len(invoices):
                command = RequestRedemption("O-1", dict.fromkeys(NEEDED, PROOF), more_to_come=number < len(invoices))
                town.do(partial(app.request_redemption, seed=SEED), command, actor="provider:lab")
        return [claim.amount for claim in town.state().claims.values()]


def test_half_a_fen_of_each_invoice_is_lost_or_won_once_for_the_order():
    assert _claimed("order", 101, 101, apart=False) == [101]
    assert _claimed("order", 101, 101, apart=True) == [51, 50]


def test_half_a_fen_of_each_invoice_is_rounded_by_itself_where_the_policy_says_line():
    assert _claimed("line", 101, 101, apart=False) == [102]
    assert _claimed("line", 101, 101, apart=True) == [51, 51]


def test_a_coarse_unit_shows_the_difference():
    assert _claimed("order", 149_00, 149_00, apart=False, unit=100) == [149_00]
    assert _claimed("line", 149_00, 149_00, apart=False, unit=100) == [150_00]


@settings(max_examples=15, deadline=None)
@for_all(st.sampled_from(["order", "line"]), st.lists(st.integers(100, 10**7), min_size=1, max_size=3))
def test_the_claims_of_the_parts_add_up_to_the_claim_of_the_whole(per, invoices):
    assert sum(_claimed(per, *invoices, apart=True)) == sum(_claimed(per, *invoices, apart=False))


def test_no_rounding_by_line_passes_what_is_reserved(town):
    town.do(app.adopt_policy, changed(_half_up("line")))
    town.order(gross=202)
    town.deliver()
    for _ in range(2):
        town.invoice(gross=101)
    assert town.redeem()["claimed"] == 101


def test_the_reasoning_names_every_invoice(town):
    town.do(app.adopt_policy, changed(_half_up("line")))
    town.order(gross=10_000 * YUAN)
    town.deliver()
    for _ in range(2):
        town.invoice(gross=101)
    town.redeem()
    [asked] = [event for event in town.events("order/O-1") if type(event).__name__ == "RedemptionRequested"]
    texts = [line.text for line in asked.trace if line.rule == "subsidy"]
    assert texts == ["50 % of 1.01 = 0.51"] * 2 + ["2 invoices, each rounded by itself = 1.02"]


def test_bands_days_and_pieces_belong_to_an_order_and_are_not_rounded_by_line():
    _, document = policies.load_policy(policies.shipped()[SH])
    document["money"]["rounding"]["per"] = "line"
    document["category"]["TEST"].pop("rate_bp", None)
    document["category"]["TEST"]["subsidy"] = {"kind": "pieces", "piece": 500_000, "fewest": 1, "most": 40}
    assert [fault.path for fault in policies.check(policies.canonical(document))] == ["money.rounding.per"]


def test_an_order_of_one_invoice_is_the_same_both_ways(town):
    town.order(gross=10_001)
    town.deliver()
    town.invoice(gross=9_999)
    state = town.state()
    found = []

    def look(unit, _command):
        _, policy = in_force(unit, "SH-STIV", town.on)
        found.append(due_on(policy, state, state.bills.values(), town.on).subsidy)
        return {}

    town.do(look, town)
    assert found == [4_999]
