"""Who may do what: one table of roles by route, and the checks of whose thing it is."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from service.identity import Caller
from service.reach import reaches, site_of
from vouchers.booklet import decisions as booklets
from vouchers.booklet.state import Booklet
from vouchers.enterprise.decisions import EnterpriseUnknown
from vouchers.order import decisions as orders
from vouchers.order.events import Registered
from vouchers.order.state import Order
from vouchers.refusals import NotAllowed
from vouchers.voucher import decisions as vouchers
from vouchers.voucher.events import Issued
from vouchers.voucher.state import Voucher

# The enterprises whose place the caller has taken; asked only where something is not the caller's own.
Line = Callable[[], Collection[str]]


class RoleNotAllowed(NotAllowed):
    """Your role may not do this."""


class NotThePayee(NotAllowed):
    """Only whoever receives the money of an order may claim it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which roles may use a route, and whether it moves money and so needs an idempotency key."""

    roles: frozenset[str]
    moves_money: bool = False


def _reads(*roles: str) -> Rule:
    # The regulator reads everything.
    return Rule(frozenset({*roles, "regulator"}))


def _writes(*roles: str) -> Rule:
    return Rule(frozenset(roles))


def _moves(*roles: str) -> Rule:
    return Rule(frozenset(roles), moves_money=True)


_OFFICE: Final = ("officer", "reviewer", "finance")
_ALL: Final = ("enterprise", "provider", *_OFFICE)
# What the installation is about rather than a programme: an administrator has no part in those.
_KEEPS: Final = ("administrator",)

# What needs no key: what everybody may know, and the pages to log in at, which look for a session themselves.
OPEN: Final = frozenset(
    {"health.alive", "health.ready", "public.list_problems", "public.explain_problem", "public.tell_contact"}
    | {"documents.show_document", "documents.show_page", "documents.show_file"}
    | {"identity.show_public_keys", "login.show_form", "login.log_in", "login.go_to_provider", "login.come_back"}
    | {"login.show_account", "login.change_password", "login.log_out"}
    | {"coupons.show_keys"}
    | {"tlog.show_checkpoint", "proofs.show_trust_policy"}
)

RULES: Final[Mapping[str, Rule]] = {
    "health.show_metrics": _reads("administrator"),
    "programmes.list_programmes": _reads(*_ALL),
    "programmes.show_programme": _reads(*_ALL),
    "programmes.show_spending": _reads(*_OFFICE),
    "programmes.show_programme_as_of": _reads("officer"),
    "enterprises.list_entitlements": _reads("enterprise", *_OFFICE),
    "enterprises.list_vouchers": _reads("enterprise", *_OFFICE),
    "vouchers.show_voucher": _reads("enterprise", *_OFFICE),
    "vouchers.show_statement": _reads("enterprise", *_OFFICE),
    "vouchers.show_voucher_as_of": _reads("officer"),
    "orders.register": _moves("enterprise"),
    "orders.join_round": _moves("enterprise"),
    "orders.preview": _writes("enterprise"),
    "orders.list_orders": _reads(*_ALL),
    "orders.show_order": _reads(*_ALL),
    "orders.accept_delivery": _writes("enterprise"),
    "orders.file_invoice": _writes("provider", "enterprise"),
    "orders.request_redemption": _moves("provider", "enterprise"),
    "orders.cancel": _moves("enterprise", "officer"),
    "reviews.reverse_redemption": _moves("provider", "enterprise", "officer"),
    "reviews.list_reviews": _reads("reviewer", "officer"),
    "reviews.show_review": _reads("reviewer", "officer"),
    "reviews.decide": _moves("reviewer"),
    "settlements.list_payables": _reads("finance", "officer"),
    "settlements.list_settlements": _reads("finance", "officer"),
    "settlements.show_settlement": _reads("finance", "officer"),
    "settlements.propose": _moves("finance"),
    "settlements.preview": _writes("finance", "officer"),
    "settlements.approve": _moves("finance"),
    "settlements.withdraw": _moves("finance"),
    "settlements.record_payment": _moves("finance"),
    "banking.make_file": _moves("finance"),
    "banking.preview_file": _writes("finance", "officer"),
    "banking.list_files": _reads("finance", "officer"),
    "banking.fetch_message": _reads("finance"),
    "banking.fetch_table": _reads("finance"),
    "banking.take_statement_in": _moves("finance"),
    "banking.list_statements": _reads("finance", "officer"),
    "banking.list_work_items": _reads("finance", "officer"),
    "banking.show_work_item": _reads("finance", "officer"),
    "banking.propose_resolution": _moves("finance"),
    "banking.approve_resolution": _moves("finance"),
    "banking.decline_resolution": _writes("finance"),
    "banking.set_line_aside": _writes("finance"),
    "banking.show_reconciliation": _reads("finance", "officer"),
    "banking.list_accounts": _reads("finance"),
    "banking.enter_account": _writes("finance"),
    "banking.approve_account": _writes("finance"),
    "providers.list_providers": _reads(*_ALL),
    "providers.suspend": _writes("officer"),
    "counter.issue_code": _writes("enterprise"),
    "counter.show_code": _reads("enterprise", "officer"),
    "counter.lift_freeze": _writes("enterprise"),
    "counter.redeem_code": _moves("provider"),
    "commands.announce": _writes("officer"),
    "commands.close_programme": _writes("officer"),
    "commands.entitle": _writes("officer"),
    "commands.clear_findings": _writes("officer"),
    "commands.appropriate": _moves("officer", "finance"),
    "commands.cut_budget": _moves("officer", "finance"),
    "commands.block_pool": _writes("officer", "finance"),
    "commands.reopen_pool": _writes("officer", "finance"),
    "commands.open_round": _writes("officer", "finance"),
    "commands.serve_queue": _writes("officer", "finance"),
    "commands.close_round": _writes("officer", "finance"),
    "commands.leave_round": _writes("enterprise", "officer"),
    "commands.commit_seed": _writes("officer"),
    "commands.reveal_seed": _writes("officer"),
    "commands.draw_rechecks": _writes("officer"),
    "commands.take_flows": _writes("finance", "officer"),
    "commands.close_clearing": _writes("finance", "officer"),
    "commands.approve_clearing": _writes("finance", "officer"),
    "commands.withdraw_clearing": _writes("finance", "officer"),
    "commands.state_income": _writes("officer"),
    "commands.decide_support": _moves("officer"),
    "commands.pay_support": _moves("finance"),
    "commands.record_facts": _writes("officer"),
    "commands.change_credit_tier": _writes("officer"),
    "commands.close_over_cap": _writes("officer"),
    "commands.declare_aid": _writes("enterprise", "officer"),
    "commands.withdraw_aid": _writes("officer"),
    "commands.report_outage": _writes("officer"),
    "commands.end_outage": _writes("officer"),
    "commands.allow_code": _writes("officer"),
    "commands.bar_code": _writes("officer"),
    "commands.admit": _writes("officer"),
    "commands.self_evaluate": _writes("provider", "officer"),
    "commands.withdraw_application": _writes("provider", "officer"),
    "commands.verify_provider": _writes("officer"),
    "commands.object_to_admission": _writes("enterprise", "provider", "officer"),
    "commands.uphold_objection": _writes("officer"),
    "commands.dismiss_objection": _writes("officer"),
    "commands.join_after_notice": _writes("officer"),
    "commands.accredit": _writes("officer"),
    "commands.accredit_for_term": _writes("officer"),
    "commands.renew_accreditation": _writes("officer"),
    "commands.withdraw_accreditation": _writes("officer"),
    "commands.reinstate": _writes("officer"),
    "commands.remove_provider": _writes("officer"),
    "commands.void_orders": _writes("officer"),
    "commands.add_site": _writes("provider", "officer"),
    "commands.close_site": _writes("provider", "officer"),
    "commands.publish_product": _writes("provider", "officer"),
    "commands.change_fee": _writes("provider", "officer"),
    "commands.withdraw_product": _writes("provider", "officer"),
    "commands.post_demand": _writes("enterprise", "officer"),
    "commands.withdraw_demand": _writes("enterprise", "officer"),
    "commands.make_offer": _writes("provider", "officer"),
    "commands.withdraw_offer": _writes("provider", "officer"),
    "commands.accept_offer": _writes("enterprise", "officer"),
    "commands.record_link": _writes("officer"),
    "commands.end_link": _writes("officer"),
    "commands.move_tier": _writes("officer"),
    "commands.repair_credit": _writes("officer"),
    "commands.reward_clean": _writes("officer"),
    "commands.sanction": _writes("officer"),
    "commands.lift_sanction": _writes("officer"),
    "commands.appeal": _writes("enterprise", "provider", "officer"),
    "commands.decide_appeal": _writes("officer"),
    "commands.propose_account": _writes("enterprise", "provider", "officer"),
    "commands.approve_account": _writes("finance", "officer"),
    "commands.decline_account": _writes("finance", "officer"),
    "commands.receive_repayment": _moves("finance", "officer"),
    "commands.agree_instalments": _writes("officer", "finance"),
    "commands.check_instalments": _writes("finance", "officer"),
    "commands.propose_write_off": _writes("finance", "officer"),
    "commands.approve_write_off": _moves("finance", "officer"),
    "commands.return_value": _moves("enterprise", "officer"),
    "commands.restore_value": _moves("enterprise", "officer"),
    "commands.revoke_voucher": _moves("officer"),
    "commands.extend_voucher": _writes("officer"),
    "commands.carry_over_voucher": _moves("officer"),
    "commands.expire_voucher": _moves("officer"),
    "commands.pledge_voucher": _moves("enterprise", "officer"),
    "commands.withdraw_pledge": _writes("enterprise", "officer"),
    "commands.change_order": _moves("enterprise", "officer"),
    "commands.prove_own_share": _writes("enterprise", "provider", "officer"),
    "commands.report_refund": _writes("officer", "finance", "reviewer"),
    "commands.report_subcontracting": _writes("provider", "officer"),
    "commands.rate_provider": _writes("enterprise"),
    "commands.lapse_order": _moves("officer"),
    "commands.claw_back": _moves("officer", "finance"),
    "commands.claw_back_breach": _moves("officer", "finance"),
    "commands.raise_signal": _writes("officer", "reviewer"),
    "commands.lift_hold": _writes("officer"),
    "commands.recheck_ties": _writes("officer"),
    "commands.recheck": _writes("reviewer"),
    "commands.reverse_invoice": _moves("provider", "enterprise", "officer"),
    "commands.return_payment": _moves("finance"),
    "looking.correct_facts": _writes("officer"),
    "looking.record_succession": _writes("officer"),
    "looking.look_at": _writes("officer"),
    "policies.check_policy": _writes("officer"),
    "policies.list_shipped": _reads(*_ALL),
    "policies.show_shipped": _reads(*_ALL),
    "policies.list_policies": _reads(*_ALL),
    "policies.show_policy": _reads(*_ALL),
    "policies.show_policy_in_force": _reads(*_ALL),
    "proposals.propose_policy": _writes("officer"),
    "proposals.propose_transfer": _writes("officer", "finance"),
    "proposals.list_proposals": _reads("officer", "finance"),
    "proposals.show_proposal": _reads("officer", "finance"),
    "proposals.approve_proposal": _writes("officer", "finance"),
    "proposals.withdraw_proposal": _writes("officer", "finance"),
    "identity.show_me": _reads(*_ALL, *_KEEPS),
    "identity.list_all_keys": _reads(*_KEEPS),
    "identity.make_key": _writes(*_KEEPS),
    "identity.end_key": _writes(*_KEEPS),
    "identity.list_revoked_tokens": _reads(*_KEEPS),
    "identity.revoke_token": _writes(*_KEEPS),
    "identity.list_users": _reads(*_KEEPS),
    "identity.add_user": _writes(*_KEEPS),
    "identity.set_password": _writes(*_KEEPS),
    "identity.disable_user": _writes(*_KEEPS),
    "identity.list_sessions": _reads(*_KEEPS),
    "identity.end_sessions": _writes(*_KEEPS),
    "identity.list_accesses": _reads(*_KEEPS),
    # Each line of a batch has a key of its own.
    "bulk.register_orders": _writes("enterprise"),
    "bulk.request_redemptions": _writes("provider", "enterprise"),
    "bulk.record_facts": _writes("officer"),
    "bulk.take_bank_lines": _writes("finance"),
    "coupons.list_signers": _reads("enterprise", "provider"),
    "coupons.register_signer": _writes("enterprise", "provider"),
    "coupons.revoke_signer": _writes("enterprise", "provider"),
    "coupons.issue_booklet": _moves("enterprise"),
    "coupons.list_booklets": _reads("enterprise", "officer"),
    "coupons.show_booklet": _reads("enterprise", "provider", "officer"),
    "coupons.close_booklet": _moves("enterprise", "officer"),
    "coupons.list_proofs": _reads("enterprise", "provider", "officer"),
    "coupons.sync_coupons": _writes("provider"),
    "figures.show_indicators": _reads(*_OFFICE),
    "figures.list_unused": _reads("officer"),
    "figures.show_report": _reads(*_ALL),
    "figures.show_exposure": _reads("officer", "finance"),
    "figures.count_decisions": _reads(*_OFFICE),
    "figures.list_levels": _reads("officer", "finance"),
    "figures.show_round": _reads("enterprise", "officer", "finance"),
    "figures.show_support": _reads("provider", "officer", "finance"),
    "figures.list_samples": _reads(*_ALL),
    "figures.derive_draws": _reads("officer"),
    "figures.scan_claims": _reads("officer", "reviewer"),
    "market.show_provider": _reads(*_ALL),
    "market.show_application": _reads("provider", "officer"),
    "market.list_applications": _reads(*_ALL),
    "market.list_products": _reads(*_ALL),
    "market.list_demands": _reads(*_ALL),
    "market.show_demand": _reads(*_ALL),
    "standing.show_enterprise": _reads("enterprise", *_OFFICE),
    "standing.show_facts": _reads("enterprise", "officer", "reviewer"),
    "standing.show_aid": _reads("enterprise", "officer"),
    "standing.list_findings": _reads("officer"),
    "standing.list_refusals": _reads("enterprise", "officer", "reviewer"),
    "standing.list_acts": _reads("enterprise", "provider", "officer", "reviewer"),
    "standing.list_signals": _reads("officer", "reviewer"),
    "standing.list_holds": _reads(*_OFFICE),
    "standing.list_rechecks": _reads("officer", "reviewer"),
    "standing.list_links": _reads("officer", "reviewer"),
    "standing.list_sources": _reads("officer"),
    "owing.list_debts": _reads("enterprise", "provider", "officer", "finance"),
    "owing.show_debt": _reads("enterprise", "provider", "officer", "finance"),
    "owing.list_accounts": _reads("enterprise", "provider", "officer", "finance"),
    "owing.list_payments": _reads("enterprise", "provider", "officer", "finance"),
    "owing.list_movements": _reads("officer", "finance"),
    "owing.list_clearings": _reads("officer", "finance"),
    "owing.show_clearing": _reads("officer", "finance"),
    "owing.show_sources": _reads("enterprise", "officer", "finance"),
    "evidence.put_document": _writes(*_ALL),
    "evidence.show_document": _reads("enterprise", "provider", "officer", "reviewer"),
    "log.list_events": _reads(),
    "tlog.show_tile": _reads(),
    "proofs.prove_inclusion": _reads(),
    "proofs.prove_consistency": _reads(),
    "proofs.list_checkpoints": _reads(),
    "anchors.list_anchors": _reads(),
    "anchors.show_note": _reads(),
    "anchors.show_stamp": _reads(),
    "anchors.show_bracket": _reads(),
    "corrections.list_corrections": _reads("officer", "finance"),
    "corrections.show_correction": _reads("officer", "finance"),
    "corrections.approve": _moves("officer", "finance"),
    "corrections.reject": _writes("officer", "finance"),
    "state.show_state": _reads(),
    "state.show_diff": _reads(),
    "receipts.show_receipt": _reads(*_ALL),
    "receipts.find_receipt": _reads(*_ALL),
    "decisions.explain": _reads(*_ALL),
    "feed.read_feed": _reads(*_ALL),
    "feed.show_event": _reads(*_ALL),
    "webhooks.create": _writes(*_ALL),
    "webhooks.list_webhooks": _reads(*_ALL, "administrator"),
    "webhooks.show": _reads(*_ALL, "administrator"),
    "webhooks.pause": _writes(*_ALL, "administrator"),
    "webhooks.resume": _writes(*_ALL, "administrator"),
    "webhooks.remove": _writes(*_ALL, "administrator"),
    "webhooks.rotate": _writes(*_ALL),
    "webhooks.test": _writes(*_ALL),
    "webhooks.replay": _writes(*_ALL),
    "webhooks.list_dead": _reads(*_ALL, "administrator"),
    "webhooks.retry_all": _writes(*_ALL, "administrator"),
    "webhooks.retry_one": _writes(*_ALL, "administrator"),
    "log.show_history": _reads("officer"),
    "tests.list_tests": _reads(),
    "tests.run": _reads(),
    "tests.list_samples": _reads(),
    "tests.show_sample": _reads(),
    "tests.list_items": _reads(),
    # The one thing that a regulator writes: that it will draw a sample, and afterwards the nonce of it.
    "bundles.list_bundles": _reads("officer"),
    "bundles.make": _writes("officer"),
    "tests.commit": _writes("regulator"),
    "tests.reveal": _writes("regulator"),
}


def check_role(caller: Caller, endpoint: str) -> Rule:
    """The rule of a route, if it allows the caller's role."""
    rule = RULES[endpoint]
    if caller.role not in rule.roles:
        remedy = f"This is for {', '.join(sorted(rule.roles))}."
        raise RoleNotAllowed(f"The role {caller.role} may not do this.", remedy=remedy)
    return rule


def check_enterprise(caller: Caller, enterprise_id: str, line: Line) -> str:
    """The enterprise, if the caller may see it; somebody else's is as unknown as none."""
    if caller.role == "enterprise" and not _is_own(caller, enterprise_id, line):
        raise EnterpriseUnknown(pointer="/path/enterprise_id", remedy="Use your own credit code.")
    return enterprise_id


def check_voucher(caller: Caller, voucher: Voucher, line: Line) -> Issued:
    """What a voucher was issued as, if the caller may see it."""
    terms = vouchers.terms_of(voucher)
    foreign = caller.role == "enterprise" and not _is_own(caller, terms.enterprise_id, line)
    if foreign or not reaches(caller, terms.programme, caller.site):
        raise vouchers.VoucherUnknown(pointer="/voucher_id", remedy="Check the voucher number on the statement.")
    return terms


def check_order(caller: Caller, order: Order, line: Line) -> Registered:
    """What an order was registered as, if the caller may see it."""
    registered = orders.known(order)
    parties = {"enterprise": registered.enterprise_id, "provider": registered.provider_id}
    foreign = caller.role in parties and not _is_own(caller, parties[caller.role], line)
    if foreign or not reaches(caller, registered.programme, site_of(registered)):
        raise orders.OrderUnknown(pointer="/order_id", remedy="Check the order number.")
    return registered


def check_booklet(caller: Caller, booklet: Booklet, line: Line) -> None:
    """Refuse a booklet that the caller may not see: an enterprise sees its own, a provider those good at it."""
    issued = booklets.known(booklet)
    providers = {place.provider_id for place in issued.places}
    foreign = caller.role == "provider" and caller.subject not in providers
    if foreign or (caller.role == "enterprise" and not _is_own(caller, issued.enterprise_id, line)):
        raise booklets.BookletUnknown(pointer="/booklet_id")


def check_claimant(caller: Caller, order: Order, line: Line) -> Registered:
    """What an order was registered as, if the caller may file and claim for it: the provider, or whoever is paid."""
    registered = check_order(caller, order, line)
    if caller.role in ("enterprise", "provider") and caller.role not in ("provider", registered.payee):
        raise NotThePayee(pointer="/order_id", remedy="Ask the provider of the order to do this.")
    return registered


def check_payee(caller: Caller, order: Order, line: Line) -> Registered:
    """What an order was registered as, if the caller may claim its money or give the claim up."""
    registered = check_order(caller, order, line)
    if caller.role in ("enterprise", "provider") and caller.role != registered.payee:
        raise NotThePayee(pointer="/order_id", remedy=f"The {registered.payee} of the order has to do this.")
    return registered


def _is_own(caller: Caller, firm_id: str, line: Line) -> bool:
    """Whether a firm is the caller, or one whose place the caller has taken."""
    return caller.subject == firm_id or (caller.role == "enterprise" and firm_id in line())
