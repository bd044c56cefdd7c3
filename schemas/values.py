"""Fields of our own: money, days, digests, codes and bounded text, each refused with its code and remedy."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from marshmallow import fields

from schemas import shapes
from schemas.faults import MESSAGES, Body, ask
from schemas.shapes import Shape
from vouchers import texts
from vouchers.days import check_day
from vouchers.identifiers import CreditCodeCheck, check_firm, foreign_invoice_key, invoice_key, normalise
from vouchers.money import check_amount, exponent_of
from vouchers.refusals import Malformed, Refused

LONGEST_TEXT: Final = texts.LONGEST_TEXT
_MOST_DIGITS: Final = 16  # of 2^53
_REFERENCE: Final = "^[A-Z0-9][A-Z0-9._/-]{0,39}$"  # of an invoice from abroad


class ChoiceUnknown(Malformed):
    """The value is none of those that can be chosen."""


class NumberOutOfRange(Malformed):
    """The number is none, or outside of its range."""


class CurrencyMismatch(Refused):
    """The amount is in another currency than the programme's."""


class Checked(fields.Field[Any]):
    """A value that a check returns in its canonical form, or refuses; its shape is for the API's document."""

    default_error_messages = MESSAGES

    def __init__(
        self, check: Callable[[object], Any], shape: str | Shape = MappingProxyType({}), **options: Any
    ) -> None:
        """Name the check, and the shape of what passes it: one of SHAPES by its name, or a JSON Schema."""
        super().__init__(**options)
        self.check = check
        self.shape = shape

    def _deserialize(self, value: Any, *_: object, **__: object) -> Any:
        return ask(self.check, value)


def told(description: str) -> dict[str, Any]:
    """What the document of the API says of a member beyond its shape, as an option of its field."""
    return {"metadata": {"description": description}}


def text(*, longest: int = LONGEST_TEXT, **options: Any) -> Checked:
    """Text for people: 1 to `longest` characters that can be kept."""
    return Checked(
        lambda value: texts.check_words(texts.check_text(value, "", longest)).strip(), shapes.words(longest), **options
    )


def name(**options: Any) -> Checked:
    """A number or name that machines compare."""
    return Checked(texts.check_id, "Name", **options)


def day(**options: Any) -> Checked:
    """A local day, YYYY-MM-DD."""
    return Checked(check_day, "Day", **options)


def digest(**options: Any) -> Checked:
    """The SHA-256 of a document."""
    return Checked(texts.check_digest, "Digest", **options)


def digests(**options: Any) -> Checked:
    """Documents by kind: an object of names and SHA-256 digests."""
    return Checked(texts.check_digests, "Digests", **options)


def facts(**options: Any) -> Checked:
    """What is stated of an order: names with texts, whole numbers, truths or lists of texts."""
    return Checked(lambda value: texts.check_facts(with_tuples(value), most=20), "Facts", **options)


def credit_code(**options: Any) -> Checked:
    """The code of a firm: a unified social credit code, or COUNTRY-NUMBER."""
    return Checked(known_firm, "CreditCode", **options)


def known_firm(value: object) -> str:
    """The code of a firm in its one spelling; whether one whose check does not fit is a firm's, the log knows."""
    try:
        return check_firm(value)
    except CreditCodeCheck:
        return normalise(str(value))


def choice(*words: str, **options: Any) -> Checked:
    """One of a few words."""

    def check(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise ChoiceUnknown(remedy=f"Use one of {', '.join(words)}.")
        return value

    return Checked(check, shapes.one_of(*words), **options)


def flag(**options: Any) -> Checked:
    """True or false."""

    def check(value: object) -> bool:
        if not isinstance(value, bool):
            raise ChoiceUnknown(remedy="Use true or false.")
        return value

    return Checked(check, shapes.TRUTH, **options)


def whole(least: int, most: int, **options: Any) -> Checked:
    """A whole number within bounds, written in digits as an address has it."""

    def check(value: object) -> int:
        if isinstance(value, str) and len(value) <= _MOST_DIGITS and value.isascii() and value.isdecimal():
            number = int(value)
            if least <= number <= most:
                return number
        raise NumberOutOfRange(remedy=f"Give a whole number from {least:,} to {most:,}.")

    return Checked(check, shapes.count(least, most), **options)


def _check_currency(value: object) -> object:
    exponent_of(value if isinstance(value, str) else "")
    return value


class Money(Body):
    """An amount of money: whole minor units and their currency."""

    amount = Checked(check_amount, "Amount", required=True)
    currency = Checked(_check_currency, "Currency", required=True)


class Rate(Body):
    """What one unit of a foreign currency is worth in the programme's: millionths, their day and their source."""

    millionths = Checked(check_amount, "Amount", required=True)
    on = day(required=True)
    source = text(required=True)


class InvoiceNumber(Body):
    """A Chinese invoice by number and code, or one from abroad by country, supplier and number."""

    number = text(required=True, longest=64, **told("20 digits of a digital invoice, 8 of an older one with its code."))
    code = text(longest=64, **told("The 10 or 12 digits above the number of an older invoice."))
    country = text(longest=64, **told("Two letters, of an invoice from abroad."))
    supplier = text(longest=64, **told("The supplier's tax number, of an invoice from abroad."))

    rules = {  # noqa: RUF012 - read by the document of the API
        "anyOf": [
            {"properties": {"number": {"pattern": "^[0-9]{20}$"}, "code": False, "country": False, "supplier": False}},
            {
                "properties": {
                    "number": {"pattern": "^[0-9]{8}$"},
                    "code": {"pattern": "^([0-9]{10}|[0-9]{12})$"},
                    "country": False,
                    "supplier": False,
                },
                "required": ["code"],
            },
            {
                "properties": {
                    "number": {"pattern": _REFERENCE},
                    "supplier": {"pattern": _REFERENCE},
                    "country": {"pattern": "^[A-Z]{2}$", "not": {"const": "CN"}},
                },
                "required": ["country", "supplier"],
            },
        ],
        "examples": [{"number": "25310000000000000001"}],
    }


def money(*, required: bool = True, **options: Any) -> fields.Nested:
    """An amount with its currency."""
    return fields.Nested(Money, required=required, error_messages=MESSAGES, **options)


def amount_in(currency: str, values: Mapping[str, Any], member: str) -> int:
    """The amount of a member, refused in any other currency than this one."""
    found: Mapping[str, Any] = values[member]
    if found["currency"] != currency:
        raise CurrencyMismatch(pointer=f"/{member}/currency", remedy=f"Give the amount in {currency}.")
    return int(found["amount"])


def key_of(invoice: Mapping[str, str], pointer: str) -> str:
    """The natural key of an invoice, the same for everybody who files it."""
    if "country" in invoice or "supplier" in invoice:
        return foreign_invoice_key(invoice.get("country", ""), invoice.get("supplier", ""), invoice["number"], pointer)
    return invoice_key(invoice["number"], invoice.get("code", ""), pointer)


def with_tuples(value: object) -> object:
    """Facts as they are kept: lists as tuples, so that nobody can change them afterwards."""
    if not isinstance(value, Mapping):
        return value
    return {key: tuple(item) if isinstance(item, list) else item for key, item in value.items()}
