"""A programme year, day by day: every order is a story that asks for commands and says on which day it goes on."""

import hashlib
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Any, Final, TypeAlias

from service.demo.founding import LI, WANG, YEAR, Town
from service.demo.plans import Plan, make_plans
from service.wiring import Asked, Who
from vouchers import application
from vouchers.application import Outcome
from vouchers.application.ordering import LapseOrder
from vouchers.application.reviewing import ApproveReview, RejectReview
from vouchers.application.signalling import LiftHold
from vouchers.application.vouchering import ReturnValue
from vouchers.days import add_days
from vouchers.enterprise.decisions import ChangeCreditTier
from vouchers.identifiers import invoice_key
from vouchers.kinds import ORDER, REVIEW
from vouchers.order.decisions import (
    AcceptDelivery,
    CancelOrder,
    ClawBack,
    FileInvoice,
    RegisterOrder,
    RequestRedemption,
    ReverseRedemption,
)
from vouchers.provider.decisions import Reinstate, Suspend
from vouchers.refusals import Refused

Answer: TypeAlias = application.Answer | None  # None: the rules refused it
# A story yields the day on which it goes on, or commands of today, whose answers it is sent.
Story: TypeAlias = Generator[str | list[Asked], list[Answer], None]
Step: TypeAlias = Generator[str | list[Asked], list[Answer], Answer]
REVIEWERS: Final = (Who("reviewer:chen", "reviewer"), Who("reviewer:zhou", "reviewer"), Who("reviewer:wu", "reviewer"))
REGISTRAR: Final = Who("system:expiry", "system")
NEW_YEAR: Final = f"{YEAR + 1}-01-01"
_TOO_MUCH: Final = 60_000_000  # fen; twice the face of a voucher


@dataclass
class Diary:
    """What the year is told by: orders ready to be paid, payments, commands by name, refusals by code."""

    payable: dict[str, list[str]] = field(default_factory=dict)
    paid: list[str] = field(default_factory=list)
    commands: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    last_invoice: str = ""
    invoices: int = 0


class Year:
    """The agenda: stories by the day on which they go on; of one day, in the order of their beginning."""

    def __init__(self, town: Town, seed: int, say: Callable[[str], None]) -> None:
        """Plan the year without beginning it."""
        self.town = town
        self.service = town.service
        self.diary = Diary()
        self.on = ""
        self._say = say
        self._seed = seed
        self._evidence = {
            code: {kind for tier in policy.tiers.values() for kind in tier.evidence}
            for code, policy in town.policies.items()
        }

    def play(self, others: list[Story]) -> Diary:
        """Play everything, orders and the other stories, to the end."""
        stories = [*others, *map(self._order, make_plans(self.town, self._seed))]
        agenda = [(str(next(story)), number, story) for number, story in enumerate(stories)]
        heapify(agenda)
        while agenda:
            if agenda[0][0][:7] != self.on[:7]:
                done = f"{self.diary.commands.total():,} commands so far, {len(self.diary.paid):,} orders paid."
                self._say(f"{agenda[0][0][:7]}: {done}")
            self.on = agenda[0][0]
            due: list[tuple[int, Story, list[Answer] | None]] = []
            while agenda and agenda[0][0] == self.on:
                _, number, story = heappop(agenda)
                due.append((number, story, None))
            self._play_day(due, agenda)
        return self.diary

    def ask(self, use_case: Callable[..., application.Answer], command: Any, who: Who) -> Asked:
        """An ordinary command of today."""
        return Asked(use_case, command, who, self.on)

    def do(self, use_case: Callable[..., application.Answer], command: Any, who: Who) -> Step:
        """One command of today: its answer, or nothing where the rules refuse it."""
        [answer] = yield [self.ask(use_case, command, who)]
        return answer

    def _play_day(
        self, due: Sequence[tuple[int, Story, list[Answer] | None]], agenda: list[tuple[str, int, Story]]
    ) -> None:
        """Let everybody who is due do the next thing together, until all wait for another day."""
        while due:
            asking: list[tuple[int, Story, list[Asked]]] = []
            for number, story, answers in due:
                item = self._resume(story, answers)
                if isinstance(item, list):
                    asking.append((number, story, item))
                elif item:
                    heappush(agenda, (item, number, story))
            outcomes = iter(self.service.execute_all(asked for _, _, some in asking for asked in some))
            due = [
                (number, story, [self._noted(each, next(outcomes)) for each in some]) for number, story, some in asking
            ]

    def _resume(self, story: Story, answers: list[Answer] | None) -> str | list[Asked]:
        """What a story yields next: commands, a later day, or nothing at its end."""
        try:
            item = next(story) if answers is None else story.send(answers)
            while item == self.on:
                item = next(story)
        except StopIteration:
            return ""
        return item

    def _noted(self, asked: Asked, outcome: Outcome | Refused) -> Answer:
        self.diary.commands[asked.use_case.__name__] += 1
        if isinstance(outcome, Refused):
            self.diary.refused[outcome.code] += 1
            return None
        return outcome.answer

    def _order(self, plan: Plan) -> Story:
        """An order from its registration to where its fate takes it."""
        yield plan.register_on
        firm = Who(f"enterprise:{plan.grant.enterprise_id}", "enterprise")
        if plan.slip:
            yield from self.do(application.register_order, _wrong(plan, self.town), firm)
        registered = yield from self.do(application.register_order, _order_of(plan), firm)
        if registered is None:
            return
        if plan.fate == "cancelled":
            yield plan.starts_on
            yield from self.do(application.cancel_order, CancelOrder(plan.order_id, "the project was given up"), firm)
            return
        if plan.fate == "forgotten":
            yield f"{YEAR + 1}-04-01"
            yield from self.do(application.lapse_order, LapseOrder(plan.order_id), REGISTRAR)
            return
        yield from self._delivery(plan, firm)
        evidence = {
            kind: _digest(plan, kind) for kind in (*registered["evidence"], *self._evidence[plan.grant.programme])
        }
        yield from self._redemption(plan, RequestRedemption(plan.order_id, evidence))

    def _delivery(self, plan: Plan, firm: Who) -> Story:
        """The service is delivered and accepted, and the provider files its invoice."""
        yield add_days(plan.ends_on, plan.accept_after)
        yield from self.do(
            application.accept_delivery, AcceptDelivery(plan.order_id, plan.ends_on, _digest(plan, "report")), firm
        )
        yield add_days(self.on, plan.invoice_after)
        provider = _provider(plan)
        gross = plan.gross * 9 // 10 if plan.fate == "cheaper" else plan.gross
        if plan.fate == "twice" and self.diary.last_invoice:
            again = FileInvoice(plan.order_id, self.diary.last_invoice, self.on, gross, _net(gross))
            yield from self.do(application.file_invoice, again, provider)
        self.diary.invoices += 1
        number = f"{YEAR % 100}{self.town.regions[plan.provider_id][:2]}1{self.diary.invoices:015d}"
        self.diary.last_invoice = invoice_key(number)
        filed = FileInvoice(plan.order_id, self.diary.last_invoice, self.on, gross, _net(gross))
        yield from self.do(application.file_invoice, filed, provider)

    def _release(self, redemption_id: str, order_id: str) -> Story:
        """An officer looks at money that is held and lets it go."""
        if self.service.ledger.state(REVIEW, redemption_id).hold:
            yield add_days(self.on, 2)
            yield from self.do(application.lift_hold, LiftHold(order_id, "seen on site"), LI)

    def _redemption(self, plan: Plan, command: RequestRedemption) -> Story:
        """The claim, its review where the sample asks for one, and the ways back."""
        yield add_days(self.on, plan.redeem_after)
        provider = _provider(plan)
        answer = yield from self.do(application.request_redemption, command, provider)
        if answer is None:
            yield add_days(self.on, 45)
            answer = yield from self.do(application.request_redemption, command, provider)
        if answer is not None and answer["status"] == "requested" and plan.fate == "rejected":
            yield add_days(self.on, 3)
            reason = "the service report does not show the result"
            yield from self.do(application.reject_review, RejectReview(plan.order_id, reason), REVIEWERS[0])
            yield add_days(self.on, 7)
            answer = yield from self.do(application.request_redemption, command, provider)
        elif answer is not None and plan.fate == "withdrawn":
            yield add_days(self.on, 1)
            yield from self.do(
                application.reverse_redemption, ReverseRedemption(plan.order_id, "claimed in error"), provider
            )
            yield add_days(self.on, 5)
            answer = yield from self.do(application.request_redemption, command, provider)
        for reviewer in REVIEWERS[1:]:
            if answer is not None and answer["status"] == "requested":
                yield add_days(self.on, 2)
                answer = yield from self.do(
                    application.approve_review, ApproveReview(plan.order_id, "in order"), reviewer
                )
        if answer is not None and answer["status"] == "approved":
            yield from self._release(answer["redemption_id"], plan.order_id)
            self.diary.payable.setdefault(plan.grant.programme, []).append(plan.order_id)


def suspension(year: Year, provider_id: str, from_on: str, until_on: str, effect: str, reason: str) -> Story:
    """A provider is suspended for some weeks; finish lets open orders go on, freeze stops their claims too."""
    yield from_on
    yield from year.do(application.suspend, Suspend(provider_id, from_on, effect, reason), LI)
    yield until_on
    yield from year.do(application.reinstate, Reinstate(provider_id, until_on, "the defects were mended"), LI)


def clawbacks(year: Year, count: int) -> Story:
    """Money is demanded back late in the year: from the first payments, all of one and half of the others."""
    yield f"{YEAR}-12-10"
    for number, order_id in enumerate(year.diary.paid[:count]):
        paid = year.service.ledger.state(ORDER, order_id).paid
        share = paid // 2 if number else paid
        yield from year.do(
            application.claw_back, ClawBack(order_id, share, "the service was not rendered as reported"), WANG
        )


def returns(year: Year) -> Story:
    """A few enterprises give back what they will not need, and a few lose their good standing."""
    yield f"{YEAR}-05-04"
    general = [grant for grant in year.town.grants if grant.kind == "general"]
    for grant in general[::300]:
        change = ChangeCreditTier(grant.enterprise_id, "C", "findings of an on-site inspection")
        yield from year.do(application.change_credit_tier, change, LI)
    yield f"{YEAR}-10-15"
    for grant in general[7::200]:
        firm = Who(f"enterprise:{grant.enterprise_id}", "enterprise")
        yield from year.do(
            application.return_value, ReturnValue(grant.voucher_id, 5_000_000, "not needed this year"), firm
        )


def _order_of(plan: Plan, **changes: Any) -> RegisterOrder:
    fields = {
        "order_id": plan.order_id,
        "voucher_id": plan.grant.voucher_id,
        "enterprise_id": plan.grant.enterprise_id,
        "provider_id": plan.provider_id,
        "category": plan.category,
        "contract_digest": _digest(plan, "contract"),
        "contract_on": plan.register_on,
        "starts_on": plan.starts_on,
        "ends_on": plan.ends_on,
        "gross": plan.gross,
        "net": _net(plan.gross),
        "attributes": _ATTRIBUTES.get(plan.category, {}),
    }
    return RegisterOrder(**{**fields, **changes})


def _wrong(plan: Plan, town: Town) -> RegisterOrder:
    """The same order with a slip that the rules find."""
    match plan.slip:
        case "excluded":
            return _order_of(plan, attributes={"exclusions": ("statutory-test",), **_ATTRIBUTES.get(plan.category, {})})
        case "started":
            day = add_days(plan.register_on, -3)
            return _order_of(plan, contract_on=day, starts_on=day)
        case "stranger":
            return _order_of(plan, provider_id=town.offers["TECHMGR" if plan.category != "TECHMGR" else "POC"][0])
        case _:
            return _order_of(plan, gross=3 * _TOO_MUCH, net=3 * _TOO_MUCH, asked=_TOO_MUCH)


_ATTRIBUTES: Final = {
    "INSTR": {"instrument_id": "31-SHARE-00417"},
    "INSUR": {"policy_number": "PIC-2026-0098"},
}


def _provider(plan: Plan) -> Who:
    return Who(f"provider:{plan.provider_id}", "provider")


def _net(gross: int) -> int:
    """The sum without value added tax at six per cent."""
    return gross * 100 // 106


def _digest(plan: Plan, kind: str) -> str:
    return hashlib.sha256(f"{plan.order_id} {kind}".encode()).hexdigest()
