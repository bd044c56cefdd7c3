"""What stands about a party: whether anything is on record at all, its facts, who controls it, and its credit tier."""

from vouchers.facts import Facts
from vouchers.kinds import CONDUCT, ENTERPRISE, PROVIDER, WATCH
from vouchers.ledger import Unit
from vouchers.policy import Policy
from vouchers.watch import decisions as watches
from vouchers.watch.state import Watch

ALL = "all"
LONGEST_PARTY = 200


def watched(unit: Unit) -> Watch:
    """The parties with links or a record: one stream tells that there is nothing to look at, for nearly all."""
    return unit.load(WATCH, ALL)


def enlist(unit: Unit, party: str) -> None:
    """Put a party on the list, once."""
    unit.append(WATCH, ALL, watches.enlist(unit.load(WATCH, ALL), party))


def facts_known(unit: Unit, party: str) -> Facts:
    """What is known of an enterprise or a provider."""
    enterprise = unit.load(ENTERPRISE, party)
    return enterprise.facts if enterprise.is_known else unit.load(PROVIDER, party).facts


def controller_of(facts: Facts) -> str:
    """The actual controller that facts name, if it can be looked up."""
    controller = facts.get("controller", "")
    return controller if isinstance(controller, str) and len(controller) <= LONGEST_PARTY else ""


def tier_of(unit: Unit, party: str) -> str:
    """The tier of an enterprise or a provider now; B where nobody moved it."""
    enterprise = unit.load(ENTERPRISE, party)
    return enterprise.credit_tier if enterprise.is_known else unit.load(CONDUCT, party).tier or "B"


def governing_tier(unit: Unit, policy: Policy, tier: str, provider_id: str) -> str:
    """The tier that checks an order: the firm's, or the provider's where that is worse and the policy looks at it."""
    if policy.supervision is None or not policy.supervision.provider_tiers:
        return tier
    return max(tier, tier_of(unit, provider_id)) if provider_id in watched(unit) else tier
