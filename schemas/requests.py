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
    told,
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
    gross = money(**told("The price with tax."))
    net = money(**told("The price without tax."))
    asked = money(required=False, **told("The subsidy wanted; all that is due without it."))
    attributes = facts(load_default=dict, **told("What the category asks for, such as instrument_id."))
    vouchers = fields.List(
        name(),
        **told("Further vouchers to draw on."),
        error_messages=MESSAGES
        | {"invalid": Fault(FieldOfAnotherType("It must be a list.", remedy="Give a list of voucher numbers."))},
    )
    rate = fields.Nested(Rate, error_messages=MESSAGES, **told("Where gross and net are in foreign money."))

    rules = {  # noqa: RUF012 - read by the document of the API
        "examples": [
            {
                "voucher_id": "V-AXN9-03ZS-04EA-J",
                "provider_id": "91310104MA1PE0016F",
                "category": "TEST",
                "contract_digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "contract_on": "2026-02-02",
                "starts_on": "2026-02-03",
                "ends_on": "2026-02-28",
                "gross": {"amount": 1_000_000, "currency": "CNY"},
                "net": {"amount": 943_396, "currency": "CNY"},
            }
        ]
    }


class DeliveryBody(Body):
    """The acceptance of a service."""

    delivered_on = day(required=True)
    report_digest = digest(required=True)


class InvoiceBody(Body):
    """An invoice of a service, or the line of it that is for the order: then its totals are given beside."""

    invoice = fields.Nested(InvoiceNumber, required=True, error_messages=MESSAGES)
    issued_on = day(required=True)
    gross = money(**told("The order's part, with tax."))
    net = money(**told("The order's part, without tax."))
    total_gross = money(required=False, **told("The whole invoice with tax, where the order has a line of it."))
    total_net = money(required=False, **told("The whole invoice without tax, where the order has a line of it."))
    replaces = fields.Nested(
        InvoiceNumber, error_messages=MESSAGES, **told("An invoice of the order that gives way to this one.")
    )
    rate = fields.Nested(
        Rate, error_messages=MESSAGES, **told("Where the policy converts each foreign invoice by itself.")
    )


class RedemptionBody(Body):
    """The claim of a subsidy: the digests of the documents by kind, and whether the rest is kept for more to come."""

    evidence = digests(load_default=dict, **told("Digests by kind; an order lists the kinds that it needs."))
    more_to_come = flag(load_default=False, **told("True keeps the rest for later invoices."))


class ReasonBody(Body):
    """Why something is taken back."""

    reason = text(required=True)


class ReviewBody(Body):
    """A reviewer's decision; a rejection says why."""

    decision = choice("approve", "reject", required=True)
    reason = text()
    fault = choice("enterprise", "provider", "both")
    note = text()

    rules = {  # noqa: RUF012 - read by the document of the API
        "if": {"properties": {"decision": {"const": "reject"}}, "required": ["decision"]},
        "then": {"required": ["reason"]},
        "examples": [{"decision": "approve"}, {"decision": "reject", "reason": "The report is of another firm."}],
    }

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
        metadata={"maxItems": MAX_LINES, "description": "The orders whose approved redemptions are to be paid."},
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


def _outcome(word: str) -> dict[str, Any]:
    return {"properties": {"outcome": {"const": word}}, "required": ["outcome"]}


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

    rules = {  # noqa: RUF012 - read by the document of the API
        "allOf": [
            {"if": _outcome("confirmed"), "then": {"required": ["bank_reference", "paid_on"]}},
            {"if": _outcome("failed"), "then": {"required": ["reason"]}},
        ],
        "examples": [{"order_id": "O-1", "outcome": "confirmed", "bank_reference": "B-7", "paid_on": "2026-03-02"}],
    }

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

    after = whole(0, MAX_AMOUNT, **told("See at least the log up to this position; waits up to 2 s for it."))


class PageQuery(PlainQuery):
    """An address that may ask for one page."""

    limit = whole(1, LARGEST_PAGE, load_default=PAGE, **told("How many at most."))
    cursor = text(longest=200, **told("Where to go on: `next` of the page before."))


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
