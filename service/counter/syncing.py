"""Coupons that come in from counters without a network: verified here, decided by the ledger, told one by one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Column, Table, Text, select, text

from service.counter.papers import RECEIPT, Use, check_receipt, check_use, write_proof
from service.counter.signing import Keys, signer_of
from service.desk import TABLES, Desk
from service.wiring import Asked, Service, Who
from vouchers import application
from vouchers.application.running import Outcome
from vouchers.booklet import events as booklet
from vouchers.booklet.decisions import BookletUnknown, UseCoupon, known
from vouchers.booklet.state import Booklet
from vouchers.kinds import BOOKLET, SIGNER
from vouchers.refusals import Refused

PAPERS: Final = Table(
    "counter_papers", TABLES, Column("digest", Text, primary_key=True), Column("text", Text, nullable=False)
)

# Papers are named by what is in them, so that one that is there is the same.
_KEEP: Final = text("INSERT INTO counter_papers (digest, text) VALUES (:digest, :text) ON CONFLICT (digest) DO NOTHING")

Result = dict[str, Any] | Refused


class CouponIn:
    """One coupon that came in: what the papers say, and the invoice of the service."""

    __slots__ = ("evidence", "invoice", "issued_on", "use")

    def __init__(self, use: Use, invoice: str, issued_on: str, evidence: Mapping[str, str]) -> None:
        """Put together what was verified and what the provider adds."""
        self.use, self.invoice, self.issued_on, self.evidence = use, invoice, issued_on, evidence

    def command(self, provider_id: str) -> UseCoupon:
        """The command that hands it in."""
        claims, receipt = self.use.presentation.claims, self.use.receipt
        assert receipt is not None, "only with a receipt it comes in"
        return UseCoupon(
            self.use.booklet.claims["bid"],
            claims["n"],
            provider_id,
            self.use.presentation.digest,
            receipt.digest,
            claims["on"],
            claims["rep"],
            self.invoice,
            self.issued_on,
            claims["gross"],
            claims["net"],
            self.evidence,
        )


def read_coupon(service: Service, papers: str, provider_id: str, keys: Mapping[str, str]) -> Use:
    """The papers of a coupon, every signature verified: the service's by its keys, the firm's and the provider's."""
    use = check_use(papers, keys)
    issued = known(service.ledger.state(BOOKLET, use.booklet.claims["bid"]))
    # The key that the log has is the one that counts; it is in the booklet, and both are ours.
    if issued.public_key != use.booklet.claims["cnf"]["jwk"]["x"]:
        raise BookletUnknown(pointer="/coupon")
    # A till's key that was revoked since still counts: what it received before cannot be told from what came after,
    # and who hands it in has proven at the service to be the provider.
    return check_receipt(papers, use, provider_id, service.ledger.state(SIGNER, provider_id).keys)


def hand_in(
    service: Service, coupons: Sequence[CouponIn | Refused], who: Who, provider_id: str, *, on: str = ""
) -> list[Result]:
    """Hand coupons in, each by itself: what the ledger answers, with the proof of a double use, or a refusal."""
    sound = [each for each in coupons if isinstance(each, CouponIn)]
    commands = [each.command(provider_id) for each in sound]
    asked = [Asked(application.use_coupon, command, who, on or service.today()) for command in commands]
    answered = iter(service.execute_all(asked))
    return [_result(service, each, next(answered)) if isinstance(each, CouponIn) else each for each in coupons]


def proofs_of(service: Service, booklet_id: str) -> list[str]:
    """The signed proofs of every double use of a booklet whose papers came in."""
    state = service.ledger.state(BOOKLET, booklet_id)
    known(state)
    found = [_proof(service, booklet_id, state, double) for double in state.doubles]
    return [proof for proof in found if proof]


def service_keys(service: Service) -> dict[str, str]:
    """The public keys of the service by their names."""
    return {key["kid"]: key["x"] for key in Keys(service.settings.data).public()["keys"]}


def _result(service: Service, coupon: CouponIn, outcome: Outcome | Refused) -> Result:
    if isinstance(outcome, Refused):
        return outcome
    use, shown = coupon.use, {"booklet_id": coupon.use.booklet.claims["bid"], **outcome.answer}
    assert use.receipt is not None, "only with a receipt it comes in"
    papers = {paper.digest: paper.text for paper in (use.booklet, use.presentation, use.receipt)}
    if shown["outcome"] != "double_use":
        # Who is told that a coupon was taken can rely on its papers being here when it is shown again.
        _keep(service.desk, papers)
        return shown
    state = service.ledger.state(BOOKLET, shown["booklet_id"])
    double = next((each for each in state.doubles if each.second_digest in papers), None)
    if double is None:  # So many were found before that no further one is put on record.
        return shown | {"party": "", "proof": ""}
    _keep(service.desk, papers)
    return shown | {"party": double.party, "proof": _proof(service, shown["booklet_id"], state, double)}


def _proof(service: Service, booklet_id: str, state: Booklet, double: booklet.DoubleUseFound) -> str:
    """The proof of a double use, or nothing where a paper of it is not here."""
    with service.desk.reading() as desk:
        wanted = PAPERS.c.digest.in_((double.first_digest, double.second_digest))
        texts = {row.digest: row.text for row in desk.execute(select(PAPERS).where(wanted))}
    first, second = texts.get(double.first_digest, ""), texts.get(double.second_digest, "")
    if not (first and second):
        return ""
    public_key = _key_of(service, state, double, first)
    return write_proof(booklet_id, double, public_key, (first, second), Keys(service.settings.data).current)


def _key_of(service: Service, state: Booklet, double: booklet.DoubleUseFound, paper: str) -> str:
    """The public key of who signed twice."""
    if double.party == "enterprise":
        return known(state).public_key
    return service.ledger.state(SIGNER, double.party_id).keys[signer_of(paper, RECEIPT)]


def _keep(desk: Desk, papers: Mapping[str, str]) -> None:
    with desk.writing() as connection:
        connection.execute(_KEEP, [{"digest": digest, "text": words} for digest, words in papers.items()])
