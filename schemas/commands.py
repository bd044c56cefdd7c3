"""What a request must say to run a command: a schema made of the command's own fields and their checks."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, Final, cast

from marshmallow import fields as members
from marshmallow import validate

from schemas import shapes
from schemas.described import check_described
from schemas.faults import MESSAGES, Body, Fault, FieldOfAnotherType
from schemas.shapes import Shape
from schemas.values import (
    Checked,
    InvoiceNumber,
    Money,
    choice,
    credit_code,
    day,
    digest,
    digests,
    flag,
    money,
    name,
    text,
    with_tuples,
)
from vouchers import texts
from vouchers.application.checking import CHECKS
from vouchers.application.reviewing import FAULTS
from vouchers.conduct.decisions import EFFECTS as SANCTION_EFFECTS
from vouchers.conduct.decisions import LADDER
from vouchers.days import check_day
from vouchers.enterprise.decisions import SUCCESSIONS
from vouchers.link.decisions import KINDS
from vouchers.money import WHOLE_BP
from vouchers.provider.decisions import EFFECTS, REMOVAL_EFFECTS
from vouchers.rating.decisions import MOST_STARS
from vouchers.review.decisions import OUTCOMES
from vouchers.texts import TIERS

# Fields of commands that count minor units; a request says them with their currency.
AMOUNTS: Final = frozenset(
    {"amount", "asked", "budget", "enterprise_amount", "fee", "gross", "market_income", "net"}
    | {"total_gross", "total_income", "total_net"}
)
# Fields that hold the key of an invoice; a request says its number and what belongs to it.
INVOICES: Final = frozenset({"invoice", "red_invoice"})
# Fields that name a firm, in the one spelling of its code.
FIRMS: Final = frozenset(
    {"enterprise_id", "holder_id", "party_id", "payee_id", "predecessor_id", "provider_id", "successor_id"}
)
# Fields without a default that may stay open all the same.
OPEN: Final[Mapping[str, str]] = {"RecordLink.until_on": "", "Sanction.until_on": ""}
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "ChangeCreditTier.tier": TIERS,
    "EndLink.link_kind": KINDS,
    "MoveTier.tier": TIERS,
    "Recheck.outcome": OUTCOMES,
    "RecordLink.link_kind": KINDS,
    "RecordSuccession.succession": SUCCESSIONS,
    "RejectReview.fault": FAULTS[1:],
    "Remove.effect": REMOVAL_EFFECTS,
    "Sanction.effect": SANCTION_EFFECTS,
    "Sanction.level": tuple(LADDER),
    "Suspend.effect": EFFECTS,
}
_MADE_BY: Final[Mapping[Callable[..., object], Callable[..., members.Field[Any]]]] = {
    texts.check_id: name,
    texts.check_words: text,
    texts.check_digest: digest,
    texts.check_digests: digests,
    check_day: day,
    CHECKS["barred_until_on"]: day,
    CHECKS["ProposeAccount.site_id"]: name,
}
_FACTUAL: Final = frozenset({"answers", "attributes", "facts"})
_LONGEST_LIST: Final = 1_000  # identifiers; what is more goes in several requests
_PARTY: Final[Shape] = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"}
_SHAPES: Final[Mapping[str, str | Shape]] = {
    "act": shapes.count(1),
    "currency": "Currency",
    "digest": {"type": "string", "pattern": "^([0-9a-f]{2}){0,32}$"},
    "enterprise_bp": shapes.count(0, WHOLE_BP),
    "month": {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"},
    "number": shapes.count(1),
    "performance_bp": shapes.count(0, WHOLE_BP),
    "share_bp": shapes.count(0, WHOLE_BP),
    "stars": shapes.count(1, MOST_STARS),
    "subcontracted_bp": shapes.count(0, WHOLE_BP),
    **dict.fromkeys(("controller", "other", "party", "subject"), _PARTY),
}
_ANY_TEXT: Final = shapes.any_words(texts.LONGEST_TEXT)
_FACTS: Final[Shape] = {**shapes.SHAPES["Facts"], "maxProperties": 60}
_TOO_MANY: Final = Fault(texts.TooMany(remedy=f"Give at most {_LONGEST_LIST:,}."))
_LIST: Final = MESSAGES | {"invalid": Fault(FieldOfAnotherType("It must be a list.", remedy="Give a list."))}


class InstalmentPart(Body):
    """A part of a debt: until when it is due, and how much it is."""

    due_on = day(required=True)
    amount = members.Nested(Money, required=True, error_messages=MESSAGES)


def body_of(command: type[Any], given: Collection[str] = (), optional: Collection[str] = ()) -> Body:
    """The schema of a command's request, without the fields that are given otherwise; `optional` may be left out."""
    made = {each.name: _member(command, each, optional) for each in fields(command) if each.name not in given}
    kind: type[Body] = type(f"{command.__name__}Body", (Body,), {"__doc__": command.__doc__, **made})
    return kind()


def _member(command: type[Any], field: Field[Any], optional: Collection[str]) -> members.Field[Any]:
    qualified = f"{command.__name__}.{field.name}"
    needed = field.default is MISSING and field.default_factory is MISSING
    options: dict[str, Any] = {"required": needed and field.name not in optional and qualified not in OPEN}
    if field.name in AMOUNTS:
        return money(**options)
    if field.name in INVOICES:
        return members.Nested(InvoiceNumber, **options, error_messages=MESSAGES)
    if field.name == "instalments":
        return members.List(members.Nested(InstalmentPart), **options, error_messages=_LIST)
    if qualified in _WORDS:
        return choice(*_WORDS[qualified], **options)
    if field.name in FIRMS:
        return credit_code(**options)
    return _checked(field, CHECKS.get(qualified) or CHECKS[field.name], options)


def _checked(field: Field[Any], check: Callable[..., object], options: dict[str, Any]) -> members.Field[Any]:
    """A member that the command's own check reads."""
    if check is texts.check_ids:
        short = validate.Length(max=_LONGEST_LIST, error=cast("str", _TOO_MANY))
        return members.List(name(), validate=short, **options, error_messages=_LIST)
    if field.type in (bool, "bool"):
        return flag(**options)
    if check in _MADE_BY:
        return _MADE_BY[check](**options)
    if field.name == "facts":
        return Checked(_passing(check, check_described), _FACTS, **options)
    shape = _FACTS if field.name in _FACTUAL else _SHAPES.get(field.name, _ANY_TEXT)
    return Checked(_passing(check), shape, **options)


def _passing(*checks: Callable[..., object]) -> Callable[[object], object]:
    """A value as it was said, if it passes these checks; what each of them returns is of no account."""

    def ask(value: object) -> object:
        kept = with_tuples(value)
        for check in checks:
            check(kept, "")
        return kept

    return ask
