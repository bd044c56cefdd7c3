"""Tables of vouchers and orders: what was issued, every movement of value, orders, invoices, deliveries, claims."""

from service.audit.tables.model import table

_VOUCHER = {"voucher_id": "vouchers"}
_ORDER = {"order_id": "orders"}
_MOVES = {
    "voucher.Issued": ("", "available"),
    "voucher.Reserved": ("available", "reserved"),
    "voucher.Released": ("reserved", "available"),
    "voucher.Claimed": ("reserved", "claimed"),
    "voucher.ClaimReversed": ("claimed", "reserved"),
    "voucher.Paid": ("claimed", "paid"),
    "voucher.PaymentReturned": ("paid", "claimed"),
    "voucher.ClawedBack": ("paid", "clawed_back"),
    "voucher.Expired": ("available", "expired"),
    "voucher.Returned": ("available", "returned"),
    "voucher.Restored": ("returned", "available"),
    "voucher.Revoked": ("available", "revoked"),
}

VOUCHERS = table(
    "vouchers",
    "Every voucher as it was issued.",
    "voucher.Issued",
    "voucher_id=part.1 programme period enterprise_id kind currency face issued_on use_by_on redeem_by_on categories",
)
VOUCHER_CHANGES = table(
    "voucher_changes",
    "What changed about vouchers without moving value: extensions, pledges, what was carried over.",
    "voucher.Extended voucher.Pledged voucher.PledgeWithdrawn voucher.CarriedOver voucher.CarriedFrom",
    "voucher_id=part.1 use_by_on redeem_by_on order_id enterprise_id currency amount until_on "
    "to_voucher_id=data.voucher_id period reason",
    references=_VOUCHER,
)
MOVEMENTS = table(
    "movements",
    "Every movement of value between the places of one voucher; the issue moves the face to what is available.",
    " ".join(_MOVES),
    "voucher_id=part.1 programme period from_place=type to_place=type currency amount=data.amount|data.face category "
    "order_id redemption_id reason",
    words={
        "from_place": {event: places[0] for event, places in _MOVES.items()},
        "to_place": {event: places[1] for event, places in _MOVES.items()},
    },
    references=_VOUCHER,
)
ORDERS = table(
    "orders",
    "Every order as it was registered, with the decision's figures.",
    "order.Registered",
    "order_id=part.1 programme period category voucher_id enterprise_id provider_id policy_version policy_digest "
    "registered_on granted_on contract_digest contract_on starts_on ends_on currency gross net asked base subsidy "
    "own_share pool tier payee voucher_kind",
    references=_VOUCHER,
)
ORDER_CHANGES = table(
    "order_changes",
    "New terms of contracts.",
    "order.Changed",
    "order_id=part.1 counted_on=data.changed_on contract_digest ends_on currency gross net asked base subsidy "
    "own_share reason",
    references=_ORDER,
)
ORDER_STEPS = table(
    "order_steps",
    "All else that happened to orders: cancelled, lapsed, shared, own shares, rests, coupons, subcontracting.",
    "order.Cancelled order.Lapsed order.Shared order.ClaimShared order.RestKept order.RestReleased order.Funded "
    "order.PartnerJoined order.ConvertedFrom order.OwnSharePaid order.OwnShareRefunded order.SubcontractingReported "
    "order.CouponsIssued order.CouponsFreed order.Settling order.SettlementWithdrawn",
    "order_id=part.1 redemption_id voucher_id enterprise_id currency amount=data.amount|data.gross "
    "counted_on=data.paid_on|data.refunded_on|data.redeem_by_on|data.rate_on digest share_bp=data.subcontracted_bp "
    "booklet_id settlement_id invoice reason",
    references=_ORDER,
)
DELIVERIES = table(
    "deliveries",
    "Deliveries that enterprises accepted, with the digest of each report.",
    "order.DeliveryAccepted order.PartDelivered",
    "order_id=part.1 delivered_on report_digest",
    references=_ORDER,
)
INVOICES = table(
    "invoices",
    "Invoices by their own number, over all orders: filed, taken back, red-letter.",
    "invoice.Filed invoice.PartFiled invoice.Withdrawn invoice.Reversed invoice.RedLetter invoice.FiledBeside",
    "invoice=part.1+ order_id enterprise_id provider_id issued_on currency gross net part_gross part_net red_invoice "
    "source_id=data.invoice|data.beside reason",
)
ORDER_INVOICES = table(
    "order_invoices",
    "Invoices as they count for orders.",
    "order.InvoiceFiled order.InvoiceAdded order.InvoiceRemoved order.InvoiceReversed",
    "order_id=part.1 invoice issued_on currency gross net red_invoice reason",
    references=_ORDER,
)
REDEMPTIONS = table(
    "redemptions",
    "Claims of providers and what became of each: requested, approved, rejected, taken back.",
    "order.RedemptionRequested order.RedemptionApproved order.RedemptionRejected order.RedemptionReversed",
    "redemption_id order_id=part.1 currency amount requested_by reason",
    references=_ORDER,
)
REDEMPTION_EVIDENCE = table(
    "redemption_evidence",
    "The documents behind claims, by the digest of each.",
    "order.RedemptionRequested",
    "redemption_id order_id=part.1 name=item.name digest=item.value",
    each="data.evidence",
    references=_ORDER,
)
CONTRACTS = table(
    "contracts",
    "Public money for one contract, over all programmes.",
    "contract.Supported contract.Unsupported",
    "contract_digest=part.1 order_id amount",
)
CONTRACT_SUPPORTS = table(
    "contract_supports",
    "The orders that hold public money for a contract after each change of it.",
    "contract.Supported contract.Unsupported",
    "contract_digest=part.1 order_id=item.value.order_id programme=item.value.programme gross=item.value.gross "
    "amount=item.value.amount share_bp=item.value.ceiling_bp",
    each="data.supports",
)
COUPONS = table(
    "coupons",
    "Coupons set aside in orders, used at counters, and used twice.",
    "booklet.Issued booklet.CouponUsed booklet.DoubleUseFound booklet.Closed counter.CodeAccepted",
    "booklet_id=stream.booklet order_id=data.order_id|stream.counter enterprise_id provider_id redemption_id "
    "number_of=data.number count=data.coupons|data.unused currency amount delivered_on party=data.party_id "
    "use_by_on reason",
)

TABLES = (
    VOUCHERS, VOUCHER_CHANGES, MOVEMENTS, ORDERS, ORDER_CHANGES, ORDER_STEPS, DELIVERIES, INVOICES, ORDER_INVOICES,
    REDEMPTIONS, REDEMPTION_EVIDENCE, CONTRACTS, CONTRACT_SUPPORTS, COUPONS,
)  # fmt: skip
