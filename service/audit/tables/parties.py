"""Tables of parties: enterprises, providers, ties between them, their conduct, what they publish and need."""

from service.audit.tables.model import table

_FACTS = "enterprise.FactsRecorded enterprise.EarlierFactsRecorded enterprise.FactsCorrected"

ENTERPRISES = table(
    "enterprises",
    "What registries stated about enterprises, time by time.",
    _FACTS + " enterprise.FactsConfirmed",
    "enterprise_id=part.1 as_of_on source digest region=data.facts.region incorporated_on=data.facts.registered_on "
    "status=data.facts.status staff=data.facts.staff revenue=data.facts.revenue assets=data.facts.assets "
    "sector=data.facts.sector legal_form=data.facts.legal_form controller=data.facts.controller "
    "tier=data.facts.credit_tier reason",
)
ENTERPRISE_FACTS = table(
    "enterprise_facts",
    "Every fact that registries stated about enterprises, one row each.",
    _FACTS,
    "enterprise_id=part.1 as_of_on name=item.name text=item.value number=item.value",
    each="data.facts",
)
ENTERPRISE_CHANGES = table(
    "enterprise_changes",
    "Credit tiers that moved, successions, ceilings of a group that were found passed.",
    "enterprise.CreditTierChanged enterprise.Succeeded enterprise.SucceededBy enterprise.OverCapFound "
    "enterprise.OverCapClosed",
    "enterprise_id=part.1 predecessor_id successor_id kind from_on tier programme cap_level=data.cap "
    "cap_limit=data.limit amount=data.used reason=data.reason|data.cause clause",
)
PROVIDERS = table(
    "providers",
    "The directory: who joined, was suspended, left, came back.",
    "provider.Admitted provider.Suspended provider.Reinstated provider.Removed provider.Readmitted",
    "provider_id=part.1 name source digest kind=data.facts.kind region=data.facts.region "
    "controller=data.facts.controller from_on until_on=data.barred_until_on effect reason",
)
ACCREDITATIONS = table(
    "accreditations",
    "For which categories and days providers are accredited.",
    "provider.Accredited provider.Renewed provider.AccreditationWithdrawn",
    "provider_id=part.1 category from_on until_on reason",
)
SITES = table(
    "sites",
    "The places of providers.",
    "provider.SiteAdded provider.SiteClosed",
    "provider_id=part.1 site_id name region from_on reason",
)
ACCOUNTS = table(
    "accounts",
    "References of the accounts on which parties are paid; a change takes two people.",
    "provider.AccountSet provider.SiteAccountSet account.Proposed account.Approved account.Declined",
    "payee_id=data.payee_id|stream.provider site_id account_ref other=data.holder_id proposed_by approved_by "
    "declined_by reason",
)
ADMISSIONS = table(
    "admissions",
    "How providers applied to join, and what came of it.",
    "admission.SelfEvaluated admission.Verified admission.VerificationFailed admission.NoticeOpened admission.Objected "
    "admission.ObjectionUpheld admission.ObjectionDismissed admission.JoinedAfterNotice admission.Withdrawn",
    "provider_id=part.1 programme name account_ref policy_version policy_digest source facts_digest "
    "from_on=data.first_on until_on=data.last_on|data.notice_last_on number_of=data.number "
    "done_by=data.by|data.evaluated_by reason",
)
LINKS = table(
    "links",
    "Ties between parties that became known: control, shared accounts, kinship; each from the side of one party.",
    "link.LinkRecorded link.LinkEnded",
    "party=part.1 other kind direction share_bp from_on until_on source digest done_by=data.by",
)
MEMBERS = table(
    "undertakings",
    "Which enterprises were seen under one controller.",
    "undertaking.MemberSeen",
    "controller=part.1 enterprise_id",
)
CONDUCTS = table(
    "conducts",
    "Faults, moved tiers, sanctions and appeals of parties.",
    "conduct.Faulted conduct.TierMoved conduct.CleanPaid conduct.Sanctioned conduct.SanctionLifted conduct.Appealed "
    "conduct.AppealDecided conduct.MeasuresDue",
    "party=part.1 act order_id redemption_id counted_on=data.on level tier_before tier from_on until_on effect outcome "
    "reason=data.reason|data.grounds clause done_by=data.by",
)
PRODUCTS = table(
    "products",
    "The service products that providers publish, with their fees.",
    "catalogue.Published catalogue.FeeChanged catalogue.Withdrawn",
    "provider_id=part.1 product_id category currency fee unit from_on reason",
)
DEMANDS = table(
    "demands",
    "What enterprises said they need, and the offers made to them.",
    "demand.Posted demand.Offered demand.OfferWithdrawn demand.OfferAccepted demand.Ordered demand.Withdrawn",
    "demand_id=part.1 enterprise_id category currency budget until_on=data.until_on|data.ends_on offer_id provider_id "
    "product_id fee order_id reason",
)
RATINGS = table(
    "ratings",
    "What enterprises of paid orders thought of their providers.",
    "rating.Given",
    "order_id enterprise_id provider_id category stars",
)
AID = table(
    "aid",
    "Aid that counts together over programmes and bodies.",
    "aid.Counted aid.Uncounted aid.OtherAidDeclared aid.DeclarationWithdrawn",
    "title=part.1 enterprise_id=part.2 programme source_id=data.source_id|data.declaration_id measure granted_on "
    "amount source digest reason",
)
SOURCES = table(
    "sources",
    "Registries that were down, and codes let through with a reason.",
    "source.WentDown source.CameUp source.CodeAllowed source.CodeBarred",
    "source=part.1 from_on code reason",
)
PAIRS = table(
    "pairs",
    "Orders as they count between one enterprise and one provider.",
    "pair.Ordered",
    "subject=part.1 order_id programme category counted_on=data.on gross subsidy",
)
SIGNERS = table(
    "signers",
    "Keys with which parties sign at the counter.",
    "signer.KeyRegistered signer.KeyRevoked",
    "party=part.1 key_id reason",
)

TABLES = (
    ENTERPRISES, ENTERPRISE_FACTS, ENTERPRISE_CHANGES, PROVIDERS, ACCREDITATIONS, SITES, ACCOUNTS, ADMISSIONS, LINKS,
    MEMBERS, CONDUCTS, PRODUCTS, DEMANDS, RATINGS, AID, SOURCES, PAIRS, SIGNERS,
)  # fmt: skip
