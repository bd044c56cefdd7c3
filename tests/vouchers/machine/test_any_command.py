"""Whatever anybody types, in any order and on any day: the sums agree, and a refusal leaves no trace."""

import inspect
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import is_dataclass
from functools import partial
from random import Random
from typing import Any, ClassVar, get_type_hints

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.examples import JIANGSU_LAB, LAB, SEED, SH, YRD, revised
from tests.town import Town, an_empty_town
from tests.vouchers.machine.auditing import Auditor
from tests.vouchers.machine.wits import FIRMS, PEOPLE, Wits
from vouchers import application as app
from vouchers.days import add_days
from vouchers.policy import pools as pools_of
from vouchers.refusals import Refused

LAST = "2027-12-31"
STEPS = {
    "registered": ("accept_delivery",),
    "delivered": ("file_invoice",),
    "invoiced": ("request_redemption",),
    "requested": ("approve_review", "approve_review", "reject_review"),
    "approved": ("propose_settlement",),
    "settling": ("approve_settlement", "confirm_payment", "fail_payment", "reinstruct_payment"),
    "paid": ("claw_back",),
}


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


class Anybody(RuleBasedStateMachine):
    """Two programmes, three firms, two laboratories, and people who type what comes to their minds."""

    tally: ClassVar[Counter[tuple[str, str]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.town: Town = self.stack.enter_context(an_empty_town())
        pools = self._open_the_town()
        self.auditor = Auditor(self.town.ledger)
        self.auditor.look()
        self.wits = Wits(self.auditor.keys, EVIDENCE, pools)

    def teardown(self) -> None:
        """Close the ledger."""
        self.stack.close()

    def _open_the_town(self) -> tuple[str, ...]:
        town, pools = self.town, list[str]()
        for name in (SH, YRD):
            policy = town.adopt(name, amount=20_000_000)
            pools += pools_of(policy)
        town.do(app.adopt_policy, revised(SH, "2026", {"extensions": 1, "extension_months": 6}))
        for firm, tier in zip(FIRMS, "BDA", strict=True):
            town.record(firm, controller="one", credit_tier=tier)
            for code in ("SH-STIV", "YRD-STIV"):
                town.entitle(firm, programme=code)
        for provider, region in ((LAB, "310104"), (JIANGSU_LAB, "320102")):
            town.admit(provider, region=region)
            town.accredit(provider)
        town.go("2026-02-02")
        return tuple(pools)

    @rule(days=st.sampled_from([0, 1, 1, 7, 30, 90]))
    def time_passes(self, days: int) -> None:
        self.town.on = min(LAST, add_days(self.town.on, days))

    @rule(name=st.sampled_from(sorted(COMMANDS)), die=st.integers(0, 2**32))
    def anybody_types_anything(self, name: str, die: int) -> None:
        self._roll(die)
        self._type(name, self.wits.random.choice(PEOPLE))

    @rule(die=st.integers(0, 2**32))
    def a_firm_orders(self, die: int) -> None:
        self._roll(die)
        gross = self.wits.random.choice((10_000, 1_000_000, 2_000_000))
        voucher_id = self.wits.value("voucher_id", str)
        terms = self.town.voucher(voucher_id).terms
        firm = terms.enterprise_id if terms else FIRMS[0]
        number = f"O-{len(self.auditor.keys['order']) + 1}"
        given = {"order_id": number, "voucher_id": voucher_id, "enterprise_id": firm, "gross": gross, "net": gross}
        days = {"contract_on": self.town.on, "starts_on": self.town.on, "ends_on": add_days(self.town.on, 20)}
        plain = {"category": "TEST", "asked": None, "vouchers": (), "attributes": {}, "currency": "", "rate": None}
        self._type("register_order", "enterprise:firm", **given, **days, **plain)

    @rule(die=st.integers(0, 2**32), steps=st.integers(1, 5))
    def an_order_moves_on(self, die: int, steps: int) -> None:
        self._roll(die)
        for number in [key for key in self.auditor.keys["order"] if self._step_of(key)][-8:][:1] * steps:
            self._next(number)

    @rule(die=st.integers(0, 2**32))
    def any_order_moves_on(self, die: int) -> None:
        self._roll(die)
        going = [key for key in self.auditor.keys["order"] if self._step_of(key)]
        if going:
            self._next(self.wits.random.choice(going))

    def _step_of(self, number: str) -> tuple[str, ...]:
        return STEPS.get(self.town.state(number).status, ())

    def _next(self, number: str) -> None:
        """Take the step that comes next for an order, with everything as it should be."""
        state = self.town.state(number)
        steps = self._step_of(number)
        if not steps or state.registered is None:
            return
        gross, on = state.registered.gross, self.town.on
        given = {
            "accept_delivery": {"order_id": number, "delivered_on": on},
            "file_invoice": {
                "order_id": number,
                "invoice": self._fresh(),
                "issued_on": on,
                "gross": gross,
                "net": gross,
            },
            "request_redemption": {"order_id": number, "evidence": dict.fromkeys(EVIDENCE, "3" * 64)},
            "approve_review": {"order_id": number, "redemption_id": ""},
            "reject_review": {"order_id": number, "redemption_id": "", "reason": "wrong"},
            "propose_settlement": {
                "settlement_id": f"S-{len(self.auditor.keys['settlement']) + 1}",
                "programme": state.registered.programme,
                "orders": (number,),
            },
            "approve_settlement": {"settlement_id": state.settlement_id},
            "confirm_payment": {
                "settlement_id": state.settlement_id,
                "order_id": number,
                "paid_on": on,
                "instruction_id": "",
            },
            "fail_payment": {"settlement_id": state.settlement_id, "order_id": number, "instruction_id": ""},
            "reinstruct_payment": {"settlement_id": state.settlement_id, "order_id": number},
            "claw_back": {"order_id": number, "amount": 100, "reason": "wrong"},
        }
        step = self.wits.random.choice(steps)
        plain = {"foreign", "rate", "currency", "replaces", "more_to_come", "redemption_id", "total_gross", "total_net"}
        fields = {name for name in plain if name in COMMANDS[step][1].__dataclass_fields__}
        self._type(step, self.wits.random.choice(PEOPLE), without=fields, **given[step])

    def _fresh(self) -> str:
        return f"dfp:{self.wits.random.randrange(10**20):020d}"

    def _roll(self, die: int) -> None:
        self.wits.random, self.wits.on = Random(die), self.town.on

    def _type(self, name: str, actor: str, *, without: set[str] = frozenset(), **given: Any) -> None:  # type: ignore[assignment]
        """Give a command; what is refused leaves no trace, and whatever happens, the sums agree."""
        use_case, kind = COMMANDS[name]
        fields = kind.__dataclass_fields__
        given = {field: value for field, value in given.items() if field in fields}
        given |= {field: fields[field].default for field in without if field not in given}
        command = self.wits.command(kind, **given)
        before = self.town.ledger.size(), self.town.ledger.last_hash()
        told = ""
        try:
            self.town.do(use_case, command, actor=actor)
        except Refused as refused:
            told = refused.detail
        self.tally[name, "refused" if told else "done"] += 1
        if told:
            assert told.endswith("."), told
            assert (self.town.ledger.size(), self.town.ledger.last_hash()) == before
        self.auditor.look()


EVIDENCE = (
    "contract",
    "invoice",
    "own_share_payment_proof",
    "service_report",
    "test_report",
    "acceptance",
    "site_visit",
    "technical_report",
    "technology_contract_registration",
    "payment_proof",
    "report",
    "deliverable",
)
QUICK = settings(
    max_examples=250, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


def live(how: settings) -> None:
    """Let people type; every command must have been refused at least once, else it was hardly played."""
    Anybody.tally.clear()
    run_state_machine_as_test(Anybody, settings=how)


def test_whatever_anybody_types_the_sums_agree():
    live(QUICK)
    assert {name for name, _ in Anybody.tally} == set(COMMANDS)


@pytest.mark.long
def test_whatever_anybody_types_for_long_the_sums_agree():
    live(settings(QUICK, max_examples=4_000, stateful_step_count=50))
    assert {name for name, _ in Anybody.tally} == set(COMMANDS)
