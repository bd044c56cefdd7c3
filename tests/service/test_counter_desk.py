"""The desk of the counter in every kind of store: codes, guesses and papers, with several people at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service.counter.codes import CODES, GUESSES, Codes, CounterFrozen
from service.counter.settings import Counter
from service.counter.syncing import PAPERS, _keep
from service.desk import Desk
from tests.examples import JIANGSU_LAB, LAB
from tests.service.walk import address
from vouchers.days import instant_of

SETTINGS = Counter(code_minutes=10, wrong_codes=3, window_minutes=30, freeze_minutes=60)
START = 1_770_000_000


class Clock:
    """A clock that somebody moves by hand."""

    def __init__(self):
        self.seconds = START

    def __call__(self):
        return instant_of(self.seconds * 1_000_000)

    def later(self, minutes):
        self.seconds += minutes * 60


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def desk(request, tmp_path):
    opened = Desk(address(request.param, request, tmp_path, "desk"))
    yield opened
    opened.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def codes(desk, clock, tmp_path):
    return Codes(desk, tmp_path, SETTINGS, clock)


def guess(codes, provider=LAB, order_id="", *, own=False):
    assert not codes.look_up("K-0000-0000-0000-0", provider, order_id, own=own).good
    codes.missed(provider, order_id, own=own)


def test_a_code_is_good_for_its_provider_and_order_and_for_its_minutes(codes, clock):
    code, expires_at = codes.issue("O-1", LAB)
    assert expires_at == instant_of((START + 600) * 1_000_000)
    assert codes.look_up(code, LAB, "", own=False)[::2] == ("O-1", True)
    assert codes.look_up(code, LAB, "O-1", own=True)[::2] == ("O-1", True)
    assert codes.look_up(code, LAB, "O-2", own=True)[::2] == ("O-2", False)
    assert codes.look_up(code, JIANGSU_LAB, "", own=False)[::2] == ("", False)
    clock.later(10)
    # A request that is repeated still finds the order that it was about.
    assert codes.look_up(code, LAB, "", own=False)[::2] == ("O-1", False)


def test_a_later_code_takes_the_place_of_an_earlier_one(codes):
    first, second = codes.issue("O-1", LAB).code, codes.issue("O-1", LAB).code
    assert not codes.look_up(first, LAB, "", own=False).good
    assert codes.look_up(second, LAB, "", own=False).good
    assert codes.standing("O-1").open_until


def test_codes_are_forgotten_after_a_day(codes, clock, desk):
    codes.issue("O-1", LAB)
    clock.later(24 * 60 + 11)
    codes.issue("O-2", LAB)
    with desk.reading() as connection:
        assert [row.order_id for row in connection.execute(CODES.select())] == ["O-2"]


def test_the_last_wrong_code_freezes_and_time_or_the_enterprise_ends_it(codes, clock):
    code = codes.issue("O-1", LAB).code
    guess(codes, order_id="O-1", own=True)
    guess(codes, order_id="O-1", own=True)
    assert codes.look_up(code, LAB, "O-1", own=True).good
    guess(codes, order_id="O-1", own=True)
    with pytest.raises(CounterFrozen):
        codes.look_up(code, LAB, "O-1", own=True)
    standing = codes.standing("O-1")
    assert (standing.open_until, standing.wrong_codes) == ("", 0)
    assert standing.frozen_until == instant_of((START + 3_600) * 1_000_000)
    assert codes.lift("O-1").frozen_until == ""
    codes.issue("O-1", LAB)
    with pytest.raises(CounterFrozen):
        codes.look_up(code, LAB, "", own=False)
    clock.later(60)
    assert not codes.look_up(code, LAB, "", own=False).good


def test_wrong_codes_of_long_ago_do_not_count(codes, clock):
    guess(codes)
    guess(codes)
    clock.later(30)
    guess(codes)
    guess(codes)
    guess_again = codes.issue("O-1", LAB).code
    assert codes.look_up(guess_again, LAB, "", own=False).good


def test_everybody_who_guesses_at_once_is_counted(desk, tmp_path):
    wide = Codes(desk, tmp_path, Counter(wrong_codes=100), Clock())
    with ThreadPoolExecutor(8) as people:
        list(people.map(lambda _: wide.missed(LAB, "O-1", own=True), range(24)))
    with desk.reading() as connection:
        rows = {row.subject: row.wrong for row in connection.execute(GUESSES.select())}
    assert rows == {f"provider:{LAB}": 24, "order:O-1": 24}


def test_papers_are_kept_once_by_whoever_comes_first(desk):
    with ThreadPoolExecutor(8) as people:
        list(people.map(lambda _: _keep(desk, {"a" * 64: "first", "b" * 64: "second"}), range(16)))
    with desk.reading() as connection:
        assert sorted(row.text for row in connection.execute(PAPERS.select())) == ["first", "second"]


def test_the_secret_is_the_owners_alone_and_another_installation_knows_no_code(codes, desk, tmp_path, clock):
    code = codes.issue("O-1", LAB).code
    assert (tmp_path / "counter.secret").stat().st_mode & 0o077 == 0
    (tmp_path / "other").mkdir()
    other = Codes(desk, tmp_path / "other", SETTINGS, clock)
    assert not other.look_up(code, LAB, "", own=False).good
    assert Codes(desk, tmp_path, SETTINGS, clock).look_up(code, LAB, "", own=False).good
