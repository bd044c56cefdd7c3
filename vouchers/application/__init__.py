"""Everything the service can do: one function per command, each gathers states, decides, and appends."""

from vouchers.application.entitling import change_credit_tier, entitle, import_facts, policies_in_force, record_facts
from vouchers.application.ordering import (
    accept_delivery,
    cancel_order,
    file_invoice,
    lapse_order,
    preview_order,
    register_order,
)
from vouchers.application.programmes import (
    adopt_policy,
    announce,
    appropriate,
    close_programme,
    compiled,
    cut_budget,
)
from vouchers.application.providing import accredit, admit, reinstate, suspend
from vouchers.application.recovering import claw_back
from vouchers.application.redeeming import request_redemption, reverse_redemption
from vouchers.application.reviewing import approve_review, reject_review
from vouchers.application.running import Answer, Outcome, outcome_of, record_refusal, run, submit
from vouchers.application.settling import (
    approve_settlement,
    confirm_payment,
    fail_payment,
    propose_settlement,
    reinstruct_payment,
    withdraw_settlement,
)
from vouchers.application.vouchering import expire_voucher, extend_voucher, return_value, revoke_voucher

__all__ = [
    "Answer",
    "Outcome",
    "accept_delivery",
    "accredit",
    "admit",
    "adopt_policy",
    "announce",
    "appropriate",
    "approve_review",
    "approve_settlement",
    "cancel_order",
    "change_credit_tier",
    "claw_back",
    "close_programme",
    "compiled",
    "confirm_payment",
    "cut_budget",
    "entitle",
    "expire_voucher",
    "extend_voucher",
    "fail_payment",
    "file_invoice",
    "import_facts",
    "lapse_order",
    "outcome_of",
    "policies_in_force",
    "preview_order",
    "propose_settlement",
    "record_facts",
    "record_refusal",
    "register_order",
    "reinstate",
    "reinstruct_payment",
    "reject_review",
    "request_redemption",
    "return_value",
    "reverse_redemption",
    "revoke_voucher",
    "run",
    "submit",
    "suspend",
    "withdraw_settlement",
]
