"""How much of an order its provider passed on to others."""

from vouchers.money import WHOLE_BP
from vouchers.order import events as order
from vouchers.order.decisions import check_open
from vouchers.order.state import Order
from vouchers.refusals import Malformed
from vouchers.values import Value


class ShareMalformed(Malformed):
    """A share is a whole number of basis points: 10,000 are everything."""

    remedy = "Give a number from 0 to 10000; 2,500 is a quarter."


class ReportSubcontracting(Value):
    """Report before the last claim how much of the work was passed on to others."""

    order_id: str
    subcontracted_bp: int


def check_share(value: object, pointer: str = "") -> int:
    """Return a share in basis points, else refuse it."""
    if type(value) is int and 0 <= value <= WHOLE_BP:
        return value
    raise ShareMalformed(pointer=pointer)


def report_subcontracting(state: Order, command: ReportSubcontracting, by: str) -> list[order.Event]:
    """Record the share as reported; the same share again changes nothing."""
    check_open(state)
    if state.subcontracted_bp == command.subcontracted_bp:
        return []
    return [order.SubcontractingReported(command.subcontracted_bp, by)]
