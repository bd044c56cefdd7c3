"""What banks do in a random year: money that comes back, answers of any sort, files told and lines heard."""

from tests.examples import SH_CODE
from tests.vouchers.machine.actors import Actors
from tests.vouchers.machine.places import BESIDE, QUEUE
from vouchers.days import add_days
from vouchers.debt.events import Instalment
from vouchers.kinds import DEBT, SETTLEMENT


def money_comes_back(m: Actors) -> None:
    """Paid money is demanded back: in instalments, missed or kept, set off against a later payment, or given up."""
    order_id = m.paid(m.pick((QUEUE, BESIDE, SH_CODE)))
    if not order_id:
        return
    if m.pick((0, 1)):
        m.give("claw_back_breach", order_id=order_id, enterprise_bp=m.pick((None, 0, 5_000)))
    else:
        m.give("claw_back", order_id=order_id, amount=m.pick((1, 2_000, 250_000)))
    owing = [
        (key, number, each)
        for key in m.auditor.keys["debt"]
        for number, each in m.town.ledger.state(DEBT, key).debts.items()
        if each.demanded.order_id == order_id
    ]
    for party, number, each in owing:
        named = {"party_id": party, "debt_id": number}
        what = m.pick(("instalments", "receive", "write off", "set off"))
        if what == "instalments" and each.principal > 1:
            first = each.principal // 2
            plan = (
                Instalment(add_days(m.town.on, 10), first),
                Instalment(add_days(m.town.on, 40), each.principal - first),
            )
            m.give("agree_instalments", **named, instalments=plan)
            m.later(m.pick((5, 11, 60)))
            m.give("check_instalments", **named)
        if what in ("receive", "instalments"):
            m.later(m.pick((0, 30)))
            owed = m.town.ledger.state(DEBT, party).debts[number].owed(m.town.on)
            for amount in (owed // 3, owed - owed // 3):
                m.give(
                    "receive_repayment", "finance:qian", **named, amount=amount, received_on=m.town.on,
                    reference=m.fresh("receipt"),
                )  # fmt: skip
        if what == "write off":
            m.later(m.pick((0, 60)))
            m.give("propose_write_off", "finance:sun", **named)
            m.give("approve_write_off", "finance:qian", **named)
        if what == "set off":
            m.paid(m.policy(order_id).programme)


def the_bank_answers_anything(m: Actors) -> None:
    """A batch is looked at, withdrawn, proposed again, fails, is paid in part, comes back and is paid in the end."""
    trade = m.any_trade()
    order_id = m.order(trade)
    if not m.until(order_id, "approved"):
        return
    m.give("preview_settlement", "finance:sun", settlement_id="S-0", programme=trade.programme, orders=(order_id,))
    if not m.until(order_id, "settling"):
        return
    if m.pick((0, 1)):
        m.give("withdraw_settlement", "finance:qian", settlement_id=m.state(order_id).settlement_id)
        m.until(order_id, "settling")
    for _ in range(3):
        m.step(order_id)  # The approvals.
        batch = m.state(order_id).settlement_id
        if m.town.ledger.state(SETTLEMENT, batch).approved_by:
            break
    named = {"settlement_id": m.state(order_id).settlement_id, "order_id": order_id}
    for answer in m.pick((("fail", "part", "back"), ("part", "part", "back"), ("whole", "back", "whole"), ("fail",))):
        if answer == "fail":
            m.give("fail_payment", "finance:qian", **named)
            m.give("reinstruct_payment", "finance:qian", **named)
        elif answer == "part":
            m.give("confirm_payment", "finance:qian", **named, amount=m.pick((1, 1_000)), paid_on=m.town.on,
                   bank_reference=m.fresh("bank"))  # fmt: skip
            m.give("reinstruct_payment", "finance:qian", **named)
        elif answer == "whole":
            m.give("confirm_payment", "finance:qian", **named, bank_reference=m.fresh("bank"), paid_on=m.town.on)
        else:
            m.give("return_payment", "finance:qian", **named, returned_on=m.town.on)
            m.give("reinstruct_payment", "finance:qian", **named)
    m.until(order_id, "paid")


def a_bank_is_told_and_tells(m: Actors) -> None:
    """A file for the bank, made once or twice; its lines are what they seem, or people have to say what they are."""
    trade = m.any_trade()
    order_id = m.order(trade)
    if not m.until(order_id, "settling"):
        return
    state = m.state(order_id)
    while not m.town.ledger.state(SETTLEMENT, state.settlement_id).approved_by:
        m.step(order_id)
    line = m.town.ledger.state(SETTLEMENT, state.settlement_id).lines[state.redemption_id]
    batch = {"settlement_id": state.settlement_id}
    m.give("preview_bank_file", "finance:sun", **batch)
    for _ in range(2):
        m.give("make_bank_file", "finance:sun", **batch, form="csv", bank_account="main", pay_on=m.town.on,
               made_at=f"{m.town.on}T04:00:00Z", instructions=(line.instruction_id,))  # fmt: skip
    currency = m.policies[trade.programme].currency
    number = m.fresh("M")
    told = {"bank_account": "main", "statement_id": number, "source": "statement", "currency": currency}
    sums = {"opening": line.due, "opening_side": "credit", "closing": m.pick((0, 0, 1)), "closing_side": "credit"}
    counted = {"credited": 0, "debited": line.due, "count": 1}
    m.give("import_statement", "finance:sun", **told, **sums, **counted, has_balances=True, form="csv")
    named = {**batch, "redemption_id": state.redemption_id, "instruction_id": line.instruction_id}
    said = {**told, "direction": "debit", "amount": max(1, line.due + m.pick((0, 0, -1, 1))), "booked_on": m.town.on}
    one = {"bank_account": "main", "line_id": m.fresh("L")}
    outcome = m.pick(("payment", "", "return"))
    target = named if outcome else {"settlement_id": "", "redemption_id": "", "instruction_id": ""}
    m.give("book_line", "finance:sun", **said, line_id=one["line_id"], outcome=outcome, **target, party_id="",
           debt_id="", bank_reference=m.fresh("bank"))  # fmt: skip
    m.give("propose_resolution", "finance:sun", **one, outcome="payment", **named, party_id="", debt_id="")
    if m.pick((0, 1)):
        m.give("decline_resolution", "finance:qian", **one)
        m.give("propose_resolution", "finance:sun", **one, outcome="payment", **named, party_id="", debt_id="")
    m.give("approve_resolution", m.pick(("finance:sun", "finance:qian")), **one)
    m.give("set_line_aside", "finance:sun", **one, settlement_id="", redemption_id="", instruction_id="")
