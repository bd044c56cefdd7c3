"""Tales of orders: what people do one after the other where no random typing would ever come."""

from tests.examples import CHANGNING, JIANGSU_LAB, LAB, PUDONG, SH_CODE, YRD_CODE, voucher_of
from tests.vouchers.machine.actors import Actors
from tests.vouchers.machine.places import BESIDE, QUEUE, SHARES
from vouchers.days import add_days
from vouchers.kinds import DEMAND
from vouchers.order.decisions import Rate


def a_need_is_answered(m: Actors) -> None:
    """A demand, offers, one taken back, one accepted, and the order of it; another demand is withdrawn."""
    trade = m.any_trade()
    number, on = m.fresh("D"), m.town.on
    currency = m.policies[trade.programme].currency
    for demand in (number, f"{number}-b"):
        m.give(
            "post_demand",
            "enterprise:firm",
            demand_id=demand,
            enterprise_id=trade.firm,
            category=trade.category,
            budget=trade.gross,
            currency=currency,
            until_on=add_days(on, 10),
        )
    for offer in ("A-1", "A-2"):
        m.give(
            "make_offer",
            "provider:lab",
            demand_id=number,
            offer_id=offer,
            provider_id=trade.provider,
            fee=trade.gross,
            ends_on=add_days(on, 20),
        )
    m.give("withdraw_offer", "provider:lab", demand_id=number, offer_id="A-1", provider_id=trade.provider)
    m.give("accept_offer", "enterprise:firm", demand_id=number, offer_id="A-2", enterprise_id=trade.firm)
    named = trade.attributes | {"demand_id": number, "offer_id": "A-2"}
    order_id = m.order(trade, attributes=named)
    assert not order_id or m.town.ledger.state(DEMAND, number).order_id == order_id
    m.give("withdraw_demand", "enterprise:firm", demand_id=f"{number}-b", enterprise_id=trade.firm)


def firms_pool_their_vouchers(m: Actors) -> None:
    """A firm pledges its voucher to another one's order; one pledge is taken back, the other is drawn on."""
    dutch = [trade for trade in m.trades if trade.programme in (QUEUE, "NL-MIT")]
    lead, partner = dutch[0], dutch[1]
    if not m.pick((0, 1)):
        lead, partner = partner, lead
    number = f"O-{m.numbers + 1}"
    amount = m.pick((10_000, 50_000, 200_000))
    until_on = add_days(m.town.on, 30)
    for order_id in (number, "O-0"):
        m.give(
            "pledge_voucher",
            "enterprise:partner",
            voucher_id=partner.voucher_id,
            order_id=order_id,
            enterprise_id=lead.firm,
            amount=amount,
            until_on=until_on,
        )
    m.give("withdraw_pledge", "enterprise:partner", voucher_id=partner.voucher_id, order_id="O-0")
    order_id = m.order(lead, vouchers=(partner.voucher_id,))
    m.until(order_id, m.pick(("registered", "delivered", "approved", "paid")))
    if m.pick((0, 1)):
        m.give("cancel_order", "enterprise:firm", order_id=order_id)


def two_vouchers_pay_one_order(m: Actors) -> None:
    """A firm spends its second voucher and its general one in one order, and perhaps gives value back."""
    trade = m.any_trade(QUEUE)
    if trade.programme != QUEUE:
        return
    second = voucher_of(trade.firm, QUEUE, kind="second")
    gross = m.pick((1_000_000, 2_000_000, 1_200_002))
    order_id = m.order(trade, vouchers=(trade.voucher_id, second), gross=gross, net=gross)
    m.until(order_id, m.pick(("invoiced", "requested", "approved", "paid")))
    if order_id and m.state(order_id).status == "paid":
        _claw_back(m, order_id)


def a_price_is_foreign(m: Actors) -> None:
    """An order in pounds at the rate of the day, and its invoice in pounds."""
    trade = m.any_trade(QUEUE)
    if trade.programme != QUEUE:
        return
    rate = Rate(9_123_457, m.town.on, "central parity rate")
    order_id = m.order(trade, gross=100_000, net=94_340, currency="GBP", rate=rate)
    if m.until(order_id, "delivered"):
        figures = {"gross": 100_000, "net": 94_340, "currency": "GBP"}
        m.give("file_invoice", "provider:lab", order_id=order_id, invoice=m.bill_number(), **figures)
        m.until(order_id, "paid")


def parties_change_their_contract(m: Actors) -> None:
    """An order grows, shrinks, is passed on in part, and ends in one of several ways."""
    trade = m.any_trade()
    order_id = m.order(trade)
    if not order_id:
        return
    for parts in m.pick(((12, 7), (5, 20), (9, 11))):
        gross, net = trade.gross * parts // 10, trade.net * parts // 10
        m.give(
            "change_order",
            "enterprise:firm",
            order_id=order_id,
            gross=gross,
            net=net,
            ends_on=add_days(m.town.on, 40),
            contract_digest=f"{m.numbers:064x}",
            attributes=trade.attributes,
        )
    m.give("report_subcontracting", "provider:lab", order_id=order_id, subcontracted_bp=m.pick((0, 2_000, 6_000)))
    end = m.pick(("cancel_order", "lapse_order", "paid", "paid"))
    if end == "paid":
        m.until(order_id, "paid")
        m.give("rate_provider", "enterprise:firm", order_id=order_id, enterprise_id=trade.firm, stars=5)
        return
    if end == "lapse_order":
        m.till("2028-01-01")
    m.give(end, order_id=order_id)


def work_comes_in_parts(m: Actors) -> None:
    """Two deliveries, two invoices and two claims, of which one may be rejected, reversed or ended early."""
    trade = m.any_trade()
    order_id = m.order(trade)
    if not m.until(order_id, "delivered"):
        return
    half = {"gross": trade.gross // 2, "net": trade.net // 2}
    m.give("file_invoice", "provider:lab", order_id=order_id, invoice=m.bill_number(), **half)
    if m.policy(order_id).order_rules.own_share_proof == "amount":
        m.prove(order_id)
    m.claim(order_id, more=True)
    m.until(order_id, m.pick(("requested", "approved", "paid", "settling")))
    m.later(1)
    m.give("accept_delivery", "enterprise:firm", order_id=order_id, report_digest="4" * 64)
    further = m.bill_number()
    m.give("file_invoice", "provider:lab", order_id=order_id, invoice=further, **half)
    if m.pick((0, 1)):  # It is corrected, or gives way to another one.
        number = m.pick((further, m.bill_number()))
        leaving = "" if number == further else further
        half = {"gross": half["gross"] - 10, "net": half["net"] - 10}
        m.give("file_invoice", "provider:lab", order_id=order_id, invoice=number, replaces=leaving, **half)
    what = m.pick(("claim", "claim", "cancel_order", "lapse_order"))
    if what != "claim":
        m.give(what, "enterprise:firm", order_id=order_id)
        back = m.pick(("reject_review", "reverse_redemption"))
        m.give(back, "reviewer:zhao", order_id=order_id)
        m.until(order_id, "paid")
        return
    m.claim(order_id)
    number, turn = (
        m.state(order_id).redemption_id,
        m.pick(("reject_review", "reject_review", "reverse_redemption", "go on")),
    )
    if turn != "go on":
        given = {"order_id": order_id, "redemption_id": number}
        m.give(turn, "reviewer:zhao", **given, **({"fault": "provider"} if turn == "reject_review" else {}))
        m.claim(order_id)
    for _ in range(12):
        m.step(order_id)


def one_invoice_pays_two_orders(m: Actors) -> None:
    """One invoice by line for two orders; red letters take it back in part and in whole, at any step."""
    trade = m.any_trade()
    numbers = [m.order(trade), m.order(trade)]
    invoice = m.bill_number()
    for order_id in numbers:
        if not m.until(order_id, "delivered"):
            return
        part = {"gross": trade.gross, "net": trade.net}
        total = {"total_gross": 2 * trade.gross, "total_net": 2 * trade.net}
        m.give("file_invoice", "provider:lab", order_id=order_id, invoice=invoice, **part, **total)
    for order_id in numbers:
        m.until(order_id, m.pick(("invoiced", "requested", "approved", "settling", "paid")))
    for share in m.pick(((4,), (10, 2), (1, 1))):
        m.give(
            "reverse_invoice",
            "provider:lab",
            invoice=invoice,
            red_invoice=m.bill_number(),
            gross=trade.gross // share,
            net=trade.net // share,
            order_id=m.pick(numbers),
        )
    m.give(
        "reverse_invoice",
        "provider:lab",
        invoice=invoice,
        red_invoice=m.bill_number(),
        gross=2 * trade.gross,
        net=2 * trade.net,
    )
    for order_id in numbers:
        m.until(order_id, "paid")


def the_own_share_comes_back(m: Actors) -> None:
    """A firm proves its share, gets it back, and pays it again."""
    trade = m.any_trade(BESIDE)
    order_id = m.order(trade)
    m.until(order_id, m.pick(("invoiced", "requested", "approved", "paid")))
    if order_id:
        given = {"order_id": order_id, "digest": f"{9_000 + m.numbers:064x}"}
        m.prove(order_id)
        m.give("report_refund", amount=trade.gross * m.pick((1, 2)) // 4, **given)
        m.until(order_id, "paid")
        m.give("prove_own_share", amount=trade.gross, **given | {"digest": f"{8_000 + m.numbers:064x}"})
        m.until(order_id, "paid")


def orders_wait_in_a_queue(m: Actors) -> None:
    """The money of a pool is used up; orders wait, one leaves, and the rest is served when there is money again."""
    trade = m.any_trade(QUEUE)
    if trade.programme != QUEUE:
        return
    pool = {"programme": QUEUE, "period": m.period(QUEUE), "pool": m.pool_of(trade)}
    free = m.free(**pool)
    if free > 0:
        m.give("cut_budget", **pool, amount=free)
    waiting = [m.order(each, "join_round") for each in (trade, trade, trade)]
    m.give("leave_round", "enterprise:firm", **pool, order_id=waiting[m.pick((0, 1, 2))])
    m.give("appropriate", **pool, amount=m.pick((600_000, 5_000_000, 20_000_000)))
    m.give("serve_queue", **pool)
    for order_id in waiting:
        m.until(order_id, m.pick(("registered", "paid")))


def a_round_is_shared(m: Actors) -> None:
    """Requests of a round share what there is."""
    trade = m.any_trade(SHARES)
    if trade.programme != SHARES:
        return
    pool = {"programme": SHARES, "period": m.period(SHARES), "pool": m.pool_of(trade)}
    m.give("open_round", **pool, closes_on=add_days(m.town.on, 5))
    if m.pick((0, 1)) and m.free(**pool) > 700_000:
        m.give("cut_budget", **pool, amount=m.free(**pool) - 700_001)
    joined = []
    for _ in range(3):
        another = m.any_trade(SHARES)
        price = another.gross + m.pick((0, 4_000, 333_334))
        days = {"starts_on": add_days(m.town.on, 9), "ends_on": add_days(m.town.on, 60)}
        joined.append(m.order(another, "join_round", gross=price, net=price, **days))
    m.later(6)
    m.give("close_round", **pool)
    for order_id in joined:
        m.until(order_id, m.pick(("registered", "approved", "paid")))


def two_programmes_pay_one_contract(m: Actors) -> None:
    """Two programmes stack on one contract and one invoice; the contract changes, or a red letter takes some back."""
    base = m.any_trade(QUEUE, BESIDE)
    if base.programme not in (QUEUE, BESIDE):
        return
    top = next(
        each for each in m.trades if each.firm == base.firm and each.programme in {QUEUE, BESIDE} - {base.programme}
    )
    contract, invoice = f"{7_000 + m.numbers:064x}", m.bill_number()
    prices = {"contract_digest": contract, "gross": m.pick((1_000_000, 4_000_000)), "net": 900_000}
    numbers = [m.order(base, **prices), m.order(top, **prices, asked=m.pick((400_000, 300_001, None)))]
    what = m.pick(("change", "cancel", "red letter", "red letter", "nothing"))
    if what == "change" and numbers[1]:
        terms = {"gross": 800_000, "net": 800_000, "ends_on": add_days(m.town.on, 9), "contract_digest": contract}
        m.give("change_order", "enterprise:firm", order_id=numbers[1], **terms)
    if what == "cancel":
        m.give("cancel_order", "enterprise:firm", order_id=m.pick(numbers))
    for order_id in numbers:
        if m.until(order_id, "delivered"):
            figures = {"gross": prices["gross"], "net": prices["net"]}
            m.give("file_invoice", "provider:lab", order_id=order_id, invoice=invoice, **figures)
            m.until(order_id, m.pick(("invoiced", "approved", "paid")))
    if what == "red letter":
        red = {"invoice": invoice, "red_invoice": m.bill_number(), "gross": 500_000, "net": 400_000}
        m.give("reverse_invoice", "provider:lab", **red)
    for order_id in numbers:
        m.until(order_id, "paid")


def neighbours_settle_a_month(m: Actors) -> None:
    """Payments between two regions, taken into the clearing of their month, withdrawn once and approved."""
    trade = m.any_trade(YRD_CODE)
    if trade.programme != YRD_CODE:
        return
    order_id = m.paid(YRD_CODE)
    other = m.paid(YRD_CODE, provider_id=m.pick((LAB, JIANGSU_LAB)))
    month = {"programme": YRD_CODE, "month": m.town.on[:7]}
    m.later(31)
    m.give("take_flows", "finance:sun", **month, orders=tuple(each for each in (order_id, other) if each))
    m.give("close_clearing", "finance:sun", **month)
    if m.pick((0, 1)):
        m.give("withdraw_clearing", "finance:sun", **month)
        m.give("close_clearing", "finance:sun", **month)
    m.give("approve_clearing", "finance:qian", **month)
    if order_id and m.pick((0, 1)):
        batch = {"settlement_id": m.state(order_id).settlement_id, "order_id": order_id}
        m.give("return_payment", "finance:qian", **batch, returned_on=m.town.on)
        for _ in range(2):  # First without the payment that came back, then with the one made anew.
            month["month"] = m.town.on[:7]
            m.later(31)
            m.give("take_flows", "finance:sun", **month, orders=(order_id,))
            m.give("close_clearing", "finance:sun", **month)
            m.until(order_id, "paid")


def a_late_controller_is_found(m: Actors) -> None:
    """Two firms turn out to be one group that has passed its ceiling; the finding is closed with its reason."""
    trade = m.any_trade(SH_CODE)
    if trade.programme != SH_CODE:
        return
    m.give("appropriate", programme=SH_CODE, period=m.period(SH_CODE), pool=m.pool_of(trade), amount=60_000_000)
    for firm, controller in ((PUDONG, "late"), (CHANGNING, "alone")):
        m.record(firm, controller=controller)
    orders = [
        m.order(trade._replace(firm=firm, voucher_id=voucher_of(firm)), gross=40_000_000, net=40_000_000)
        for firm in (PUDONG, CHANGNING)
    ]
    m.record(CHANGNING, "correct_facts", controller="late")
    theirs = tuple(each for each in orders[1:] if each)
    m.give("recheck_group", enterprise_id=CHANGNING, orders=theirs)
    over = m.firm(CHANGNING).over_caps
    for found in over[:1]:
        m.give("close_over_cap", enterprise_id=CHANGNING, cap=found.cap)


def _claw_back(m: Actors, order_id: str) -> None:
    left = m.state(order_id).paid - m.state(order_id).clawed_back
    m.give("claw_back", order_id=order_id, amount=m.pick((1, max(1, left // 2), left)))


TALES = (
    a_need_is_answered,
    firms_pool_their_vouchers,
    two_vouchers_pay_one_order,
    a_price_is_foreign,
    parties_change_their_contract,
    work_comes_in_parts,
    one_invoice_pays_two_orders,
    the_own_share_comes_back,
    orders_wait_in_a_queue,
    a_round_is_shared,
    two_programmes_pay_one_contract,
    neighbours_settle_a_month,
    a_late_controller_is_found,
)
