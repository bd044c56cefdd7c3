"""The commands about keys, tokens, users and the record of reads, as an administrator types them."""

import base64
import json

import pytest
from click.testing import CliRunner

from service import clock
from service.cli import program
from service.desk import Desk
from service.identity import a_caller, list_keys
from service.identity.accesses import Access, Accesses
from service.identity.authenticating import Authenticator
from service.identity.sessions import Sessions
from service.identity.settings import Login
from tests.examples import LAB, PUDONG
from tests.service.console import Console

GOOD = "correct horse battery"
ADD = ("user", "add", "officer", "li", "--password", "-")


@pytest.fixture
def console(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # A password of these costs a test what it costs an installation, unless it is told otherwise.
    monkeypatch.setenv("VOUCHERS_LOGIN__MEMORY_KIB", "8")
    console = Console(tmp_path)
    console.tell("init")
    return console


@pytest.fixture
def who(console):
    desk = Desk(f"sqlite:{console.folder / 'vouchers-data' / 'desk.sqlite'}")
    yield Authenticator(console.folder / "vouchers-data", desk)
    desk.close()


def typed(console, lines, *command):
    result = CliRunner().invoke(program, list(command), input=lines)
    return result.exit_code, result.stdout


def test_a_token_is_shown_in_one_line_and_works_until_it_is_revoked(console, who):
    shown = console.tell("token", "issue", "provider", LAB, "--site", "s-1", "--programme", "SH-STIV")
    text = shown.splitlines()[0]
    caller = who.authenticate(f"Bearer {text}")
    assert (caller.subject, caller.site, caller.programmes) == (LAB, "s-1", ("SH-STIV",))
    assert caller.credential in shown
    revoked = console.ask("token", "revoke", caller.credential, "--reason", "stolen")
    assert (revoked["reason"], revoked["revoked_by"]) == ("stolen", "administrator:desk")
    with pytest.raises(Exception, match="revoked"):
        who.authenticate(f"Bearer {text}")
    assert [each["jti"] for each in console.ask("token", "list")["revoked"]] == [caller.credential]


@pytest.mark.parametrize(("span", "seconds"), [("90s", 90), ("30m", 1_800), ("8h", 28_800), ("7d", 604_800)])
def test_a_token_lasts_as_long_as_is_typed(console, span, seconds):
    text = console.ask("token", "issue", "officer", "li", "--expires", span)
    claims = json.loads(base64.urlsafe_b64decode(text["token"].split(".")[1] + "=="))
    assert claims["exp"] - claims["iat"] == seconds
    assert text["expires"] == claims["exp"]


@pytest.mark.parametrize("span", ["", "0h", "1w", "-1h", "1.5h", "99999999s"])
def test_a_span_that_cannot_be_read_is_wrong_usage(console, span):
    assert console.run("token", "issue", "officer", "li", "--expires", span).exit_code == 2


def test_a_token_for_longer_than_a_month_is_refused(console):
    assert console.refused("token", "issue", "officer", "li", "--expires", "31d", code=2) == "lifetime-too-long"


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        (("officer", "Li Wu"), "subject-malformed"),
        (("officer", "li", "--site", "s-1"), "site-misplaced"),
        (("administrator", "ops", "--programme", "SH-STIV"), "programmes-misplaced"),
        (("enterprise", PUDONG[:-1] + "1"), "credit-code-check"),
    ],
)
def test_a_token_for_nobody_is_not_issued(console, typed, refusal):
    assert console.refused("token", "issue", *typed, code=2) == refusal


def test_a_new_signing_key_leaves_tokens_alone_unless_it_is_at_once(console, who):
    text = console.ask("token", "issue", "officer", "li")["token"]
    assert console.ask("token", "rotate")["old_keys"] == 1
    assert who.authenticate(f"Bearer {text}").subject == "li"
    assert console.ask("token", "rotate", "--at-once")["old_keys"] == 0
    with pytest.raises(Exception, match="key"):
        who.authenticate(f"Bearer {text}")


def test_a_key_may_be_for_a_site_and_says_who_made_it(console):
    assert console.ask("key", "create", "provider", LAB, "--site", "s-1")["subject"] == LAB
    listed = console.ask("key", "list")["keys"]
    assert [(key["site"], key["created_by"]) for key in listed] == [("s-1", "administrator:desk")]
    assert "sha256" not in listed[0]
    assert list_keys(console.folder / "vouchers-data")[0].site == "s-1"


def test_a_user_is_added_listed_and_disabled(console):
    code, shown = typed(console, f"{GOOD}\n", *ADD)
    assert code == 0
    assert GOOD not in shown
    assert [user["name"] for user in console.ask("user", "list")["users"]] == ["li"]
    assert typed(console, "another good phrase\n", "user", "password", "li", "--password", "-")[0] == 0
    assert console.ask("user", "disable", "li")["disabled_at"]
    assert console.refused("user", "disable", "wu") == "user-unknown"
    assert "li" in console.tell("user", "list")


def test_who_is_logged_in_is_listed_and_logged_out(console, who):
    assert "Nobody" in console.tell("user", "sessions")
    sessions = Sessions(who.revocations._desk, Login())
    secret = sessions.begin(a_caller("officer", "li"), "ministry:officer:li", clock.seconds())
    listed = console.ask("user", "sessions")["sessions"]
    assert [(each["name"], each["role"]) for each in listed] == [("ministry:officer:li", "officer")]
    assert secret not in console.tell("user", "sessions")
    assert console.ask("user", "logout", "ministry:officer:li")["ended"] == 1
    assert console.ask("user", "sessions")["sessions"] == []


def test_a_password_is_typed_twice_at_a_terminal_and_not_shown(console):
    code, shown = typed(console, f"{GOOD}\n{GOOD}\n", *ADD[:4])
    assert code == 0
    assert GOOD not in shown
    code, _ = typed(console, f"{GOOD}\nsomething else\n", "user", "add", "officer", "wu")
    assert code == 1
    assert [user["name"] for user in console.ask("user", "list")["users"]] == ["li"]


@pytest.mark.parametrize("password", ["", "short", "x" * 200])
def test_a_weak_password_adds_nobody(console, password):
    assert typed(console, f"{password}\n", *ADD)[0] == 2
    assert console.ask("user", "list")["users"] == []


def test_the_password_is_no_part_of_the_command(console):
    assert typed(console, "", "user", "add", "officer", "li", "--password", GOOD)[0] == 2


def test_the_record_of_reads_is_listed_and_verified(console, who):
    assert "No regulator" in console.tell("access", "list")
    record = Accesses(who.revocations._desk)
    for number in range(3):
        record.add(Access("2026-02-02T04:00:00Z", "regulator:audit", "k", "r", f"/v1/x?{number}", 200, number, "t"))
    listed = console.ask("access", "list", "--after", "1", "--limit", "1")["accesses"]
    assert [(line["seq"], line["path"]) for line in listed] == [(2, "/v1/x?1")]
    assert console.ask("access", "list", "--actor", "regulator:other")["accesses"] == []
    assert console.ask("access", "verify") == {"lines": 3, "broken_at": None}
    with who.revocations._desk.writing() as desk:
        desk.exec_driver_sql("DELETE FROM accesses WHERE seq = 2")
    assert console.ask("access", "verify", code=4) == {"lines": 2, "broken_at": 3}
    assert "Line 3" in console.tell("access", "verify", code=4)


def test_an_issuer_that_cannot_be_told_is_a_fault_of_the_settings(console):
    settings = console.folder / "vouchers-data" / "vouchers.toml"
    settings.write_text('[[issuer]]\nname = "op"\n')
    assert console.refused("user", "list", code=2) == "setting-invalid"


def test_init_says_by_what_name_tokens_are_issued(tmp_path, monkeypatch):
    told = Console(tmp_path).ask("init", "--data", str(tmp_path / "d"))
    assert told["token_issuer"].startswith("urn:uuid:")
    assert Console(tmp_path).ask("init", "--data", str(tmp_path / "d"))["token_issuer"] == told["token_issuer"]
