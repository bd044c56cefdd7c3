"""Every kind of stream: its name, its empty state, its fold and its events."""

from collections.abc import Callable
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
from vouchers.values import Value

State = TypeVar("State")
Event = TypeVar("Event")


class Kind(Value, Generic[State, Event], eq=False):
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


def _kind(
    name: str,
    empty: State,
    evolve: Callable[[State, Event], State],
    union: Any,
    *,
    tail: bool = False,
    dated: bool = False,
) -> Kind[State, Event]:
    return Kind(name, empty, evolve, get_args(union) or (union,), tail=tail, dated=dated)


PROGRAMME = _kind(
    "programme", vouchers.programme.state.Programme(), vouchers.programme.state.evolve, vouchers.programme.events.Event
)
BUDGET = _kind(
    "budget", vouchers.budget.state.Budget(), vouchers.budget.state.evolve, vouchers.budget.events.Event, tail=True
)
ENTERPRISE = _kind(
    "enterprise",
    vouchers.enterprise.state.Enterprise(),
    vouchers.enterprise.state.evolve,
    vouchers.enterprise.events.Event,
)
ENTITLEMENT = _kind(
    "entitlement",
    vouchers.entitlement.state.Entitlement(),
    vouchers.entitlement.state.evolve,
    vouchers.entitlement.events.Event,
)
VOUCHER = _kind(
    "voucher",
    vouchers.voucher.state.Voucher(),
    vouchers.voucher.state.evolve,
    vouchers.voucher.events.Event,
    dated=True,
)
PROVIDER = _kind(
    "provider", vouchers.provider.state.Provider(), vouchers.provider.state.evolve, vouchers.provider.events.Event
)
ORDER = _kind(
    "order", vouchers.order.state.Order(), vouchers.order.state.evolve, vouchers.order.events.Event, dated=True
)
INVOICE = _kind(
    "invoice", vouchers.invoice.state.Invoice(), vouchers.invoice.state.evolve, vouchers.invoice.events.Event
)
REVIEW = _kind("review", vouchers.review.state.Review(), vouchers.review.state.evolve, vouchers.review.events.Event)
SETTLEMENT = _kind(
    "settlement",
    vouchers.settlement.state.Settlement(),
    vouchers.settlement.state.evolve,
    vouchers.settlement.events.Event,
)
CAP = _kind("cap", vouchers.cap.state.Usage(), vouchers.cap.state.evolve, vouchers.cap.events.Event, tail=True)
WINDOW = _kind(
    "window", vouchers.window.state.Window(), vouchers.window.state.evolve, vouchers.window.events.Event, dated=True
)
LEVEL = _kind("level", vouchers.level.state.Purse(), vouchers.level.state.evolve, vouchers.level.events.Event)
SUPPORT = _kind(
    "support", vouchers.support.state.Support(), vouchers.support.state.evolve, vouchers.support.events.Event
)
REQUEST = _kind(
    "request", vouchers.request.state.Request(), vouchers.request.state.evolve, vouchers.request.events.Event, tail=True
)
REFUSAL = _kind(
    "refusal", vouchers.refusal.state.Refusals(), vouchers.refusal.state.evolve, vouchers.refusal.events.Event
)
SOURCE = _kind("source", vouchers.source.state.Source(), vouchers.source.state.evolve, vouchers.source.events.Event)
DEBT = _kind("debt", vouchers.debt.state.Debts(), vouchers.debt.state.evolve, vouchers.debt.events.Event)
ROUND = _kind("round", vouchers.round.state.Round(), vouchers.round.state.evolve, vouchers.round.events.Event)
CONDUCT = _kind(
    "conduct", vouchers.conduct.state.Conduct(), vouchers.conduct.state.evolve, vouchers.conduct.events.Event
)
LINK = _kind("link", vouchers.link.state.Links(), vouchers.link.state.evolve, vouchers.link.events.Event)
SAMPLE = _kind("sample", vouchers.sample.state.Sample(), vouchers.sample.state.evolve, vouchers.sample.events.Event)
DRAW = _kind("draw", vouchers.draw.state.Draw(), vouchers.draw.state.evolve, vouchers.draw.events.Event)
PAIR = _kind("pair", vouchers.pair.state.Pair(), vouchers.pair.state.evolve, vouchers.pair.events.Event)
ACCOUNT = _kind(
    "account", vouchers.account.state.Account(), vouchers.account.state.evolve, vouchers.account.events.Event
)
ADMISSION = _kind(
    "admission",
    vouchers.admission.state.Admission(),
    vouchers.admission.state.evolve,
    vouchers.admission.events.Event,
    dated=True,
)
CATALOGUE = _kind(
    "catalogue", vouchers.catalogue.state.Catalogue(), vouchers.catalogue.state.evolve, vouchers.catalogue.events.Event
)
DEMAND = _kind(
    "demand", vouchers.demand.state.Demand(), vouchers.demand.state.evolve, vouchers.demand.events.Event, dated=True
)
RATING = _kind(
    "rating", vouchers.rating.state.Rating(), vouchers.rating.state.evolve, vouchers.rating.events.Event, tail=True
)
AID = _kind("aid", vouchers.aid.state.Aid(), vouchers.aid.state.evolve, vouchers.aid.events.Event)
CLEARING = _kind(
    "clearing", vouchers.clearing.state.Clearing(), vouchers.clearing.state.evolve, vouchers.clearing.events.Event
)
CONTRACT = _kind(
    "contract",
    vouchers.contract.state.Contract(),
    vouchers.contract.state.evolve,
    vouchers.contract.events.Event,
    tail=True,
)
FLOW = _kind("flow", vouchers.flow.state.Flow(), vouchers.flow.state.evolve, vouchers.flow.events.Event, tail=True)
UNDERTAKING = _kind(
    "undertaking",
    vouchers.undertaking.state.Undertaking(),
    vouchers.undertaking.state.evolve,
    vouchers.undertaking.events.Event,
)
WATCH = _kind("watch", vouchers.watch.state.Watch(), vouchers.watch.state.evolve, vouchers.watch.events.Event)
COUNTER = _kind(
    "counter", vouchers.counter.state.Counter(), vouchers.counter.state.evolve, vouchers.counter.events.Event
)
SIGNER = _kind("signer", vouchers.signer.state.Signer(), vouchers.signer.state.evolve, vouchers.signer.events.Event)
BOOKLET = _kind(
    "booklet", vouchers.booklet.state.Booklet(), vouchers.booklet.state.evolve, vouchers.booklet.events.Event
)
REMITTANCE = _kind(
    "remittance",
    vouchers.remittance.state.Remittance(),
    vouchers.remittance.state.evolve,
    vouchers.remittance.events.Event,
)
STATEMENT = _kind(
    "statement", vouchers.statement.state.Statement(), vouchers.statement.state.evolve, vouchers.statement.events.Event
)
BANKLINE = _kind(
    "bankline", vouchers.bankline.state.BankLine(), vouchers.bankline.state.evolve, vouchers.bankline.events.Event
)
ANCHOR = _kind(
    "anchor", vouchers.anchor.state.Anchor(), vouchers.anchor.state.evolve, vouchers.anchor.events.Event, tail=True
)
ERASURE = _kind(
    "erasure", vouchers.erasure.state.Erasure(), vouchers.erasure.state.evolve, vouchers.erasure.events.Event
)
BUNDLE = _kind("bundle", vouchers.bundle.state.Bundle(), vouchers.bundle.state.evolve, vouchers.bundle.events.Event)
LOGKEY = _kind("logkey", vouchers.logkey.state.LogKey(), vouchers.logkey.state.evolve, vouchers.logkey.events.Event)
CORRECTION = _kind(
    "correction",
    vouchers.correction.state.Correction(),
    vouchers.correction.state.evolve,
    vouchers.correction.events.Event,
)

KINDS: tuple[Kind[Any, Any], ...] = (
    PROGRAMME, BUDGET, ENTERPRISE, ENTITLEMENT, VOUCHER, PROVIDER, ORDER, INVOICE, REVIEW, SETTLEMENT, CAP,
    WINDOW, LEVEL, SUPPORT, REQUEST, REFUSAL, CONDUCT, LINK, SAMPLE, PAIR, WATCH, DEBT, ROUND, SOURCE,
    ACCOUNT, ADMISSION, CATALOGUE, DEMAND, RATING, AID, CLEARING, CONTRACT, FLOW, UNDERTAKING, COUNTER,
    SIGNER, BOOKLET, REMITTANCE, STATEMENT, BANKLINE, DRAW, ANCHOR, ERASURE, LOGKEY, BUNDLE, CORRECTION,
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}
