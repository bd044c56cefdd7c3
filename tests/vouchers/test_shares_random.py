"""Whatever happens to an order over several vouchers, the vouchers, the order and the ceilings tell one story."""

from functools import partial
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from tests.examples import CHANGNING, PROOF, SH_CODE, YUAN, voucher_of
from tests.rulebooks import changed, with_a_second_voucher
from tests.town import Town, a_town
from tests.vouchers import parts
from vouchers import application as app
from vouchers.application.pledging import PledgeVoucher
from vouchers.identifiers import make_credit_code
from vouchers.kinds import CAP
from vouchers.order.decisions import ClawBack, RequestRedemption
from vouchers.refusals import Refused
from vouchers.voucher.events import PLACES

FIRM = make_credit_code("9", "1", "310115", 6)
OWN = [voucher_of(FIRM), voucher_of(FIRM, kind="second")]
PARTNER = voucher_of(CHANGNING)
EVERY = [*OWN, PARTNER]


def _rules(document: dict[str, Any]) -> None:
    with_a_second_voucher(3_000 * YUAN, 2_000 * YUAN)(document)
    document["pooling"] = {"firms": 2}


def _begin(town: Town, pledged: int, asked: int) -> None:
    """An order over two vouchers of a firm and, where something is pledged, one of another."""
    town.do(app.adopt_policy, changed(_rules))
    for firm in (FIRM, CHANGNING):
        town.record(firm)
        town.entitle(firm)
    named: tuple[str, ...] = (OWN[1],)
    if pledged:
        town.do(app.pledge_voucher, PledgeVoucher(PARTNER, "O-1", FIRM, pledged, "2026-12-31"), actor="enterprise:b")
        named = (*named, PARTNER)
    town.order(enterprise_id=FIRM, voucher_id=OWN[0], vouchers=named, gross=20_000 * YUAN, asked=asked)
    town.deliver()


def _claim(town: Town, size: int) -> None:
    parts.file(town, f"dfp:2631{len(town.state().bills):016d}", 100 + size)
    registered = town.state().registered
    assert registered is not None
    evidence = dict.fromkeys((*registered.evidence, "acceptance", "site_visit"), PROOF)
    command = RequestRedemption("O-1", evidence, more_to_come=bool(size % 2))
    town.do(partial(app.request_redemption, seed=town.seed), command, actor="provider:lab")


def _latest(town: Town, status: str) -> str:
    found = [claim.redemption_id for claim in town.state().claims.values() if claim.status == status]
    return found[-1] if found else ""


STEPS = {
    "claim": _claim,
    "reverse": lambda town, _: town.reverse(),
    "approve": lambda town, _: _latest(town, "requested") and parts.approve(town, _latest(town, "requested")),
    "pay": lambda town, size: parts.pay(town, f"S-{size}"),
    "claw back": lambda town, size: town.do(
        app.claw_back, ClawBack("O-1", 1 + size // 100, "a fault was found", _latest(town, "paid") or "none")
    ),
    "less": lambda town, size: parts.change(town, 2_000_00 + size),
    "more": lambda town, size: parts.change(town, 20_000 * YUAN, asked=600 * YUAN + size),
    "red letter": lambda town, size: parts.reverse(
        town, next(iter(town.state().bills), "none"), 1 + size // 50, f"dfp:2631{900 + size:016d}"
    ),
    "cancel": lambda town, _: town.cancel(),
}


def _one_story(town: Town) -> None:
    """Held, claimed, paid and clawed back are the same in the order and in its vouchers, and the ceilings agree."""
    state, vouchers = town.state(), [town.voucher(each) for each in EVERY]
    held = [each.held.get("O-1") for each in vouchers]
    assert sum(each.reserved for each in held if each) == state.held
    assert sum(each.claimed for each in held if each) == state.claimed
    assert sum(each.paid for each in vouchers) == state.paid - state.clawed_back
    assert sum(each.clawed_back for each in vouchers) == state.clawed_back
    assert all(each.face == each.terms.face for each in vouchers if each.terms)
    assert all(min(getattr(each, place) for place in PLACES) >= 0 for each in vouchers)
    for claim in state.claims.values():
        assert sum(claim.shares.values()) == claim.amount
    counted = [town.ledger.state(CAP, f"enterprise/{SH_CODE}:{firm}/2026").total for firm in (FIRM, CHANGNING)]
    assert sum(counted) == state.held + state.claimed + state.paid
    partner = vouchers[2]
    assert counted[1] == partner.reserved + partner.claimed + partner.paid + partner.clawed_back
    assert town.budget().committed == sum(counted)


@settings(max_examples=25, deadline=None)
@for_all(
    st.integers(0, 500 * YUAN),
    st.integers(600 * YUAN, 4_500 * YUAN),
    st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 400_000)), max_size=14),
)
def test_the_vouchers_of_an_order_and_the_order_tell_one_story(pledged, asked, steps):
    with a_town() as town:
        _begin(town, pledged, asked)
        _one_story(town)
        for step, size in steps:
            before = town.ledger.size()
            try:
                STEPS[step](town, size)
            except Refused:
                assert step in {"pay", "approve"} or town.ledger.size() == before
            _one_story(town)
