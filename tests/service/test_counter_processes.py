"""Two tills, two programs, one code: exactly one of them is served."""

from freezegun import freeze_time

from service.settings import load_settings
from service.wiring import Service
from tests.examples import LAB
from tests.service.console import an_entitled_firm, an_order
from vouchers.kinds import COUNTER, ORDER


def test_of_two_programs_with_one_code_exactly_one_is_served(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    order_id = an_order(console, voucher)
    code = console.ask("counter", "code", "issue", order_id)["code"]
    bill = ("--report", "report.pdf", "--gross", "2,000.00", "--net", "2,000.00", "--more-to-come")
    papers = ("--evidence", "test_report=proof.pdf", "--evidence", "own_share_payment_proof=proof.pdf")
    typed = ("counter", "code", "redeem", code, "--provider", LAB, *bill, *papers)
    tills = [console.spawn(*typed, "--number", f"{number:020d}", "--key", f"till-{number}") for number in (1, 2)]
    told = [till.communicate(timeout=120) for till in tills]
    assert sorted(till.returncode for till in tills) == [0, 1], told
    assert any("code-not-accepted" in complaint for _, complaint in told)
    with Service(load_settings(str(tmp_path / "vouchers-data"), {})) as service:
        assert len(service.ledger.state(COUNTER, order_id).used) == 1
        assert len(service.ledger.state(ORDER, order_id).claims) == 1


def test_a_code_that_is_over_at_one_desk_is_over_at_all(tmp_path):
    console, voucher = an_entitled_firm(tmp_path)
    order_id = an_order(console, voucher)
    with freeze_time("2026-02-10 02:00:00"):
        console.ask("counter", "code", "issue", order_id)
        assert console.ask("counter", "code", "show", order_id)["open_until"]
    with freeze_time("2026-02-10 02:10:00"):
        assert console.ask("counter", "code", "show", order_id)["open_until"] == ""
    assert console.refused("counter", "code", "issue", "O-9") == "order-unknown"
