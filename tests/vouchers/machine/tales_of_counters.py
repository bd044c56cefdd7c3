"""Tales of counters: one-time codes, coupons that are handed in once or twice, and booklets that end."""

from typing import Any

from tests.examples import JIANGSU_LAB, LAB, PROOF, REPORT, YRD_CODE
from tests.vouchers.couponing import KEY, PUBLIC_KEY
from tests.vouchers.machine.actors import Actors
from tests.vouchers.machine.places import SHARES, Trade
from tests.vouchers.machine.wits import EVIDENCE
from vouchers.days import add_days
from vouchers.kinds import BOOKLET
from vouchers.policy import payee


def a_code_is_presented(m: Actors) -> None:
    """An order is delivered, billed and claimed with a code, in one step or in two; the second time it is used up."""
    trade = _trade(m)
    order_id = m.order(trade)
    if not order_id:
        return
    _prove(m, order_id)
    parts, code = m.pick((1, 2)), f"{m.numbers:064x}"
    for part in range(1, parts + 1):
        given = _bill(m, order_id, trade.gross // parts, trade.net // parts) | {"more_to_come": part < parts}
        given |= {"order_id": order_id, "provider_id": trade.provider}
        m.give("redeem_at_counter", "provider:lab", **given, code_digest=code)
        code = m.pick((code, f"{m.numbers:064x}"))
    m.until(order_id, m.pick(("requested", "approved", "paid")))


def coupons_come_in(m: Actors) -> None:
    """Coupons of one order or two are handed in, once more with the same papers, and with others; then it is over."""
    trade = _trade(m)
    gross = trade.gross * 2
    orders = {trade.provider: m.order(trade, gross=gross, net=gross)}
    if trade.programme == YRD_CODE and m.pick((0, 1)):
        orders[LAB] = m.order(trade, gross=gross, net=gross, provider_id=LAB)
    places = {provider: order_id for provider, order_id in orders.items() if order_id}
    if not places and m.pick((0, 1, 2)):
        return
    for order_id in places.values():
        _prove(m, order_id)
    number, on = m.fresh("B"), m.town.on
    firm = {"enterprise_id": trade.firm}
    m.give("register_signer", "enterprise:firm", party_id=trade.firm, public_key=PUBLIC_KEY)
    least = min([m.state(order_id).held for order_id in places.values()], default=0)
    size = {"coupons": 3, "amount": m.pick((least // 3, least // 4, 1_000, 1_000, 10**9))}
    days = {"use_by_on": add_days(on, 20), "sync_by_on": add_days(on, 30)}
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
        _hand_in(m, number, *m.pick(list(places.items()) or [(JIANGSU_LAB, "O-0")]), gross)
        _meddle(m, [*places.values()])
    if m.pick((0, 1)):
        m.give("revoke_signer", "enterprise:firm", party_id=trade.firm, key_id=KEY)
    m.later(m.pick((1, 40, 40)))
    m.give("close_booklet", "enterprise:firm", booklet_id=number, keep_orders=bool(m.pick((0, 1))))
    for order_id in places.values():
        m.until(order_id, m.pick(("requested", "paid")))


def _trade(m: Actors) -> Trade:
    """What somebody orders where the provider is paid, in a programme without rounds."""
    return m.pick(
        [trade for trade in m.trades if trade.programme != SHARES and payee(m.policies[trade.programme]) == "provider"]
    )


def _prove(m: Actors, order_id: str) -> None:
    """The own share, where it is proven by an amount."""
    if m.policy(order_id).order_rules.own_share_proof == "amount":
        m.prove(order_id)


def _hand_in(m: Actors, number: str, provider: str, order_id: str, gross: int) -> None:
    """A coupon handed in, with bills of several sizes; perhaps again, with the same papers or with others."""
    share = m.pick((6, 3, 2, 1))
    given = _bill(m, order_id, gross // share, gross // share) | {"booklet_id": number, "provider_id": provider}
    given |= {"number": m.pick((1, 1, 2, 3)), "presentation_digest": f"{m.numbers:064x}", "receipt_digest": REPORT}
    m.give("use_coupon", "provider:lab", **given)
    changes = m.pick(({}, {"receipt_digest": PROOF}, {"presentation_digest": PROOF}, None))
    before = m.town.ledger.state(BOOKLET, number)
    if changes is not None:
        m.give("use_coupon", "provider:lab", **(given | changes))
    if given["number"] in before.used:
        after = m.town.ledger.state(BOOKLET, number)
        assert (after.used, after.greatest_loss) == (before.used, before.greatest_loss), "a coupon is paid once"


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


def _bill(m: Actors, order_id: str, gross: int, net: int) -> dict[str, Any]:
    """A delivery of today, with its invoice and all documents."""
    registered = m.state(order_id).registered
    return {
        "delivered_on": m.town.on,
        "report_digest": f"{m.numbers:064x}",
        "invoice": m.bill_number(),
        "issued_on": m.town.on,
        "gross": gross,
        "net": net,
        "evidence": dict.fromkeys((*EVIDENCE, *(registered.evidence if registered else ())), PROOF),
    }


TALES = (a_code_is_presented, coupons_come_in)
