"""Eight clerks at once: of the last yuan of anything, exactly as many orders pass as it pays for."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.examples import CHANGNING, PUDONG, SH_CODE, YUAN, voucher_of
from tests.town import Town, a_town
from vouchers.budget.decisions import BudgetExhausted
from vouchers.refusals import Refused
from vouchers.voucher.decisions import VoucherTooSmall

CLERKS, TRIES = 8, 40
SUBSIDY = 5_000 * YUAN


@pytest.fixture(params=["memory", "sqlite"])
def town(request, tmp_path) -> Iterator[Town]:
    """Return a town on each store that one process can have to itself."""
    url = "memory:" if request.param == "memory" else f"sqlite:{tmp_path / 'log.sqlite'}"
    with a_town(url) as town:
        yield town


def race(act: Callable[[int], object], tries: int = TRIES) -> tuple[int, list[Refused]]:
    """Let eight threads do something so many times at once; how many passed, and what the others were told."""
    start = Barrier(CLERKS)

    def clerk(first: int) -> tuple[int, list[Refused]]:
        passed, refused = 0, []
        start.wait(timeout=30)
        for turn in range(first, tries, CLERKS):
            try:
                act(turn)
                passed += 1
            except Refused as refusal:
                refused.append(refusal)
        return passed, refused

    with ThreadPoolExecutor(CLERKS) as pool:
        results = list(pool.map(clerk, range(CLERKS), timeout=120))
    return sum(passed for passed, _ in results), [refusal for _, refused in results for refusal in refused]


@pytest.mark.parametrize("rest", [0, 1, SUBSIDY - 1])
def test_the_last_yuan_of_a_budget(town, rest):
    town.cut("TEST", town.budget().free - 7 * SUBSIDY - rest)
    passed, refused = race(lambda turn: town.order(f"O-{turn}"))
    assert passed == 7
    assert {type(each) for each in refused} == {BudgetExhausted}
    assert (town.budget().free, town.voucher().reserved) == (rest, 7 * SUBSIDY)


@pytest.mark.parametrize("rest", [0, 1, SUBSIDY - 1])
def test_the_last_yuan_of_a_voucher(town, rest):
    town.give_back(town.voucher().available - 7 * SUBSIDY - rest)
    passed, refused = race(lambda turn: town.order(f"O-{turn}"))
    assert passed == 7
    assert {type(each) for each in refused} == {VoucherTooSmall}
    assert (town.voucher().available, town.budget().committed) == (rest, 7 * SUBSIDY)


def test_the_last_yuan_of_a_limit_that_two_firms_share(town):
    town.record(CHANGNING, controller=f"controller-of-{PUDONG}")
    town.entitle(CHANGNING)
    town.order("first", gross=600_000 * YUAN - 14 * SUBSIDY - 2)
    firms = ((PUDONG, voucher_of()), (CHANGNING, voucher_of(CHANGNING)))

    def order(turn: int) -> None:
        firm, voucher = firms[turn % 2]
        town.order(f"O-{turn}", enterprise_id=firm, voucher_id=voucher)

    passed, refused = race(order)
    assert passed == 7
    assert len(refused) == TRIES - 7
    assert town.events(f"cap/group/{SH_CODE}:controller-of-{PUDONG}/2026")[-1].total == 300_000 * YUAN - 1


def test_one_invoice_for_eight_orders(town):
    for number in range(CLERKS):
        town.order(f"O-{number}")
        town.deliver(f"O-{number}")
    invoice = "dfp:26310000000000000001"
    passed, refused = race(lambda turn: town.invoice(f"O-{turn}", number=invoice), CLERKS)
    assert (passed, len(refused)) == (1, CLERKS - 1)


def test_one_order_under_one_key_has_one_effect(town):
    passed, _ = race(lambda _turn: town.order("O-1", key="one"))
    assert passed == TRIES
    assert town.voucher().reserved == SUBSIDY


def test_one_claim_is_made_once_and_paid_once(town):
    town.order()
    town.deliver()
    town.invoice()
    passed, _ = race(lambda _turn: town.redeem())
    assert passed == 1
    town.propose("S-1", "O-1")
    town.sign("S-1")
    race(lambda _turn: town.confirm("S-1"))
    assert (town.voucher().paid, town.topics().count("settlement.Confirmed")) == (SUBSIDY, 1)


def test_cancelling_and_claiming_at_once_do_one_of_the_two(town):
    for number in range(16):
        town.order(f"O-{number}")
        town.deliver(f"O-{number}")
        town.invoice(f"O-{number}")
    race(lambda turn: (town.cancel if turn % 2 else town.redeem)(f"O-{turn // 2}"), 32)
    states = [town.state(f"O-{number}") for number in range(16)]
    assert {state.status for state in states} <= {"cancelled", "approved", "requested"}
    claimed = sum(state.claimed for state in states)
    assert town.voucher().claimed == town.budget().committed == claimed
    assert town.voucher().available == 300_000 * YUAN - claimed
