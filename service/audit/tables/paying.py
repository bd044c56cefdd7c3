"""Tables of money that left and came back: batches, payments, clawbacks, debts, what the bank was told and said."""

from service.audit.tables.model import table

_ORDER = {"order_id": "orders"}

SETTLEMENTS = table(
    "settlements",
    "Batches of payments: proposed, endorsed, approved, withdrawn.",
    "settlement.Proposed settlement.Endorsed settlement.Approved settlement.Withdrawn",
    "settlement_id=part.1 programme currency count total proposed_by approved_by=data.approved_by|data.endorsed_by "
    "declined_by=data.withdrawn_by reason",
)
SETTLEMENT_LINES = table(
    "settlement_lines",
    "The lines of each batch and what became of each: instructed, confirmed, failed, returned, kept back.",
    "settlement.LineAdded settlement.Instructed settlement.Confirmed settlement.Failed settlement.Netted "
    "settlement.PartlyPaid settlement.Returned",
    "settlement_id=part.1 redemption_id order_id voucher_id payee_id account_ref currency amount instruction_id "
    "attempt bank_reference paid_on=data.paid_on|data.netted_on returned_on debt_id reason",
)
PAYMENTS = table(
    "payments",
    "Payments of claims as they count for orders: confirmed, or come back from the bank.",
    "order.Paid order.PaymentReturned",
    "order_id=part.1 redemption_id settlement_id currency amount paid_on reason",
    references=_ORDER,
)
CLAWBACKS = table(
    "clawbacks",
    "Paid money that is demanded back, and overpayments that were found.",
    "order.ClawbackOrdered order.OverpaymentFound",
    "order_id=part.1 redemption_id currency amount paid due invoice=data.red_invoice reason",
    references=_ORDER,
)
DEBTS = table(
    "debts",
    "What parties owe the programme, and what became of it.",
    "debt.Demanded debt.Received debt.Netted debt.InstalmentsAgreed debt.InstalmentMissed debt.WriteOffProposed "
    "debt.WrittenOff",
    "party=part.1 debt_id programme order_id redemption_id currency amount=data.amount|data.expected "
    "interest=data.to_interest|data.interest principal=data.to_principal|data.principal "
    "counted_on=data.demanded_on|data.received_on|data.netted_on|data.written_off_on due_on rate_bp settlement_id "
    "reference proposed_by approved_by reason",
)
SUPPORT = table(
    "support",
    "The yearly support of platforms.",
    "support.IncomeStated support.SupportDecided support.SupportPaid",
    "programme=part.1 provider_id=part.2 period policy_version policy_digest currency amount base=data.market_income "
    "total=data.total_income share_bp=data.performance_bp pool paid_on bank_reference "
    "done_by=data.stated_by|data.decided_by",
)
REMITTANCES = table(
    "remittances",
    "Files that told the bank to pay, and the instructions in them.",
    "remittance.FileMade remittance.InstructionSent",
    "settlement_id=part.1 file_id form bank_account currency count total instruction_id redemption_id payee_id "
    "account_ref amount pay_on digest done_by=data.made_by",
)
STATEMENTS = table(
    "statements",
    "What the bank stated about our accounts.",
    "statement.Imported",
    "bank_account statement_id source form digest currency from_on until_on opening opening_side closing closing_side "
    "credited debited count done_by=data.imported_by",
)
BANK_LINES = table(
    "bank_lines",
    "Lines of bank statements, and what each turned out to be.",
    "bankline.Heard bankline.Stated bankline.Matched bankline.LeftOpen bankline.ResolutionProposed "
    "bankline.ResolutionDeclined bankline.Resolved bankline.SetAside",
    "bank_account=part.1 line_id=part.2+ statement_id source direction currency amount booked_on bank_reference "
    "bank_reason instruction_id outcome settlement_id redemption_id party=data.party_id debt_id proposed_by "
    "approved_by declined_by=data.declined_by|data.set_aside_by reason=data.reason|data.text",
)

TABLES = (
    SETTLEMENTS, SETTLEMENT_LINES, PAYMENTS, CLAWBACKS, DEBTS, SUPPORT, REMITTANCES, STATEMENTS, BANK_LINES,
)  # fmt: skip
