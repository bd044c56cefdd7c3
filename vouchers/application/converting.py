"""Foreign money: a sum stated in another currency, converted once, by the policy's rule, and put on record."""

from dataclasses import replace

from vouchers.money import exponent_of, format_amount
from vouchers.order import decisions as orders
from vouchers.order import events as order
from vouchers.order.state import Order
from vouchers.policy import Policy, Step
from vouchers.refusals import Refused


class CurrencyNotTaken(Refused):
    """The programme takes no prices in this currency."""


class RateMissing(Refused):
    """A price in foreign money needs the rate of exchange, with its day and its source."""

    remedy = "Give the rate, the day it was published for, and who published it."


class RateNotNeeded(Refused):
    """A price in the programme's own money has no rate; an invoice of a foreign order keeps the order's rate."""

    remedy = "Leave the rate out."


class RateDayInvalid(Refused):
    """The rate is of a later day than the document that it converts, or too old."""


class CurrencyOfOrder(Refused):
    """An invoice is in the currency of its contract, or in the programme's own."""


def contract_in_own_money(
    policy: Policy, command: orders.RegisterOrder, on: str
) -> tuple[orders.RegisterOrder, order.ConvertedFrom | None]:
    """The registration with its price in the programme's currency, and what is stored of the conversion."""
    if command.currency in {"", policy.currency}:
        if command.rate is not None:
            raise RateNotNeeded(pointer="/rate")
        return command, None
    _check_taken(policy, command.currency)
    rate = _checked(policy, command.rate, on)
    event = _convert(policy, rate, command.currency, command.gross, command.net)
    return replace(command, gross=event.gross, net=event.net, currency="", rate=None), event


def invoice_in_own_money(
    policy: Policy, state: Order, command: orders.FileInvoice
) -> tuple[orders.FileInvoice, order.ConvertedFrom | None]:
    """The invoice with its sums in the order's currency, at the order's rate or its own as the policy says."""
    if command.currency in {"", policy.currency}:
        if command.rate is not None:
            raise RateNotNeeded(pointer="/rate")
        return command, None
    contract = state.converted
    if contract is None or contract.foreign_currency != command.currency:
        remedy = f"Give the sums in {contract.foreign_currency if contract else policy.currency}."
        raise CurrencyOfOrder(pointer="/currency", remedy=remedy)
    if policy.foreign.invoice_rate == "invoice":
        rate = _checked(policy, command.rate, command.issued_on)
    elif command.rate is not None:
        raise RateNotNeeded(pointer="/rate")
    else:
        rate = orders.Rate(contract.rate, contract.rate_on, contract.rate_source)
    event = _convert(policy, rate, command.currency, command.gross, command.net, command.invoice)
    return replace(command, gross=event.gross, net=event.net, currency="", rate=None), event


def step_of(policy: Policy, event: order.ConvertedFrom) -> Step:
    """The conversion as a step of the reasoning."""
    foreign = format_amount(event.foreign_gross, exponent_of(event.foreign_currency), event.foreign_currency)
    own = format_amount(event.gross, exponent_of(policy.currency), policy.currency)
    rate = format_amount(event.rate, 6)
    text = f"{foreign} at {rate} {policy.currency} of {event.rate_on} ({event.rate_source}) = {own}"
    return Step("foreign", policy.foreign.clause, text)


def _check_taken(policy: Policy, currency: str) -> None:
    if currency not in policy.foreign.currencies:
        taken = ", ".join((policy.currency, *policy.foreign.currencies))
        raise CurrencyNotTaken(pointer="/currency", remedy=f"State the price in one of: {taken}.")


def _checked(policy: Policy, rate: orders.Rate | None, on: str) -> orders.Rate:
    """A rate above nothing, of the document's day or of the last days before it."""
    if rate is None or rate.millionths <= 0:
        raise RateMissing(pointer="/rate")
    first = policy.foreign.first_rate_day(on)
    if not first <= rate.on <= on:
        raise RateDayInvalid(pointer="/rate/on", remedy=f"Give a rate of a day from {first} to {on}.")
    return rate


def _convert(
    policy: Policy, rate: orders.Rate, currency: str, gross: int, net: int, invoice: str = ""
) -> order.ConvertedFrom:
    own = [policy.foreign.convert(each, currency, policy.currency, rate.millionths) for each in (gross, net)]
    return order.ConvertedFrom(invoice, currency, gross, net, rate.millionths, rate.on, rate.source, *own)
