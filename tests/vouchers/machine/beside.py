"""What must hold of the kinds of stream beside the main path, each asked of one stream alone."""

from collections.abc import Callable, Mapping
from typing import Final

from vouchers.kinds import AID, BOOKLET, BUDGET, CLEARING, CONTRACT, DEBT, ORDER, ROUND
from vouchers.ledger import Ledger
from vouchers.round import events as rounds


def debts_are_whole(ledger: Ledger, key: str) -> None:
    """What was demanded, with its interest, is what came in, was kept back, was given up, and is still owed."""
    for each in ledger.state(DEBT, key).debts.values():
        to_principal = each.received + each.netted - each.interest_paid
        left = each.demanded.amount - to_principal
        assert each.interest_paid >= 0
        assert each.principal >= 0
        if each.written_off:
            assert each.written_off >= left > each.principal == 0
        else:
            assert left == each.principal
        assert not each.ended or each.owed(each.counted_on) == 0
        assert sum(part.amount for part in each.plan) in (0, each.plan_principal)


def aid_is_never_less_than_nothing(ledger: Ledger, key: str) -> None:
    """No aid falls below nothing, and what is counted for an order is no more than the order's subsidy."""
    for number, entry in ledger.state(AID, key).entries.items():
        assert entry.amount > 0
        registered = ledger.state(ORDER, number).registered
        assert entry.declared or registered is None or entry.amount <= registered.subsidy


def clearings_sum_to_nothing(ledger: Ledger, key: str) -> None:
    """What regions owe one another adds up to nothing, and follows from the flows."""
    state = ledger.state(CLEARING, key)
    assert sum(each.amount for each in state.nets) == 0
    if state.status != "open":
        nets: dict[str, int] = {}
        for (payer, performer), amount in state.gross.items():
            nets[payer] = nets.get(payer, 0) + amount
            nets[performer] = nets.get(performer, 0) - amount
        stated = {each.region: abs(each.amount) for each in state.nets if each.amount}
        assert stated == {region: abs(amount) for region, amount in nets.items() if amount}


def contracts_are_paid_by_one(ledger: Ledger, key: str) -> None:
    """A contract is supported by one programme, or by programmes of which one lets others pay beside it."""
    supports = [each for each in ledger.state(CONTRACT, key).supports if each.amount]
    programmes = {each.programme for each in supports}
    assert len(programmes) <= 1 or any(each.others for each in supports)


def rounds_are_shared_to_the_last(ledger: Ledger, key: str) -> None:
    """The shares of a round are all of its money, or all that was asked for; nobody has two places."""
    state = ledger.state(ROUND, key)
    places = [joined.place for joined in state.waiting.values()]
    assert sorted(set(places)) == places
    shares, served = dict[str, tuple[int, int]](), 0
    history = ledger.history(f"round/{key}")
    for entry in history:
        match entry.data:
            case rounds.Allotted(order_id, asked, amount):
                shares[order_id] = asked, amount
            case rounds.Served(amount=amount) if shares:
                served += amount
            case rounds.Closed(asked=asked, money=money, allotted=allotted):
                assert sum(share for _, share in shares.values()) == allotted == min(asked, money)
                assert sum(wanted for wanted, _ in shares.values()) == asked
                assert all(0 <= share <= wanted for wanted, share in shares.values())
                if entry is history[-1] and shares:
                    assert money == ledger.state(BUDGET, key).free + served, "all that was free is shared"
                shares, served = {}, 0
            case _:
                pass


def booklets_lose_no_more_than_was_said(ledger: Ledger, key: str) -> None:
    """Each coupon is paid once, up to its amount, at its place; what is still out is set aside there, or was ended."""
    state = ledger.state(BOOKLET, key)
    assert state.issued is not None
    places = {place.order_id for place in state.issued.places}
    assert len(state.used) <= state.issued.coupons
    for number, used in state.used.items():
        assert 1 <= number <= state.issued.coupons
        assert 0 < used.amount <= state.issued.amount
        assert used.order_id in places
    claims = [used.redemption_id for used in state.used.values()]
    assert len(set(claims)) == len(claims), "each coupon has a claim of its own"
    for order_id in places:
        aside = ledger.state(ORDER, order_id).aside
        assert aside == 0 or aside >= state.greatest_loss


def orders_hold_what_they_set_aside(ledger: Ledger, key: str) -> None:
    """What is set aside for coupons is there."""
    state = ledger.state(ORDER, key)
    assert 0 <= state.aside <= state.held


BESIDE: Final[Mapping[str, tuple[Callable[[Ledger, str], None], ...]]] = {
    "debt": (debts_are_whole,),
    "aid": (aid_is_never_less_than_nothing,),
    "clearing": (clearings_sum_to_nothing,),
    "contract": (contracts_are_paid_by_one,),
    "round": (rounds_are_shared_to_the_last,),
    "booklet": (booklets_lose_no_more_than_was_said,),
    "order": (orders_hold_what_they_set_aside,),
}
