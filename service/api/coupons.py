"""Coupons: keys that parties sign with, booklets set aside in orders, and coupons that come in from counters."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, jsonify, request

from schemas import answers_counter as answers
from schemas.counter import BookletBody, ClosingBody, SignerBody, SignerRevocationBody, SyncBody
from schemas.problems import problem
from schemas.requests import PageQuery
from schemas.values import amount_in, key_of
from service.api.answering import Answer, act, money, number_after, page, reading, with_money
from service.api.asking import caller, idempotency_key, predecessors, service
from service.api.blueprints import Blueprint
from service.belonging import check_booklet, check_order
from service.counter.papers import write_booklet
from service.counter.signing import Keys
from service.counter.syncing import CouponIn, Result, hand_in, proofs_of, read_coupon, service_keys
from service.projections.booklets import Booklet as Row
from service.projections.booklets import booklets
from service.wiring import Who
from vouchers import application
from vouchers.booklet.decisions import CloseBooklet, IssueBooklet, known, place_of
from vouchers.booklet.events import Issued
from vouchers.booklet.state import Booklet
from vouchers.identifiers import make_code
from vouchers.kinds import BOOKLET, ORDER, SIGNER
from vouchers.refusals import Refused
from vouchers.signer.decisions import RegisterSigner, RevokeSigner

blueprint = Blueprint("coupons", __name__, url_prefix="/v1/counter")

_MONEY: Final = frozenset({"amount", "greatest_loss"})
_SIGNER, _REVOCATION, _SYNC = SignerBody(), SignerRevocationBody(), SyncBody()
_BOOKLET, _CLOSING, _PAGE = BookletBody(), ClosingBody(), PageQuery()


@blueprint.get("/keys")
@blueprint.response(200, answers.KEYS)
def show_keys() -> Response:
    """The public keys that booklets and proofs of this service are signed with, to be checked without a network."""
    return jsonify(Keys(service().settings.data).public())


@blueprint.get("/signers")
@blueprint.response(200, answers.SIGNERS)
def list_signers() -> Response:
    """The keys that the caller signs with at the counter."""
    state = service().ledger.state(SIGNER, caller().subject)
    items = [
        {"key_id": key_id, "public_key": public_key, "revoked": key_id in state.revoked}
        for key_id, public_key in state.keys.items()
    ]
    return jsonify({"items": items})


@blueprint.post("/signers")
@blueprint.arguments(_SIGNER)
@blueprint.response(201, answers.SIGNER)
def register_signer(values: Answer) -> Response:
    """Register a key: the public half, whose private half never leaves the caller's device."""
    return act(application.register_signer, RegisterSigner(caller().subject, values["public_key"]), dict, 201)


@blueprint.post("/signers/revocation")
@blueprint.arguments(_REVOCATION)
@blueprint.response(200, answers.SIGNER)
def revoke_signer(values: Answer) -> Response:
    """Revoke a key; booklets that were issued on it stay good."""
    return act(application.revoke_signer, RevokeSigner(caller().subject, **values), dict)


@blueprint.post("/booklets")
@blueprint.arguments(_BOOKLET)
@blueprint.response(201, answers.BOOKLET_ISSUED)
def issue_booklet(values: Answer) -> Response:
    """Issue coupons on orders of the caller, and say what can be lost at most; the booklet goes to its device."""
    enterprise_id, booklet_id = caller().subject, make_code("B", caller().actor, idempotency_key())
    currencies = [check_order(caller(), _order(order_id), predecessors).currency for order_id in values["orders"]]
    amount = amount_in(currencies[0] if currencies else values["amount"]["currency"], values, "amount")
    command = IssueBooklet(
        booklet_id,
        enterprise_id,
        values["key_id"] or _only_key(enterprise_id),
        tuple(values["orders"]),
        values["coupons"],
        amount,
        values["use_by_on"],
        values["sync_by_on"],
    )
    response = act(application.issue_booklet, command, _issued, 201)
    response.headers["Location"] = f"/v1/counter/booklets/{booklet_id}"
    return response


@blueprint.get("/booklets")
@blueprint.arguments(_PAGE, location="query")
@blueprint.response(200, answers.BOOKLETS)
def list_booklets(values: Answer) -> Response:
    """The caller's booklets in the order of their issue, or all of them for those who may see all."""
    firms = (caller().subject, *predecessors()) if caller().role == "enterprise" else ()
    with reading(values.get("after")) as (session, position):
        after = number_after(values.get("cursor"), start=-1)
        rows = booklets(session, enterprise_ids=firms, after=after, limit=values["limit"])
        items = [_listed(row) for row in rows]
    return page(items, rows[-1].seq if len(rows) == values["limit"] else None, position)


@blueprint.get("/booklets/<name:booklet_id>")
@blueprint.response(200, answers.BOOKLET)
def show_booklet(booklet_id: str) -> Response:
    """A booklet: what is still out, what can be lost at most, which coupons were used and which twice."""
    check_booklet(caller(), _state(booklet_id), predecessors)
    return jsonify(_shown(booklet_id))


@blueprint.post("/booklets/<name:booklet_id>/closing")
@blueprint.arguments(_CLOSING)
@blueprint.response(200, answers.BOOKLET_CLOSED)
def close_booklet(values: Answer, booklet_id: str) -> Response:
    """End a booklet after its last day; what is left of its orders returns to the voucher, unless they are kept."""
    check_booklet(caller(), _state(booklet_id), predecessors)
    return act(application.close_booklet, CloseBooklet(booklet_id, **values), _in_money)


@blueprint.get("/booklets/<name:booklet_id>/proofs")
@blueprint.response(200, answers.PROOFS)
def list_proofs(booklet_id: str) -> Response:
    """The signed proofs of who used a coupon of the booklet twice, or handed one in twice."""
    check_booklet(caller(), _state(booklet_id), predecessors)
    return jsonify({"items": proofs_of(service(), booklet_id)})


@blueprint.post("/coupons/sync")
@blueprint.arguments(_SYNC)
@blueprint.response(200, answers.SYNCED)
def sync_coupons(values: Answer) -> Response:
    """A provider hands in what it accepted without a network; each coupon is answered by itself and may be repeated."""
    firm = caller()
    keys = service_keys(service())
    coupons = [_read(item, number, keys) for number, item in enumerate(values["coupons"])]
    results = hand_in(service(), coupons, Who(firm.actor, firm.role), firm.subject)
    return jsonify({"results": [_told(result) for result in results], "position": service().ledger.size()})


def _read(item: Answer, number: int, keys: Mapping[str, str]) -> CouponIn | Refused:
    try:
        use = read_coupon(service(), item["coupon"], caller().subject, keys)
        place = place_of(_state(use.booklet.claims["bid"]), caller().subject)
        check_order(caller(), _order(place.order_id), predecessors)
        invoice = key_of(item["invoice"], "/invoice")
    except Refused as refused:
        refused.pointer = f"/coupons/{number}{refused.pointer}"
        return refused
    return CouponIn(use, invoice, item["issued_on"], item["evidence"])


def _told(result: Result) -> Answer:
    if isinstance(result, Refused):
        return {"outcome": "refused", "problem": problem(result, request.path)}
    shown: dict[str, Any] = {name: value for name, value in result.items() if name not in ("amount", "currency")}
    return shown | {"claimed": money(result["amount"], result["currency"])}


def _shown(booklet_id: str) -> Answer:
    state = _state(booklet_id)
    issued = known(state)
    used = [
        {
            "number": each.number,
            "order_id": each.order_id,
            "provider_id": each.provider_id,
            "redemption_id": each.redemption_id,
            "delivered_on": each.delivered_on,
            "claimed": money(each.amount, issued.currency),
        }
        for each in state.used.values()
    ]
    doubles = [{"number": each.number, "party": each.party, "party_id": each.party_id} for each in state.doubles]
    return {
        "booklet_id": booklet_id,
        "booklet": _text(booklet_id, issued),
        "enterprise_id": issued.enterprise_id,
        "key_id": issued.key_id,
        "places": [{"order_id": place.order_id, "provider_id": place.provider_id} for place in issued.places],
        "coupons": issued.coupons,
        "amount": money(issued.amount, issued.currency),
        "use_by_on": issued.use_by_on,
        "sync_by_on": issued.sync_by_on,
        "unused": state.unused,
        "greatest_loss": money(state.greatest_loss, issued.currency),
        "used": used,
        "double_uses": doubles,
        "closed": state.closed is not None,
    }


def _issued(answer: Answer) -> Answer:
    """What issuing answers: the booklet's text follows from what was issued, so that a repetition answers the same."""
    number = answer["booklet_id"]
    return _in_money(answer) | {"booklet": _text(number, known(_state(number)))}


def _in_money(answer: Answer) -> Answer:
    return with_money(answer, answer["currency"], _MONEY)


def _text(booklet_id: str, issued: Issued) -> str:
    return write_booklet(booklet_id, issued, Keys(service().settings.data).current)


def _listed(row: Row) -> Answer:
    """A booklet of a list: what is still out, and what came in."""
    names = ("booklet_id", "enterprise_id", "coupons", "used", "double_uses", "use_by_on", "sync_by_on")
    amounts = {"amount": row.amount, "claimed": row.claimed, "greatest_loss": row.greatest_loss}
    shown = {name: getattr(row, name) for name in names}
    return shown | {name: money(value, row.currency) for name, value in amounts.items()} | {"closed": bool(row.closed)}


def _only_key(enterprise_id: str) -> str:
    """The key of an enterprise that has one in use; which of several is meant, only it can say."""
    state = service().ledger.state(SIGNER, enterprise_id)
    current = [key_id for key_id in state.keys if key_id not in state.revoked]
    return current[0] if len(current) == 1 else "none"


def _state(booklet_id: str) -> Booklet:
    return service().ledger.state(BOOKLET, booklet_id)


def _order(order_id: str) -> Any:
    return service().ledger.state(ORDER, order_id)
