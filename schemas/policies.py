"""Policy documents at the border: TOML or JSON text to a checked, canonical document and its compiled policy."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields

from vouchers import wire
from vouchers.policy import Policy, PolicyFault, PolicyFaults, parse

LONGEST_TEXT: Final = 200_000  # characters
LARGEST_DOCUMENT: Final = 60_000  # bytes of canonical text; one log entry takes 65,535


def _whole() -> fields.Integer:
    """A whole number, never one that only looks like it."""
    return fields.Integer(strict=True)


def _words() -> fields.List[Any]:
    """A list of words."""
    return fields.List(fields.String())


class _Table(Schema):
    """Any table of a policy: it may name its clause and the source of its values, and nothing unknown."""

    class Meta:
        """Unknown keys are faults."""

        unknown = RAISE

    clause = fields.String()
    source = fields.Raw()


class TestSchema(_Table):
    """What a condition asks: one operator on one fact, a size class, or a combination."""

    __test__ = False

    any = fields.List(fields.Nested(lambda: TestSchema))
    all = fields.List(fields.Nested(lambda: TestSchema))
    class_ = fields.String(data_key="class")
    of = fields.String()
    fact = fields.String()
    one_of = fields.List(fields.Raw())
    none_of = fields.List(fields.Raw())
    includes = _words()
    starts_with = _words()
    not_starts_with = _words()
    below = _whole()
    at_most = _whole()
    at_least = _whole()
    is_true = fields.Boolean()
    is_false = fields.Boolean()
    older_than_months = _whole()
    within_months = _whole()


class ConditionSchema(_Table):
    """A condition with its code, its sentence and its remedy."""

    code = fields.String(required=True)
    text = fields.String(required=True)
    remedy = fields.String(required=True)
    of = fields.String()
    at = _words()
    test = fields.Nested(TestSchema, required=True)


class ProgrammeSchema(_Table):
    """Whose policy it is, from when, in which money."""

    code = fields.String(required=True)
    version = fields.String(required=True)
    title = fields.String(required=True)
    authority = fields.String(required=True)
    currency = fields.String(required=True)
    timezone = fields.String(required=True)
    effective_on = fields.String(required=True)
    ends_on = fields.String()
    grant = fields.String(required=True)
    payee = fields.String(required=True)
    cap_scope = fields.String(required=True)
    home_regions = _words()


class PeriodSchema(_Table):
    """The programme's period."""

    kind = fields.String(required=True)
    first_on = fields.String()
    last_on = fields.String()


class DeadlinesSchema(_Table):
    """The days that count after a grant."""

    use_by = fields.String(required=True)
    use_by_count = _whole()
    redeem_by_days = fields.Integer(strict=True, required=True)
    days_ahead = _whole()
    order_by_months = _whole()
    contract_after_grant = fields.Boolean()
    ends_within_use_by = fields.Boolean()
    extensions = _whole()
    extension_months = _whole()


class RoundingSchema(_Table):
    """How a share becomes a whole number of units."""

    mode = fields.String(required=True)
    unit = fields.Integer(strict=True, required=True)


class MoneySchema(_Table):
    """How sums are taken."""

    base = fields.String(required=True)
    rounding = fields.Nested(RoundingSchema, required=True)
    own_share_min_bp = _whole()
    exhaustion = fields.String(required=True)
    budget_total = _whole()


class OrderSchema(_Table):
    """What holds for every order."""

    independent = fields.Boolean()
    provider_outside_areas = _words()
    never = _words()
    evidence = fields.List(fields.String(), required=True)
    condition = fields.List(fields.Nested(ConditionSchema))


class ProviderSchema(_Table):
    """How providers get in."""

    notice_days = _whole()
    valid_months = _whole()
    publishes = _words()
    condition = fields.List(fields.Nested(ConditionSchema))


class SettlementSchema(_Table):
    """Who pays, how often, and what a breach takes back."""

    payer = fields.String(required=True)
    rhythm = fields.String(required=True)
    clawback_bp = fields.Integer(strict=True, required=True)
    measures = _words()


class BeneficiarySchema(_Table):
    """One class of beneficiaries."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    when = fields.Nested(TestSchema, required=True)
    vouchers = fields.List(fields.String(), required=True)
    condition = fields.List(fields.Nested(ConditionSchema), required=True)


class VoucherSchema(_Table):
    """One kind of voucher."""

    name = fields.String(required=True)
    face = fields.Integer(strict=True, required=True)
    condition = fields.List(fields.Nested(ConditionSchema))


class CapSchema(_Table):
    """One ceiling."""

    level = fields.String(required=True)
    limit = _whole()
    share_bp = _whole()
    count = _whole()
    period = fields.String()
    months = _whole()
    category = fields.String()
    pool = fields.String()
    region_digits = _whole()
    when = fields.List(fields.Nested(TestSchema))


class CategorySchema(_Table):
    """One spend category."""

    name = fields.String(required=True)
    vouchers = fields.List(fields.String(), required=True)
    rate_bp = _whole()
    subsidy = fields.Raw()
    base = fields.String()
    cap = _whole()
    max_per_order = _whole()
    min_cost = _whole()
    max_cost = _whole()
    pool = fields.String()
    provider_kinds = fields.List(fields.String(), required=True)
    qualifications = _words()
    requires = _words()
    never = _words()
    evidence = fields.List(fields.String(), required=True)
    condition = fields.List(fields.Nested(ConditionSchema))


class TierSchema(_Table):
    """How redemptions of one credit tier are checked."""

    sample_bp = fields.Integer(strict=True, required=True)
    evidence = fields.List(fields.String(), required=True)
    payment = fields.String(required=True)
    second_person = fields.Boolean()


class PolicySchema(_Table):
    """A whole policy document."""

    format = fields.Integer(strict=True, required=True)
    programme = fields.Nested(ProgrammeSchema, required=True)
    period = fields.Nested(PeriodSchema, required=True)
    deadlines = fields.Nested(DeadlinesSchema, required=True)
    money = fields.Nested(MoneySchema, required=True)
    order = fields.Nested(OrderSchema, required=True)
    provider = fields.Nested(ProviderSchema, required=True)
    settlement = fields.Nested(SettlementSchema, required=True)
    beneficiary = fields.List(fields.Nested(BeneficiarySchema), required=True)
    voucher = fields.Dict(fields.String(), fields.Nested(VoucherSchema), required=True)
    cap = fields.List(fields.Nested(CapSchema), required=True)
    subsidy = fields.Dict(fields.String(), fields.Raw())
    category = fields.Dict(fields.String(), fields.Nested(CategorySchema), required=True)
    tier = fields.Dict(fields.String(), fields.Nested(TierSchema), required=True)


def load_policy(policy: Path | str) -> tuple[Policy, dict[str, Any]]:
    """A policy and its document, from a file or from the text itself; raises PolicyFaults with every fault."""
    text = policy.read_text(encoding="utf-8-sig") if isinstance(policy, Path) else policy
    document = _document(text)
    faults = _faults(document)
    if faults:
        raise PolicyFaults(tuple(faults))
    return parse(document), document


def check(text: str) -> list[PolicyFault]:
    """Every fault of a policy text: where it is, what is wrong, what helps; nothing for a sound one."""
    try:
        return _faults(_document(text))
    except PolicyFaults as unreadable:
        return list(unreadable.faults)


def canonical(document: Mapping[str, object]) -> str:
    """The one spelling of a document, as the log keeps it; raises PolicyFaults on what the log cannot keep."""
    strange = list(_unstorable(document, ""))
    if strange:
        raise PolicyFaults(tuple(strange))
    return wire.canonical(document).decode()


def digest(document: Mapping[str, object]) -> str:
    """The SHA-256 of the canonical text in hexadecimal digits."""
    return sha256(canonical(document).encode()).hexdigest()


def shipped() -> dict[str, Path]:
    """The policies that come with the package, by the name of their file."""
    folder = Path(str(files("vouchers"))) / "policies"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _document(text: str) -> dict[str, Any]:
    """The tables of a TOML or JSON text; raises PolicyFaults with line and column where it cannot be read."""
    if len(text) > LONGEST_TEXT:
        raise _fault("", f"The text is longer than {LONGEST_TEXT:,} characters.", "Split the programme into policies.")
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        sentence, _, place = str(fault).rpartition(" (at ")
        raise _fault(place.rstrip(")"), f"This is not TOML: {sentence}.", "Correct this line.") from fault
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        raise _fault(place, f"This is not JSON: {fault.msg}.", "Correct this line.") from fault
    except RecursionError as fault:
        raise _fault("", "The tables are nested too deeply.", "Write the policy in flat tables.") from fault
    if not isinstance(document, dict):
        raise _fault("", "A policy is a table.", "Begin with the key format.")
    return document


def _faults(document: Mapping[str, Any]) -> list[PolicyFault]:
    """All faults of meaning and of shape, each path once, in the words that help most."""
    found = list(_unstorable(document, ""))
    if not found and len(canonical(document).encode()) > LARGEST_DOCUMENT:
        remedy = "Shorten texts, or split the programme into policies."
        found.append(PolicyFault("", f"The document is larger than {LARGEST_DOCUMENT:,} bytes.", remedy))
    try:
        parse(document)
    except PolicyFaults as faults:
        found.extend(faults.faults)
    try:
        PolicySchema().load(document)
    except ValidationError as invalid:
        found.extend(_of_shape(invalid.messages, ""))
    told: dict[str, PolicyFault] = {}
    for fault in found:
        if not any(fault.path == path or fault.path.startswith((f"{path}.", f"{path}[")) for path in told if path):
            told[fault.path] = fault
    return list(told.values())


def _of_shape(messages: object, path: str) -> Iterator[PolicyFault]:
    """The faults of the schema, its nesting written as paths."""
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            if key in {"key", "value", "_schema"}:
                yield from _of_shape(below, path)
            else:
                yield from _of_shape(below, f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}".strip("."))
    elif isinstance(messages, list):
        yield PolicyFault(path, " ".join(map(str, messages)), "See the shipped policies for an example.")


def _unstorable(value: object, path: str) -> Iterator[PolicyFault]:
    """What the log cannot keep for ever: broken numbers, dates that are not texts, names that are not plain."""
    match value:
        case Mapping():
            for key, below in value.items():
                if not (isinstance(key, str) and key.isascii() and key.isprintable()):
                    yield PolicyFault(path, f"The name {key!r} is not plain ASCII.", "Use letters, digits, - and _.")
                yield from _unstorable(below, f"{path}.{key}".strip("."))
        case list() | tuple():
            for index, below in enumerate(value):
                yield from _unstorable(below, f"{path}[{index}]")
        case bool() | str():
            return
        case int():
            if abs(value) > wire.MAX_INTEGER:
                yield PolicyFault(path, "This number is too large to be exact.", "Write a smaller number.")
        case float():
            yield PolicyFault(path, "Broken numbers are not exact.", "Use minor units or basis points.")
        case _:
            yield PolicyFault(path, f"A {type(value).__name__} cannot be kept.", "Write it as a text in quotes.")


def _fault(path: str, message: str, remedy: str) -> PolicyFaults:
    """One fault alone."""
    return PolicyFaults((PolicyFault(path, message, remedy),))
