"""What the reasons mean that every policy can give, whatever its own conditions are."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vouchers.policy.document import LEVELS

_CAP: Final = {
    f"cap-{level}-exceeded": f"The order would pass a limit on the sum that counts at the level {level}."
    for level in LEVELS
}
_CAP_COUNT: Final = {
    f"cap-{level}-count-exceeded": f"The limit on the number of orders at the level {level} is reached."
    for level in LEVELS
}

_CAP_SINGLE: Final = {
    f"cap-{level}-{words}order-exceeded": f"A single {words.replace('-', ' ')}order may not take as much."
    for level in LEVELS
    for words in ("", "first-")
}

POLICY_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "asked-not-in-pieces": "The voucher comes in pieces of one value, and only whole ones can be asked for.",
        "asked-out-of-range": "The subsidy asked for is below zero, or above what the policy pays.",
        "attribute-missing": "The policy needs something stated about the order that was not stated.",
        "beneficiary-class-unknown": "The facts on record fit none of the policy's classes of beneficiaries.",
        "category-not-covered": "This voucher may not be spent on services of this category.",
        "category-unknown": "The policy has no category of this name.",
        "contract-before-grant": "The contract was made before the voucher was granted.",
        "cost-above-maximum": "The cost is above the largest that the policy supports.",
        "cost-below-minimum": "The cost is below the smallest that the policy supports.",
        "cost-out-of-range": "The net amount is not above zero and at most the gross amount.",
        "fact-missing": "A fact that the policy asks for is not on record.",
        "facts-too-old": "The facts on record are older than the policy takes; the entitlement is pending.",
        "no-region-pays": "The enterprise's place is in none of the areas that pay for this programme.",
        "order-split": "Orders with one provider within some days count as one, and together they pass a limit.",
        "order-too-late": "The order comes too long after the voucher was granted.",
        "pieces-out-of-range": "The number of pieces is outside of what the policy supports.",
        "pledges-too-large": "Other firms pledge as much as the order is supported with, or more.",
        "policy-not-in-force": "The policy is not in force on this day.",
        "programme-mismatch": "The order is for another programme than the policy's.",
        "provider-in-own-area": "The policy supports services from providers of another area only.",
        "provider-kind-not-allowed": "A provider of this kind may not serve this category.",
        "provider-not-recognised": "The provider was admitted where the policy does not recognise admissions.",
        "provider-not-qualified": "The provider lacks a qualification that the category needs.",
        "quotes-missing": "An order of this cost must show more offers of different providers.",
        "received-before": "The enterprise was granted another programme within the time that the policy looks at.",
        "related-party": "The provider is connected with the enterprise.",
        "service-already-started": "The order was registered after the service had started.",
        "service-days-reversed": "The service ends before it starts.",
        "service-ends-too-late": "The service ends after the last day that the policy allows.",
        "source-down": "A source that the policy needs cannot be relied on now; the entitlement is pending.",
        "spend-never-eligible": "The policy never supports this kind of cost.",
        "succeeded": "Another enterprise has taken the place of this one, and is decided instead.",
        "under-sanction": "A sanction stands against a party of the order, or against its controller.",
        "voucher-use-by-passed": "The last day on which the voucher could be used has passed.",
        "window-closed": "The policy takes no applications on this day.",
        **_CAP,
        **_CAP_COUNT,
        **_CAP_SINGLE,
    }
)
