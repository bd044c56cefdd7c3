"""Every command that has no route of its own elsewhere: one table, one view; here those of vouchers and orders."""

from typing import Final

from service.api import commands_parties, commands_programmes
from service.api.acting import Act, mount
from service.api.blueprints import Blueprint
from service.api.making import firm
from vouchers import application as app

blueprint = Blueprint("commands", __name__, url_prefix="/v1")

_VOUCHER: Final = "/vouchers/<name:voucher_id>"
_ORDER: Final = "/orders/<name:order_id>"
_SETTLEMENT: Final = "/settlements/<name:settlement_id>"

ORDERS: Final = (
    Act(f"{_VOUCHER}/returns", app.return_value, whose=("voucher_id",)),
    Act(f"{_VOUCHER}/restorations", app.restore_value, whose=("voucher_id",)),
    Act(f"{_VOUCHER}/revocation", app.revoke_voucher),
    Act(f"{_VOUCHER}/extensions", app.extend_voucher),
    Act(f"{_VOUCHER}/carry-over", app.carry_over_voucher),
    Act(f"{_VOUCHER}/expiry", app.expire_voucher),
    Act(f"{_VOUCHER}/pledges", app.pledge_voucher, whose=("voucher_id",)),
    Act(f"{_VOUCHER}/pledges/<name:order_id>/withdrawal", app.withdraw_pledge, whose=("voucher_id",)),
    Act(f"{_ORDER}/changes", app.change_order, whose=("order_id",)),
    Act(f"{_ORDER}/own-shares", app.prove_own_share, whose=("order_id",)),
    Act(f"{_ORDER}/refunds", app.report_refund),
    Act(f"{_ORDER}/subcontracting", app.report_subcontracting, whose=("order_id",)),
    Act(
        f"{_ORDER}/rating",
        app.rate_provider,
        whose=("order_id", "enterprise_id"),
        default={"enterprise_id": firm("enterprise")},
    ),
    Act(f"{_ORDER}/lapse", app.lapse_order),
    Act(f"{_ORDER}/clawbacks", app.claw_back),
    Act(f"{_ORDER}/breaches", app.claw_back_breach),
    Act(f"{_ORDER}/signals", app.raise_signal),
    Act(f"{_ORDER}/hold-release", app.lift_hold),
    Act(f"{_ORDER}/ties", app.recheck_ties),
    Act(f"{_ORDER}/rechecks", app.recheck),
    Act("/invoices/reversals", app.reverse_invoice, whose=("invoice",)),
    Act(f"{_SETTLEMENT}/returns", app.return_payment),
)
ROWS: Final = (*commands_programmes.ROWS, *commands_parties.ROWS, *ORDERS)

mount(blueprint, ROWS)
