"""Tales of counters: one-time codes, coupons that are handed in once or twice, and booklets that end."""

from typing import Any

from tests.examples import JIANGSU_LAB, LAB, PROOF, REPORT, YRD_CODE
from tests.vouchers.couponing import KEY, PUBLIC_KEY
from tests.vouchers.machine.actors import Actors
from tests.vouchers.machine.wits import EVIDENCE
from vouchers.days import add_days
from vouchers.kinds import BOOKLET


def a_code_is_presented(m: Actors) -> None:
    """An order is delivered, billed and claimed with a code, in one step or in two; the second time it is used up."""
    trade = m.any_trade()
    order_id = m.order(trade)
    if not order_id:
        return
    parts, code = m.pick((1, 2)), f"{m.numbers:064x}"
    for part in range(1, parts + 1):
        given = _bill(m, trade.gross // parts, trade.net // parts) | {"more_to_come": part < parts}
        given |= {"order_id": order_id, "provider_id": trade.provider}
        m.give("redeem_at_counter", "provider:lab", **given, code_digest=code)
        code = m.pick((code, f"{m.numbers:064x}"))
    m.until(order_id, m.pick(("requested", "approved", "paid")))


def coupons_come_in(m: Actors) -> None:
    """Coupons of one order or two are handed in, once more with the same papers, and with others; then it is over."""
    trade = m.any_trade(YRD_CODE)
    gross = trade.gross * 2
    orders = {trade.provider: m.order(trade, gross=gross, net=gross)}
    if trade.programme == YRD_CODE and m.pick((0, 1)):
        orders[LAB] = m.order(trade, gross=gross, net=gross, provider_id=LAB)
    places = {provider: order_id for provider, order_id in orders.items() if order_id}
    number, on = m.fresh("B"), m.town.on
    firm = {"enterprise_id": trade.firm}
    m.give("register_signer", "enterprise:firm", party_id=trade.firm, public_key=PUBLIC_KEY)
    least = min([m.state(order_id).held for order_id in places.values()], default=0)
    size = {"coupons": 3, "amount": m.pick((least // 3, least // 4, 1_000, 10**9))}
    days = {"use_by_on": add_days(on, 10), "sync_by_on": add_days(on, 20)}
    m.give(
        "issue_booklet",
        "enterprise:firm",
        booklet_id=number,
        **firm,
        key_id=KEY,
        orders=(*places.values(),),
        **size,
        **days,
    )
    for _ in range(m.pick((1, 3, 5))):
        m.later(m.pick((0, 0, 3, 9)))
        _hand_in(m, number, m.pick(list(places)) if places else JIANGSU_LAB, gross)
        _meddle(m, [*places.values()])
    if m.pick((0, 1)):
        m.give("revoke_signer", "enterprise:firm", party_id=trade.firm, key_id=KEY)
    m.later(m.pick((1, 12, 30)))
    m.give("close_booklet", "enterprise:firm", booklet_id=number, keep_orders=bool(m.pick((0, 1))))
    for order_id in places.values():
        m.until(order_id, m.pick(("requested", "paid")))


def _hand_in(m: Actors, number: str, provider: str, gross: int) -> None:
    """A coupon handed in, with bills of several sizes; perhaps again, with the same papers or with others."""
    share = m.pick((6, 3, 2, 1))
    given = _bill(m, gross // share, gross // share) | {"booklet_id": number, "provider_id": provider}
    given |= {"number": m.pick((1, 1, 2, 3)), "presentation_digest": f"{m.numbers:064x}", "receipt_digest": REPORT}
    m.give("use_coupon", "provider:lab", **given)
    changes = m.pick(({}, {"receipt_digest": PROOF}, {"presentation_digest": PROOF}, None))
    if changes is not None:
        before = m.town.ledger.state(BOOKLET, number).greatest_loss
        m.give("use_coupon", "provider:lab", **(given | changes))
        assert m.town.ledger.state(BOOKLET, number).greatest_loss == before or changes is None


def _meddle(m: Actors, orders: list[str]) -> None:
    """What people do with an order that has coupons out."""
    act = m.pick(("", "", "cancel_order", "reverse_redemption", "claim", "step"))
    order_id = m.pick(orders) if orders else ""
    if not order_id or not act:
        return
    if act == "claim":
        m.claim(order_id, more=bool(m.pick((0, 1))))
    elif act == "step":
        m.step(order_id)
    elif act == "cancel_order":
        m.give(act, "enterprise:firm", order_id=order_id)
    else:
        m.give(act, "provider:lab", order_id=order_id, redemption_id=m.state(order_id).redemption_id)


def _bill(m: Actors, gross: int, net: int) -> dict[str, Any]:
    """A delivery of today, with its invoice and all documents."""
    return {
        "delivered_on": m.town.on,
        "report_digest": f"{m.numbers:064x}",
        "invoice": m.bill_number(),
        "issued_on": m.town.on,
        "gross": gross,
        "net": net,
        "evidence": dict.fromkeys(EVIDENCE, PROOF),
    }


TALES = (a_code_is_presented, coupons_come_in)
