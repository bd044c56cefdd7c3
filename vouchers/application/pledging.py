"""Pledges: a firm lets another firm's order draw on its voucher, and may take that back until the order does."""

from typing import Any

from vouchers.application.programmes import in_force
from vouchers.application.sharing import TooManyFirms
from vouchers.kinds import VOUCHER
from vouchers.ledger import Unit
from vouchers.values import Value
from vouchers.voucher import decisions as voucher_decisions

Answer = dict[str, Any]


class PledgeVoucher(Value):
    """Let the order of another firm draw on a voucher, up to an amount, until a day; no value moves before it does."""

    voucher_id: str
    order_id: str
    enterprise_id: str
    amount: int
    until_on: str


class WithdrawPledge(Value):
    """Take a pledge back before the order draws on it."""

    voucher_id: str
    order_id: str
    reason: str


def pledge_voucher(unit: Unit, command: PledgeVoucher) -> Answer:
    """Pledge a voucher to the order of another firm, where the policy lets firms pool theirs."""
    state = unit.load(VOUCHER, command.voucher_id)
    terms = voucher_decisions.terms_of(state)
    _, policy = in_force(unit, terms.programme, unit.on)
    if policy.pooling.firms < 2:  # noqa: PLR2004
        raise TooManyFirms(
            f"{policy.title} does not let firms pool their vouchers.",
            pointer="/voucher_id",
            remedy="Let each firm order for itself.",
        )
    events = voucher_decisions.pledge(
        state,
        order_id=command.order_id,
        enterprise_id=command.enterprise_id,
        amount=command.amount,
        until_on=command.until_on,
        on=unit.on,
    )
    unit.append(VOUCHER, command.voucher_id, events)
    return {
        "voucher_id": command.voucher_id,
        "order_id": command.order_id,
        "enterprise_id": command.enterprise_id,
        "currency": terms.currency,
        "pledged": command.amount,
        "until_on": command.until_on,
    }


def withdraw_pledge(unit: Unit, command: WithdrawPledge) -> Answer:
    """Take a pledge back; an order that has drawn on it is not touched."""
    state = unit.load(VOUCHER, command.voucher_id)
    events = voucher_decisions.withdraw_pledge(state, order_id=command.order_id, reason=command.reason)
    unit.append(VOUCHER, command.voucher_id, events)
    currency = voucher_decisions.terms_of(state).currency
    return {"voucher_id": command.voucher_id, "order_id": command.order_id, "currency": currency, "pledged": 0}
