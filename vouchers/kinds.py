"""Every kind of stream: its name, its empty state, its fold and its events."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args

import vouchers.account.events
import vouchers.account.state
import vouchers.admission.events
import vouchers.admission.state
import vouchers.aid.events
import vouchers.aid.state
import vouchers.anchor.events
import vouchers.anchor.state
import vouchers.bankline.events
import vouchers.bankline.state
import vouchers.booklet.events
import vouchers.booklet.state
import vouchers.budget.events
import vouchers.budget.state
import vouchers.bundle.events
import vouchers.bundle.state
import vouchers.cap.events
import vouchers.cap.state
import vouchers.catalogue.events
import vouchers.catalogue.state
import vouchers.clearing.events
import vouchers.clearing.state
import vouchers.conduct.events
import vouchers.conduct.state
import vouchers.contract.events
import vouchers.contract.state
import vouchers.correction.events
import vouchers.correction.state
import vouchers.counter.events
import vouchers.counter.state
import vouchers.debt.events
import vouchers.debt.state
import vouchers.demand.events
import vouchers.demand.state
import vouchers.draw.events
import vouchers.draw.state
import vouchers.enterprise.events
import vouchers.enterprise.state
import vouchers.entitlement.events
import vouchers.entitlement.state
import vouchers.erasure.events
import vouchers.erasure.state
import vouchers.flow.events
import vouchers.flow.state
import vouchers.invoice.events
import vouchers.invoice.state
import vouchers.level.events
import vouchers.level.state
import vouchers.link.events
import vouchers.link.state
import vouchers.logkey.events
import vouchers.logkey.state
import vouchers.order.events
import vouchers.order.state
import vouchers.pair.events
import vouchers.pair.state
import vouchers.programme.events
import vouchers.programme.state
import vouchers.provider.events
import vouchers.provider.state
import vouchers.rating.events
import vouchers.rating.state
import vouchers.refusal.events
import vouchers.refusal.state
import vouchers.remittance.events
import vouchers.remittance.state
import vouchers.request.events
import vouchers.request.state
import vouchers.review.events
import vouchers.review.state
import vouchers.round.events
import vouchers.round.state
import vouchers.sample.events
import vouchers.sample.state
import vouchers.settlement.events
import vouchers.settlement.state
import vouchers.signer.events
import vouchers.signer.state
import vouchers.source.events
import vouchers.source.state
import vouchers.statement.events
import vouchers.statement.state
import vouchers.support.events
import vouchers.support.state
import vouchers.undertaking.events
import vouchers.undertaking.state
import vouchers.voucher.events
import vouchers.voucher.state
import vouchers.watch.events
import vouchers.watch.state
import vouchers.window.events
import vouchers.window.state

State = TypeVar("State")
Event = TypeVar("Event")


@dataclass(frozen=True, slots=True, eq=False)
class Kind(Generic[State, Event]):
    """One kind of stream.

    `tail` kinds carry their whole state in each event, so the last event alone is read.
    `dated` kinds refuse an event that takes effect before the stream's last one.
    """

    name: str
    empty: State
    evolve: Callable[[State, Event], State]
    events: tuple[type, ...]
    tail: bool = False
    dated: bool = False

    def stream(self, key: str) -> str:
        """The stream's name: kind/key."""
        return f"{self.name}/{key}"


def _events(union: Any) -> tuple[type, ...]:
    return get_args(union) or (union,)


PROGRAMME = Kind(
    "programme",
    vouchers.programme.state.Programme(),
    vouchers.programme.state.evolve,
    _events(vouchers.programme.events.Event),
)
BUDGET = Kind(
    "budget",
    vouchers.budget.state.Budget(),
    vouchers.budget.state.evolve,
    _events(vouchers.budget.events.Event),
    tail=True,
)
ENTERPRISE = Kind(
    "enterprise",
    vouchers.enterprise.state.Enterprise(),
    vouchers.enterprise.state.evolve,
    _events(vouchers.enterprise.events.Event),
)
ENTITLEMENT = Kind(
    "entitlement",
    vouchers.entitlement.state.Entitlement(),
    vouchers.entitlement.state.evolve,
    _events(vouchers.entitlement.events.Event),
)
VOUCHER = Kind(
    "voucher",
    vouchers.voucher.state.Voucher(),
    vouchers.voucher.state.evolve,
    _events(vouchers.voucher.events.Event),
    dated=True,
)
PROVIDER = Kind(
    "provider",
    vouchers.provider.state.Provider(),
    vouchers.provider.state.evolve,
    _events(vouchers.provider.events.Event),
)
ORDER = Kind(
    "order",
    vouchers.order.state.Order(),
    vouchers.order.state.evolve,
    _events(vouchers.order.events.Event),
    dated=True,
)
INVOICE = Kind(
    "invoice",
    vouchers.invoice.state.Invoice(),
    vouchers.invoice.state.evolve,
    _events(vouchers.invoice.events.Event),
)
REVIEW = Kind(
    "review",
    vouchers.review.state.Review(),
    vouchers.review.state.evolve,
    _events(vouchers.review.events.Event),
)
SETTLEMENT = Kind(
    "settlement",
    vouchers.settlement.state.Settlement(),
    vouchers.settlement.state.evolve,
    _events(vouchers.settlement.events.Event),
)
CAP = Kind(
    "cap",
    vouchers.cap.state.Usage(),
    vouchers.cap.state.evolve,
    _events(vouchers.cap.events.Event),
    tail=True,
)
WINDOW = Kind(
    "window",
    vouchers.window.state.Window(),
    vouchers.window.state.evolve,
    _events(vouchers.window.events.Event),
    dated=True,
)
LEVEL = Kind(
    "level",
    vouchers.level.state.Purse(),
    vouchers.level.state.evolve,
    _events(vouchers.level.events.Event),
)
SUPPORT = Kind(
    "support",
    vouchers.support.state.Support(),
    vouchers.support.state.evolve,
    _events(vouchers.support.events.Event),
)
REQUEST = Kind(
    "request",
    vouchers.request.state.Request(),
    vouchers.request.state.evolve,
    _events(vouchers.request.events.Event),
    tail=True,
)
REFUSAL = Kind(
    "refusal",
    vouchers.refusal.state.Refusals(),
    vouchers.refusal.state.evolve,
    _events(vouchers.refusal.events.Event),
)
SOURCE = Kind(
    "source",
    vouchers.source.state.Source(),
    vouchers.source.state.evolve,
    _events(vouchers.source.events.Event),
)
DEBT = Kind(
    "debt",
    vouchers.debt.state.Debts(),
    vouchers.debt.state.evolve,
    _events(vouchers.debt.events.Event),
)
ROUND = Kind(
    "round",
    vouchers.round.state.Round(),
    vouchers.round.state.evolve,
    _events(vouchers.round.events.Event),
)
CONDUCT = Kind(
    "conduct",
    vouchers.conduct.state.Conduct(),
    vouchers.conduct.state.evolve,
    _events(vouchers.conduct.events.Event),
)
LINK = Kind(
    "link",
    vouchers.link.state.Links(),
    vouchers.link.state.evolve,
    _events(vouchers.link.events.Event),
)
SAMPLE = Kind(
    "sample",
    vouchers.sample.state.Sample(),
    vouchers.sample.state.evolve,
    _events(vouchers.sample.events.Event),
)
DRAW = Kind(
    "draw",
    vouchers.draw.state.Draw(),
    vouchers.draw.state.evolve,
    _events(vouchers.draw.events.Event),
)
PAIR = Kind(
    "pair",
    vouchers.pair.state.Pair(),
    vouchers.pair.state.evolve,
    _events(vouchers.pair.events.Event),
)
ACCOUNT = Kind(
    "account",
    vouchers.account.state.Account(),
    vouchers.account.state.evolve,
    _events(vouchers.account.events.Event),
)
ADMISSION = Kind(
    "admission",
    vouchers.admission.state.Admission(),
    vouchers.admission.state.evolve,
    _events(vouchers.admission.events.Event),
    dated=True,
)
CATALOGUE = Kind(
    "catalogue",
    vouchers.catalogue.state.Catalogue(),
    vouchers.catalogue.state.evolve,
    _events(vouchers.catalogue.events.Event),
)
DEMAND = Kind(
    "demand",
    vouchers.demand.state.Demand(),
    vouchers.demand.state.evolve,
    _events(vouchers.demand.events.Event),
    dated=True,
)
RATING = Kind(
    "rating",
    vouchers.rating.state.Rating(),
    vouchers.rating.state.evolve,
    _events(vouchers.rating.events.Event),
    tail=True,
)
AID = Kind(
    "aid",
    vouchers.aid.state.Aid(),
    vouchers.aid.state.evolve,
    _events(vouchers.aid.events.Event),
)
CLEARING = Kind(
    "clearing",
    vouchers.clearing.state.Clearing(),
    vouchers.clearing.state.evolve,
    _events(vouchers.clearing.events.Event),
)
CONTRACT = Kind(
    "contract",
    vouchers.contract.state.Contract(),
    vouchers.contract.state.evolve,
    _events(vouchers.contract.events.Event),
    tail=True,
)
FLOW = Kind(
    "flow",
    vouchers.flow.state.Flow(),
    vouchers.flow.state.evolve,
    _events(vouchers.flow.events.Event),
    tail=True,
)
UNDERTAKING = Kind(
    "undertaking",
    vouchers.undertaking.state.Undertaking(),
    vouchers.undertaking.state.evolve,
    _events(vouchers.undertaking.events.Event),
)
WATCH = Kind(
    "watch",
    vouchers.watch.state.Watch(),
    vouchers.watch.state.evolve,
    _events(vouchers.watch.events.Event),
)
COUNTER = Kind(
    "counter",
    vouchers.counter.state.Counter(),
    vouchers.counter.state.evolve,
    _events(vouchers.counter.events.Event),
)
SIGNER = Kind(
    "signer",
    vouchers.signer.state.Signer(),
    vouchers.signer.state.evolve,
    _events(vouchers.signer.events.Event),
)
BOOKLET = Kind(
    "booklet",
    vouchers.booklet.state.Booklet(),
    vouchers.booklet.state.evolve,
    _events(vouchers.booklet.events.Event),
)
REMITTANCE = Kind(
    "remittance",
    vouchers.remittance.state.Remittance(),
    vouchers.remittance.state.evolve,
    _events(vouchers.remittance.events.Event),
)
STATEMENT = Kind(
    "statement",
    vouchers.statement.state.Statement(),
    vouchers.statement.state.evolve,
    _events(vouchers.statement.events.Event),
)
BANKLINE = Kind(
    "bankline",
    vouchers.bankline.state.BankLine(),
    vouchers.bankline.state.evolve,
    _events(vouchers.bankline.events.Event),
)
ANCHOR = Kind(
    "anchor",
    vouchers.anchor.state.Anchor(),
    vouchers.anchor.state.evolve,
    _events(vouchers.anchor.events.Event),
    tail=True,
)
ERASURE = Kind(
    "erasure",
    vouchers.erasure.state.Erasure(),
    vouchers.erasure.state.evolve,
    _events(vouchers.erasure.events.Event),
)
BUNDLE = Kind(
    "bundle",
    vouchers.bundle.state.Bundle(),
    vouchers.bundle.state.evolve,
    _events(vouchers.bundle.events.Event),
)
LOGKEY = Kind(
    "logkey",
    vouchers.logkey.state.LogKey(),
    vouchers.logkey.state.evolve,
    _events(vouchers.logkey.events.Event),
)

CORRECTION = Kind(
    "correction",
    vouchers.correction.state.Correction(),
    vouchers.correction.state.evolve,
    _events(vouchers.correction.events.Event),
)

KINDS: tuple[Kind[Any, Any], ...] = (
    PROGRAMME, BUDGET, ENTERPRISE, ENTITLEMENT, VOUCHER, PROVIDER, ORDER, INVOICE, REVIEW, SETTLEMENT, CAP,
    WINDOW, LEVEL, SUPPORT, REQUEST, REFUSAL, CONDUCT, LINK, SAMPLE, PAIR, WATCH, DEBT, ROUND, SOURCE,
    ACCOUNT, ADMISSION, CATALOGUE, DEMAND, RATING, AID, CLEARING, CONTRACT, FLOW, UNDERTAKING, COUNTER,
    SIGNER, BOOKLET, REMITTANCE, STATEMENT, BANKLINE, DRAW, ANCHOR, ERASURE, LOGKEY, BUNDLE, CORRECTION,
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}
