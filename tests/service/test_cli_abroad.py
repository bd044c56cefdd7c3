"""At the console: enterprises and providers from abroad are named by their country and their number there."""

import pytest

from tests.service.console import Console

FIRM, LAB = "IE-123456", "GB-NI612345"
FIRMS = "enterprise_id,country,region,registered_on,staff,revenue,status\n123456,IE,IE,2015-03-01,8,900000,active\n"
PROVIDERS = "provider_id,country,region,name,kind,accreditations\nNI612345,GB,GB-NIR,A lab,research-institution,\n"
SCOPE = "EU-DE-MINIMIS-IE"


@pytest.fixture
def console(tmp_path):
    console = Console(tmp_path)
    console.ask("init")
    adopt = ("policy", "adopt", "ie-iv", "--proposed-by", "officer:li", "--approved-by", "officer:wang")
    console.ask(*adopt, "--on", "2026-01-01")
    console.write("firms.csv", FIRMS)
    console.write("providers.csv", PROVIDERS)
    console.ask("registry", "import", "firms.csv", "--as-of", "2025-12-31", "--on", "2026-01-01")
    providers = ("registry", "import", "providers.csv", "--providers", "--as-of", "2025-12-31")
    console.ask(*providers, "--on", "2026-01-01")
    return console


def test_a_firm_from_abroad_is_asked_about_and_its_aid_declared(console):
    assert console.ask("enterprise", "show", FIRM)["enterprise_id"] == FIRM
    assert console.ask("order", "list", "--enterprise", FIRM)["orders"] == []
    declared = ("--number", "A-1", "--measure", "loan", "--granted-on", "2025-06-01", "--amount", "100,000.00")
    said = ("aid", "declare", FIRM, SCOPE, *declared, "--document-digest", "ab" * 32, "--on", "2026-02-01")
    assert "recorded        yes" in console.tell(*said)
    [shown] = console.ask("aid", "show", FIRM.lower(), "--on", "2026-02-02")["aid"]
    assert shown["received"] == 100_000_00


def test_a_register_names_firms_from_abroad(console):
    rows = f"A-1,{FIRM},loan,2025-06-01,100.00\nA-2,IE123456,loan,2025-06-01,100.00\n"
    console.write("aid.csv", f"declaration_id,enterprise_id,measure,granted_on,amount\n{rows}")
    told = console.ask("aid", "import", "aid.csv", SCOPE, "--on", "2026-02-01", code=3)
    assert (told["recorded"], [fault["code"] for fault in told["faults"]]) == (1, ["credit-code-length"])


def test_a_provider_from_abroad_is_accredited_and_suspended(console):
    console.ask("provider", "accredit", LAB, "--category", "STANDARD", "--from", "2026-02-01", "--until", "2027-01-31")
    away = ("--effect", "finish", "--reason", "under inquiry", "--from", "2026-03-01", "--on", "2026-02-02")
    assert console.ask("provider", "suspend", LAB, *away)["suspended_on"] == "2026-03-01"
    assert console.ask("provider", "show", LAB)["provider_id"] == LAB
