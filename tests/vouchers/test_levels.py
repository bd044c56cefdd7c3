"""Levels of government: every payment tells which level paid what, to the last fen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import PUDONG, YUAN, shipped, voucher_of
from tests.neighbours import order, programme, stacked
from tests.policies.cases import order as a_policy_order
from vouchers.kinds import ORDER
from vouchers.policy import levels_of, split

CODE = "LEVELS-IV"
EVEN = {"cost_split": [{"level": "province", "share_bp": 5_000}, {"level": "city", "share_bp": 5_000}]}


def opened(town, **tables):
    """A programme of two levels, and the firm's voucher in it."""
    programme(town, CODE, **tables)
    town.entitle(programme=CODE)
    return town


def levels(town, order_id="O-1", redemption_id=""):
    """What each level pays of an order, or of a claim."""
    state = town.ledger.state(ORDER, order_id)
    shares = state.claims[redemption_id].levels if redemption_id else state.levels
    return {each.level: each.amount for each in shares}


def register(town, gross, order_id="O-1", **changes):
    """An order for a test of this cost."""
    return order(town, order_id, CODE, PUDONG, voucher_id=voucher_of(PUDONG, CODE), gross=gross, **changes)


def claim(town, gross=0, order_id="O-1"):
    """Deliver, invoice and claim."""
    town.deliver(order_id)
    town.invoice(order_id, gross)
    return town.redeem(order_id)


def test_of_a_thousand_the_province_pays_600_and_the_city_300(town):
    register(opened(town, category=stacked()), 1_000 * YUAN)
    assert town.state().held == 900 * YUAN
    assert levels(town) == {"province": 600 * YUAN, "city": 300 * YUAN}


def test_a_city_may_pay_of_what_the_province_left(town):
    register(opened(town, category=stacked(of="rest", city=5_000)), 1_000 * YUAN)
    assert levels(town) == {"province": 600 * YUAN, "city": 200 * YUAN}


def test_two_levels_share_the_cost_evenly_and_the_first_takes_the_odd_fen(town):
    register(opened(town, stacking=EVEN), 10_000 * YUAN + 2)
    assert town.state().held == 5_000 * YUAN + 1
    assert levels(town) == {"province": 2_500 * YUAN + 1, "city": 2_500 * YUAN}


def test_what_is_asked_for_is_split_like_the_whole(town):
    register(opened(town, category=stacked()), 1_000 * YUAN, asked=100)
    assert levels(town) == {"province": 67, "city": 33}


def test_a_claim_is_split_by_the_levels_of_its_order(town):
    register(opened(town, category=stacked()), 1_000 * YUAN)
    claim(town, 500 * YUAN)
    assert levels(town, redemption_id="O-1-R1") == {"province": 300 * YUAN, "city": 150 * YUAN}


def test_the_parts_of_a_claim_add_up_to_it_to_the_last_fen(town):
    register(opened(town, category=stacked()), 1_000 * YUAN)
    claim(town, 33_333)
    claimed = town.state().claimed
    assert sum(levels(town, redemption_id="O-1-R1").values()) == claimed == 19_999 + 9_999


def test_a_level_whose_condition_does_not_hold_pays_nothing(town):
    tables = stacked()
    tables["TEST"]["subsidy"]["levels"][1]["when"] = {"fact": "region", "starts_with": ["31"]}
    opened(town, category=tables)
    register(town, 1_000 * YUAN)
    town.admit(region="320102")
    register(town, 1_000 * YUAN, "O-2")
    assert levels(town, "O-1") == {"province": 600 * YUAN, "city": 300 * YUAN}
    assert levels(town, "O-2") == {"province": 600 * YUAN}


SHIPPED = [
    ("sd-lc", {"region": "371502"}, {"region": "371502"}, "SERVICE", {"province": 60_000, "city": 30_000}),
    ("sd-lc", {"region": "371502"}, {"region": "370102"}, "SERVICE", {"province": 60_000}),
    (
        "ha-compute",
        {"region": "410102"},
        {"region": "410102", "kind": "platform"},
        "",
        {"province": 10_000, "city": 10_000},
    ),
]


@pytest.mark.parametrize(("name", "firm", "there", "category", "found"), SHIPPED)
def test_a_shipped_rulebook_of_two_levels_tells_them_apart(name, firm, there, category, found):
    policy = shipped(name)[0]
    code = category or next(iter(policy.categories))
    asked = a_policy_order(programme=policy.programme, category=code, enterprise=firm, provider=there)
    assert dict(levels_of(policy, asked, 100_000)) == found


def test_one_purse_has_no_levels(town):
    town.order()
    assert (town.state().levels, "order.Funded" in town.topics()) == ((), False)


@given(
    amount=st.integers(0, 10**12),
    weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any),
)
def test_the_parts_add_up_and_none_is_a_whole_unit_off(amount, weights):
    named = [(f"level-{number}", weight) for number, weight in enumerate(weights)]
    parts = split(amount, named)
    assert sum(part for _, part in parts) == amount
    for (_, part), weight in zip(parts, weights, strict=True):
        exact, rest = divmod(amount * weight, sum(weights))
        assert part in {exact, exact + 1}
        assert part == exact or rest


@pytest.mark.parametrize("weights", [(), (("province", 0),)])
def test_nobody_pays_where_no_level_has_a_weight(weights):
    assert split(100, weights) == ()
