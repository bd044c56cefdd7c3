"""What is answered at the counter: codes, keys, booklets and coupons."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import fields

from schemas.answers import PROBLEM, answer, page_of, said, several, shown
from schemas.shapes import TEXT, TRUTH, count, one_of, or_none
from schemas.values import Money

_SINCE: Final = said(or_none("Instant"))
_JWK: Final = {
    "type": "object",
    "required": ["crv", "kty", "x", "kid"],
    "description": "A public key of Ed25519 (RFC 8037); `kid` is its thumbprint (RFC 7638).",
}

CODE: Final = answer(
    "CounterCode",
    "A one-time code, shown this once.",
    "order_id",
    code=said({**TEXT, "pattern": "^K(-[0-9A-Z]{4}){3}-[0-9A-Z]$", "examples": ["K-480F-ZK5S-N0FV-3"]}),
    expires_at=said("Instant"),
    qr=said({**TEXT, "description": "The picture of the code, as a data: address."}),
)
STANDING: Final = answer(
    "CounterStanding",
    "How the counter of an order stands.",
    "order_id",
    open_until=_SINCE,
    wrong_codes=said(count()),
    frozen_until=_SINCE,
)
KEYS: Final = answer("CounterKeys", "The public keys of the service (RFC 7517).", "", keys=several(said(_JWK)))
SIGNER: Final = shown("SignerStep", "A key that a party signs with.", "", party_id=said("Name"), key_id=said("Name"))
SIGNERS: Final = answer(
    "Signers",
    "The keys of a party.",
    "",
    items=several(answer("SignerKey", "A key.", "", key_id=said("Name"), public_key=said("Name"), revoked=said(TRUTH))),
)
_SIZE: Final[Mapping[str, Any]] = {
    "booklet_id": said("Name"),
    "coupons": said(count()),
    "greatest_loss": fields.Nested(Money(), required=True),
    "use_by_on": said("Day"),
    "sync_by_on": said("Day"),
}
_TEXT: Final = said({**TEXT, "description": "The booklet as the enterprise's device keeps it: a JSON Web Signature."})
BOOKLET_ISSUED: Final = shown(
    "BookletIssued",
    "Coupons that were set aside, and what can be lost at most.",
    "amount currency",
    booklet=_TEXT,
    unused=said(count()),
    **_SIZE,
)
BOOKLET_CLOSED: Final = shown(
    "BookletClosed", "A booklet that is over.", "amount currency", unused=said(count()), **_SIZE
)
_USED: Final = answer(
    "CouponUsed",
    "A coupon that came in.",
    "order_id provider_id redemption_id delivered_on claimed",
    number=said(count()),
)
_DOUBLE: Final = answer(
    "DoubleUse", "Who signed twice.", "", number=said(count()), party=said(TEXT), party_id=said("CreditCode")
)
BOOKLET: Final = answer(
    "Booklet",
    "A booklet: what is still out, what can be lost at most, what was used and what twice.",
    "enterprise_id amount",
    booklet=_TEXT,
    key_id=said("Name"),
    places=several(answer("BookletPlace", "Where its coupons are good.", "order_id provider_id")),
    unused=said(count()),
    used=several(_USED),
    double_uses=several(_DOUBLE),
    closed=said(TRUTH),
    **_SIZE,
)
BOOKLETS: Final = page_of(
    answer(
        "BookletListed",
        "A booklet of a list.",
        "enterprise_id amount claimed",
        used=said(count()),
        double_uses=said(count()),
        closed=said(TRUTH),
        **_SIZE,
    )
)
PROOFS: Final = answer("Proofs", "Signed proofs of double use.", "", items=several(said(TEXT)))
_OUTCOMES: Final = ("accepted", "repeated", "double_use", "refused")
_RESULT: Final = answer(
    "CouponResult",
    "What became of one coupon: claimed, claimed before, used before by somebody else, or refused.",
    "",
    seldom="order_id redemption_id claimed",
    outcome=said(one_of(*_OUTCOMES)),
    booklet_id=said("Name", required=False),
    number=said(count(), required=False),
    party=said(TEXT, required=False),
    proof=said(TEXT, required=False),
    problem=fields.Nested(PROBLEM),
)
SYNCED: Final = shown("CouponsSynced", "What became of each coupon, in their order.", "", results=several(_RESULT))
