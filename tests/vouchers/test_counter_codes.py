"""A code at the counter: the enterprise's consent, used once, with everything that follows from it or with nothing."""

from dataclasses import replace
from functools import partial

import pytest

from tests.examples import JIANGSU_LAB, LAB, PROOF, REPORT
from vouchers import application as app
from vouchers.counter import decisions as counters
from vouchers.counter.decisions import CodeNotAccepted, RedeemAtCounter
from vouchers.counter.events import CodeAccepted
from vouchers.counter.state import Counter
from vouchers.order.decisions import DeliveryDayInvalid, EvidenceMissing

YUAN = 100
CODE = "c" * 64


@pytest.fixture
def ordered(town):
    town.order()
    return town


def redeem(town, *, good=True, **changes):
    registered = town.state().registered
    evidence = dict.fromkeys(registered.evidence, PROOF)
    bill = ("dfp:00000000000000000077", town.on, 10_000 * YUAN, 9_434 * YUAN)
    command = replace(RedeemAtCounter("O-1", LAB, CODE, town.on, REPORT, *bill, evidence), **changes)
    use_case = partial(app.redeem_at_counter, seed=town.seed, good=good)
    return town.do(use_case, command, actor="provider:lab")


def test_one_step_does_what_three_did(ordered):
    assert redeem(ordered)["claimed"] == 5_000 * YUAN
    assert ordered.events("counter/O-1") == [CodeAccepted(CODE, ordered.state().registered.enterprise_id, LAB)]
    assert [type(event).__name__ for event in ordered.events("order/O-1")[:4]] == [
        "Registered",
        "DeliveryAccepted",
        "InvoiceFiled",
        "RedemptionRequested",
    ]


def test_a_code_is_used_once(ordered):
    half = {"gross": 2_000 * YUAN, "net": 2_000 * YUAN, "more_to_come": True}
    redeem(ordered, **half)
    with ordered.refused(CodeNotAccepted):
        redeem(ordered, **half)
    redeem(ordered, **half, code_digest="d" * 64, invoice="dfp:00000000000000000078")
    assert len(ordered.state().claims) == 2


@pytest.mark.parametrize("changes", [{"good": False}, {"provider_id": JIANGSU_LAB}, {"order_id": "O-9"}])
def test_a_bad_code_anothers_order_and_no_order_are_refused_alike(ordered, changes):
    with ordered.refused(CodeNotAccepted) as caught:
        redeem(ordered, **changes)
    assert (caught.value.pointer, caught.value.detail) == ("/code", "This code is not accepted.")


@pytest.mark.parametrize(
    ("changes", "refusal"), [({"delivered_on": "2026-01-01"}, DeliveryDayInvalid), ({"evidence": {}}, EvidenceMissing)]
)
def test_what_any_step_refuses_undoes_them_all(ordered, changes, refusal):
    with ordered.refused(refusal):
        redeem(ordered, **changes)
    assert ordered.events("counter/O-1") == []


def test_an_order_takes_so_many_codes_and_no_more():
    full = Counter(tuple(f"{number:064x}" for number in range(counters.MOST_CODES)))
    with pytest.raises(counters.TooManyCodes):
        counters.accept_code(full, CODE, "E", "P")
    almost = Counter(full.used[1:])
    assert counters.accept_code(almost, CODE, "E", "P") == [CodeAccepted(CODE, "E", "P")]
