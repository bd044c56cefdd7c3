"""Who gives the commands of the machine: any command by its name, and the next step of any order."""

import inspect
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import MISSING, is_dataclass
from functools import partial
from random import Random
from typing import Any, ClassVar, TypeVar, get_type_hints

from hypothesis.stateful import RuleBasedStateMachine

from tests.examples import CONTRACT, DIGEST, PROOF, REPORT, SEED
from tests.town import Town, an_empty_town
from tests.vouchers.machine.afterwards import (
    Given,
    samples_can_be_drawn_again,
    the_same_commands_give_the_same_log,
    views_say_what_the_log_says,
    what_is_remembered_is_in_the_log,
)
from tests.vouchers.machine.auditing import Auditor
from tests.vouchers.machine.places import SHARES, Trade, open_abroad, open_the_delta
from tests.vouchers.machine.wits import EVIDENCE, Wits
from vouchers import application as app
from vouchers.days import add_days, instant_of
from vouchers.enterprise.state import Enterprise
from vouchers.kinds import BUDGET, ENTERPRISE, PROGRAMME, REVIEW, SETTLEMENT
from vouchers.ledger import Meta
from vouchers.order.state import Order
from vouchers.policy import Policy, period_of, pool_of, pools
from vouchers.refusals import Refused

LAST = "2028-06-30"
PLAIN = {
    "digest": DIGEST,
    "contract_digest": CONTRACT,
    "report_digest": REPORT,
    "evidence_digest": PROOF,
    "bank_reference": "bank-1",
    "source": "registry",
}
T = TypeVar("T")


def commands() -> dict[str, tuple[Callable[..., Any], type[Any]]]:
    """Every command of the application with its type, so that a new one is played without being named here."""
    found = {}
    for name in app.__all__:
        use_case = getattr(app, name)
        given = inspect.signature(use_case).parameters if inspect.isfunction(use_case) else {}
        kind = get_type_hints(use_case).get("command") if "unit" in given else None
        if is_dataclass(kind):
            found[name] = (partial(use_case, seed=SEED) if "seed" in given else use_case, kind)
    return found


COMMANDS = commands()


class Actors(RuleBasedStateMachine):
    """People of one of two places, a die, and an auditor who looks after every command."""

    tally: ClassVar[Counter[tuple[str, str]]] = Counter()
    lives: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.town: Town = self.stack.enter_context(an_empty_town())
        self.wits = Wits({}, ())
        self.numbers = 0
        self.given: list[Given] = []

    def teardown(self) -> None:
        """Ask what must hold at the end, of a few lives also what takes long, and close the ledger."""
        with self.stack:
            ledger, keys = self.town.ledger, self.auditor.keys
            what_is_remembered_is_in_the_log(ledger, keys)
            samples_can_be_drawn_again(ledger, keys)
            lives = type(self).lives = self.lives + 1
            if lives % 5 == 0:
                the_same_commands_give_the_same_log(ledger, self.place, self.given)
            if lives % 20 == 0:
                views_say_what_the_log_says(ledger, keys)

    def settle_in(self, place: int) -> None:
        """Open one of the places."""
        self.place = (open_the_delta, open_abroad)[place]
        self.trades: list[Trade] = self.place(self.town)
        self.policies: dict[str, Policy] = {}
        self.auditor = Auditor(self.town.ledger)
        self.auditor.look()
        for code in self.auditor.keys["programme"]:
            state = self.town.ledger.state(PROGRAMME, code)
            adopted = state.policy_on(self.town.on)
            self.policies[code] = app.compiled(adopted)
        every = dict.fromkeys(pool for policy in self.policies.values() for pool in pools(policy))
        self.wits = Wits(self.auditor.keys, tuple(every), self.trades)

    def roll(self, die: int) -> None:
        """Let the die decide whatever follows; what was typed before matters, for small numbers are rolled often."""
        self.wits.random, self.wits.on = Random(die * 1_000_003 + len(self.given)), self.town.on

    def pick(self, some: Sequence[T]) -> T:
        """Any of these."""
        return self.wits.random.choice(some)

    def later(self, days: int) -> None:
        """Let days pass."""
        self.till(add_days(self.town.on, days))

    def till(self, day: str) -> None:
        """Let time pass until a day, unless it is over already."""
        self.town.on = self.wits.on = max(self.town.on, min(LAST, day))

    def fresh(self, letter: str) -> str:
        """A number that nothing has yet."""
        self.numbers += 1
        return f"{letter}-{self.numbers}"

    def bill_number(self) -> str:
        """The number of an invoice that nobody has seen."""
        self.numbers += 1
        return f"dfp:{self.numbers:020d}"

    def type_anything(self, name: str, actor: str, /, **given: Any) -> Any:
        """Give a command of which what is not given is anything."""
        return self._do(name, actor, self.wits.command(COMMANDS[name][1], **given))

    def give(self, name: str, actor: str = "officer:li", /, **given: Any) -> Any:
        """Give a command of which what is not given is plain; its answer, or nothing where it is refused."""
        fields = COMMANDS[name][1].__dataclass_fields__.values()
        for each in fields:
            if each.name not in given and each.default is MISSING and each.default_factory is MISSING:
                today = self.town.on if each.name.endswith("_on") else "said"
                given[each.name] = PLAIN.get(each.name, today) if each.type in (str, "str") else {}
        return self._do(name, actor, COMMANDS[name][1](**given))

    def _do(self, name: str, actor: str, command: Any) -> Any:
        """Give a command; what is refused leaves no trace, and whatever happens, the sums agree."""
        ledger, on, told = self.town.ledger, self.town.on, ""
        before = ledger.size(), ledger.last_hash()
        if not self.wits.random.randrange(60):  # Somebody's clock is a day behind, or a week ahead.
            on = add_days(on, self.pick((-1, -1, 7)))
        occurred = instant_of(1_770_000_000_000_000) if not self.wits.random.randrange(20) else None
        answer, meta = None, Meta(actor, actor.partition(":")[0], on, occurred)
        self.given.append((COMMANDS[name][0], command, meta))
        try:
            answer = app.run(ledger, COMMANDS[name][0], command, meta).answer
        except Refused as refused:
            told = refused.detail
            assert told.endswith("."), told
            assert (ledger.size(), ledger.last_hash()) == before, name
        self.tally[name, "refused" if told else "done"] += 1
        self.auditor.look()
        return answer

    def state(self, order_id: str) -> Order:
        """How an order stands."""
        return self.town.state(order_id)

    def policy(self, order_id: str) -> Policy:
        """The policy of an order's programme."""
        registered = self.state(order_id).registered
        assert registered is not None, "somebody ordered it"
        return self.policies[registered.programme]

    def any_trade(self, *codes: str) -> Trade:
        """What somebody orders, in one of these programmes if any of them is here."""
        direct = [trade for trade in self.trades if trade.programme != SHARES]  # There one asks in rounds.
        return self.pick([trade for trade in self.trades if trade.programme in codes] or direct)

    def order(self, trade: Trade, how: str = "register_order", **changes: Any) -> str:
        """Order what suits a programme; the order's number, or nothing where it is refused."""
        on, number = self.town.on, self.fresh("O")
        given = {
            "order_id": number,
            "voucher_id": trade.voucher_id,
            "enterprise_id": trade.firm,
            "provider_id": trade.provider,
            "category": trade.category,
            "contract_digest": f"{self.numbers:064x}",
            "contract_on": on,
            "starts_on": on,
            "ends_on": add_days(on, 20),
            "gross": trade.gross,
            "net": trade.net,
            "attributes": trade.attributes,
        }
        answer = self.give(how, "enterprise:firm", **(given | changes))
        return number if answer is not None else ""

    def until(self, order_id: str, *statuses: str) -> bool:
        """Move an order on until it is at one of these steps; whether it came there."""
        for _ in range(14):
            if not order_id or self.state(order_id).status in statuses:
                break
            if not self.step(order_id):
                return False
        return bool(order_id) and self.state(order_id).status in statuses

    def step(self, order_id: str) -> bool:
        """Take the step that comes next for an order, with everything as it should be; whether it was taken."""
        state = self.state(order_id)
        steps: dict[str, Callable[[str, Order], Any]] = {
            "registered": self._deliver,
            "delivered": self._bill,
            "invoiced": self._claim,
            "requested": self._review,
            "approved": self._propose,
            "settling": self._settle,
        }
        act = steps.get(state.status)
        return act is not None and act(order_id, state) is not None

    def _deliver(self, order_id: str, state: Order) -> Any:
        assert state.registered is not None, "it is registered"
        self.till(state.registered.starts_on)
        return self.give("accept_delivery", "enterprise:firm", order_id=order_id)

    def _bill(self, order_id: str, state: Order) -> Any:
        assert state.registered is not None, "it is registered"
        gross, net = state.registered.gross, state.registered.net
        return self.give(
            "file_invoice", "provider:lab", order_id=order_id, invoice=self.bill_number(), gross=gross, net=net
        )

    def _claim(self, order_id: str, state: Order) -> Any:
        if self.policy(order_id).order_rules.own_share_proof == "amount" and not state.own.paid:
            self.prove(order_id)
        return self.claim(order_id)

    def prove(self, order_id: str) -> Any:
        """Prove that the firm paid the whole price itself."""
        registered = self.state(order_id).registered
        amount, digest = (registered.gross if registered else 1), f"{len(self.auditor.keys['order']):064x}"
        return self.give("prove_own_share", "enterprise:firm", order_id=order_id, amount=amount, digest=digest)

    def claim(self, order_id: str, *, more: bool = False) -> Any:
        """Claim with every document that anybody may ask for."""
        registered = self.state(order_id).registered
        evidence = dict.fromkeys((*EVIDENCE, *(registered.evidence if registered else ())), PROOF)
        return self.give("request_redemption", "provider:lab", order_id=order_id, evidence=evidence, more_to_come=more)

    def _review(self, order_id: str, state: Order) -> Any:
        number = next(claim.redemption_id for claim in state.claims.values() if claim.status == "requested")
        approved = self.town.ledger.state(REVIEW, number).approvals
        reviewer = "reviewer:feng" if "reviewer:zhao" in approved else "reviewer:zhao"
        return self.give("approve_review", reviewer, order_id=order_id, note="in order", redemption_id=number)

    def _propose(self, order_id: str, state: Order) -> Any:
        assert state.registered is not None, "it is registered"
        for number, claim in state.claims.items():
            if claim.status == "approved" and self.town.ledger.state(REVIEW, number).hold:
                return self.give("lift_hold", "officer:wu", order_id=order_id, redemption_id=number)
        return self.give(
            "propose_settlement",
            "finance:sun",
            settlement_id=self.fresh("S"),
            programme=state.registered.programme,
            orders=(order_id,),
        )

    def _settle(self, order_id: str, state: Order) -> Any:
        claim = next(each for each in state.claims.values() if each.status == "settling")
        batch = self.town.ledger.state(SETTLEMENT, claim.settlement_id)
        line = batch.lines[claim.redemption_id]
        of_line = {
            "settlement_id": claim.settlement_id,
            "order_id": order_id,
            "redemption_id": claim.redemption_id,
        }
        if line.status == "proposed":
            person = "finance:zhou" if "finance:qian" in batch.endorsed_by else "finance:qian"
            return self.give("approve_settlement", person, settlement_id=claim.settlement_id)
        if line.status in ("instructed", "partly_paid"):
            return self.give(
                "confirm_payment", "finance:qian", **of_line, bank_reference=self.fresh("bank"), paid_on=self.town.on
            )
        return self.give("reinstruct_payment", "finance:qian", **of_line)

    def paid(self, *codes: str, **changes: Any) -> str:
        """An order in one of these programmes, all the way to its payment; its number, or nothing."""
        number = self.order(self.any_trade(*codes), **changes)
        return number if number and self.until(number, "paid") else ""

    def period(self, code: str) -> str:
        """The period of a programme that today lies in."""
        return period_of(self.policies[code], self.town.on)

    def pool_of(self, trade: Trade) -> str:
        """The pool that pays what somebody orders."""
        policy = self.policies[trade.programme]
        return pool_of(policy, policy.categories[trade.category], self.firm(trade.firm).facts)

    def free(self, programme: str, period: str, pool: str) -> int:
        """What is free of a pool."""
        free: int = self.town.ledger.state(BUDGET, f"{programme}/{period}/{pool}").free
        return free

    def firm(self, code: str) -> Enterprise:
        """What is known of a firm."""
        state: Enterprise = self.town.ledger.state(ENTERPRISE, code)
        return state

    def record(self, code: str, how: str = "record_facts", **facts: Any) -> Any:
        """What a registry says of a firm today, or a correction of what it said last."""
        state = self.firm(code)
        as_of_on = state.as_of_on if how == "correct_facts" else self.town.on
        return self.give(how, enterprise_id=code, as_of_on=as_of_on, facts=dict(state.facts) | facts)
