"""People who log in: users and passwords, sessions, and the record of what regulators read; on every kind of desk."""

import threading

import pytest

from service.desk import TABLES, Desk
from service.identity import RoleUnknown, SubjectMalformed, a_caller
from service.identity import users as users_module
from service.identity.accesses import Access, Accesses
from service.identity.passwords import LoginBusy, Passwords, PasswordTooWeak
from service.identity.sessions import (
    MOST_PER_USER,
    ForgeryRefused,
    SessionEnded,
    Sessions,
    check_forgery,
    forgery_token,
)
from service.identity.settings import Login
from service.identity.users import LoginFailed, TooManyLogins, TooManyUsers, UserExists, Users, UserUnknown
from tests.examples import LAB, PUDONG
from vouchers.identifiers import CreditCodeCheck

QUICK = Login(memory_kib=8, passes=1, idle_minutes=30, longest_hours=12)
NOW, AT = 1_770_000_000, "2026-02-02T04:00:00Z"
GOOD, OTHER = "correct horse battery", "staple of another kind"
HERE = "192.0.2.7"


@pytest.fixture(params=["memory", "postgres"], scope="module")
def opened(request):
    """A desk in one kind of database, for all tests of it."""
    server = request.getfixturevalue("postgres") if request.param == "postgres" else None
    name = server.create_database() if server else ""
    desk = Desk(server.dsn(name) if server else "memory:")
    yield desk
    desk.close()
    if server:
        server.drop_database(name)


@pytest.fixture
def desk(opened):
    """A desk with nothing at it."""
    with opened.writing() as connection:
        for table in TABLES.sorted_tables:
            connection.execute(table.delete())
    return opened


@pytest.fixture
def users(desk):
    return Users(desk, Passwords(QUICK))


@pytest.fixture
def sessions(desk):
    return Sessions(desk, QUICK)


@pytest.fixture
def li(users):
    return users.add("officer", "li", GOOD, AT, by="administrator:ops")


def fail(users, name="li", times=1, now=NOW, place=HERE):
    for _ in range(times):
        with pytest.raises(LoginFailed):
            users.log_in(name, OTHER, place, now)


def test_a_user_logs_in_with_the_password_and_with_nothing_else(users, li):
    assert users.log_in("li", GOOD, HERE, NOW) == li
    assert (li.caller.role, li.caller.subject, li.caller.actor) == ("officer", "li", "officer:li")
    for wrong in (OTHER, GOOD.upper(), f"{GOOD} ", "", "x" * 10_000, "\ud800", "\0"):
        with pytest.raises(LoginFailed):
            users.log_in("li", wrong, HERE, NOW)
        users.set_password("li", GOOD)


def test_only_a_digest_of_the_password_is_kept(users, li, desk):
    with desk.reading() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM users").all())
    assert GOOD not in rows
    assert "$argon2id$v=19$m=8,t=1,p=1$" in rows


def test_whoever_acts_for_a_firm_has_its_code_and_may_have_a_site(users):
    clerk = users.add("provider", "clerk.chen", GOOD, AT, firm=LAB, site="site-2", by="administrator:ops")
    caller = users.log_in("clerk.chen", GOOD, HERE, NOW).caller
    assert (caller.subject, caller.site) == (LAB, "site-2")
    assert users.list() == [clerk]


@pytest.mark.parametrize(
    ("role", "name", "firm", "refusal", "pointer"),
    [
        ("clerk", "li", "", RoleUnknown, "/role"),
        ("officer", "Li Wu", "", SubjectMalformed, "/name"),
        ("officer", "li", PUDONG, SubjectMalformed, "/firm"),
        ("enterprise", "li", "", SubjectMalformed, "/firm"),
        ("enterprise", "li", PUDONG[:-1] + "1", CreditCodeCheck, "/firm"),
    ],
)
def test_a_user_who_is_nobody_is_not_added(users, role, name, firm, refusal, pointer):
    with pytest.raises(refusal) as caught:
        users.add(role, name, GOOD, AT, firm=firm, by="administrator:ops")
    assert caught.value.pointer == pointer
    assert users.list() == []


@pytest.mark.parametrize(
    "password",
    ["", "x" * 11, "x" * 129, "xyzwxyzwxyzwxyzw", "the word is li here", "a\tb" * 10, "correct\nhorse battery"]
    + ["password1234", "Innovation2026", "qwertyuiop12345", "Voucher-Shanghai", "abcdefgh!1234", "123456789012"]
    + ["AdminAdmin!2026"],
)
def test_a_password_that_is_easily_guessed_is_none(users, li, password):
    with pytest.raises(PasswordTooWeak):
        users.set_password("li", password)
    assert users.log_in("li", GOOD, HERE, NOW) == li


@pytest.mark.parametrize(
    "password",
    ["vwxyzvwxyzvw", "my dragon eats qwerty keys", "x1y2z3" * 21 + "ab", "正确的马电池订书钉一二三", " pass phrase "],
)
def test_a_password_may_be_of_any_letters_up_to_128(users, li, password):
    users.set_password("li", password)
    assert users.log_in("li", password, HERE, NOW).name == "li"


def test_a_name_is_taken_once_also_by_two_at_once(users, desk):
    outcomes = []

    def add():
        try:
            outcomes.append(users.add("officer", "li", GOOD, AT, by="administrator:ops").name)
        except UserExists as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["li", "user-exists", "user-exists", "user-exists"]


def test_there_are_so_many_users_at_most(users, li, monkeypatch):
    monkeypatch.setattr(users_module, "MOST", 1)
    with pytest.raises(TooManyUsers):
        users.add("officer", "wu", GOOD, AT, by="administrator:ops")


def test_a_disabled_user_is_answered_like_a_wrong_password(users, li):
    ended = users.disable("li", AT)
    assert users.disable("li", "2026-03-01T00:00:00Z") == ended
    with pytest.raises(LoginFailed) as disabled:
        users.log_in("li", GOOD, HERE, NOW)
    with pytest.raises(LoginFailed) as unknown:
        users.log_in("nobody", GOOD, HERE, NOW)
    assert str(disabled.value) == str(unknown.value)
    with pytest.raises(UserUnknown):
        users.disable("nobody", AT)


def test_an_unknown_name_costs_the_same_check_as_a_known_one(users, li, monkeypatch):
    checked = []
    hasher = users._passwords._hasher
    verify = type(hasher).verify
    monkeypatch.setattr(
        type(hasher), "verify", lambda self, *given: checked.append(given[0][:9]) or verify(self, *given)
    )
    fail(users, "li")
    fail(users, "nobody")
    assert checked == ["$argon2id", "$argon2id"]


@pytest.mark.parametrize("name", ["li", "nobody", "a password by mistake", "", "\0", "\ud800"])
def test_after_five_failures_each_next_attempt_waits_longer_whoever_it_is(users, li, name):
    fail(users, name, 5)
    with pytest.raises(TooManyLogins) as early:
        users.log_in(name, OTHER, "198.51.100.1", NOW + 1)
    assert early.value.facts == {"retry_after": 1}
    fail(users, name, 1, NOW + 2)
    with pytest.raises(TooManyLogins):
        users.log_in(name, OTHER, HERE, NOW + 5)
    fail(users, name, 1, NOW + 6)


def test_even_the_right_password_waits_and_then_the_failures_are_forgotten(users, li):
    fail(users, times=5)
    with pytest.raises(TooManyLogins):
        users.log_in("li", GOOD, HERE, NOW + 1)
    assert users.log_in("li", GOOD, HERE, NOW + 2) == li
    fail(users, times=5, now=NOW + 3)


def test_no_wait_is_longer_than_a_quarter_of_an_hour_and_a_day_forgets(users, li):
    now = NOW
    fail(users, times=5)
    for _ in range(12):
        now += users_module.LONGEST_WAIT
        fail(users, now=now)
    with pytest.raises(TooManyLogins) as waiting:
        users.log_in("li", GOOD, HERE, now + 1)
    assert waiting.value.facts == {"retry_after": users_module.LONGEST_WAIT - 1}
    fail(users, times=5, now=now + users_module.FORGOTTEN_AFTER + 1)


def test_an_address_that_tries_many_names_is_slowed_down_and_another_is_not(users, li):
    for number in range(users_module.FREE_FROM_ADDRESS):
        fail(users, f"name-{number}")
    with pytest.raises(TooManyLogins):
        users.log_in("li", GOOD, HERE, NOW)
    assert users.log_in("li", GOOD, "198.51.100.1", NOW) == li


def test_only_so_many_failures_are_remembered(users, desk, monkeypatch):
    monkeypatch.setattr(users_module, "MOST_FAILURES", 3)
    for number in range(6):
        fail(users, f"name-{number}", now=NOW + number, place=f"192.0.2.{number}")
    with desk.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM failed_logins").scalar_one() == 3


def test_a_password_is_hashed_again_when_the_settings_ask_for_more(users, li, desk):
    stronger = Users(desk, Passwords(Login(memory_kib=16, passes=2)))
    assert stronger.log_in("li", GOOD, HERE, NOW) == li
    with desk.reading() as connection:
        assert "m=16,t=2" in str(connection.exec_driver_sql("SELECT hashed FROM users").scalar_one())
    assert users.log_in("li", GOOD, HERE, NOW) == li


def test_only_two_passwords_are_checked_at_a_time(monkeypatch):
    monkeypatch.setattr("service.identity.passwords.PATIENCE", 0.01)
    passwords = Passwords(QUICK)
    hashed = passwords.hash(GOOD, "li")
    passwords.holds(hashed, GOOD)
    with passwords._turns, passwords._turns, pytest.raises(LoginBusy):
        passwords.holds(hashed, GOOD)
    assert passwords.holds(hashed, GOOD)


def test_a_session_is_found_by_its_secret_alone(sessions, desk):
    caller = a_caller("provider", LAB, "site-2", ("SH-STIV",))
    secret = sessions.begin(caller, "clerk", NOW)
    found = sessions.find(secret, NOW)
    assert (found.caller.subject, found.caller.site, found.caller.programmes) == (LAB, "site-2", ("SH-STIV",))
    assert (found.name, found.caller.via) == ("clerk", "session")
    assert secret not in found.caller.credential
    with desk.reading() as connection:
        assert secret not in str(connection.exec_driver_sql("SELECT * FROM sessions").all())
    for wrong in ("", "x", secret[:-1], secret + "x" * 200, "\ud800"):
        with pytest.raises(SessionEnded):
            sessions.find(wrong, NOW)


def test_a_session_ends_when_it_rests_too_long(sessions):
    secret = sessions.begin(a_caller("officer", "li"), "li", NOW)
    now = NOW
    for _ in range(3):
        now += 30 * 60 - 1
        assert sessions.find(secret, now).name == "li"
    with pytest.raises(SessionEnded):
        sessions.find(secret, now + 30 * 60)


def test_a_session_ends_after_half_a_day_however_busy_it_is(sessions):
    secret = sessions.begin(a_caller("officer", "li"), "li", NOW)
    end = NOW + 12 * 3_600
    for now in range(NOW, end, 20 * 60):
        assert sessions.find(secret, now).until == end
    with pytest.raises(SessionEnded):
        sessions.find(secret, end)


def test_logging_out_ends_one_session_and_disabling_all(sessions):
    caller = a_caller("officer", "li")
    one, two, three = (sessions.begin(caller, "li", NOW) for _ in range(3))
    others = sessions.begin(a_caller("officer", "wu"), "wu", NOW)
    sessions.end(one)
    with pytest.raises(SessionEnded):
        sessions.find(one, NOW)
    assert sessions.find(two, NOW).name == "li"
    assert sessions.end_all("li") == 2
    for each in (two, three):
        with pytest.raises(SessionEnded):
            sessions.find(each, NOW)
    assert sessions.find(others, NOW).name == "wu"


def test_somebody_has_so_many_sessions_at_most_and_the_oldest_ends(sessions):
    caller = a_caller("officer", "li")
    secrets = [sessions.begin(caller, "li", NOW + number) for number in range(MOST_PER_USER + 1)]
    with pytest.raises(SessionEnded):
        sessions.find(secrets[0], NOW + 20)
    assert {sessions.find(each, NOW + 20).name for each in secrets[1:]} == {"li"}


def test_sessions_that_ended_leave_nothing(sessions, desk):
    sessions.begin(a_caller("officer", "li"), "li", NOW)
    sessions.begin(a_caller("officer", "wu"), "wu", NOW + 24 * 3_600)
    with desk.reading() as connection:
        assert connection.exec_driver_sql("SELECT name FROM sessions").scalars().all() == ["wu"]


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "é" * 64])
def test_a_token_against_forgery_belongs_to_one_session(token):
    check_forgery("secret", forgery_token("secret"))
    with pytest.raises(ForgeryRefused):
        check_forgery("secret", token)
    with pytest.raises(ForgeryRefused):
        check_forgery("secret", forgery_token("another"))
    with pytest.raises(ForgeryRefused):
        check_forgery("", forgery_token(""))


def a_read(number=0, **changes):
    read = Access(AT, "regulator:audit", "key", "orders.list_orders", f"/v1/orders?n={number}", 200, 7, "trace")
    return read._replace(**changes)


def test_the_record_of_reads_is_in_order_and_whole(desk):
    record = Accesses(desk)
    lines = [record.add(a_read(number)) for number in range(5)]
    assert [line.seq for line in lines] == [1, 2, 3, 4, 5]
    assert record.list() == lines
    assert record.list(after=3) == lines[3:]
    assert record.list(limit=2) == lines[:2]
    assert record.list(actor="regulator:other") == []
    assert record.verify() == (5, None)


def test_a_long_address_is_cut(desk):
    record = Accesses(desk)
    assert len(record.add(a_read(path="/v1/" + "x" * 9_000)).access.path) == 500
    assert record.verify() == (1, None)


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("UPDATE accesses SET path = '/v1/other' WHERE seq = 3", 3),
        ("UPDATE accesses SET status = 404 WHERE seq = 5", 5),
        ("DELETE FROM accesses WHERE seq = 2", 3),
        ("DELETE FROM accesses WHERE seq = 1", 2),
        ("UPDATE accesses SET seq = 9 WHERE seq = 5", 9),
    ],
)
def test_a_line_that_was_changed_or_taken_out_is_found(desk, change, broken):
    record = Accesses(desk)
    for number in range(5):
        record.add(a_read(number))
    with desk.writing() as connection:
        connection.exec_driver_sql(change)
    assert record.verify()[1] == broken


def test_reads_at_once_are_all_on_record(desk):
    record = Accesses(desk)

    def read(reader):
        for number in range(5):
            record.add(a_read(number, actor=f"regulator:r{reader}"))

    threads = [threading.Thread(target=read, args=(reader,)) for reader in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert record.verify() == (20, None)
    assert len(record.list(actor="regulator:r3")) == 5
