"""A bank's document and its lines: taken in once, booked as commands would, or left to people."""

from dataclasses import replace
from typing import Any

import pytest

from tests.examples import DIGEST, LAB, SH_CODE
from vouchers import application as app
from vouchers.application.reconciling import (
    ApproveResolution,
    BookLine,
    CurrencyOfAnotherBatch,
    DeclineResolution,
    ImportStatement,
    ProposeResolution,
    ReturnAmountDiffers,
    SetLineAside,
)
from vouchers.application.remitting import MakeBankFile, PreviewBankFile
from vouchers.bankline.decisions import (
    BankLineDiffers,
    BankLineSettled,
    BankLineUnknown,
    DirectionUnknown,
    OutcomeNotFitting,
    ResolutionNotProposed,
    ResolverNotIndependent,
)
from vouchers.debt.decisions import DebtEnded, DebtUnknown, MoreThanOwed
from vouchers.kinds import BANKLINE, DEBT, REMITTANCE
from vouchers.remittance.decisions import (
    FileOvertaken,
    FormUnknown,
    NothingToSend,
    PayDayInvalid,
    SentBefore,
    make_file,
)
from vouchers.settlement.decisions import (
    LineUnknown,
    PaidUnderAnotherReference,
    PaymentAboveInstruction,
    SettlementNotApproved,
    SettlementUnknown,
)
from vouchers.statement.decisions import SourceUnknown, StatementDiffers, StatementOutOfBalance

SUN, QIAN = "finance:sun", "finance:qian"
ALL = 5_000_00
TODAY = "2026-02-02"
PAPER = ImportStatement(
    "main", "M-1", "statement", "camt.053.001.08", DIGEST, "CNY", TODAY, TODAY, True, 9, "credit", 4, "debit", 2, 15, 3
)


@pytest.fixture
def bank(town):
    """A town whose one order was sent to the bank."""
    town.approved()
    town.propose("S-1", "O-1")
    town.sign("S-1")
    return town


def line(**changes: Any) -> BookLine:
    told = BookLine("main", "L-1", "M-1", "statement", "debit", ALL, "CNY", TODAY, "bank-1", "", "O-1-R1-P1")
    target = {"outcome": "payment", "settlement_id": "S-1", "redemption_id": "O-1-R1"}
    return replace(told, **target | changes)


def unknown(**changes: Any) -> BookLine:
    nobody = {"outcome": "", "settlement_id": "", "redemption_id": "", "instruction_id": ""}
    return line(**nobody | changes)


def book(town, command: BookLine) -> Any:
    return town.do(app.book_line, command, actor=SUN)


def a_file(town, **changes: Any) -> Any:
    made = MakeBankFile("S-1", "pain.001", "main", town.on, f"{town.on}T04:00:00Z", DIGEST, ("O-1-R1-P1",))
    return town.do(app.make_bank_file, replace(made, **changes), actor=SUN)


def status(town) -> str:
    return town.settlement("S-1").lines["O-1-R1"].status


def test_a_document_is_taken_in_once(town):
    assert town.do(app.import_statement, PAPER, actor=SUN)["known"] is False
    with town.assert_quiet():
        assert town.do(app.import_statement, PAPER, actor=QIAN)["known"] is True
    with town.refused(StatementDiffers):
        town.do(app.import_statement, replace(PAPER, debited=16, closing=5), actor=SUN)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"closing": 5}, StatementOutOfBalance),
        ({"closing_side": "credit"}, StatementOutOfBalance),
        ({"opening": 8}, StatementOutOfBalance),
        ({"credited": 1}, StatementOutOfBalance),
        ({"source": "rumour"}, SourceUnknown),
        ({"closing": 5, "has_balances": False}, None),
        ({"opening": 0, "credited": 0, "debited": 4}, None),
    ],
)
def test_balances_lead_to_one_another_where_there_are_any(town, changes, refusal):
    command = replace(PAPER, **changes)
    if refusal is None:
        assert town.do(app.import_statement, command, actor=SUN)["known"] is False
        return
    with town.refused(refusal):
        town.do(app.import_statement, command, actor=SUN)


def test_a_line_pays_the_order_once(bank):
    assert book(bank, line())["status"] == "matched"
    assert (status(bank), bank.state().status) == ("paid", "paid")
    with bank.assert_quiet():
        again = book(bank, line())
        assert (again["status"], again["known"]) == ("matched", True)
    with bank.refused(BankLineDiffers):
        book(bank, line(amount=ALL - 1))


@pytest.mark.parametrize(
    ("changes", "cause", "after"),
    [
        ({"amount": ALL}, "", "paid"),
        ({"amount": ALL - 1}, "", "partly_paid"),
        ({"amount": ALL + 1}, PaymentAboveInstruction.code, "instructed"),
        ({"amount": 0}, PaymentAboveInstruction.code, "instructed"),
        ({"currency": "EUR"}, CurrencyOfAnotherBatch.code, "instructed"),
        ({"booked_on": "2026-02-03"}, "payment-day-invalid", "instructed"),
        ({"instruction_id": "O-1-R1-P2"}, "instruction-unknown", "instructed"),
        ({"redemption_id": "O-9-R1"}, LineUnknown.code, "instructed"),
        ({"settlement_id": "S-9"}, SettlementUnknown.code, "instructed"),
        ({"direction": "credit"}, OutcomeNotFitting.code, "instructed"),
        ({"direction": "credit", "outcome": "return"}, "line-not-paid", "instructed"),
        ({"direction": "none", "outcome": "failure", "amount": 0}, "", "failed"),
    ],
)
def test_what_the_books_refuse_waits_for_a_person_and_moves_nothing(bank, changes, cause, after):
    answer = book(bank, line(**changes))
    assert answer["status"] == ("open" if cause else "matched")
    assert (answer["cause"], status(bank)) == (cause, after)
    with bank.assert_quiet():
        book(bank, line(**changes))


def test_a_second_payment_under_another_reference_waits(bank):
    book(bank, line())
    twice = book(bank, line(line_id="L-2", bank_reference="bank-2"))
    assert twice["cause"] == PaidUnderAnotherReference.code


def test_a_return_is_of_the_whole_last_payment(bank):
    book(bank, line(amount=ALL - 1_00))
    back = {"direction": "credit", "outcome": "return", "bank_reason": "AC04"}
    short = book(bank, line(line_id="L-2", amount=ALL - 1_01, **back))
    assert short["cause"] == ReturnAmountDiffers.code
    assert book(bank, line(line_id="L-3", amount=ALL - 1_00, **back))["status"] == "matched"
    assert status(bank) == "returned"
    assert bank.events("settlement/S-1")[-1].reason == "the bank sent it back: AC04"


def test_a_repayment_is_booked_up_to_what_is_owed(bank):
    book(bank, line())
    bank.claw_back(100_00)
    (debt_id,) = bank.ledger.state(DEBT, LAB).debts
    paid = unknown(direction="credit", outcome="repayment", party_id=LAB, debt_id=debt_id)
    assert book(bank, replace(paid, line_id="L-2", amount=100_01))["cause"] == MoreThanOwed.code
    assert book(bank, replace(paid, line_id="L-3", amount=1, currency="EUR"))["cause"] == CurrencyOfAnotherBatch.code
    assert book(bank, replace(paid, line_id="L-4", amount=1, debt_id="none"))["cause"] == DebtUnknown.code
    assert book(bank, replace(paid, line_id="L-5", amount=100_00, bank_reference="b-5"))["status"] == "matched"
    ended = book(bank, replace(paid, line_id="L-6", amount=1, bank_reference="b-6"))
    assert ended["cause"] == DebtEnded.code


def test_a_line_that_names_nobody_waits_and_is_known_again(bank):
    assert book(bank, unknown(cause="several-named", text="Two."))["cause"] == "several-named"
    assert book(bank, unknown(line_id="L-2"))["cause"] == "nothing-named"
    with bank.assert_quiet():
        book(bank, unknown(line_id="L-2"))
    with bank.refused(DirectionUnknown):
        book(bank, unknown(line_id="L-3", direction="sideways"))


def test_what_waits_is_booked_when_the_books_can_take_it(bank):
    early = line(line_id="L-2", direction="credit", outcome="return")
    assert book(bank, early)["status"] == "open"
    book(bank, line())
    assert book(bank, early)["status"] == "matched"


def test_a_notification_is_confirmed_by_the_statement(bank):
    book(bank, line(source="notification", statement_id="N-1"))
    assert bank.ledger.state(BANKLINE, "main/L-1").stated_in == ""
    book(bank, line())
    assert bank.ledger.state(BANKLINE, "main/L-1").stated_in == "M-1"
    with bank.assert_quiet():
        book(bank, line(statement_id="M-2"))


def test_one_says_what_a_line_is_and_another_agrees(bank):
    said = ProposeResolution("main", "L-1", "payment", "by its amount", "S-1", "O-1-R1")
    with bank.refused(BankLineUnknown):
        bank.do(app.propose_resolution, said, actor=SUN)
    book(bank, unknown())
    with bank.refused(ResolutionNotProposed):
        bank.do(app.approve_resolution, ApproveResolution("main", "L-1"), actor=QIAN)
    assert bank.do(app.propose_resolution, said, actor=SUN)["status"] == "proposed"
    with bank.assert_quiet():
        bank.do(app.propose_resolution, said, actor=SUN)
        book(bank, line())
    for same in (SUN, "officer:Sun"):
        with bank.refused(ResolverNotIndependent):
            bank.do(app.approve_resolution, ApproveResolution("main", "L-1"), actor=same)
    assert bank.do(app.approve_resolution, ApproveResolution("main", "L-1"), actor=QIAN)["status"] == "resolved"
    assert (status(bank), bank.events("bankline/main/L-1")[-1].instruction_id) == ("paid", "O-1-R1-P1")
    for late in (
        (app.approve_resolution, ApproveResolution("main", "L-1")),
        (app.decline_resolution, DeclineResolution("main", "L-1", "late")),
        (app.set_line_aside, SetLineAside("main", "L-1", "late")),
        (app.propose_resolution, said),
    ):
        with bank.refused(BankLineSettled):
            bank.do(*late, actor=QIAN)


def test_what_the_books_refuse_nobody_can_agree_to(bank):
    book(bank, unknown(amount=ALL + 1))
    bank.do(app.propose_resolution, ProposeResolution("main", "L-1", "payment", "?", "S-1", "O-1-R1"), actor=SUN)
    with bank.refused(PaymentAboveInstruction):
        bank.do(app.approve_resolution, ApproveResolution("main", "L-1"), actor=QIAN)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"outcome": "return"}, OutcomeNotFitting),
        ({"outcome": "repayment", "party_id": LAB, "debt_id": "none"}, DebtUnknown),
        ({"outcome": "nonsense"}, OutcomeNotFitting),
        ({"settlement_id": "S-9"}, SettlementUnknown),
        ({"redemption_id": "O-9-R1"}, LineUnknown),
    ],
)
def test_a_line_is_said_to_be_only_what_it_can_be(bank, changes, refusal):
    book(bank, unknown())
    said = ProposeResolution("main", "L-1", "payment", "by its amount", "S-1", "O-1-R1")
    with bank.refused(refusal):
        bank.do(app.propose_resolution, replace(said, **changes), actor=SUN)


def test_another_word_replaces_the_first_and_a_refusal_opens_the_line_again(bank):
    book(bank, unknown())
    said = ProposeResolution("main", "L-1", "payment", "by its amount", "S-1", "O-1-R1")
    bank.do(app.propose_resolution, said, actor=SUN)
    bank.do(app.propose_resolution, replace(said, reason="by its day"), actor=QIAN)
    with bank.refused(ResolverNotIndependent):
        bank.do(app.approve_resolution, ApproveResolution("main", "L-1"), actor=QIAN)
    declined = DeclineResolution("main", "L-1", "neither")
    assert bank.do(app.decline_resolution, declined, actor=QIAN)["status"] == "open"
    with bank.assert_quiet():
        bank.do(app.decline_resolution, declined, actor=QIAN)


def test_a_line_is_set_aside_by_one_and_moves_nothing(bank):
    book(bank, unknown())
    aside = SetLineAside("main", "L-1", "recorded by hand", "S-1", "O-1-R1")
    with bank.refused(LineUnknown):
        bank.do(app.set_line_aside, replace(aside, redemption_id="O-9-R1"), actor=SUN)
    assert bank.do(app.set_line_aside, aside, actor=SUN)["status"] == "set_aside"
    assert (status(bank), bank.events("bankline/main/L-1")[-1].instruction_id) == ("instructed", "O-1-R1-P1")
    with bank.assert_quiet():
        bank.do(app.set_line_aside, aside, actor=QIAN)


def test_an_instruction_is_sent_once(bank):
    ahead = bank.do(app.preview_bank_file, PreviewBankFile("S-1"), actor=SUN)
    assert [each["instruction_id"] for each in ahead["instructions"]] == ["O-1-R1-P1"]
    made = a_file(bank)
    assert (made["file_id"], made["count"], made["total"]) == ("S-1-F1", 1, ALL)
    with bank.refused(NothingToSend):
        a_file(bank, form="csv")
    bank.fail("S-1")
    with bank.refused(NothingToSend):
        a_file(bank)
    bank.reinstruct("S-1")
    with bank.refused(FileOvertaken):
        a_file(bank)
    assert a_file(bank, instructions=("O-1-R1-P2",))["file_id"] == "S-1-F2"
    assert bank.ledger.state(REMITTANCE, "S-1").file_of == {"O-1-R1-P1": "S-1-F1", "O-1-R1-P2": "S-1-F2"}


def test_a_file_that_holds_what_was_sent_is_refused_whoever_made_it(bank):
    a_file(bank)
    state = bank.ledger.state(REMITTANCE, "S-1")
    with pytest.raises(SentBefore):
        make_file(state, state.sent, state.files[0], ("O-1-R1-P1",), on=TODAY)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"form": "fax"}, FormUnknown),
        ({"pay_on": "2026-02-01"}, PayDayInvalid),
        ({"pay_on": "2026-03-05"}, PayDayInvalid),
        ({"instructions": ()}, FileOvertaken),
        ({"instructions": ("O-1-R1-P1", "O-1-R1-P1")}, FileOvertaken),
        ({"settlement_id": "S-9"}, SettlementUnknown),
        ({"pay_on": "2026-03-04"}, None),
    ],
)
def test_a_file_is_what_the_batch_says(bank, changes, refusal):
    if refusal is None:
        assert a_file(bank, **changes)["count"] == 1
        return
    with bank.refused(refusal):
        a_file(bank, **changes)


def test_a_batch_that_nobody_approved_is_not_sent(town):
    town.approved()
    town.propose("S-1", "O-1", programme=SH_CODE)
    with town.refused(SettlementNotApproved):
        a_file(town)
