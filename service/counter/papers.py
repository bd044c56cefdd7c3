"""The papers of a coupon as texts that fit a QR code, and what they must say to be good.

A booklet is signed by the service and names the enterprise's key; a use is signed with that key for one provider and
its challenge; a receipt is signed by the provider. A tilde stands between them, as in an SD-JWT (RFC 9901):

    <booklet>~<use>~<receipt>
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from marshmallow import Schema

from schemas.counter import BookletClaims, PresentationClaims, ProofClaims, ReceiptClaims
from schemas.faults import read
from service.counter.signing import (
    Key,
    Paper,
    PaperMalformed,
    SignatureInvalid,
    base64url,
    content_of,
    sign,
    signer_of,
    unverified,
    verify,
)
from vouchers.booklet import events as booklet
from vouchers.identifiers import check_firm
from vouchers.refusals import Malformed, Refused
from vouchers.texts import check_id

BOOKLET, USE, RECEIPT, PROOF = "vb+jwt", "vu+jwt", "vr+jwt", "vd+jwt"
JOINT: Final = "~"
CHALLENGE: Final = "VC1"
_SCHEMAS: Final[Mapping[str, Schema]] = {
    BOOKLET: BookletClaims(),
    USE: PresentationClaims(),
    RECEIPT: ReceiptClaims(),
    PROOF: ProofClaims(),
}


class ChallengeMalformed(Malformed):
    """This is no challenge of a counter."""

    remedy = "Scan the provider's code again."


class CouponNotForThis(Refused):
    """The coupon was signed for another booklet, another provider or another moment."""

    remedy = "Let the enterprise sign it for this counter now."


class CouponNotGood(Refused):
    """The booklet is not good for this."""

    remedy = "Look at the booklet: for which providers it is, how many coupons it has, and until when."


class NotTwice(Refused):
    """The two papers do not show that anybody signed twice."""

    remedy = "Ask the service for the proof again."


class Challenge(NamedTuple):
    """What a counter asks an enterprise's device to sign: for which provider, and a number used once."""

    provider_id: str
    nonce: str

    @property
    def text(self) -> str:
        """The challenge as the counter shows it."""
        return f"{CHALLENGE}.{self.provider_id}.{self.nonce}"


class Use(NamedTuple):
    """One use of a coupon: the booklet and what the enterprise signed, and the receipt where there is one."""

    booklet: Paper
    presentation: Paper
    receipt: Paper | None = None

    @property
    def name(self) -> str:
        """The coupon: its booklet and number."""
        return f"{self.booklet.claims['bid']}/{self.presentation.claims['n']}"


def read_challenge(text: str) -> Challenge:
    """The challenge that a counter shows."""
    kind, _, rest = text.strip().partition(".")
    provider_id, _, nonce = rest.rpartition(".")
    if kind != CHALLENGE or not nonce:
        raise ChallengeMalformed(pointer="/challenge")
    return Challenge(check_firm(provider_id, "/challenge"), check_id(nonce, "/challenge"))


def write_booklet(booklet_id: str, issued: booklet.Issued, key: Key) -> str:
    """The booklet as the enterprise's device keeps it."""
    claims = {
        "bid": booklet_id,
        "sub": issued.enterprise_id,
        "aud": [place.provider_id for place in issued.places],
        "cnf": {"jwk": {"crv": "Ed25519", "kty": "OKP", "x": issued.public_key}},
        "cur": issued.currency,
        "max": issued.amount,
        "num": issued.coupons,
        "use_by": issued.use_by_on,
        "sync_by": issued.sync_by_on,
    }
    return sign(BOOKLET, claims, key)


def write_use(booklet_text: str, number: int, challenge: Challenge, bill: Mapping[str, Any], at: int, key: Key) -> str:
    """A use of a coupon: `bill` has gross, net, the day of delivery `on` and the digest of the report `rep`."""
    told = read_booklet(booklet_text)
    if told.claims["cnf"]["jwk"]["x"] != key.public_key:
        raise SignatureInvalid("This booklet was issued on another key.", pointer="/key", remedy="Use that key.")
    claims = {"n": number, "aud": challenge.provider_id, "nonce": challenge.nonce, "iat": at, **bill}
    _check_good(told.claims, claims)
    return JOINT.join((booklet_text, sign(USE, {"bkl": content_of(booklet_text), **claims}, key)))


def write_receipt(use: Use, provider_id: str, at: int, key: Key) -> str:
    """All papers of a use, with the provider's receipt for it."""
    claims = {"use": base64url(use.presentation.digest), "sub": provider_id, "iat": at}
    return JOINT.join((use.booklet.text, use.presentation.text, sign(RECEIPT, claims, key)))


def check_use(text: str, service_keys: Mapping[str, str]) -> Use:
    """A use whose booklet the service signed, and which the key of that booklet signed; a receipt is read, no more."""
    parts = text.strip().split(JOINT)
    if len(parts) not in (2, 3):
        raise PaperMalformed(pointer="/coupon")
    booklet_paper = _checked(parts[0], BOOKLET, service_keys.get(signer_of(parts[0], BOOKLET), ""))
    presentation = _checked(parts[1], USE, booklet_paper.claims["cnf"]["jwk"]["x"])
    if presentation.claims["bkl"] != content_of(parts[0]):
        raise CouponNotForThis(pointer="/coupon")
    _check_good(booklet_paper.claims, presentation.claims)
    return Use(booklet_paper, presentation)


def check_receipt(text: str, use: Use, provider_id: str, keys: Mapping[str, str]) -> Use:
    """A use with the receipt of the provider that it was signed for."""
    if use.presentation.claims["aud"] != provider_id:
        raise CouponNotForThis(pointer="/coupon")
    parts = text.strip().split(JOINT)
    if len(parts) != 3:  # noqa: PLR2004 - booklet, use, receipt
        raise PaperMalformed("The provider's receipt is missing.", pointer="/coupon", remedy="Check it at the counter.")
    receipt = _checked(parts[2], RECEIPT, keys.get(signer_of(parts[2], RECEIPT), ""))
    if (receipt.claims["use"], receipt.claims["sub"]) != (base64url(use.presentation.digest), provider_id):
        raise CouponNotForThis(pointer="/coupon")
    return use._replace(receipt=receipt)


def check_challenge(use: Use, challenge: Challenge, on: str) -> None:
    """Refuse a use that was signed for another counter or moment, for a day to come, or too late to be handed in."""
    claims = use.presentation.claims
    if (claims["aud"], claims["nonce"]) != challenge or claims["on"] > on:
        raise CouponNotForThis(pointer="/coupon")
    if on > use.booklet.claims["sync_by"]:
        raise CouponNotGood(f"Its coupons came in until {use.booklet.claims['sync_by']}.", pointer="/on")


def write_proof(
    booklet_id: str, found: booklet.DoubleUseFound, public_key: str, papers: tuple[str, str], key: Key
) -> str:
    """The service's word that a party signed twice, with both papers in it."""
    claims = {
        "bid": booklet_id,
        "n": found.number,
        "party": found.party,
        "sub": found.party_id,
        "jwk": {"crv": "Ed25519", "kty": "OKP", "x": public_key},
        "first": papers[0],
        "second": papers[1],
    }
    return sign(PROOF, claims, key)


def check_proof(text: str, service_keys: Mapping[str, str]) -> dict[str, Any]:
    """What a proof shows, where everything in it holds: one key signed two papers about one coupon."""
    proof = _checked(text.strip(), PROOF, service_keys.get(signer_of(text.strip(), PROOF), ""))
    claims = proof.claims
    kind = USE if claims["party"] == "enterprise" else RECEIPT
    first, second = (_checked(claims[name], kind, claims["jwk"]["x"]) for name in ("first", "second"))
    about = ("bkl", "n") if kind == USE else ("use", "sub")
    if first.digest == second.digest or any(first.claims[name] != second.claims[name] for name in about):
        raise NotTwice(pointer="/proof")
    return claims | {"first_digest": first.digest, "second_digest": second.digest}


def _check_good(told: Mapping[str, Any], use: Mapping[str, Any]) -> None:
    """Refuse a coupon that the booklet does not have, a provider that it is not for, and a day after its last."""
    if not 1 <= use["n"] <= told["num"]:
        raise CouponNotGood(f"The booklet has {told['num']} coupons.", pointer="/number")
    if use["aud"] not in told["aud"]:
        raise CouponNotGood("The booklet is not for this provider.", pointer="/challenge")
    if use["on"] > told["use_by"]:
        raise CouponNotGood(f"Its coupons are good for services until {told['use_by']}.", pointer="/on")
    if use["net"] > use["gross"]:
        raise CouponNotGood(
            "The net amount is larger than the gross amount.", pointer="/net", remedy="Correct the bill."
        )


def read_use(text: str) -> Use:
    """A use as a till reads back what it checked before."""
    booklet_text, _, presentation = text.partition(JOINT)
    signed = unverified(presentation, USE)
    return Use(read_booklet(booklet_text), signed._replace(claims=read(_SCHEMAS[USE], signed.claims, "/coupon")))


def read_booklet(booklet_text: str) -> Paper:
    """A booklet as its holder reads it: whether the service signed it, the counter will ask."""
    paper = unverified(booklet_text, BOOKLET)
    return paper._replace(claims=read(_SCHEMAS[BOOKLET], paper.claims, "/coupon"))


def _checked(text: str, kind: str, public_key: str) -> Paper:
    """A paper of a kind that a key signed, with every claim as it must be."""
    paper = verify(text, kind, public_key)
    return paper._replace(claims=read(_SCHEMAS[kind], paper.claims, "/coupon"))
