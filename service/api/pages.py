"""What the reads of views answer, for the document of the interface: schemas made of the columns of their rows."""

from collections.abc import Iterable
from typing import Any, Final

from marshmallow import Schema, fields
from sqlalchemy import Integer

from schemas.answers import WORDS, page_of, said, several
from schemas.answers_commands import MONEY, SIGNED
from schemas.shapes import TEXT, TRUTH, Shape, count, or_none
from schemas.values import Money
from service.projections.catalogues import Product
from service.projections.courses import Judged
from service.projections.demands import Demand, Offer
from service.projections.entitlements import Finding
from service.projections.programmes import Policy
from service.projections.providers import Application, Provider, Site
from service.projections.refusals import Refusal
from service.projections.regions import Clearing, ClearingPosition, RegionFlow
from service.projections.reviews import Signal
from service.projections.settlements import SettlementLine
from service.projections.supervision import Act, Check
from service.projections.tables import Row, table_of

OBJECT: Final[Shape] = {"type": "object"}
_TRACKED: Final = {"position": said(WORDS["position"])}


def made(title: str, about: str, /, **members: Any) -> Schema:
    """A schema of members that are given with what they are."""
    schema: Schema = type(title, (Schema,), {**members, "__doc__": about})()
    return schema


def shown(title: str, about: str, /, **members: Any) -> Schema:
    """The same with the position that it is as of."""
    return made(title, about, **members, **_TRACKED)


def words(names: str) -> dict[str, Any]:
    """Members that are texts, days or amounts by their names; texts and days may be empty."""
    return {name: _member(name, is_number=False) for name in names.split()}


def of_row(row: type[Row], without: str = "", money: Iterable[str] = MONEY, **members: Any) -> Schema:
    """The schema of a view's row; some columns are left out, others are told as something else."""
    left = {*without.split(), *members}
    columns = [column for column in table_of(row).columns if column.name not in left]
    found = {
        column.name: _member(column.name, is_number=isinstance(column.type, Integer), money=money) for column in columns
    }
    return made(f"{row.__name__}Row", (row.__doc__ or "").split("\n")[0], **found, **members)


def _member(name: str, *, is_number: bool, money: Iterable[str] = MONEY) -> fields.Field[Any]:
    if name in money:
        return fields.Nested(Money(), required=True)
    if is_number:
        return said(count())
    return said(or_none("Day") if name.endswith("_on") else TEXT)


def _counts(names: str) -> dict[str, Any]:
    return {name: said(count()) for name in names.split()}


def _money(names: str) -> dict[str, Any]:
    return {name: fields.Nested(Money(), required=True) for name in names.split()}


_NUMBERS: Final = said({"type": "object", "additionalProperties": count()})
_THINGS: Final = several(said(OBJECT))
_SELDOM: Final = {name: said(TEXT, required=False) for name in ("account_ref", "reason")}
_PERHAPS: Final[Shape] = {"anyOf": [{"$ref": "#/components/schemas/Money"}, {"type": "null"}]}

# Figures.
_PARTS: Final = "take_up value orders days market samples supervision recovery"
INDICATORS: Final = shown(
    "Indicators",
    "Every indicator of a period; shares are basis points.",
    **words("programme period on"),
    **{part: said(OBJECT) for part in _PARTS.split()},
)
UNUSED: Final = page_of(of_row(Judged))
EXPOSURE: Final = shown(
    "Exposure",
    "What a period has promised and may still have to pay.",
    **words("programme period on currency"),
    **_money("appropriated entitled over_entitled unused reserved claimed committed paid open"),
    **_money("lapsed expired returned revoked clawed_back"),
    free=said(SIGNED),
    categories=_THINGS,
)
DECISIONS: Final = shown(
    "Decisions",
    "How many were granted, denied and refused.",
    **words("programme period"),
    **dict.fromkeys(("decisions", "denials", "refusals"), _NUMBERS),
)
LEVELS: Final = page_of(
    made("Level", "What a level of government pays.", **words("level"), **_counts("orders"), **_money("granted paid"))
)
_WAITING: Final = made(
    "Waiting", "An order that waits for money.", **words("order_id enterprise_id amount"), **_counts("place")
)
ROUND: Final = shown(
    "Round",
    "Who waits for a pool's money.",
    **words("round closes_on free"),
    **_counts("number"),
    waiting=several(_WAITING),
)
_YEAR: Final = made(
    "SupportYear",
    "A year of a platform.",
    **words("period paid_on"),
    **{name: said(_PERHAPS) for name in ("market_income", "total_income", "rd_part", "degressive_part", "amount")},
    performance_bp=said({"type": ["integer", "null"]}),
)
SUPPORT: Final = page_of(_YEAR)
_SEED: Final = made("Seed", "What is published of a seed.", **words("period commitment last_on seed_hex"))
SAMPLES: Final = shown(
    "Samples", "What is published of the seeds.", **words("sampling_commitment"), items=several(_SEED)
)
DRAWS: Final = shown(
    "Draws", "What drawing again found.", **words("programme period first_difference"), **_counts("agreeing drawn")
)

# The market.
_ACCREDITED: Final = made("AccreditedDays", "The days of an accreditation.", **words("category from_on until_on"))
_FEE: Final = made("FeeOfDay", "A fee from a day on.", **words("from_on fee"))
PROVIDER: Final = made(
    "ProviderPage",
    "What is published of a provider.",
    **of_row(Provider, "facts account_ref reason").fields,
    **_SELDOM,
    **_TRACKED,
    facts=said(OBJECT),
    accreditations=several(_ACCREDITED),
    sites=several(of_row(Site, account_ref=_SELDOM["account_ref"])),
)
APPLICATIONS: Final = page_of(of_row(Application))
APPLICATION: Final = shown(
    "ApplicationWhole",
    "A provider's latest application.",
    **words("provider_id status programme notice_first_on notice_last_on"),
    reasons=_THINGS,
    objections=_THINGS,
)
PRODUCTS: Final = page_of(of_row(Product, "seq", fees=several(_FEE)))
DEMANDS: Final = page_of(of_row(Demand, "seq", {"budget"}))
DEMAND: Final = made(
    "DemandWhole",
    "A demand with its offers.",
    **of_row(Demand, "seq", {"budget"}).fields,
    **_TRACKED,
    offers=several(of_row(Offer)),
)

_SEEN: Final = made("SignalSeen", "A signal that shows.", **words("order_id redemption_id signal text"))
SCAN: Final = shown("Scan", "What shows over many claims.", **words("programme since_on"), found=several(_SEEN))

# How parties stand.
_DECISION: Final = made(
    "Decision", "A decision that stands.", **words("programme period outcome decided_on policy_version")
)
_FINDING: Final = of_row(Finding, "seq closed_on closing", detail=said({}))
ENTERPRISE: Final = shown(
    "EnterpriseRecord",
    "What is on record of an enterprise.",
    **words("enterprise_id as_of_on stated_on source digest credit_tier successor"),
    facts=said(OBJECT),
    known_days=several(said("Day")),
    predecessors=several(said(TEXT)),
    decisions=several(_DECISION),
    findings=several(_FINDING, required=False),
)
FACTS: Final = shown(
    "FactsOfDay",
    "The facts that held on a day.",
    **words("enterprise_id on as_of_on source digest"),
    facts=said(OBJECT),
)
AID: Final = shown("AidOfDay", "Aid within each ceiling.", **words("enterprise_id on"), aid=_THINGS)
FINDINGS: Final = page_of(_FINDING)
REFUSALS: Final = page_of(
    of_row(Refusal, "seq", reasons=_THINGS, amount=fields.Nested(Money(), required=False), rec=said("Instant"))
)
ACTS: Final = page_of(of_row(Act, "seq"))
SIGNALS: Final = page_of(of_row(Signal))
CHECKS: Final = page_of(of_row(Check))
LINKS: Final = page_of(
    made("Link", "A link.", **words("other kind direction from_on until_on source digest by"), **_counts("share_bp"))
)
SOURCES: Final = page_of(
    made("Source", "A source with its outages.", **words("source"), outages=_THINGS, allowed=said(OBJECT))
)

# What is owed.
_OWED: Final = "party_id debt_id order_id programme currency demanded due_on status principal interest owed received"
_DEBT: Final = made("Debt", "A debt as it stands today.", **words(f"{_OWED} netted written_off"))
DEBTS: Final = page_of(_DEBT)
_PART: Final = made("Instalment", "A part of a plan.", **words("due_on amount"))
DEBT: Final = shown(
    "DebtWhole",
    "A debt with its plan.",
    **words(f"{_OWED} netted written_off reason interest_from_on"),
    plan=several(_PART),
)
ACCOUNTS: Final = page_of(made("Account", "Where a party is paid.", **words("site_id account_ref proposed_ref")))
PAYMENTS: Final = page_of(of_row(SettlementLine, "seq"))
MOVEMENTS: Final = page_of(
    made(
        "Movement",
        "A movement of money.",
        **words("day what programme settlement_id order_id redemption_id instruction_id payee_id"),
        **words("from_account to_account currency netted bank_reference"),
        amount=said(SIGNED),
    )
)
CLEARINGS: Final = page_of(of_row(Clearing, "stated_seq", gross=said(SIGNED)))
CLEARING: Final = shown(
    "ClearingWhole",
    "A month's clearing.",
    **words("programme month status proposed_by approved_by"),
    positions=several(of_row(ClearingPosition, "clearing seq")),
    flows=several(of_row(RegionFlow, "clearing")),
    nets=said({"type": "object", "additionalProperties": SIGNED}),
    due=several(said(TEXT)),
)
_LOT: Final = made(
    "Lot",
    "What a voucher pays.",
    **words("voucher_id enterprise_id programme period reserved claimed paid clawed_back"),
)
LOTS: Final = shown(
    "OrderSources",
    "Who pays an order.",
    **words("order_id pool"),
    lots=several(_LOT),
    levels=several(made("LevelPart", "What a level bears.", **words("level amount"))),
)

# Policies and proposals.
_RULES: Final = "programme version title effective_on ends_on digest"
CHECKED: Final = made(
    "PolicyChecked",
    "Whether a policy is sound.",
    **{name: said(TEXT, required=False) for name in _RULES.split()},
    **_TRACKED,
    sound=said(TRUTH),
    faults=several(made("PolicyFault", "A fault of a policy.", **words("path fault remedy"))),
)
SHIPPED: Final = page_of(made("ShippedPolicy", "A policy that comes with the program.", **words(f"name {_RULES}")))
DOCUMENT: Final = shown("ShippedDocument", "A policy as a document.", **words("name"), document=said(OBJECT))
POLICIES: Final = page_of(of_row(Policy))
POLICY: Final = shown(
    "PolicyWhole",
    "A policy as it was adopted.",
    **words("programme version effective_on ends_on digest proposed_by approved_by"),
    document=said(OBJECT),
)
_PROPOSAL: Final = words("proposal_id kind programme proposed_by status decided_by") | {
    "terms": said(OBJECT),
    "proposed_at": said("Instant"),
}
PROPOSAL: Final = shown("ProposalWhole", "A proposal and what became of it.", **_PROPOSAL)
PROPOSALS: Final = page_of(made("Proposal", "A proposal.", **_PROPOSAL))
# What was adopted, or what the two pools have now.
APPROVED: Final = shown(
    "ProposalApproved",
    "What the approval of a proposal answers.",
    **words("proposal_id status"),
    **{name: said(TEXT, required=False) for name in ("programme", "version", "digest", "budget", "to")},
    **{name: fields.Nested(Money(), required=False) for name in ("appropriated", "to_appropriated")},
)
LOOKED: Final = shown(
    "SecondLook",
    "What a second look found, and what was recorded before it.",
    **words("enterprise_id"),
    looks=_THINGS,
    over=_THINGS,
    recorded=said(TRUTH, required=False),
    predecessors=several(said(TEXT), required=False),
    programmes=said(OBJECT, required=False),
)
