"""How answers are told: one vocabulary of member names, and schemas made of names."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, fields

from schemas import shapes
from schemas.shapes import TEXT, TRUTH, Shape, or_none
from schemas.values import Checked, Money

_MONEY: Final = (
    "amount appropriated asked available base claimed clawed_back committed entitled expired expired_unrecorded face"
    " failed_amount free gross invoice_gross invoice_net lapsed net netted overpaid own_share paid paid_amount"
    " red_gross red_net released reserved returned revoked set_aside spendable subsidy total"
)
_NAMES: Final = (
    "category credential currency effect enterprise_id instruction_id invoice kind opinion order_id outcome payee"
    " payee_id period place policy_version pool programme provider_id redemption_id region role settlement_id"
    " status tier version voucher_id"
)
_COUNTS: Final = (
    "approvals_needed attempt count denials failed grants orders payments ratings refused refusals seq stars vouchers"
)
_DAYS: Final = (
    "adopted_on announced_on approved_on barred_until_on blocked_since closed_on contract_on day decided_on"
    " delivered_on eff effective_on ends_on facts_as_of_on from_on granted_on invoiced_on issued_on on paid_on"
    " proposed_on redeem_by_on registered_on reinstated_on removed_on requested_on since_on starts_on status_on"
    " suspended_on until_on use_by_on withdrawn_on"
)
_TEXTS: Final = (
    "account_ref actor approved_by authority bank_reference clause code detail event from_place name note"
    " proposed_by reason remedy removal requested_by reviewer rule sentence stream text title to_place withdrawn_by"
)
_POSITION: Final = {**shapes.count(), "description": "The number of log entries that this answer contains."}


def said(shape: str | Shape, **options: Any) -> Checked:
    """A member of an answer; answers are made by us, and so never checked again."""
    return Checked(lambda value: value, shape, **({"required": True} | options))


def _vocabulary() -> Mapping[str, str | Shape]:
    found: dict[str, str | Shape] = {}
    kinds: tuple[tuple[str, str | Shape], ...] = (
        (_MONEY, "Money"),
        (_NAMES, TEXT),
        (_COUNTS, shapes.count()),
        (_DAYS, "Day"),
        (_TEXTS, TEXT),
    )
    for names, shape in kinds:
        found |= dict.fromkeys(names.split(), shape)
    instants = dict.fromkeys(("created_at", "rec"), "Instant")
    truths = dict.fromkeys(("adds_up", "approved", "withdrawn"), TRUTH)
    digests = dict.fromkeys(("digest", "policy_digest", "sampling_commitment"), "Digest")
    return {**found, **instants, **truths, **digests, "currency": "Currency", "position": _POSITION}


# What a member of this name is, wherever it stands; a schema that means something else says so itself.
WORDS: Final = _vocabulary()


def member(name: str, **options: Any) -> fields.Field[Any]:
    """The member of this name."""
    if WORDS[name] == "Money":
        return fields.Nested(Money(), **({"required": True} | options))
    return said(WORDS[name], **options)


def answer(
    title: str, about: str, names: str, *, empty: str = "", seldom: str = "", **others: fields.Field[Any]
) -> Schema:
    """A schema of what is answered: members by their names.

    Those in `empty` may be an empty text where there is nothing yet; those in `seldom` are not always there; others
    are given with what they are.
    """
    members: dict[str, Any] = {name: member(name) for name in names.split()}
    members |= {name: said(or_none(WORDS[name])) for name in empty.split()}
    members |= {name: member(name, required=False) for name in seldom.split()}
    made = type(title, (Schema,), {**members, **others, "__doc__": about, "__module__": __name__})
    shown: Schema = made()
    return shown


def shown(title: str, about: str, names: str, **options: Any) -> Schema:
    """A schema of what is answered at a position of the log."""
    return answer(title, about, f"{names} position", **options)


def several(items: Schema | fields.Field[Any], **options: Any) -> fields.List[Any]:
    """A list of things."""
    inner = items if isinstance(items, fields.Field) else fields.Nested(items)
    return fields.List(inner, **({"required": True} | options))


def page_of(item: Schema) -> Schema:
    """A page of things, with the cursor of the next page or nothing."""
    about = f"A page: {(type(item).__doc__ or '').lower()}"
    following = said({"type": ["string", "null"], "description": "The cursor of the next page."})
    return shown(f"{type(item).__name__}Page", about, "", items=several(item), next=following)


def by_name(inner: Schema, **options: Any) -> fields.Dict:
    """Things by their names."""
    return fields.Dict(fields.String(), fields.Nested(inner), **({"required": True} | options))


_CODE: Final = {**TEXT, "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}


class ProblemError(Schema):
    """One fault or reason: where it is, its code, what is wrong, what helps; a policy's reason with its clause."""

    pointer = said({**TEXT, "description": "A JSON pointer (RFC 6901) into the body; or /query/, /headers/, /path/."})
    code = said(_CODE)
    detail = said(TEXT)
    remedy = said(TEXT)
    clause = said(TEXT, required=False)


class Problem(Schema):
    """Why a request was not done (RFC 9457)."""

    type = said({**TEXT, "format": "uri-reference", "description": "The page that explains the code."})
    title = said({**TEXT, "description": "The sentence of the code."})
    status = said(shapes.count(400, 599))
    detail = said({**TEXT, "description": "What is wrong this time."})
    instance = said({**TEXT, "format": "uri-reference", "description": "The address that was asked."})
    code = said({**_CODE, "description": "Stable, for programs."})
    remedy = said({**TEXT, "description": "What helps."})
    errors = fields.List(fields.Nested(ProblemError()), required=True)
    trace_id = said({**TEXT, "description": "The trace of the request, to quote to the operator."}, required=False)


PROBLEM = Problem()
