"""What may be changed in an order: its contract, as long as nothing of it was claimed in the end."""

from collections.abc import Mapping

from vouchers.facts import Fact
from vouchers.money import check_amount, exponent_of, format_amount
from vouchers.order import events as order
from vouchers.order.decisions import NetAboveGross, ServiceDaysInvalid, check_open, known
from vouchers.order.state import Order
from vouchers.refusals import Refused
from vouchers.values import Value, field


class ChangeBelowClaimed(Refused):
    """The new terms would support less than was claimed already."""


class NothingLeftOfOrder(Refused):
    """The new terms would leave no subsidy."""

    remedy = "Cancel the order instead."


class ChangeOrder(Value):
    """Change the contract of an order; gross and net in minor units, asked = the subsidy wanted or nothing for all.

    `attributes` are those that change with it, such as the days of service.
    """

    order_id: str
    gross: int
    net: int
    ends_on: str
    contract_digest: str
    reason: str
    asked: int | None = None
    attributes: Mapping[str, Fact] = field(default_factory=dict)


def check_change(state: Order, command: ChangeOrder) -> order.Registered:
    """Refuse terms that cannot be a contract, and orders that are at their end; the terms that hold so far."""
    registered = check_open(state)
    check_amount(command.gross, "/gross")
    check_amount(command.net, "/net")
    if command.net > command.gross:
        raise NetAboveGross(pointer="/net")
    if command.ends_on < registered.starts_on:
        raise ServiceDaysInvalid(pointer="/ends_on", remedy=f"Give a day from {registered.starts_on} on.")
    return registered


def is_the_same(registered: order.Registered, command: ChangeOrder) -> bool:
    """Whether these are the terms that hold already."""
    same = ("gross", "net", "asked", "ends_on", "contract_digest")
    return all(getattr(registered, name) == getattr(command, name) for name in same) and all(
        registered.attributes.get(name) == value for name, value in command.attributes.items()
    )


def change(state: Order, changed: order.Changed) -> list[order.Event]:
    """Let new terms hold, which support at least what was claimed already."""
    currency = known(state).currency
    if changed.subsidy < state.taken:
        least = format_amount(state.taken, exponent_of(currency), currency)
        raise ChangeBelowClaimed(
            pointer="/gross", remedy=f"Agree on terms that support at least {least}.", claimed=state.taken
        )
    if changed.subsidy == 0:
        raise NothingLeftOfOrder(pointer="/gross")
    return [changed]
