"""Who may see which event, and what of it: the one place that decides about the feed and about webhooks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.identity import Caller
from service.outward.parties import Whose
from vouchers import wire

# What both firms of a thing are told of each event; an event that is not here is told to no firm.
SHOWN: Final[Mapping[str, str]] = {
    "order.Registered": "programme period category enterprise_id provider_id registered_on contract_digest contract_on"
    " starts_on ends_on currency gross net subsidy own_share payee evidence",
    "order.Changed": "changed_on reason contract_digest ends_on gross net subsidy own_share",
    "order.ConvertedFrom": "invoice foreign_currency foreign_gross foreign_net rate rate_on rate_source gross net",
    "order.Cancelled": "reason",
    "order.Lapsed": "redeem_by_on",
    "order.DeliveryAccepted": "delivered_on report_digest",
    "order.PartDelivered": "delivered_on report_digest",
    "order.InvoiceFiled": "invoice issued_on gross net",
    "order.InvoiceAdded": "invoice issued_on gross net",
    "order.InvoiceRemoved": "invoice reason",
    "order.InvoiceReversed": "invoice red_invoice gross net",
    "order.OwnSharePaid": "amount paid_on digest",
    "order.OwnShareRefunded": "amount refunded_on digest needed",
    "order.RedemptionRequested": "redemption_id amount requested_by evidence",
    "order.RedemptionApproved": "redemption_id",
    "order.RedemptionRejected": "redemption_id reason",
    "order.RedemptionReversed": "redemption_id reason",
    "order.RestKept": "redemption_id amount",
    "order.RestReleased": "amount reason status",
    "order.Settling": "redemption_id settlement_id",
    "order.SettlementWithdrawn": "redemption_id settlement_id",
    "order.Paid": "redemption_id settlement_id amount paid_on",
    "order.PaymentReturned": "redemption_id settlement_id amount reason",
    "order.OverpaymentFound": "redemption_id red_invoice paid due amount",
    "order.ClawbackOrdered": "redemption_id amount reason",
    "order.SubcontractingReported": "subcontracted_bp",
    "counter.CodeAccepted": "enterprise_id provider_id",
    "rating.Given": "order_id enterprise_id provider_id category stars",
    "conduct.TierMoved": "act on tier_before tier cause reason clause",
    "conduct.Faulted": "order_id redemption_id on reason",
    "conduct.Sanctioned": "act level from_on until_on effect reason clause",
    "conduct.SanctionLifted": "act from_on reason",
    "conduct.Appealed": "act grounds",
    "conduct.AppealDecided": "act outcome reason",
    "debt.Demanded": "debt_id programme currency order_id redemption_id amount reason demanded_on due_on"
    " interest_from_on rate_bp base_days",
    "debt.Received": "debt_id amount to_interest to_principal received_on reference",
    "debt.Netted": "debt_id amount to_interest to_principal netted_on settlement_id redemption_id",
    "debt.InstalmentsAgreed": "debt_id instalments reason",
    "debt.InstalmentMissed": "debt_id due_on expected received",
    "debt.WrittenOff": "debt_id principal interest reason clause written_off_on",
    "account.Proposed": "payee_id site_id account_ref reason",
    "account.Approved": "payee_id site_id account_ref",
    "account.Declined": "payee_id site_id account_ref reason",
}
# What is told to the enterprise alone, and to the provider alone.
OWN: Final[Mapping[str, Mapping[str, str]]] = {
    "enterprise": {
        "order.Registered": "voucher_id asked attributes base pool tier voucher_kind policy_version policy_digest"
        " trace",
        "order.Changed": "asked attributes base trace",
        "signer.KeyRegistered": "key_id public_key",
        "signer.KeyRevoked": "key_id reason",
        "enterprise.FactsRecorded": "as_of_on source digest facts",
        "enterprise.EarlierFactsRecorded": "as_of_on source digest facts",
        "enterprise.FactsConfirmed": "as_of_on source digest",
        "enterprise.FactsCorrected": "as_of_on source digest facts reason",
        "enterprise.CreditTierChanged": "tier cause",
        "enterprise.Succeeded": "predecessor_id kind from_on reason",
        "enterprise.SucceededBy": "successor_id kind from_on reason",
        "entitlement.Granted": "programme period enterprise_id policy_version policy_digest facts_as_of_on facts_digest"
        " facts rules currency vouchers",
        "entitlement.Denied": "programme period enterprise_id policy_version policy_digest facts_as_of_on facts_digest"
        " facts rules reasons",
        "entitlement.Pending": "programme period enterprise_id policy_version policy_digest reasons",
        "entitlement.Reassessed": "programme period enterprise_id facts_as_of_on reasons grounds effects held",
        "entitlement.Passed": "programme period enterprise_id policy_version policy_digest predecessors currency"
        " vouchers",
        "order.CouponsIssued": "booklet_id amount",
        "order.CouponsFreed": "booklet_id amount reason",
        "booklet.Issued": "enterprise_id key_id currency places coupons amount use_by_on sync_by_on",
        "booklet.CouponUsed": "number order_id provider_id redemption_id delivered_on amount",
        "booklet.DoubleUseFound": "number party party_id provider_id first_digest second_digest",
        "booklet.Closed": "reason unused",
        "refusal.Recorded": "enterprise_id command code programme category order_id amount reasons",
        "aid.Counted": "source_id programme granted_on amount",
        "aid.Uncounted": "source_id granted_on amount reason",
        "aid.OtherAidDeclared": "declaration_id measure granted_on amount source digest",
        "aid.DeclarationWithdrawn": "declaration_id reason",
        "demand.Posted": "enterprise_id category summary digest budget currency until_on",
        "demand.Offered": "offer_id provider_id product_id fee starts_on ends_on",
        "demand.OfferWithdrawn": "offer_id",
        "demand.OfferAccepted": "offer_id",
        "demand.Ordered": "offer_id order_id",
        "demand.Withdrawn": "reason",
        **{
            f"voucher.{event}": "programme period category order_id redemption_id amount reason"
            for event in (
                *("Reserved", "Released", "Claimed", "ClaimReversed", "Paid", "PaymentReturned", "ClawedBack"),
                *("Expired", "Returned", "Restored", "Revoked"),
            )
        },
        "voucher.Issued": "programme period enterprise_id kind currency face categories issued_on use_by_on"
        " redeem_by_on",
        "voucher.Extended": "use_by_on redeem_by_on reason",
        "voucher.Pledged": "order_id enterprise_id amount until_on",
        "voucher.PledgeWithdrawn": "order_id reason",
        "voucher.CarriedOver": "voucher_id period amount",
        "voucher.CarriedFrom": "voucher_id period",
    },
    "provider": {
        "provider.Admitted": "name source digest facts",
        "signer.KeyRegistered": "key_id public_key",
        "signer.KeyRevoked": "key_id reason",
        "provider.Accredited": "category from_on until_on",
        "provider.Renewed": "category from_on until_on",
        "provider.AccreditationWithdrawn": "category from_on reason",
        "provider.AccountSet": "account_ref",
        "provider.Suspended": "from_on effect reason",
        "provider.Reinstated": "from_on reason",
        "provider.Removed": "from_on effect reason barred_until_on",
        "provider.Readmitted": "from_on",
        "provider.SiteAdded": "site_id name region",
        "provider.SiteAccountSet": "site_id account_ref",
        "provider.SiteClosed": "site_id from_on reason",
        "admission.SelfEvaluated": "programme name digest account_ref",
        "admission.Verified": "policy_version policy_digest source facts_digest rules",
        "admission.VerificationFailed": "policy_version policy_digest source facts_digest reasons",
        "admission.NoticeOpened": "first_on last_on",
        "admission.JoinedAfterNotice": "programme notice_last_on objections",
        "admission.Withdrawn": "reason",
        "catalogue.Published": "product_id category content standard fee unit currency instrument_id",
        "catalogue.FeeChanged": "product_id fee from_on",
        "catalogue.Withdrawn": "product_id from_on reason",
        "support.IncomeStated": "programme provider_id period market_income total_income performance_bp digest",
        "support.SupportDecided": "programme provider_id period policy_version policy_digest currency rd_part"
        " degressive_part amount trace",
        "support.SupportPaid": "programme provider_id period amount paid_on bank_reference",
    },
}
# The kinds of stream whose every event an office may see whole; the regulator sees everything.
OFFICES: Final[Mapping[str, frozenset[str]]] = {
    "officer": frozenset(kind.partition(".")[0] for kind in wire.EVENTS) - {"request", "sample"},
    "reviewer": frozenset({"conduct", "entitlement", "invoice", "order", "programme", "review", "voucher"}),
    "finance": frozenset({"account", "budget", "clearing", "debt", "flow", "order", "programme"})
    | {"bankline", "remittance", "settlement", "statement", "support", "voucher"},
}
FIRMS: Final = ("enterprise", "provider")
READERS: Final = (*FIRMS, *OFFICES, "regulator")


@dataclass(frozen=True, slots=True)
class Audience:
    """A reader of events: its role, its subjects (a firm and those whose place it has taken), how far it reaches."""

    role: str
    subjects: tuple[str, ...]
    site: str = ""
    programmes: tuple[str, ...] = ()

    @property
    def is_firm(self) -> bool:
        """Whether the reader sees only what it has a part in."""
        return self.role in FIRMS

    @property
    def parties(self) -> tuple[str, ...]:
        """The reader as the parties of streams are named."""
        return tuple(f"{self.role}:{subject}" for subject in self.subjects)

    def sees(self, topic: str, whose: Whose) -> bool:
        """Whether the reader may know of an event at all."""
        if self.programmes and whose.programme not in self.programmes:
            return False
        if not self.is_firm:
            return self.role == "regulator" or topic.partition(".")[0] in OFFICES.get(self.role, ())
        if self.site and whose.site != self.site:
            return False
        return bool(shown_to(self.role, topic)) and any(party in whose.parties for party in self.parties)

    def form(self, topic: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """What of an event the reader is told."""
        return tell(data, shown_to(self.role, topic)) if self.is_firm else dict(data)


def audience_of(caller: Caller, predecessors: Collection[str] = ()) -> Audience:
    """The audience that a caller is."""
    return Audience(caller.role, (caller.subject, *predecessors), caller.site, caller.programmes)


def shown_to(role: str, topic: str) -> tuple[str, ...]:
    """The members of an event that a firm is told in this role; none where it is not told of the event."""
    return (*SHOWN.get(topic, "").split(), *OWN[role].get(topic, "").split())


def tell(data: Mapping[str, Any], members: Collection[str]) -> dict[str, Any]:
    """The members of an event that are named."""
    return {name: value for name, value in data.items() if name in members}
