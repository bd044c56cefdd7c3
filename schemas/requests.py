"""What requests say, member by member."""

from typing import Any, Final

from marshmallow import ValidationError, fields, validates_schema

from schemas.faults import MESSAGES, Body, Fault, FieldOfAnotherType
from schemas.values import (
    InvoiceNumber,
    Rate,
    choice,
    credit_code,
    day,
    digest,
    digests,
    facts,
    flag,
    money,
    name,
    text,
    whole,
)
from vouchers.money import MAX_AMOUNT
from vouchers.settlement.decisions import MAX_LINES
from vouchers.texts import TooMany

PAGE: Final = 50
LARGEST_PAGE: Final = 200


class OrderBody(Body):
    """A service contract to be registered as an order."""

    voucher_id = name(required=True)
    provider_id = credit_code(required=True)
    category = name(required=True)
    contract_digest = digest(required=True)
    contract_on = day(required=True)
    starts_on = day(required=True)
    ends_on = day(required=True)
    gross = money()
    net = money()
    asked = money(required=False)
    attributes = facts(load_default=dict)
    vouchers = fields.List(
        name(),
        error_messages=MESSAGES
        | {"invalid": Fault(FieldOfAnotherType("It must be a list.", remedy="Give a list of voucher numbers."))},
    )
    rate = fields.Nested(Rate, error_messages=MESSAGES)


class DeliveryBody(Body):
    """The acceptance of a service."""

    delivered_on = day(required=True)
    report_digest = digest(required=True)


class InvoiceBody(Body):
    """An invoice of a service, or the line of it that is for the order: then its totals are given beside."""

    invoice = fields.Nested(InvoiceNumber, required=True, error_messages=MESSAGES)
    issued_on = day(required=True)
    gross = money()
    net = money()
    total_gross = money(required=False)
    total_net = money(required=False)
    replaces = fields.Nested(InvoiceNumber, error_messages=MESSAGES)
    rate = fields.Nested(Rate, error_messages=MESSAGES)


class RedemptionBody(Body):
    """The claim of a subsidy: the digests of the documents by kind, and whether the rest is kept for more to come."""

    evidence = digests(load_default=dict)
    more_to_come = flag(load_default=False)


class ReasonBody(Body):
    """Why something is taken back."""

    reason = text(required=True)


class ReviewBody(Body):
    """A reviewer's decision; a rejection says why."""

    decision = choice("approve", "reject", required=True)
    reason = text()
    fault = choice("enterprise", "provider", "both")
    note = text()

    @validates_schema(skip_on_field_errors=True)
    def check_reason(self, data: dict[str, Any], **_: object) -> None:
        """A rejection without a reason is refused."""
        if data["decision"] == "reject" and "reason" not in data:
            raise ValidationError({"reason": [MESSAGES["required"]]})


class SettlementBody(Body):
    """A batch of orders whose redemptions are to be paid."""

    programme = name(required=True)
    orders = fields.List(
        name(),
        required=True,
        error_messages=MESSAGES
        | {"invalid": Fault(FieldOfAnotherType("It must be a list.", remedy="Give a list of order numbers."))},
    )

    @validates_schema(skip_on_field_errors=True)
    def check_number(self, data: dict[str, Any], **_: object) -> None:
        """A batch beyond the limit is refused before it is looked up."""
        if len(data["orders"]) > MAX_LINES:
            raise ValidationError({"orders": [Fault(TooMany(remedy=f"Give at most {MAX_LINES:,}."))]})


class NoBody(Body):
    """Nothing: the address says it all."""


class PaymentBody(Body):
    """What the bank answered about one order's payment."""

    order_id = name(required=True)
    redemption_id = name()
    instruction_id = name()
    outcome = choice("confirmed", "failed", "reinstructed", required=True)
    bank_reference = text(longest=64)
    paid_on = day()
    amount = money(required=False)
    reason = text()

    @validates_schema(skip_on_field_errors=True)
    def check_outcome(self, data: dict[str, Any], **_: object) -> None:
        """Each outcome needs its own members."""
        needed = {"confirmed": ("bank_reference", "paid_on"), "failed": ("reason",)}.get(data["outcome"], ())
        missing = {name: [MESSAGES["required"]] for name in needed if name not in data}
        if missing:
            raise ValidationError(missing)


class SuspensionBody(Body):
    """The suspension of a provider and what it means for open orders."""

    from_on = day(required=True)
    effect = choice("finish", "freeze", required=True)
    reason = text(required=True)


class PlainQuery(Body):
    """An address that may ask for a view at least as new as a position."""

    after = whole(0, MAX_AMOUNT)


class PageQuery(PlainQuery):
    """An address that may ask for one page."""

    limit = whole(1, LARGEST_PAGE, load_default=PAGE)
    cursor = text(longest=200)


class OrdersQuery(PageQuery):
    """Which orders: those at a status, of a programme, of one enterprise, with one provider."""

    status = name()
    programme = name()
    enterprise_id = credit_code()
    provider_id = credit_code()


class StatementQuery(PageQuery):
    """Which movements of a voucher: those that took effect from..until."""

    from_on = day()
    until_on = day()


class ProgrammeQuery(PageQuery):
    """Which things: those of a programme."""

    programme = name()


class PayablesQuery(PlainQuery):
    """What waits for payment: all, or that of a programme."""

    programme = name()


class SpendingQuery(PlainQuery):
    """Which period of a programme; all of them without one."""

    period = text(longest=40)


class ProvidersQuery(PageQuery):
    """Which providers: those accredited for a category on a day, in a region."""

    category = name()
    on = day()
    region = name()


class EventsQuery(Body):
    """Which entries of the log: those from a sequence number on."""

    limit = whole(1, 1_000, load_default=LARGEST_PAGE)
    cursor = text(longest=200)
    start = whole(0, MAX_AMOUNT)


class AsOfQuery(Body):
    """Which moment: the end of a day, and optionally only the first `position` entries of the log."""

    day = day(required=True)
    position = whole(0, MAX_AMOUNT)
