"""What requests at the counter say, member by member."""

import re
from typing import Any, Final

from marshmallow import ValidationError, fields, validates_schema

from schemas.faults import MESSAGES, Body, Fault, FieldOfAnotherType, Messages
from schemas.requests import DeliveryBody
from schemas.shapes import words
from schemas.values import (
    Checked,
    InvoiceNumber,
    choice,
    credit_code,
    day,
    digest,
    digests,
    flag,
    money,
    name,
    text,
)
from vouchers.identifiers import check_code
from vouchers.money import check_amount
from vouchers.refusals import Malformed
from vouchers.texts import TooMany

MOST_SYNCED: Final = 100
_PAPER: Final = re.compile(r"[A-Za-z0-9_.~-]{1,3500}")


class PaperUnreadable(Malformed):
    """Papers of the counter are letters, digits and the signs . ~ - and _, and fit a QR code."""

    remedy = "Scan or copy it again, whole."


PICTURES = ("svg", "png")


def code(prefix: str, **options: Any) -> Checked:
    """A code that people read out, in its canonical form."""
    return Checked(
        lambda value: check_code(value, "", prefix),
        {**words(64), "examples": [f"{prefix}-480F-ZK5S-N0FV-3"]},
        **options,
    )


def paper(**options: Any) -> Checked:
    """Signed papers as one text: JSON Web Signatures, with a tilde between them."""

    def check(value: object) -> str:
        if not isinstance(value, str) or not _PAPER.fullmatch(value):
            raise PaperUnreadable
        return value

    return Checked(check, {"type": "string", "pattern": f"^{_PAPER.pattern}$"}, **options)


def _list_of(things: str) -> Messages:
    """The messages of a list that is none, or is missing."""
    told = Fault(FieldOfAnotherType("It must be a list.", remedy=f"Give a list of {things}."))
    return MESSAGES | {"invalid": told}


def _count() -> Checked:
    return Checked(check_amount, "Amount", required=True)


class CodeBody(Body):
    """The wish for a one-time code, good for a bill up to a sum; the picture shows it as a QR code."""

    picture = choice(*PICTURES, load_default="svg")
    up_to = money(required=False)


class CounterBody(DeliveryBody):
    """A delivery, its invoice and the claim, to which the enterprise consents with a one-time code."""

    code = code("K", required=True)
    order_id = name(load_default="")
    invoice = fields.Nested(InvoiceNumber, required=True, error_messages=MESSAGES)
    issued_on = day(required=True)
    gross = money()
    net = money()
    evidence = digests(load_default=dict)
    more_to_come = flag(load_default=False)


class KeyMember(Body):
    """The public half of a key of Ed25519 (RFC 8037)."""

    crv = choice("Ed25519", required=True)
    kty = choice("OKP", required=True)
    x = name(required=True)


class Confirmation(Body):
    """The key of whoever may present a paper (RFC 7800)."""

    jwk = fields.Nested(KeyMember, required=True, error_messages=MESSAGES)


class BookletClaims(Body):
    """What the service signs of a booklet: whose it is, where it is good, how many coupons, for how much, how long."""

    bid = name(required=True)
    sub = credit_code(required=True)
    aud = fields.List(credit_code(), required=True, error_messages=_list_of("credit codes"))
    cnf = fields.Nested(Confirmation, required=True, error_messages=MESSAGES)
    cur = name(required=True)
    max = _count()
    num = _count()
    use_by = day(required=True)
    sync_by = day(required=True)


class PresentationClaims(Body):
    """What the enterprise's device signs of one use: which coupon, for which provider and challenge, for what."""

    bkl = text(required=True, longest=64)
    n = _count()
    aud = credit_code(required=True)
    nonce = text(required=True, longest=64)
    iat = _count()
    gross = _count()
    net = _count()
    on = day(required=True)
    rep = digest(required=True)


class ReceiptClaims(Body):
    """What the provider signs of a use that it accepted: which one, and when."""

    use = text(required=True, longest=64)
    sub = credit_code(required=True)
    iat = _count()


class ProofClaims(Body):
    """What the service signs of a double use: who signed twice, and the two papers."""

    bid = name(required=True)
    n = _count()
    party = choice("enterprise", "provider", required=True)
    sub = credit_code(required=True)
    jwk = fields.Nested(KeyMember, required=True, error_messages=MESSAGES)
    first = paper(required=True)
    second = paper(required=True)


class SignerBody(Body):
    """A key that a party signs with at the counter: its public half."""

    public_key = name(required=True)


class SignerRevocationBody(Body):
    """A key that is to be used no more, and why."""

    key_id = name(required=True)
    reason = text(required=True)


class BookletBody(Body):
    """A booklet of coupons set aside in orders; without a key the only one in use signs its uses."""

    orders = fields.List(name(), required=True, error_messages=_list_of("order numbers"))
    coupons = _count()
    amount = money()
    use_by_on = day(required=True)
    sync_by_on = day(required=True)
    key_id = name(load_default="")


class ClosingBody(Body):
    """The end of a booklet, and whether what is left of its orders is kept for other claims."""

    reason = text(required=True)
    keep_orders = flag(load_default=False)


class CouponItem(Body):
    """One coupon that was accepted without a network: the papers, and the invoice of the service."""

    coupon = paper(required=True)
    invoice = fields.Nested(InvoiceNumber, required=True, error_messages=MESSAGES)
    issued_on = day(required=True)
    evidence = digests(load_default=dict)


class SyncBody(Body):
    """Coupons that come in together; each is taken or refused by itself."""

    coupons = fields.List(
        fields.Nested(CouponItem, error_messages=MESSAGES), required=True, error_messages=_list_of("coupons")
    )

    @validates_schema(skip_on_field_errors=True)
    def check_number(self, data: dict[str, Any], **_: object) -> None:
        """A list beyond the limit is refused before anything of it is looked at."""
        if len(data["coupons"]) > MOST_SYNCED:
            raise ValidationError({"coupons": [Fault(TooMany(remedy=f"Hand in at most {MOST_SYNCED} at once."))]})
