"""Whatever officers, payees and banks do in whatever order, the money adds up to the last fen."""

from contextlib import suppress
from random import Random

import pytest

from tests.examples import SH_CODE, YUAN
from tests.treasury import Treasury, a_treasury
from vouchers import application as app
from vouchers.application.settling import ConfirmPayment
from vouchers.kinds import BUDGET, DEBT, ORDER, SETTLEMENT, VOUCHER
from vouchers.order.decisions import ClawbackAbovePaid, RequestRedemption
from vouchers.refusals import Refused
from vouchers.settlement import events as settlement
from vouchers.settlement.state import Line

POOLS = ("TEST", "RND")
TERMS = {"interest_bp": 1_000, "grace_days": 2, "write_off_up_to": 10**9, "instalments": 5}
LARGE = {"approvals": [{"from_amount": 6_000 * YUAN, "approvals": 2}]}


def keys(town, kind):
    return [name.partition("/")[2] for name in town.ledger.names(f"{kind}/")]


def a_step(town: Treasury, chance: Random, number: int) -> None:
    """Anything that somebody may try next; the rules refuse some of it."""
    if chance.random() < 0.1:
        day = f"2026-{2 + number // 30:02}-{1 + number % 27:02}"
        town.go(max(town.on, day))
    orders, debts = keys(town, "order"), owed(town)
    act = budgets
    if not orders or chance.random() < 0.12:
        act = a_claim
    elif debts and chance.random() < 0.3:
        act = a_debt
    elif chance.random() < 0.9:
        act = a_payment
    with suppress(Refused):
        act(town, chance, number)


def owed(town: Treasury) -> list[tuple[str, str]]:
    """Every debt with who owes it."""
    return [(party, debt_id) for party in keys(town, "debt") for debt_id in town.ledger.state(DEBT, party).debts]


def amount_of(chance: Random) -> int:
    return chance.choice((1, 100 * YUAN, 1_000 * YUAN, 2_500 * YUAN))


def a_claim(town: Treasury, chance: Random, number: int) -> None:
    town.approved(f"O-{number}", gross=chance.choice((9_999_99, 12_000 * YUAN)))


def a_payment(town: Treasury, chance: Random, number: int) -> None:
    """One step on the way of a claim to its payee, and back."""
    order_id = chance.choice(keys(town, "order"))
    batch = town.state(order_id).settlement_id or f"S-{number}"
    amount = amount_of(chance)
    line = town.settlement(batch).lines.get(f"{order_id}-R1", Line(None))
    verbs = {
        "approved": [lambda: town.propose(batch, order_id)],
        "settling": [
            lambda: town.sign(batch, "finance:sun"),
            *(lambda person=person: town.sign(batch, person) for person in ("finance:qian", "finance:zhou") * 2),
            *[lambda: town.confirm(batch, order_id, instruction=line.instruction_id)] * 4,
            lambda: town.confirm_part(batch, amount, order_id, ref=f"part-{number}"),
            lambda: town.fail(batch, order_id),
            lambda: town.reinstruct(batch, order_id),
            lambda: town.comes_back(batch, order_id),
        ],
        "paid": [
            lambda: town.comes_back(batch, order_id),
            lambda: town.back(amount, order_id),
            lambda: town.back(amount, order_id, enterprise_amount=amount // 3),
            lambda: town.breach(order_id, chance.choice((None, 0, 3_333))),
        ],
    }
    steps = verbs.get(town.state(order_id).status, [])
    if chance.random() < 0.02:
        steps = [lambda: town.withdraw(batch)]
    if steps:
        chance.choice(steps)()


def a_debt(town: Treasury, chance: Random, number: int) -> None:
    """One step on the way of a debt to its end."""
    party, debt_id = chance.choice(owed(town))
    left, amount = town.owes(party, debt_id).principal, amount_of(chance)
    parts = (("2026-12-10", left // 2), ("2026-12-20", left - left // 2))
    chance.choice(
        (
            lambda: town.repay(amount, debt_id, party, ref=f"receipt-{number}"),
            lambda: town.plan(*parts, debt_id=debt_id, party=party),
            lambda: town.plan((f"{town.on[:8]}28", left), debt_id=debt_id, party=party),
            lambda: town.check_plan(debt_id, party),
            lambda: town.give_up(debt_id, party),
            lambda: town.agree_to_give_up(debt_id, party),
        )
    )()


def budgets(town: Treasury, chance: Random, _number: int) -> None:
    """One change of the pools."""
    amount, pool = amount_of(chance), chance.choice(POOLS)
    chance.choice(
        (
            lambda: town.transfer(*chance.sample(POOLS, 2), amount),
            lambda: town.cut(pool, amount),
            lambda: town.appropriate(pool, amount),
            lambda: town.block(10**15, "RND"),
            lambda: town.reopen("RND"),
            lambda: town.appropriate("TEST", amount),
        )
    )()


def check(town: Treasury) -> None:
    """What must hold after every step: for each voucher, budget, debt, batch and payee."""
    for key in keys(town, "voucher"):
        voucher = town.ledger.state(VOUCHER, key)
        assert voucher.face == voucher.terms.face
        assert min(voucher.available, voucher.reserved, voucher.claimed, voucher.paid, voucher.clawed_back) >= 0
    for key in keys(town, "budget"):
        assert town.ledger.state(BUDGET, key).free >= 0
    demanded = netted = 0
    for party in keys(town, "debt"):
        for debt in town.ledger.state(DEBT, party).debts.values():
            back = debt.received + debt.netted - debt.interest_paid
            lost = debt.written_off and debt.demanded.amount - back
            assert debt.principal + back + lost == debt.demanded.amount
            assert debt.principal >= 0 <= debt.interest("2027-06-30")
            demanded, netted = demanded + debt.demanded.amount, netted + debt.netted
    orders = [town.ledger.state(ORDER, key) for key in keys(town, "order")]
    assert demanded == sum(order.clawed_back for order in orders)
    assert all(order.clawed_back <= order.paid for order in orders)
    lines = [line for key in keys(town, "settlement") for line in town.ledger.state(SETTLEMENT, key).lines.values()]
    assert netted == sum(line.netted for line in lines)
    assert all(line.due >= 0 <= line.received for line in lines)
    paid = [line for line in lines if line.status == "paid"]
    assert all(line.due == 0 for line in paid)
    assert sum(line.added.amount for line in paid) == sum(order.paid for order in orders)
    assert len({line.added.redemption_id for line in paid}) == len(paid)


def moved_by_the_bank(town: Treasury) -> int:
    """What the payees have of the bank's money, message by message."""
    balance = 0
    for key in keys(town, "settlement"):
        state = SETTLEMENT.empty
        for event in town.events(f"settlement/{key}"):
            if isinstance(event, settlement.Confirmed):
                balance += state.lines[event.redemption_id].due
            elif isinstance(event, settlement.PartlyPaid):
                balance += event.amount
            elif isinstance(event, settlement.Returned):
                balance -= event.amount
            state = SETTLEMENT.evolve(state, event)
    return balance


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_made_or_paid_twice(seed):
    chance = Random(seed)
    with a_treasury(recovery=TERMS, settlement=LARGE) as town:
        for number in range(400):
            a_step(town, chance, number)
            check(town)
        lines = [line for key in keys(town, "settlement") for line in town.ledger.state(SETTLEMENT, key).lines.values()]
        assert moved_by_the_bank(town) == sum(line.received for line in lines)
        instructions = [
            event.instruction_id
            for key in keys(town, "settlement")
            for event in town.events(f"settlement/{key}")
            if isinstance(event, settlement.Instructed)
        ]
        batches = {key: town.ledger.state(SETTLEMENT, key) for key in keys(town, "settlement")}
        # A claim that left a withdrawn batch was never told to the bank, so its numbers are still new.
        assert len(set(instructions)) == len(instructions)
        assert all(
            not line.attempt for batch in batches.values() if batch.withdrawn_by for line in batch.lines.values()
        )
        before = sum(town.ledger.state(BUDGET, f"{SH_CODE}/2026/{pool}").appropriated for pool in POOLS)
        with suppress(Refused):
            town.transfer("TEST", "RND", 1)
        assert before == sum(town.ledger.state(BUDGET, f"{SH_CODE}/2026/{pool}").appropriated for pool in POOLS)


def test_several_redemptions_of_one_order_are_lines_of_their_own_and_paid_one_by_one():
    with a_treasury() as town:
        town.order("O-1")
        town.deliver("O-1")
        for gross, more in ((4_000 * YUAN, True), (6_000 * YUAN, False)):
            town.invoice("O-1", gross)
            command = RequestRedemption(
                "O-1", dict.fromkeys(("own_share_payment_proof", "test_report"), "3" * 64), more
            )
            town.do(
                lambda unit, asked: app.request_redemption(unit, asked, seed=town.seed), command, actor="provider:lab"
            )
            for reviewer in ("reviewer:zhao", "reviewer:feng"):
                if any(claim.status == "requested" for claim in town.state("O-1").claims.values()):
                    town.approve("O-1", reviewer)
        answer = town.propose("S-1", "O-1")
        assert (answer["count"], answer["total"]) == (2, 5_000 * YUAN)
        town.sign("S-1")
        assert [line.due for line in town.settlement("S-1").lines.values()] == [2_000 * YUAN, 3_000 * YUAN]
        town.go("2026-02-03")
        for redemption_id, paid in (("O-1-R2", 3_000 * YUAN), ("O-1-R1", 5_000 * YUAN)):
            command = ConfirmPayment("S-1", "O-1", f"bank-{redemption_id}", town.on, redemption_id=redemption_id)
            town.do(app.confirm_payment, command, actor="finance:qian")
            assert (town.state("O-1").paid, town.voucher().paid) == (paid, paid)
        assert town.state("O-1").claims["O-1-R1"].status == "paid"
        town.back(2_000 * YUAN, redemption_id="O-1-R1")
        with town.refused(ClawbackAbovePaid):
            town.back(1, redemption_id="O-1-R1")
        assert town.breach("O-1")["clawed_back"] == 3_000 * YUAN
