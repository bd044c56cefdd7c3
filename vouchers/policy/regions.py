"""Regions of a policy: whose money pays an order, and whose admission of a provider counts."""

from typing import Final

from vouchers.facts import Facts
from vouchers.policy.explain import listed
from vouchers.policy.model import OrderFacts, Policy, Reason
from vouchers.policy.rules import Category

MARK: Final = ":"
_PROVINCE: Final = 2  # digits of a division code


def area_of(region: object, areas: tuple[str, ...]) -> str:
    """The narrowest of these areas that a region lies in, or nothing."""
    found = [area for area in areas if str(region or "").startswith(area)]
    return max(found, key=len, default="")


def pool_of(policy: Policy, category: Category, enterprise: Facts) -> str:
    """The pool that pays an order; where the enterprise's place pays, it carries the area of that place."""
    areas = policy.settlement.payer_areas
    area = area_of(enterprise.get("region"), areas) if areas else ""
    return f"{category.pool}{MARK}{area}" if area else category.pool


def pools(policy: Policy) -> tuple[str, ...]:
    """Every pool of the budget that orders of this policy draw from, in each paying area one."""
    own = (policy.support.pool,) if policy.support is not None else ()
    plain = tuple(dict.fromkeys((*(category.pool for category in policy.categories.values()), *own)))
    areas = policy.settlement.payer_areas
    return tuple(f"{pool}{MARK}{area}" for pool in plain for area in areas) if areas else plain


def payer_of(pool: str) -> str:
    """The area whose money a pool is, or nothing for a pool of the whole programme."""
    return pool.rpartition(MARK)[2] if MARK in pool else ""


def performer_of(policy: Policy, provider: Facts) -> str:
    """The area that a provider's work counts for between regions: a paying one, else its province."""
    region = str(provider.get("region") or "")
    return area_of(region, policy.settlement.payer_areas) or region[:_PROVINCE]


def region_reasons(policy: Policy, order: OrderFacts, reasons: list[Reason]) -> None:
    """Add what speaks against an order: no area pays for the enterprise, or the provider's admission is foreign."""
    areas = policy.settlement.payer_areas
    if areas and not area_of(order.enterprise.get("region"), areas):
        text = f"No area of the programme pays for an enterprise of {order.enterprise.get('region', 'no known place')}."
        remedy = f"The areas that pay are {listed(areas, 'and')}; have the registered address corrected if it is wrong."
        reasons.append(Reason("no-region-pays", policy.settlement.clause, text, remedy))
    recognised = policy.admission.recognises
    if not recognised:
        return
    # Where the directory names no other place, a provider was admitted where it sits.
    admitted_by = str(order.provider.get("admitted_by") or order.provider.get("region") or "")
    if not admitted_by.startswith(recognised):
        text = f"The provider was admitted by {admitted_by or 'no known region'}, whose admissions do not count here."
        remedy = f"Choose a provider that one of {listed(recognised)} has admitted."
        reasons.append(Reason("provider-not-recognised", policy.admission.clause, text, remedy))
