"""Whose thing it is: somebody else's is as unknown as none."""

from collections.abc import Callable, Collection

from service.identity import Caller
from service.reach import reaches, site_of
from vouchers.booklet import decisions as booklets
from vouchers.booklet.state import Booklet
from vouchers.enterprise.decisions import EnterpriseUnknown
from vouchers.order import decisions as orders
from vouchers.order.events import Registered
from vouchers.order.state import Order
from vouchers.refusals import NotAllowed
from vouchers.voucher import decisions as vouchers
from vouchers.voucher.events import Issued
from vouchers.voucher.state import Voucher

# The enterprises whose place the caller has taken; asked only where something is not the caller's own.
Line = Callable[[], Collection[str]]


class NotThePayee(NotAllowed):
    """Only whoever receives the money of an order may claim it."""


def check_enterprise(caller: Caller, enterprise_id: str, line: Line) -> str:
    """The enterprise, if the caller may see it; somebody else's is as unknown as none."""
    if caller.role == "enterprise" and not _is_own(caller, enterprise_id, line):
        raise EnterpriseUnknown(pointer="/path/enterprise_id", remedy="Use your own credit code.")
    return enterprise_id


def check_voucher(caller: Caller, voucher: Voucher, line: Line) -> Issued:
    """What a voucher was issued as, if the caller may see it."""
    terms = vouchers.terms_of(voucher)
    foreign = caller.role == "enterprise" and not _is_own(caller, terms.enterprise_id, line)
    if foreign or not reaches(caller, terms.programme, caller.site):
        raise vouchers.VoucherUnknown(pointer="/voucher_id", remedy="Check the voucher number on the statement.")
    return terms


def check_order(caller: Caller, order: Order, line: Line) -> Registered:
    """What an order was registered as, if the caller may see it."""
    registered = orders.known(order)
    parties = {"enterprise": registered.enterprise_id, "provider": registered.provider_id}
    foreign = caller.role in parties and not _is_own(caller, parties[caller.role], line)
    if foreign or not reaches(caller, registered.programme, site_of(registered)):
        raise orders.OrderUnknown(pointer="/order_id", remedy="Check the order number.")
    return registered


def check_booklet(caller: Caller, booklet: Booklet, line: Line) -> None:
    """Refuse a booklet that the caller may not see: an enterprise sees its own, a provider those good at it."""
    issued = booklets.known(booklet)
    providers = {place.provider_id for place in issued.places}
    foreign = caller.role == "provider" and caller.subject not in providers
    if foreign or (caller.role == "enterprise" and not _is_own(caller, issued.enterprise_id, line)):
        raise booklets.BookletUnknown(pointer="/booklet_id")


def check_claimant(caller: Caller, order: Order, line: Line) -> Registered:
    """What an order was registered as, if the caller may file and claim for it: the provider, or whoever is paid."""
    registered = check_order(caller, order, line)
    if caller.role in ("enterprise", "provider") and caller.role not in ("provider", registered.payee):
        raise NotThePayee(pointer="/order_id", remedy="Ask the provider of the order to do this.")
    return registered


def check_payee(caller: Caller, order: Order, line: Line) -> Registered:
    """What an order was registered as, if the caller may claim its money or give the claim up."""
    registered = check_order(caller, order, line)
    if caller.role in ("enterprise", "provider") and caller.role != registered.payee:
        raise NotThePayee(pointer="/order_id", remedy=f"The {registered.payee} of the order has to do this.")
    return registered


def _is_own(caller: Caller, firm_id: str, line: Line) -> bool:
    """Whether a firm is the caller, or one whose place the caller has taken."""
    return caller.subject == firm_id or (caller.role == "enterprise" and firm_id in line())
