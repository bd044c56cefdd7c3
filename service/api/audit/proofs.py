"""Proofs that an entry is in the log and that the log only grew, and whose signatures to look for."""

from typing import Final

from flask import Response, jsonify, request

from schemas import audit as answers
from schemas.audit import ConsistencyQuery, InclusionQuery
from schemas.requests import PageQuery
from service.api.answering import Answer, encode_cursor, number_after
from service.api.asking import service
from service.api.audit.labels import label
from service.api.audit.tlog import newest
from service.api.blueprints import Blueprint
from service.audit.checkpoints import NoCheckpoint, Signed
from service.audit.trust import proposed_policy
from vouchers.audit import TlogProof, to_base64
from vouchers.merkle import EMPTY_ROOT

blueprint = Blueprint("proofs", __name__, url_prefix="/v1/audit")

_INCLUSION, _CONSISTENCY, _PAGE = InclusionQuery(), ConsistencyQuery(), PageQuery()
_TEXT: Final = "text/plain"
_SHOWN: Final = {"type": "string"}


@blueprint.get("/proofs/inclusion")
@blueprint.arguments(_INCLUSION, location="query")
@blueprint.response(200, answers.INCLUSION)
@blueprint.alt_response(200, schema=_SHOWN, content_type=_TEXT, description="A file of the form C2SP tlog-proof.")
def prove_inclusion(values: Answer) -> Response:
    """That an entry is in the log, as JSON, or with text/plain as a file that is checked offline."""
    seq, tree = values["seq"], service().ledger.tree
    size = values.get("size") or newest().checkpoint.size
    if seq >= size and "size" not in values:
        raise NoCheckpoint(f"The newest checkpoint has {size:,} entries.", pointer="/query/seq")
    signed, path = service().checkpoints.at(size), tree.inclusion(seq, size)
    if _wants_text():
        content = TlogProof(seq, tuple(path), _needed(signed).note).content
        return _file(content, f"seq{seq}.tlog-proof", size)
    told = {
        "seq": seq,
        "size": size,
        "leaf_hash": to_base64(tree.leaf(seq)),
        "root": to_base64(tree.root(size)),
        "proof": [to_base64(each) for each in path],
        "checkpoint": _text_of(signed),
        "position": tree.size(),
    }
    return label(jsonify(told), size, tree.root(size))


@blueprint.get("/proofs/consistency")
@blueprint.arguments(_CONSISTENCY, location="query")
@blueprint.response(200, answers.CONSISTENCY)
@blueprint.alt_response(200, schema=_SHOWN, content_type=_TEXT, description="A request for a witness (C2SP).")
def prove_consistency(values: Answer) -> Response:
    """That the log only grew, as JSON, or with text/plain as the request that a C2SP witness takes."""
    tree, old = service().ledger.tree, values["old"]
    new = values.get("new", -1)
    new = newest().checkpoint.size if new < 0 else new
    signed, path = service().checkpoints.at(new), tree.consistency(old, new)
    if _wants_text():
        lines = [f"old {old}", *map(to_base64, path), "", ""]
        return _file("\n".join(lines).encode() + _needed(signed).note.content, f"from{old}to{new}.txt", new)
    told = {
        "from": old,
        "to": new,
        "old_root": to_base64(tree.root(old) if old else EMPTY_ROOT),
        "new_root": to_base64(tree.root(new)),
        "proof": [to_base64(each) for each in path],
        "checkpoint": _text_of(signed),
        "position": tree.size(),
    }
    return label(jsonify(told), new, tree.root(new))


@blueprint.get("/checkpoints")
@blueprint.arguments(_PAGE, location="query")
@blueprint.response(200, answers.CHECKPOINTS)
def list_checkpoints(values: Answer) -> Response:
    """Every checkpoint that the log signed, the oldest first."""
    checkpoints, tree = service().checkpoints, service().ledger.tree
    after = number_after(values["cursor"]) if "cursor" in values else -1
    page = checkpoints.page(after, values["limit"])
    # The end is no end: whoever follows the log comes back with the same cursor.
    following = encode_cursor(page[-1].checkpoint.size if page else after)
    size, root = tree.head()
    return label(jsonify({"items": [_shown(each) for each in page], "next": following, "position": size}), size, root)


@blueprint.get("/trust-policy")
@blueprint.response(200, _SHOWN, content_type=_TEXT)
@blueprint.alt_response(404, "Problem404")
def show_trust_policy() -> Response:
    """The keys of the log and its witnesses as a trust file (C2SP tlog-policy), to compare with the one on paper."""
    checkpoint = newest().checkpoint
    witnesses = [witness.keys for witness in service().settings.witness]
    text = proposed_policy(service().checkpoints.keys.public, witnesses)
    return label(Response(text, content_type="text/plain; charset=utf-8"), checkpoint.size, checkpoint.root)


def _shown(signed: Signed) -> Answer:
    origin = signed.checkpoint.origin
    return {
        "size": signed.checkpoint.size,
        "root": to_base64(signed.checkpoint.root),
        "signed_at": signed.signed_at,
        "cosigners": sorted({each.name for each in signed.note.signatures if each.name != origin}),
        "note": signed.note.content.decode(),
    }


def _wants_text() -> bool:
    return request.accept_mimetypes.best_match(["application/json", _TEXT]) == _TEXT


def _needed(signed: Signed | None) -> Signed:
    """The checkpoint without which a file cannot be checked."""
    if signed is None:
        raise NoCheckpoint(pointer="/query", remedy="Ask for the size of a checkpoint, or for JSON.")
    return signed


def _text_of(signed: Signed | None) -> str:
    return signed.note.content.decode() if signed else ""


def _file(content: bytes, name: str, size: int) -> Response:
    response = Response(content, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Vary"] = "Accept"
    return label(response, size, service().ledger.tree.root(size))
