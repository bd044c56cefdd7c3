"""Everything the service can do: one function per command, each gathers states, decides, and appends."""

from vouchers.application.accounting import approve_account, decline_account, propose_account
from vouchers.application.admitting import (
    dismiss_objection,
    join_after_notice,
    object_to_admission,
    self_evaluate,
    uphold_objection,
    verify_provider,
    withdraw_application,
)
from vouchers.application.demanding import accept_offer, make_offer, post_demand, withdraw_demand, withdraw_offer
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
from vouchers.application.providing import (
    accredit,
    accredit_for_term,
    add_site,
    admit,
    close_site,
    reinstate,
    remove_provider,
    renew_accreditation,
    suspend,
    void_orders,
    withdraw_accreditation,
)
from vouchers.application.publishing import change_fee, publish_product, withdraw_product
from vouchers.application.rating import rate_provider
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
    "accept_offer",
    "accredit",
    "accredit_for_term",
    "add_site",
    "admit",
    "adopt_policy",
    "announce",
    "appropriate",
    "approve_account",
    "approve_review",
    "approve_settlement",
    "cancel_order",
    "change_credit_tier",
    "change_fee",
    "claw_back",
    "close_programme",
    "close_site",
    "compiled",
    "confirm_payment",
    "cut_budget",
    "decline_account",
    "dismiss_objection",
    "entitle",
    "expire_voucher",
    "extend_voucher",
    "fail_payment",
    "file_invoice",
    "import_facts",
    "join_after_notice",
    "lapse_order",
    "make_offer",
    "object_to_admission",
    "outcome_of",
    "policies_in_force",
    "post_demand",
    "preview_order",
    "propose_account",
    "propose_settlement",
    "publish_product",
    "rate_provider",
    "record_facts",
    "record_refusal",
    "register_order",
    "reinstate",
    "reinstruct_payment",
    "reject_review",
    "remove_provider",
    "renew_accreditation",
    "request_redemption",
    "return_value",
    "reverse_redemption",
    "revoke_voucher",
    "run",
    "self_evaluate",
    "submit",
    "suspend",
    "uphold_objection",
    "verify_provider",
    "void_orders",
    "withdraw_accreditation",
    "withdraw_application",
    "withdraw_demand",
    "withdraw_offer",
    "withdraw_product",
    "withdraw_settlement",
]
