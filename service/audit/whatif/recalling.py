"""Recalling: the commands that a decision may have been, read from what it wrote, the likeliest first.

A guess costs nothing: a command counts as the history's own only where it writes, on the history before it, exactly
what was written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from functools import lru_cache
from typing import Any, Final, TypeAlias, get_type_hints

from service.audit.whatif.past import Past
from service.audit.whatif.turns import Turn
from service.audit.whatif.worlds import Call
from vouchers import application as app

Recall: TypeAlias = Callable[[Turn, Past], Iterable[Call]]


def plain(use_case: Callable[..., Any], *keys: str, **renamed: str) -> Recall:
    """A command whose fields are those of its first event, and whose key is told by the stream's name.

    `keys` are the fields that the stream's key has, parted by slashes; `renamed` maps a field to the event's.
    """

    def recall(turn: Turn, _past: Past) -> Iterator[Call]:
        told = dict(zip(keys, turn.key.split("/", len(keys) - 1), strict=False)) if keys else {}
        command = fill(use_case, turn.first.data, told, renamed)
        if command is not None:
            yield Call(use_case, command)

    return recall


def fill(
    use_case: Callable[..., Any], event: Any, told: Mapping[str, Any], renamed: Mapping[str, str] | None = None
) -> Any:
    """A command with what is told and what an event has under the same names; None where a field is left open."""
    given: dict[str, Any] = dict(told)
    for each in fields(command_of(use_case)):
        name = (renamed or {}).get(each.name, each.name)
        if each.name not in given and hasattr(event, name):
            given[each.name] = getattr(event, name)
        elif each.name not in given and each.default is MISSING and each.default_factory is MISSING:
            return None
    return command_of(use_case)(**given)


@lru_cache(maxsize=256)
def command_of(use_case: Callable[..., Any]) -> Any:
    """The class of the commands that a use case takes."""
    return get_type_hints(use_case)["command"]


def first_that_fits(*recalls: Recall) -> Recall:
    """Several ways to read one event, one after the other."""

    def recall(turn: Turn, past: Past) -> Iterator[Call]:
        for each in recalls:
            yield from each(turn, past)

    return recall


_PROGRAMME: Final[dict[str, Recall]] = {
    "programme.Announced": plain(app.announce),
    "programme.Closed": plain(app.close_programme, "programme"),
    "budget.Appropriated": plain(app.appropriate),
    "budget.Cut": plain(app.cut_budget),
    "budget.TransferredOut": plain(app.transfer_budget),
    "budget.Reopened": plain(app.reopen_pool, "programme", "period", "pool"),
    "round.Opened": plain(app.open_round, "programme", "period", "pool"),
    "round.Left": plain(app.leave_round, "programme", "period", "pool"),
    "sample.SeedRevealed": plain(app.reveal_seed, "programme", "period"),
    "support.IncomeStated": plain(app.state_income),
    "support.SupportDecided": plain(app.decide_support),
    "support.SupportPaid": plain(app.pay_support),
    "clearing.Proposed": plain(app.close_clearing),
    "clearing.Approved": plain(app.approve_clearing, "programme", "month"),
    "clearing.Withdrawn": plain(app.withdraw_clearing, "programme", "month"),
}
_PARTIES: Final[dict[str, Recall]] = {
    "enterprise.FactsCorrected": plain(app.correct_facts, "enterprise_id"),
    "enterprise.CreditTierChanged": plain(app.change_credit_tier, "enterprise_id"),
    "enterprise.OverCapClosed": plain(app.close_over_cap, "enterprise_id"),
    "entitlement.Cleared": plain(app.clear_findings),
    "source.WentDown": plain(app.report_outage, "source_name"),
    "source.CameUp": plain(app.end_outage, "source_name"),
    "source.CodeAllowed": plain(app.allow_code, evidence_digest="evidence"),
    "source.CodeBarred": plain(app.bar_code),
    "provider.Accredited": plain(app.accredit, "provider_id"),
    "provider.Suspended": plain(app.suspend, "provider_id"),
    "provider.Reinstated": plain(app.reinstate, "provider_id"),
    "provider.AccreditationWithdrawn": plain(app.withdraw_accreditation, "provider_id"),
    "provider.SiteAdded": plain(app.add_site, "provider_id"),
    "provider.SiteClosed": plain(app.close_site, "provider_id"),
    "provider.Removed": plain(app.remove_provider, "provider_id"),
    "account.Proposed": plain(app.propose_account, holder_reason="reason"),
    "account.Approved": plain(app.approve_account),
    "account.Declined": plain(app.decline_account),
    "admission.SelfEvaluated": plain(app.self_evaluate, "provider_id"),
    "admission.Verified": plain(app.verify_provider, "provider_id", digest="facts_digest"),
    "admission.VerificationFailed": plain(app.verify_provider, "provider_id", digest="facts_digest"),
    "admission.Objected": plain(app.object_to_admission, "provider_id"),
    "admission.ObjectionUpheld": plain(app.uphold_objection, "provider_id"),
    "admission.ObjectionDismissed": plain(app.dismiss_objection, "provider_id"),
    "admission.JoinedAfterNotice": plain(app.join_after_notice, "provider_id"),
    "admission.Withdrawn": plain(app.withdraw_application, "provider_id"),
    "catalogue.Published": plain(app.publish_product, "provider_id"),
    "catalogue.FeeChanged": plain(app.change_fee, "provider_id"),
    "catalogue.Withdrawn": plain(app.withdraw_product, "provider_id"),
    "demand.Posted": plain(app.post_demand, "demand_id"),
    "demand.Offered": plain(app.make_offer, "demand_id"),
    "rating.Given": plain(app.rate_provider),
    "aid.OtherAidDeclared": plain(app.declare_aid, "scope", "enterprise_id"),
    "aid.DeclarationWithdrawn": plain(app.withdraw_aid, "scope", "enterprise_id"),
    "conduct.Appealed": plain(app.appeal, "subject"),
    "link.LinkRecorded": plain(app.record_link, "party", link_kind="kind"),
    "link.LinkEnded": plain(app.end_link, "party", link_kind="kind"),
    "signer.KeyRegistered": plain(app.register_signer, "party_id"),
    "signer.KeyRevoked": plain(app.revoke_signer, "party_id"),
}
_MONEY: Final[dict[str, Recall]] = {
    "voucher.Returned": plain(app.return_value, "voucher_id"),
    "voucher.Restored": plain(app.restore_value, "voucher_id"),
    "voucher.Revoked": plain(app.revoke_voucher, "voucher_id"),
    "voucher.Extended": plain(app.extend_voucher, "voucher_id"),
    "voucher.Pledged": plain(app.pledge_voucher, "voucher_id"),
    "voucher.PledgeWithdrawn": plain(app.withdraw_pledge, "voucher_id"),
    "voucher.CarriedOver": lambda turn, _: [Call(app.carry_over_voucher, command_of(app.carry_over_voucher)(turn.key))],
    "order.Lapsed": plain(app.lapse_order, "order_id"),
    "order.RestReleased": first_that_fits(plain(app.lapse_order, "order_id"), plain(app.cancel_order, "order_id")),
    "order.DeliveryAccepted": plain(app.accept_delivery, "order_id"),
    "order.PartDelivered": plain(app.accept_delivery, "order_id"),
    "order.RedemptionReversed": plain(app.reverse_redemption, "order_id"),
    "order.SubcontractingReported": plain(app.report_subcontracting, "order_id"),
    "order.OwnSharePaid": plain(app.prove_own_share, "order_id"),
    "order.OwnShareRefunded": plain(app.report_refund, "order_id"),
    "order.Changed": plain(app.change_order, "order_id"),
    "review.Closed": plain(app.reverse_redemption, "redemption_id"),
    "review.Rechecked": plain(app.recheck, "redemption_id"),
    "review.HoldLifted": plain(app.lift_hold, "redemption_id"),
    "review.Signalled": plain(app.raise_signal, "redemption_id"),
    "review.TiesRechecked": plain(app.recheck_ties),
    "debt.Received": plain(app.receive_repayment, "party_id"),
    "debt.InstalmentsAgreed": plain(app.agree_instalments, "party_id"),
    "debt.InstalmentMissed": plain(app.check_instalments, "party_id"),
    "debt.WriteOffProposed": plain(app.propose_write_off, "party_id"),
    "debt.WrittenOff": plain(app.approve_write_off, "party_id"),
    "settlement.Withdrawn": plain(app.withdraw_settlement, "settlement_id"),
    "statement.Imported": plain(app.import_statement),
    "bankline.ResolutionProposed": plain(app.propose_resolution, "bank_account", "line_id"),
    "bankline.ResolutionDeclined": plain(app.decline_resolution, "bank_account", "line_id"),
    "bankline.SetAside": plain(app.set_line_aside, "bank_account", "line_id"),
    "booklet.Closed": plain(app.close_booklet, "booklet_id"),
}
PLAIN: Final[Mapping[str, Recall]] = _PROGRAMME | _PARTIES | _MONEY
