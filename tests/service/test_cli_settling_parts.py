"""At the console: an order that is paid in parts goes into one batch after another."""

from pathlib import Path

from tests.service.console import EVIDENCE, Console, an_entitled_firm, an_order


def a_part(console: Console, order: str, number: int, *more: str) -> None:
    """One invoice of 4,000 yuan of an order, claimed."""
    bill = ("--number", f"2531000000000000000{number}", "--gross", "4,000", "--net", "3,773.58")
    console.ask("invoice", order, *bill, "--on", f"2026-03-1{number}")
    console.ask("redeem", order, *EVIDENCE, *more, "--on", f"2026-03-1{number}")


def a_claimed_part(folder: Path) -> tuple[Console, str]:
    """An order of which a first part is claimed, and more is to come."""
    console, voucher = an_entitled_firm(folder)
    order = an_order(console, voucher)
    console.ask("deliver", order, "--report", "report.pdf", "--on", "2026-03-01")
    a_part(console, order, 1, "--more-to-come")
    return console, order


def test_the_second_part_of_an_order_goes_into_a_batch_of_its_own(tmp_path):
    console, order = a_claimed_part(tmp_path)
    for number, paid in ((2, 200_000), (5, 400_000)):
        on = ("--on", f"2026-03-1{number}")
        batch = console.ask("settle", "propose", "SH-STIV", *on)["settlements"][0]["settlement_id"]
        console.ask("settle", "approve", batch, "--as", "finance:wang", *on)
        console.ask("settle", "confirm", batch, "--reference", f"statement {number}", *on)
        assert console.ask("order", "show", order)["paid"] == paid
        if number == 2:
            a_part(console, order, 3)
    assert len(console.ask("settle", "list")["settlements"]) == 2


def test_the_same_batch_typed_again_is_the_same_batch_whichever_part_it_pays(tmp_path):
    console, order = a_claimed_part(tmp_path)
    batches = []
    for number in (2, 5):
        on = ("--on", f"2026-03-1{number}")
        [first], [again] = [console.ask("settle", "propose", "SH-STIV", order, *on)["settlements"] for _ in range(2)]
        assert again == first
        batches.append(first["settlement_id"])
        console.ask("settle", "approve", batches[-1], "--as", "finance:wang", *on)
        console.ask("settle", "confirm", batches[-1], "--reference", f"statement {number}", *on)
        if number == 2:
            a_part(console, order, 3)
    assert len(set(batches)) == 2
    assert console.ask("order", "show", order)["paid"] == 400_000


def test_a_batch_that_was_withdrawn_is_proposed_anew_under_a_number_of_its_own(tmp_path):
    console, order = a_claimed_part(tmp_path)
    on = ("--on", "2026-03-12")
    [first] = console.ask("settle", "propose", "SH-STIV", order, *on)["settlements"]
    console.ask("settle", "withdraw", first["settlement_id"], "--reason", "too early", *on)
    [second] = console.ask("settle", "propose", "SH-STIV", order, *on)["settlements"]
    assert second["settlement_id"] != first["settlement_id"]


def test_a_part_whose_money_is_held_holds_up_no_other_part(tmp_path):
    console, order = a_claimed_part(tmp_path)
    a_part(console, order, 2)
    on = ("--on", "2026-03-13")
    second = ("--redemption", f"{order}-R2")
    console.ask("supervise", "signal", order, "odd", "--text", "seen twice", *second, *on)
    [batch] = console.ask("settle", "propose", "SH-STIV", *on)["settlements"]
    assert (batch["count"], batch["total"]) == (1, 200_000)
    left_out = console.run("settle", "propose", "SH-STIV", *on)
    assert left_out.exit_code == 1
    assert "held: signal odd. -> " in left_out.stderr
    console.ask("supervise", "lift", order, "--reason", "fine", *second, "--as", "officer:chen", *on)
    [rest] = console.ask("settle", "propose", "SH-STIV", *on)["settlements"]
    assert (rest["count"], rest["total"]) == (1, 200_000)
