"""The vault at the console: a clerk keeps, lists, discloses and erases, within limits."""

from service.audit.disclosing import digest_of
from service.cli.audit.erasing import LARGEST_VALUE
from tests.audit.private import an_installation
from tests.service.console import Console

NAME, PHONE = "张三丰", "+86 138 0013 8000"


def test_a_clerk_keeps_lists_discloses_and_erases(tmp_path):
    with an_installation(tmp_path / "vouchers-data"):
        pass
    console = Console(tmp_path)
    console.write("contact.txt", f"{NAME}\n{PHONE}\n")
    kept = console.ask("audit", "vault", "keep", "S-1", "contact", "--file", "contact.txt", "--on", "2026-02-02")
    assert console.ask("audit", "vault", "list") == {
        "values": [{"subject": "S-1", "field": "contact", "seq": kept["seq"]}]
    }
    told = console.ask("audit", "vault", "disclose", "S-1", "contact")
    assert (told["value"], digest_of(told["disclosure"])) == (f"{NAME}\n{PHONE}", kept["digest"])
    typed = ("audit", "erase", "S-1", "--basis", "art. 17", "--on", "2026-02-02")
    assert console.refused(*typed, "--proposed-by", "officer:desk") == "erasure-not-independent"
    assert console.refused(*typed, "--proposed-by", "officer:li", "--as", "finance:sun") == "role-not-fitting"
    erased = console.ask(*typed, "--proposed-by", "officer:li")
    assert (erased["fields"], erased["destroyed"], erased["seqs"]) == (["contact"], ["contact"], [kept["seq"]])
    assert console.refused("audit", "vault", "disclose", "S-1", "contact") == "value-unknown"
    assert console.ask("audit", "vault", "list") == {"values": []}


def test_a_value_is_kept_up_to_its_limit_and_not_beyond(tmp_path):
    with an_installation(tmp_path / "vouchers-data"):
        pass
    console = Console(tmp_path)
    for size, code in ((LARGEST_VALUE, 0), (LARGEST_VALUE + 1, 2)):
        console.write("value.txt", "x" * size)
        typed = ("audit", "vault", "keep", f"S-{code}", "text", "--file", "value.txt", "--on", "2026-02-02")
        assert console.run(*typed).exit_code == code
