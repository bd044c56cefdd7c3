"""Whether an approved claim may be paid to its enterprise's order: findings are cleared, and there is a company."""

from collections.abc import Iterator

from vouchers.application.programmes import entitlement_key
from vouchers.enterprise.state import Enterprise
from vouchers.kinds import ENTERPRISE, ENTITLEMENT
from vouchers.ledger import Unit
from vouchers.order.events import Registered
from vouchers.policy import Policy
from vouchers.policy.granting import beneficiary_of
from vouchers.refusals import Refused

COMPANY = "company"


class HeldByFinding(Refused):
    """Later facts speak against this enterprise, and an officer has to look at its claims before they are paid."""


class NotYetACompany(Refused):
    """What was granted to a person or a team is paid once there is a company."""


def may_be_settled(unit: Unit, policy: Policy, registered: Registered) -> None:
    """Refuse while a finding holds the claims of the enterprise, or while a founder has no company yet."""
    if policy.changes.rules:
        for enterprise_id, _ in _line(unit, registered.enterprise_id):
            _not_held(unit, entitlement_key(registered.programme, registered.period, enterprise_id), enterprise_id)
    if "settlement" not in [each.company_by for each in policy.beneficiaries]:
        return
    beneficiary = beneficiary_of(policy, registered.enterprise_facts, registered.registered_on)
    if beneficiary is not None and beneficiary.company_by == "settlement" and not _is_company(unit, registered):
        detail = f"{registered.enterprise_id} is not yet a company."
        remedy = "Found the company, and have its succession recorded."
        raise NotYetACompany(detail, pointer="/orders", remedy=remedy)


def _not_held(unit: Unit, key: str, enterprise_id: str) -> None:
    state = unit.load(ENTITLEMENT, key)
    if state.held:
        grounds = state.last.grounds if state.last else ()
        detail = f"Found about {enterprise_id}: {', '.join(ground.cause for ground in grounds)}."
        raise HeldByFinding(detail, pointer="/orders", remedy="Look into the finding and clear it.")


def _is_company(unit: Unit, registered: Registered) -> bool:
    """Whether the enterprise, or the last one that has taken its place, is a company on the day."""
    *_, (_, last) = _line(unit, registered.enterprise_id)
    return last.facts_on(unit.on).get("legal_form") == COMPANY


def _line(unit: Unit, enterprise_id: str) -> Iterator[tuple[str, Enterprise]]:
    """An enterprise and all that have taken its place by the day, one after the other."""
    state = unit.load(ENTERPRISE, enterprise_id)
    yield enterprise_id, state
    while state.is_succeeded(unit.on):
        enterprise_id, state = state.successor, unit.load(ENTERPRISE, state.successor)
        yield enterprise_id, state
