"""At the command line: platforms supported, rulebooks checked against their examples, new rates filed."""

import pytest

from schemas.policies import shipped
from tests.examples import LAB
from tests.policies.cases import policy
from tests.service.console import PROVIDERS, Console

PEOPLE = ("--proposed-by", "officer:li", "--approved-by", "officer:wang")
YEAR = ("SH-PLATFORM", LAB, "2026")
DAY = ("--on", "2026-02-02")
INCOME = ("--market", "4,000,000.00", "--total", "10,000,000.00", "--performance-bp", "9000", "--accounts", "a.pdf")


@pytest.fixture
def console(tmp_path) -> Console:
    """An office that supports platforms, with one of them in the directory."""
    console = Console(tmp_path)
    console.ask("init")
    console.ask("policy", "adopt", "platform-backslide", *PEOPLE, *DAY)
    console.write("providers.csv", PROVIDERS.format(code=LAB).replace(",lab,", ",platform,"))
    console.ask("registry", "import", "providers.csv", "--providers", *DAY)
    console.ask("budget", "appropriate", "SH-PLATFORM", "2026", "--amount", "90,000,000.00", "--reference", "act", *DAY)
    console.write("a.pdf", "audited accounts")
    return console


def test_a_platform_is_supported_by_three_people(console):
    console.ask("support", "state", *YEAR, *INCOME, "--as", "officer:li", *DAY)
    assert console.refused("support", "decide", *YEAR, "--as", "officer:li", *DAY) == "support-needs-second-person"
    decided = console.ask("support", "decide", *YEAR, "--as", "officer:wu", *DAY)
    assert (decided["amount"], len(decided["explanation"])) == (740_000_000, 5)
    paid = console.ask("support", "pay", *YEAR, "--reference", "bank 7", *DAY)
    assert paid["paid_on"] == "2026-02-02"
    (year,) = console.ask("support", "show", "SH-PLATFORM", LAB)["years"]
    assert (year["rd_part"], year["degressive_part"], year["amount"]) == (200_000_000, 540_000_000, 740_000_000)
    assert "7,400,000.00 CNY" in console.tell("support", "show", "SH-PLATFORM", LAB)
    assert "research is not cut" in console.tell("history", f"support/SH-PLATFORM/{LAB}").replace("\n", " ")
    history = " ".join(line["sentence"] for line in console.ask("history", f"support/SH-PLATFORM/{LAB}")["lines"])
    for told in (
        "earned 10,000,000.00 in 2026",
        "4,000,000.00 of it from the market",
        "performance in basis points 9000",
        "2,000,000.00 CNY of it for research",
    ):
        assert told in history, told


def test_a_platform_without_figures_has_nothing_to_show(console):
    assert console.ask("support", "show", "SH-PLATFORM", LAB) == {"years": []}
    assert "Nothing is stated yet." in console.tell("support", "show", "SH-PLATFORM", LAB)


def test_a_checked_policy_says_how_many_examples_it_comes_to(console):
    count = len(policy("sd-lc").examples)
    assert f"sound; it comes to its {count} examples" in console.tell("policy", "check", str(shipped()["sd-lc"]))


def test_a_policy_that_misses_an_example_is_told_with_its_place_and_not_adopted(console):
    text = shipped()["sd-lc"].read_text(encoding="utf-8").replace("rate_bp = 3000", "rate_bp = 2999")
    console.write("wrong.toml", text)
    (fault,) = console.ask("policy", "check", "wrong.toml", code=3)["wrong.toml"][:1]
    assert fault["path"].startswith("examples.case[")
    console.ask("policy", "adopt", "wrong.toml", *PEOPLE, *DAY, code=3)
    assert all(each["programme"] != "SD-LC" for each in console.ask("policy", "list")["adopted"])


def test_new_rates_are_adopted_with_their_filing(console):
    console.ask("policy", "adopt", "cp-2017", *PEOPLE, *DAY)
    text = shipped()["cp-2017"].read_text(encoding="utf-8")
    console.write("next.toml", text.replace('version = "2017"', 'version = "2026"'))
    adopt = ("policy", "adopt", "next.toml", *PEOPLE, *DAY)
    assert console.refused(*adopt) == "filing-missing"
    assert console.ask(*adopt, "--filing", "letter 7", "--filed-on", "2017-09-01")["version"] == "2026"
