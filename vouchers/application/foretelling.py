"""What follows from an order, told before it is registered."""

from vouchers.application.cases import Case
from vouchers.kinds import VOUCHER
from vouchers.ledger import Unit
from vouchers.money import exponent_of, format_amount
from vouchers.policy import payee


def consequences(unit: Unit, case: Case) -> list[str]:
    """Each consequence as a sentence: what is set aside, what the firm pays, until when, and what cannot be undone."""
    assessment, currency = case.assessment, case.terms.currency
    exponent = exponent_of(currency)
    vouchers = [(source, unit.load(VOUCHER, source.voucher_id)) for source in case.sources]
    told = [
        f"{format_amount(source.amount, exponent, currency)} of voucher {source.voucher_id} is set aside;"
        f" {format_amount(state.spendable(unit.on) - source.amount, exponent, currency)} of it stays available."
        for source, state in vouchers
    ]
    use_by_on = min(state.use_by_on for _, state in vouchers)
    redeem_by_on = min(state.redeem_by_on for _, state in vouchers)
    return [
        *told,
        f"The enterprise pays {format_amount(assessment.own_share, exponent, currency)} itself.",
        f"The {payee(case.policy)} must claim by {redeem_by_on}; what is not claimed by then lapses.",
        f"The order can be changed or cancelled until it is claimed; what is given back after {use_by_on} has expired.",
        "What is paid cannot be cancelled any more; it can only be demanded back.",
    ]
