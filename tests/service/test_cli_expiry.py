"""A voucher ends with its last local day, to the second and on every screen, though no run has recorded it."""

import pytest
from freezegun import freeze_time

from tests.examples import CHANGNING, LAB, PUDONG, SH_CODE, voucher_of
from tests.rulebooks import changed, with_a_second_voucher
from tests.service.console import FIRMS, PRICE, Console, an_entitled_firm, an_order
from vouchers.days import add_days

# The last day of use is 31 December 2026; Shanghai is eight hours ahead of UTC.
LAST_SECOND, MIDNIGHT = "2026-12-31T15:59:59Z", "2026-12-31T16:00:00Z"
WHOLE, USED = 30_000_000, 500_000


@pytest.fixture
def office(tmp_path) -> tuple[Console, str]:
    """A firm whose voucher of 300,000 yuan has one open order of which it pays 5,000."""
    console, voucher = an_entitled_firm(tmp_path)
    an_order(console, voucher)
    return console, voucher


def _expired(console: Console, voucher: str) -> list[int]:
    """What each screen calls expired: the balance of the voucher and of the firm, the statement, the replay."""
    [one], [all_of_firm] = (console.ask("balance", each)["vouchers"] for each in (voucher, PUDONG))
    replayed = console.ask("replay", voucher, "--as-of", _today(console))["expired"]
    statement = console.ask("voucher", "statement", voucher)
    recorded = sum(line["amount"] for line in statement["lines"] if line["to_place"] == "expired")
    assert one["spendable"] + one["places"]["expired"] == WHOLE - USED
    return [
        one["places"]["expired"],
        all_of_firm["places"]["expired"],
        replayed,
        recorded + statement["expired_unrecorded"],
    ]


def _today(console: Console) -> str:
    """The present local day of an installation."""
    return console.ask("balance", PUDONG)["on"]


def test_at_the_last_second_nothing_has_expired_on_any_screen(office):
    with freeze_time(LAST_SECOND):
        assert _expired(*office) == [0] * 4


def test_at_midnight_everything_unused_has_expired_on_every_screen_though_no_run_has_been(office):
    console, voucher = office
    with freeze_time(MIDNIGHT):
        assert _expired(*office) == [WHOLE - USED] * 4
        assert "295,000.00 CNY expired after 2026-12-31" in console.tell("voucher", "statement", voucher)
        console.ask("expire")
        assert _expired(*office) == [WHOLE - USED] * 4
        assert console.ask("voucher", "statement", voucher)["expired_unrecorded"] == 0


@pytest.mark.parametrize(("instant", "fits"), [(LAST_SECOND, True), (MIDNIGHT, False)])
def test_an_order_and_a_return_of_value_are_possible_until_the_last_second(office, instant, fits):
    console, voucher = office
    with freeze_time(instant):
        day = _today(console)
        service = ("--contract", "report.pdf", "--from", day, "--until", day)
        order = ("order", "register", voucher, "--provider", LAB, "--category", "TEST", *service, *PRICE)
        back = ("voucher", "return", voucher, "--amount", "1.00", "--reason", "not needed")
        if fits:
            assert console.ask(*order)["subsidy"] == USED
            assert console.ask(*back)["available"] == WHOLE - 2 * USED - 100
        else:
            assert console.ask(*order, code=1)["refused"]["reasons"][0]["code"] == "voucher-expired"
            assert console.refused(*back) == "nothing-to-return"


def test_a_claim_on_an_open_order_is_possible_until_the_redeem_by_day_though_the_rest_has_expired(office):
    console, voucher = office
    [order] = console.ask("order", "list", "--programme", SH_CODE)["orders"]
    with freeze_time(MIDNIGHT):
        assert console.ask("deliver", order["order_id"], "--report", "report.pdf")["status"] == "delivered"
        [one] = console.ask("balance", voucher)["vouchers"]
        assert (one["spendable"], one["places"]["reserved"]) == (0, USED)


def _two_vouchers(document):
    with_a_second_voucher(300_000, 200_000)(document)
    document["deadlines"].update({"extensions": 1, "extension_months": 6})


def test_an_order_over_two_vouchers_lapses_with_the_first_that_can_no_longer_be_redeemed(office):
    console, _ = office
    console.write("policy.json", changed(_two_vouchers).document)
    people = ("--proposed-by", "officer:li", "--approved-by", "officer:wang")
    console.ask("policy", "adopt", "policy.json", *people, "--on", "2026-02-02")
    console.write("second.csv", FIRMS.format(code=CHANGNING, tier="B"))
    console.ask("registry", "import", "second.csv", "--as-of", "2025-12-31", "--on", "2026-02-02")
    console.ask("entitle", SH_CODE, "--on", "2026-02-02")
    long, short = voucher_of(CHANGNING), voucher_of(CHANGNING, kind="second")
    order = ("order", "register", long, "--voucher", short, "--provider", LAB, "--category", "TEST", "--order", "O-2")
    price = ("--gross", "9,000.00", "--net", "9,000.00")
    console.ask(
        *order,
        "--contract",
        "report.pdf",
        "--from",
        "2026-02-02",
        "--until",
        "2026-03-01",
        *price,
        "--on",
        "2026-02-02",
    )
    days = ("--use-by", "2027-06-30", "--redeem-by", "2027-12-31", "--reason", "the laboratory was flooded")
    console.ask("voucher", "extend", long, *days, "--on", "2026-12-01")
    [ends] = {each["redeem_by_on"] for each in console.ask("balance", short)["vouchers"]}
    assert "O-2" not in _lapsed(console, ends)
    assert "O-2" in _lapsed(console, add_days(ends, 1))
    assert console.ask("views", "verify")["differences"] == []


def _lapsed(console: Console, day: str) -> list[str]:
    """The orders that have lapsed after a run that takes effect on a day."""
    console.ask("expire", "--on", day)
    return [each["order_id"] for each in console.ask("order", "list", "--status", "lapsed")["orders"]]
