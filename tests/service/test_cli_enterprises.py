"""What a clerk sees and does about firms whose facts change: days, corrections, successions, findings, sources."""

import pytest

from tests.examples import CHANGNING, LAB, PUDONG
from tests.service.console import FIRMS, an_entitled_firm, an_order

HEADER, ROW, _ = FIRMS.split("\n")
OTHER = "91310118MA1TE001XP"
EARLY = "91350100M0001TGQXM"  # a pilot's code: legal, and its check character does not fit


@pytest.fixture
def office(tmp_path):
    return an_entitled_firm(tmp_path)


def row(code=PUDONG, region="310115", controller="c1", staff="9", status="存续"):
    cells = ROW.replace(",310115,", f",{region},").replace(",c1,", f",{controller},").replace(",9,", f",{staff},", 1)
    return cells.replace("存续", status).format(code=code, tier="B")


def bring(console, *rows, day="2026-03-01", code=0, more=()):
    console.write("new.csv", "\n".join((HEADER, *rows, "")))
    return console.ask("registry", "import", "new.csv", "--as-of", day, "--on", "2026-03-02", *more, code=code)


def test_a_firm_is_shown_with_its_days_its_decisions_and_what_was_found(office):
    console, _ = office
    report = bring(console, row(region="320509"))
    assert (report["recorded"], report["reassessed"]) == (1, 1)
    shown = console.ask("enterprise", "show", PUDONG)
    assert shown["known_days"] == ["2025-12-31", "2026-03-01"]
    assert [(each["outcome"], each["reasons"]) for each in shown["decisions"]] == [("granted", [])]
    assert [each["kind"] for each in shown["findings"]] == ["reassessment"]
    assert "left-region" in console.tell("enterprise", "show", PUDONG)


@pytest.mark.parametrize(("day", "region"), [("2026-02-28", "310115"), ("2026-03-01", "320509")])
def test_the_facts_of_any_day_can_be_asked_for(office, day, region):
    console, _ = office
    bring(console, row(region="320509"))
    assert console.ask("enterprise", "facts", PUDONG, "--on", day)["facts"]["region"] == region
    assert console.refused("enterprise", "facts", PUDONG, "--on", "2025-12-30") == "facts-not-on-record"


def test_late_facts_are_recorded_and_answerable(office):
    console, _ = office
    bring(console, row(staff="50"))
    report = bring(console, row(staff="20"), day="2026-02-01")
    assert (report["older"], report["recorded"]) == (1, 0)
    assert console.ask("enterprise", "facts", PUDONG, "--on", "2026-02-15")["facts"]["staff"] == 20
    assert console.ask("enterprise", "show", PUDONG)["facts"]["staff"] == 50


def test_a_correction_that_casts_doubt_on_a_grant_is_listed_and_cleared(office):
    console, voucher = office
    typed = ("--source", "the register", "--reason", "a misprint", "--on", "2026-03-02")
    answer = console.ask("enterprise", "correct", PUDONG, "--as-of", "2025-12-31", "--fact", "region=320509", *typed)
    assert answer["looks"][0]["doubts"] == ["denied"]
    [doubt, fallen] = console.ask("enterprise", "findings")["findings"]
    assert (doubt["kind"], fallen["kind"]) == ("doubt", "reassessment")
    assert "denied (region)" in console.tell("enterprise", "findings")
    clearing = ("enterprise", "clear", PUDONG, "--programme", "SH-STIV", "--period", "2026", "--reason", "settled")
    assert set(console.ask(*clearing)["cleared"]) == {"doubt", "reassessment"}
    assert console.ask("enterprise", "findings")["findings"] == []
    assert console.refused(*clearing) == "nothing-found"
    assert voucher in console.tell("balance", PUDONG)


def test_money_is_corrected_as_people_write_it(office):
    console, _ = office
    typed = ("--source", "the register", "--reason", "a misprint", "--on", "2026-03-02")
    facts = ("--fact", "revenue=9,000.50", "--fact", "lists=tax-arrears", "--fact", "staff=8")
    console.ask("enterprise", "correct", PUDONG, "--as-of", "2025-12-31", *facts, *typed)
    held = console.ask("enterprise", "facts", PUDONG)["facts"]
    assert (held["revenue"], held["lists"], held["staff"]) == (9_000_50, ["tax-arrears"], 8)


@pytest.mark.parametrize(
    ("fact", "code", "told"),
    [
        ("staff=many", "number-malformed", "staff: "),
        ("staf=12", "fact-malformed", "No registry states staf."),
        ("status=gone", "word-unknown", "status: "),
        ("legal_form=guild", "word-unknown", "legal_form: "),
        ("lists=scoundrels", "word-unknown", "lists: "),
        ("registered_on=2019", "day-malformed", "registered_on: "),
        ("revenue=much", "amount-unreadable", "revenue: "),
        ("region=Pudong", "division-malformed", ""),
        ("enterprise_id=91310105MA1TE0028W", "fact-malformed", ""),
        ("staff", "fact-malformed", ""),
    ],
)
def test_a_correction_is_read_as_a_registry_file_is(office, fact, code, told):
    console, _ = office
    typed = ("--as-of", "2025-12-31", "--fact", fact, "--source", "the register", "--reason", "a misprint")
    size = console.ask("views", "status")["log"]
    assert console.refused("enterprise", "correct", PUDONG, *typed, code=2) == code
    assert told in console.run("enterprise", "correct", PUDONG, *typed).stderr
    assert console.ask("views", "status")["log"] == size


def test_a_correction_may_empty_a_list_and_use_the_registers_own_words(office):
    console, _ = office
    typed = ("--as-of", "2025-12-31", "--source", "the register", "--reason", "a misprint")
    facts = ("--fact", "lists=经营异常;欠税", "--fact", "status=停业", "--fact", "in_incubator=yes")
    told = console.tell("enterprise", "correct", PUDONG, *facts, *typed)
    assert "recorded       yes" in told
    held = console.ask("enterprise", "facts", PUDONG)["facts"]
    assert (held["lists"], held["status"], held["in_incubator"]) == (
        ["abnormal-operation", "tax-arrears"],
        "suspended",
        True,
    )
    console.ask("enterprise", "correct", PUDONG, "--fact", "lists=none", *typed)
    assert console.ask("enterprise", "facts", PUDONG)["facts"]["lists"] == []


def test_what_a_firm_was_granted_passes_to_its_successor(office):
    console, voucher = office
    bring(console, row(OTHER, "310118", "c9"))
    typed = ("--kind", "merger", "--from", "2026-03-02", "--evidence", "contract.pdf", "--reason", "merged")
    answer = console.ask("enterprise", "succeed", PUDONG, OTHER, *typed, "--on", "2026-03-02")
    assert answer["predecessors"] == [PUDONG]
    [decision] = console.ask("enterprise", "show", OTHER)["decisions"]
    assert decision["outcome"] == "passed"
    assert voucher in [each["voucher_id"] for each in decision["vouchers"]]
    assert console.ask("enterprise", "show", PUDONG)["successor"] == OTHER
    assert f"{OTHER} from 2026-03-02" in console.tell("enterprise", "show", PUDONG)
    assert [each["voucher_id"] for each in console.ask("balance", OTHER)["vouchers"]] == [voucher]


def test_a_controller_that_an_import_brings_to_light_late_is_a_finding_of_the_group(office):
    console, voucher = office
    bring(console, row(OTHER, "310118", "c9"), day="2025-12-31", more=("--entitle", "SH-STIV"))
    [own] = console.ask("balance", OTHER)["vouchers"]
    for number in (voucher, own["voucher_id"]):
        dear = ("--gross", "400,000.00", "--net", "400,000.00", "--on", "2026-03-03")
        days = ("--from", "2026-03-03", "--until", "2026-03-20", "--contract", "contract.pdf")
        console.ask("order", "register", number, "--provider", LAB, "--category", "TEST", *days, *dear)
    report = bring(console, row(OTHER, "310118", "c1"), day="2025-12-31")
    assert [each["used"] for each in report["over"]] == [400_000_00]
    [finding] = console.ask("enterprise", "findings")["findings"]
    assert (finding["kind"], finding["enterprise_id"]) == ("over-cap", OTHER)
    closing = ("enterprise", "clear", OTHER, "--cap", finding["period"], "--reason", "paid back")
    assert console.ask(*closing)["open"] == []
    assert console.ask("enterprise", "findings")["findings"] == []


def test_a_clearing_names_either_a_period_or_a_ceiling(office):
    console, _ = office
    for typed in ((), ("--programme", "SH-STIV"), ("--programme", "SH-STIV", "--period", "2026", "--cap", "x")):
        result = console.run("enterprise", "clear", PUDONG, *typed, "--reason", "x")
        assert (result.exit_code, "either --programme and --period, or --cap" in result.stderr) == (2, True)


def test_a_legal_code_that_fails_its_check_is_let_through_for_a_reason_on_record(office):
    console, _ = office
    assert bring(console, row(EARLY, "310118"), code=3)["faults_by_code"] == {"credit-code-check": 1}
    allow = ("registry", "allow", EARLY.lower(), "--reason", "pilot of 2015", "--evidence", "contract.pdf")
    assert console.ask(*allow)["allowed"] == [EARLY]
    assert bring(console, row(EARLY, "310118"), more=("--entitle", "SH-STIV"))["recorded"] == 1
    assert console.ask("enterprise", "show", EARLY)["decisions"][0]["outcome"] == "granted"
    assert console.ask("balance", EARLY)["vouchers"]
    sources = console.ask("registry", "sources")
    assert sources["codes"] == [{"code": EARLY, "reason": "pilot of 2015"}]
    console.ask("registry", "bar", EARLY, "--reason", "the licence was renewed")
    assert bring(console, row(EARLY, "310118", staff="8"), code=3)["faulty"] == 1


def test_a_source_that_is_down_is_told_until_it_is_up_again(office):
    console, _ = office
    console.ask("registry", "down", "registry", "--reason", "maintenance", "--on", "2026-03-02")
    [outage] = console.ask("registry", "sources")["outages"]
    assert (outage["from_on"], outage["until_on"]) == ("2026-03-02", "")
    assert "still" in console.tell("registry", "sources")
    console.ask("registry", "up", "registry", "--reason", "done", "--from", "2026-03-05", "--on", "2026-03-05")
    [outage] = console.ask("registry", "sources")["outages"]
    assert outage["until_on"] == "2026-03-05"


def test_a_firm_that_nobody_knows_is_unknown_whatever_its_code(office):
    console, _ = office
    for code in (CHANGNING, EARLY, "IE-123456"):
        assert console.refused("enterprise", "show", code) == "enterprise-unknown"
    console.tell("enterprise", "show", "9131", code=2)


def test_an_order_and_a_move_leave_the_reservation_and_nothing_else(office):
    console, voucher = office
    an_order(console, voucher)
    bring(console, row(region="320509"))
    told = console.tell("balance", voucher)
    assert "5,000.00" in told
    assert "295,000.00" in told
    console.tell("views", "verify")


def test_looking_again_by_hand_finds_what_an_import_has_found_already(office):
    console, _ = office
    bring(console, row(region="320509"))
    [look] = console.ask("enterprise", "reassess", PUDONG, "--on", "2026-03-02")["looks"]
    assert (look["changed"], look["causes"]) == (False, ["left-region"])


def test_a_firm_under_its_old_code_and_under_its_new_one_is_one_firm_once_that_is_recorded(office):
    console, _ = office
    old, new = "CN-776049653", "91350200776049653A"
    bring(console, row("77604965-3", "310118").replace("2019-01-01", "2005-06-01"), more=("--entitle", "SH-STIV"))
    bring(console, row(new, "310118"), more=())
    assert f"{old} is its old number" in console.tell("enterprise", "show", new)
    typed = ("--kind", "new-code", "--from", "2026-03-02", "--evidence", "contract.pdf", "--reason", "a new licence")
    console.ask("enterprise", "succeed", old, new, *typed, "--on", "2026-03-02")
    assert [each["outcome"] for each in console.ask("enterprise", "show", new)["decisions"]] == ["passed"]
    assert "old number" not in console.tell("enterprise", "show", new)


def test_an_old_code_of_a_young_firm_is_a_fault(office):
    console, _ = office
    assert bring(console, row("77604965-3"), code=3)["faults_by_code"] == {"old-code-outdated": 1}
    assert bring(console, row("77604965-4"), code=3)["faults_by_code"] == {"old-code-malformed": 1}
