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
from vouchers.application.aiding import declare_aid, withdraw_aid
from vouchers.application.anchoring import record_anchor
from vouchers.application.changing import change_order
from vouchers.application.clearing import approve_clearing, close_clearing, take_flows, withdraw_clearing
from vouchers.application.correcting import approve_correction, propose_correction, reject_correction
from vouchers.application.countering import redeem_at_counter
from vouchers.application.couponing import (
    close_booklet,
    issue_booklet,
    register_signer,
    revoke_signer,
    use_coupon,
)
from vouchers.application.debts import (
    agree_instalments,
    approve_write_off,
    check_instalments,
    propose_write_off,
    receive_repayment,
)
from vouchers.application.demanding import accept_offer, make_offer, post_demand, withdraw_demand, withdraw_offer
from vouchers.application.drawing import commit_draw, reveal_draw
from vouchers.application.entitling import entitle, import_facts, policies_in_force
from vouchers.application.erasing import commit_value, erase_subject, redact_entry
from vouchers.application.exporting import record_export
from vouchers.application.invoicing import accept_delivery, file_invoice
from vouchers.application.knowing import (
    allow_code,
    bar_code,
    change_credit_tier,
    correct_facts,
    end_outage,
    record_facts,
    record_succession,
    report_outage,
)
from vouchers.application.linking import end_link, record_link
from vouchers.application.ordering import cancel_order, lapse_order, preview_order, register_order
from vouchers.application.own_sharing import prove_own_share, report_refund
from vouchers.application.pledging import pledge_voucher, withdraw_pledge
from vouchers.application.programmes import (
    adopt_policy,
    announce,
    appropriate,
    block_pool,
    close_programme,
    compiled,
    cut_budget,
    reopen_pool,
    transfer_budget,
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
from vouchers.application.reassessing import clear_findings, reassess_enterprise
from vouchers.application.reconciling import (
    approve_resolution,
    book_line,
    decline_resolution,
    import_statement,
    propose_resolution,
    set_line_aside,
)
from vouchers.application.recovering import claw_back, claw_back_breach
from vouchers.application.redeeming import request_redemption, reverse_redemption
from vouchers.application.regrouping import close_over_cap, recheck_group
from vouchers.application.rekeying import reopen_log, rotate_key
from vouchers.application.remitting import make_bank_file, preview_bank_file
from vouchers.application.reversing import reverse_invoice
from vouchers.application.reviewing import approve_review, reject_review
from vouchers.application.rounds import close_round, join_round, leave_round, open_round, serve_queue
from vouchers.application.running import Answer, Outcome, outcome_of, record_refusal, run, submit
from vouchers.application.sampling import commit_seed, draw_rechecks, recheck, reveal_seed
from vouchers.application.serving import report_subcontracting
from vouchers.application.settling import (
    approve_settlement,
    confirm_payment,
    fail_payment,
    preview_settlement,
    propose_settlement,
    reinstruct_payment,
    return_payment,
    withdraw_settlement,
)
from vouchers.application.signalling import lift_hold, raise_signal, recheck_ties
from vouchers.application.supervising import (
    appeal,
    decide_appeal,
    lift_sanction,
    move_tier,
    repair_credit,
    reward_clean,
    sanction,
)
from vouchers.application.supporting import decide_support, pay_support, state_income
from vouchers.application.vouchering import (
    carry_over_voucher,
    expire_voucher,
    extend_voucher,
    restore_value,
    return_value,
    revoke_voucher,
)

# Those that draw samples, and are given the installation's secret for it.
SEEDED = frozenset({request_redemption, redeem_at_counter, use_coupon, commit_seed, reveal_seed, draw_rechecks})

__all__ = [
    "SEEDED",
    "Answer",
    "Outcome",
    "accept_delivery",
    "accept_offer",
    "accredit",
    "accredit_for_term",
    "add_site",
    "admit",
    "adopt_policy",
    "agree_instalments",
    "allow_code",
    "announce",
    "appeal",
    "appropriate",
    "approve_account",
    "approve_clearing",
    "approve_correction",
    "approve_resolution",
    "approve_review",
    "approve_settlement",
    "approve_write_off",
    "bar_code",
    "block_pool",
    "book_line",
    "cancel_order",
    "carry_over_voucher",
    "change_credit_tier",
    "change_fee",
    "change_order",
    "check_instalments",
    "claw_back",
    "claw_back_breach",
    "clear_findings",
    "close_booklet",
    "close_clearing",
    "close_over_cap",
    "close_programme",
    "close_round",
    "close_site",
    "commit_draw",
    "commit_seed",
    "commit_value",
    "compiled",
    "confirm_payment",
    "correct_facts",
    "cut_budget",
    "decide_appeal",
    "decide_support",
    "declare_aid",
    "decline_account",
    "decline_resolution",
    "dismiss_objection",
    "draw_rechecks",
    "end_link",
    "end_outage",
    "entitle",
    "erase_subject",
    "expire_voucher",
    "extend_voucher",
    "fail_payment",
    "file_invoice",
    "import_facts",
    "import_statement",
    "issue_booklet",
    "join_after_notice",
    "join_round",
    "lapse_order",
    "leave_round",
    "lift_hold",
    "lift_sanction",
    "make_bank_file",
    "make_offer",
    "move_tier",
    "object_to_admission",
    "open_round",
    "outcome_of",
    "pay_support",
    "pledge_voucher",
    "policies_in_force",
    "post_demand",
    "preview_bank_file",
    "preview_order",
    "preview_settlement",
    "propose_account",
    "propose_correction",
    "propose_resolution",
    "propose_settlement",
    "propose_write_off",
    "prove_own_share",
    "publish_product",
    "raise_signal",
    "rate_provider",
    "reassess_enterprise",
    "receive_repayment",
    "recheck",
    "recheck_group",
    "recheck_ties",
    "record_anchor",
    "record_export",
    "record_facts",
    "record_link",
    "record_refusal",
    "record_succession",
    "redact_entry",
    "redeem_at_counter",
    "register_order",
    "register_signer",
    "reinstate",
    "reinstruct_payment",
    "reject_correction",
    "reject_review",
    "remove_provider",
    "renew_accreditation",
    "reopen_log",
    "reopen_pool",
    "repair_credit",
    "report_outage",
    "report_refund",
    "report_subcontracting",
    "request_redemption",
    "restore_value",
    "return_payment",
    "return_value",
    "reveal_draw",
    "reveal_seed",
    "reverse_invoice",
    "reverse_redemption",
    "revoke_signer",
    "revoke_voucher",
    "reward_clean",
    "rotate_key",
    "run",
    "sanction",
    "self_evaluate",
    "serve_queue",
    "set_line_aside",
    "state_income",
    "submit",
    "suspend",
    "take_flows",
    "transfer_budget",
    "uphold_objection",
    "use_coupon",
    "verify_provider",
    "void_orders",
    "withdraw_accreditation",
    "withdraw_aid",
    "withdraw_application",
    "withdraw_clearing",
    "withdraw_demand",
    "withdraw_offer",
    "withdraw_pledge",
    "withdraw_product",
    "withdraw_settlement",
]
