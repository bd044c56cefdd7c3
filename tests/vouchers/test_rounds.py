"""Money that runs out: a queue that nobody jumps, and rounds whose shares are exactly the money there is."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from tests.examples import YUAN
from tests.given import given
from tests.treasury import a_treasury
from tests.vouchers.parts import change
from vouchers.application.rounds import MoneyIsThere, NobodyWaits
from vouchers.application.waiting import AllottedInRounds, OthersWaitFirst
from vouchers.budget.decisions import BudgetExhausted
from vouchers.kinds import ROUND
from vouchers.order.decisions import OrderExists
from vouchers.refusals import Ineligible
from vouchers.round.decisions import (
    MAX_WAITING,
    AlreadyWaiting,
    ClosingDayInvalid,
    OpenRound,
    RequestUnknown,
    RoundOpen,
    RoundOver,
    RoundRunning,
    RoundUnknown,
    TooManyWaiting,
    allot,
    join,
    open_round,
)
from vouchers.round.events import Closed, Dropped, Joined, Opened

OPENING = OpenRound("P", "2026", "general", "2026-03-31")


@pytest.fixture
def queue():
    """Return a town with a queue and nothing in its pool but 100 fen."""
    with a_treasury(money={"exhaustion": "queue"}) as town:
        town.cut("general", town.budget("general").free - 100)
        yield town


@pytest.fixture
def rounds():
    """Return a town with rounds and 9,000 yuan in its pool."""
    with a_treasury(amount=9_000 * YUAN, money={"exhaustion": "pro_rata"}) as town:
        yield town


def test_an_order_that_finds_no_money_waits_at_its_place(queue):
    with queue.refused(BudgetExhausted):
        queue.order("O-1")
    assert queue.join("O-1") == {"order_id": "O-1", "round": "SH-STIV/2026/general", "place": 1, "amount": 500_000}
    assert queue.join("O-2")["place"] == 2
    with queue.assert_quiet():
        assert queue.join("O-1")["place"] == 1
    assert queue.voucher().reserved == queue.budget("general").committed == 0


def test_nobody_jumps_the_queue_even_with_an_order_small_enough(queue):
    queue.join("O-1")
    with queue.refused(OthersWaitFirst):
        queue.order("O-2", gross=2)
    queue.appropriate("general", 5_000 * YUAN)
    with queue.refused(OthersWaitFirst):
        queue.order("O-2", gross=2)


def test_an_order_that_grows_does_not_jump_the_queue_either(queue):
    queue.appropriate("general", 5_000 * YUAN)
    queue.order("O-1")
    queue.join("O-2")
    with queue.refused(OthersWaitFirst):
        change(queue, 10_000 * YUAN + 2)
    change(queue, 10_000 * YUAN, ends_on="2026-03-31")
    queue.leave("O-2")
    assert change(queue, 10_000 * YUAN + 2, ends_on="2026-03-31")["reserved_more"] == 1


def test_a_top_up_serves_the_queue_in_its_order_as_far_as_it_goes(queue):
    for number in (1, 2, 3):
        queue.join(f"O-{number}")
    assert queue.serve()["served"] == []
    queue.appropriate("general", 12_000 * YUAN)
    answer = queue.serve()
    assert (answer["served"], answer["waiting"]) == (["O-1", "O-2"], 1)
    assert [queue.state(f"O-{number}").status for number in (1, 2, 3)] == ["registered", "registered", ""]
    assert queue.budget("general").free == 2_000 * YUAN + 100
    with queue.assert_quiet():
        queue.serve()


def test_the_queue_stops_at_whom_the_money_is_one_fen_short_for(queue):
    queue.join("O-1")
    queue.join("O-2", gross=4)
    queue.appropriate("general", 5_000 * YUAN - 101)
    with queue.assert_quiet():
        assert queue.serve()["served"] == []
    queue.appropriate("general", 1)
    assert queue.serve()["served"] == ["O-1"]
    queue.appropriate("general", 2)
    assert queue.serve()["served"] == ["O-2"]


def test_money_that_an_order_gives_back_serves_who_waits(queue):
    queue.appropriate("general", 5_000 * YUAN)
    queue.order("O-1")
    queue.join("O-2")
    queue.cancel("O-1")
    assert queue.serve()["served"] == ["O-2"]


def test_who_waits_may_take_its_request_back_and_the_next_moves_up(queue):
    queue.join("O-1")
    queue.join("O-2")
    queue.leave("O-1")
    assert queue.waiting() == ["O-2"]
    with queue.refused(RequestUnknown):
        queue.leave("O-1")
    queue.appropriate("general", 5_000 * YUAN)
    assert queue.serve()["served"] == ["O-2"]


def test_the_rules_of_the_day_count_when_the_turn_comes(queue):
    queue.join("O-1", ends_on="2026-02-28")
    queue.join("O-2")
    queue.appropriate("general", 20_000 * YUAN)
    queue.suspend("finish", from_on="2026-02-10")
    answer = queue.go("2026-02-10").serve()
    assert (answer["served"], answer["dropped"], answer["waiting"]) == ([], ["O-1", "O-2"], 0)
    assert answer["reasons"]["O-2"] == "The provider is suspended from 2026-02-10."
    dropped = [event for event in queue.events("round/SH-STIV/2026/general") if type(event).__name__ == "Dropped"]
    assert all(event.code and event.text for event in dropped)


def test_a_request_leaves_the_queue_when_its_voucher_has_expired(queue):
    queue.join("O-1")
    queue.appropriate("general", 20_000 * YUAN)
    assert queue.go("2027-01-01").serve()["dropped"] == ["O-1"]


def test_whose_turn_it_is_may_register_directly_and_is_then_served(queue):
    queue.join("O-1")
    queue.join("O-2")
    queue.appropriate("general", 5_000 * YUAN)
    queue.order("O-1")
    assert queue.serve()["served"] == ["O-1"]
    assert queue.waiting() == ["O-2"]
    with queue.refused(OrderExists):
        queue.join("O-1")


def test_only_money_may_be_waited_for(queue):
    with queue.refused(Ineligible):
        queue.join("O-1", starts_on="2027-03-01", ends_on="2027-03-02")
    with queue.refused(MoneyIsThere):
        queue.join("O-1", gross=200)
    with queue.refused(MoneyIsThere):
        queue.join("O-1", gross=2)
    with a_treasury() as town:
        with town.refused(NobodyWaits):
            town.join("O-1")
        with town.refused(NobodyWaits):
            town.open_round("2026-03-31", "TEST")


def test_whoever_finds_no_money_is_told_to_join_the_queue(queue):
    with queue.refused(BudgetExhausted) as refusal:
        queue.order("O-1")
    assert refusal.value.remedy == "Join the queue; orders are served in the order of their places as money comes."


def test_a_queue_has_no_rounds_and_says_so(queue):
    with queue.refused(NobodyWaits) as refusal:
        queue.open_round("2026-03-31")
    assert refusal.value.detail == "Orders wait in a queue under this policy; it has no rounds."
    assert refusal.value.remedy == "Serve the queue; its orders are registered in the order of their places."


def test_the_same_order_waits_once_and_a_queue_has_an_end():
    words = {"enterprise_id": "E", "amount": 1, "request": "{}"}
    many = [Joined(f"O-{number}", "E", number, 1, "{}") for number in range(1, MAX_WAITING + 1)]
    given(ROUND, *many[:-1]).when(join, order_id="X", **words).then(Joined("X", "E", MAX_WAITING, 1, "{}"))
    given(ROUND, *many).when(join, order_id="X", **words).refused(TooManyWaiting)
    given(ROUND, *many).when(join, order_id="O-1", **words).then()
    given(ROUND, *many).when(join, order_id="O-1", **words | {"request": "{1}"}).refused(AlreadyWaiting)


def test_a_round_is_opened_once_and_takes_requests_on_its_last_day_and_not_after(rounds):
    with rounds.refused(RoundUnknown):
        rounds.join("O-1")
    rounds.open_round("2026-02-05")
    with rounds.assert_quiet():
        rounds.open_round("2026-02-05")
    with rounds.refused(RoundOpen):
        rounds.open_round("2026-02-06")
    rounds.go("2026-02-05").join("O-1")
    with rounds.refused(RoundRunning):
        rounds.close_round()
    rounds.go("2026-02-06")
    with rounds.refused(RoundOver):
        rounds.join("O-2")
    rounds.close_round()
    with rounds.refused(RoundUnknown):
        rounds.close_round()
    with rounds.refused(ClosingDayInvalid):
        rounds.open_round("2026-02-05")
    assert rounds.open_round("2026-02-06")["number"] == 2


def test_the_first_round_has_number_one():
    given(ROUND).when(open_round, OPENING, by="officer:li", on="2026-03-31").then(Opened(1, "2026-03-31", "officer:li"))


def test_beside_a_round_nobody_is_served(rounds):
    with rounds.refused(AllottedInRounds):
        rounds.order("O-1")


def asked_in_a_round(town, *grosses):
    town.open_round("2026-02-02")
    for number, gross in enumerate(grosses, 1):
        town.join(f"O-{number}", gross=gross, starts_on="2026-02-03")
    return town.go("2026-02-03").close_round()


def test_where_the_money_is_enough_everybody_gets_all(rounds):
    answer = asked_in_a_round(rounds, 10_000 * YUAN, 8_000 * YUAN)
    assert answer["allotted"] == {"O-1": 5_000 * YUAN, "O-2": 4_000 * YUAN}
    assert rounds.budget("general").free == 0
    assert rounds.waiting() == []


def test_where_it_is_not_enough_shares_are_in_proportion_and_exactly_the_money_there_is(rounds):
    rounds.cut("general", 8_900 * YUAN)
    answer = asked_in_a_round(rounds, 20_000, 20_000, 20_000)
    assert sum(answer["allotted"].values()) == 10_000
    assert list(answer["allotted"].values()) == [3_334, 3_333, 3_333]
    assert [rounds.state(f"O-{number}").registered.subsidy for number in (1, 2, 3)] == [3_334, 3_333, 3_333]
    assert (rounds.budget("general").free, rounds.voucher().reserved) == (0, 10_000)


def test_who_may_not_be_paid_any_more_takes_no_share_from_the_others(rounds):
    rounds.cut("general", 8_900 * YUAN)
    rounds.open_round("2026-02-02")
    rounds.join("O-1", gross=20_000, starts_on="2026-02-02")
    rounds.join("O-2", gross=20_000, starts_on="2026-02-10")
    answer = rounds.go("2026-02-05").close_round()
    assert (answer["allotted"], answer["dropped"]) == ({"O-2": 10_000}, ["O-1"])
    assert answer["reasons"]["O-1"].startswith("The service starts on 2026-02-02")


def test_a_round_without_requests_or_money_ends_as_well(rounds):
    answer = asked_in_a_round(rounds)
    assert (answer["asked"], answer["served"]) == (0, [])
    rounds.cut("general", rounds.budget("general").free)
    rounds.go("2026-02-02").open_round("2026-02-04")
    rounds.join("O-1", starts_on="2026-02-10")
    answer = rounds.go("2026-02-05").close_round()
    assert (answer["allotted"], answer["dropped"]) == ({"O-1": 0}, ["O-1"])
    assert answer["reasons"] == {"O-1": "Of the round's money nothing was left for it."}
    dropped = [event for event in rounds.events("round/SH-STIV/2026/general") if type(event) is Dropped]
    assert (dropped[-1].code, dropped[-1].text) == ("budget-exhausted", "Of the round's money nothing was left for it.")
    closed = [event for event in rounds.events("round/SH-STIV/2026/general") if type(event) is Closed]
    assert closed[-1] == Closed(2, 1, 5_000 * YUAN, 0, 0)


@for_all(st.lists(st.integers(1, 10**12), min_size=1, max_size=40), st.integers(0, 10**13))
def test_shares_are_exact_fair_to_a_fen_and_never_more_than_was_asked(amounts, money):
    joined = [Joined(f"O-{number}", "E", number, amount, "{}") for number, amount in enumerate(amounts)]
    state = given(ROUND, Opened(1, "2026-03-31", "officer:li"), *joined).state
    asked = {each.order_id: each.amount for each in joined}
    shares = [each.amount for each in allot(state, asked, money)]
    total = sum(amounts)
    assert sum(shares) == min(total, money)
    assert all(0 <= share <= amount for share, amount in zip(shares, amounts, strict=True))
    if total > money:
        assert all(
            share in (money * a // total, money * a // total + 1) for share, a in zip(shares, amounts, strict=True)
        )


def test_many_who_join_at_once_get_a_place_of_their_own_and_the_money_serves_them_exactly(queue):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: queue.join(f"O-{number}"), range(24)))
    assert sorted(answer["place"] for answer in answers) == list(range(1, 25))
    by_place = [answer["order_id"] for answer in sorted(answers, key=lambda answer: answer["place"])]
    queue.appropriate("general", 7 * 5_000 * YUAN - 100)
    with ThreadPoolExecutor(8) as pool:
        served = [order_id for answer in pool.map(lambda _: queue.serve(), range(8)) for order_id in answer["served"]]
    assert served == by_place[:7]
    assert queue.budget("general").free == 0
    assert queue.waiting() == by_place[7:]
