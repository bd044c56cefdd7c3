"""Whose a thing is: what a firm names in a command has to be its own; somebody else's is as unknown as none."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from service.api.asking import service
from service.belonging import Line, check_enterprise, check_order, check_voucher
from service.identity import FIRMS, Caller
from vouchers.enterprise.decisions import EnterpriseUnknown
from vouchers.invoice.decisions import InvoiceUnknown
from vouchers.kinds import INVOICE, ORDER, ROUND, VOUCHER
from vouchers.provider.decisions import ProviderUnknown
from vouchers.round.decisions import RequestUnknown

Said = Mapping[str, Any]


def check_own(caller: Caller, names: Iterable[str], said: Said, line: Line) -> None:
    """Refuse a firm what is not its own; officials act on everybody's."""
    if caller.role in FIRMS:
        for name in names:
            _CHECKS[name](caller, said, line)


def check_party(caller: Caller, firm_id: str, line: Line, pointer: str) -> None:
    """Refuse a firm what is said of another party."""
    if caller.role == "provider" and caller.subject != firm_id:
        raise ProviderUnknown(pointer=pointer, remedy="Use your own credit code.")
    if caller.role == "enterprise" and caller.subject != firm_id and firm_id not in line():
        raise EnterpriseUnknown(pointer=pointer, remedy="Use your own credit code.")


def _party(name: str) -> Callable[[Caller, Said, Line], None]:
    def check(caller: Caller, said: Said, line: Line) -> None:
        check_party(caller, said[name], line, f"/{name}")

    return check


def _enterprise(caller: Caller, said: Said, line: Line) -> None:
    check_enterprise(caller, said["enterprise_id"], line)


def _voucher(caller: Caller, said: Said, line: Line) -> None:
    check_voucher(caller, service().ledger.state(VOUCHER, said["voucher_id"]), line)


def _order(caller: Caller, said: Said, line: Line) -> None:
    check_order(caller, service().ledger.state(ORDER, said["order_id"]), line)


def _invoice(caller: Caller, said: Said, line: Line) -> None:
    """Refuse an invoice that none of the caller's orders has."""
    parts = service().ledger.state(INVOICE, said["invoice"]).parts
    registered = [service().ledger.state(ORDER, order_id).registered for order_id in parts]
    firms = {getattr(each, f"{caller.role}_id") for each in registered if each is not None}
    if not firms & {caller.subject, *line()}:
        raise InvoiceUnknown(pointer="/invoice", remedy="Check the number of the invoice.")


def _waiting(caller: Caller, said: Said, line: Line) -> None:
    """Refuse an order that waits for somebody else."""
    stream = f"{said['programme']}/{said['period']}/{said['pool']}"
    request = service().ledger.state(ROUND, stream).waiting.get(said["order_id"])
    if request is None or request.enterprise_id not in {caller.subject, *line()}:
        raise RequestUnknown(pointer="/order_id")


_CHECKS: Final[Mapping[str, Callable[[Caller, Said, Line], None]]] = {
    "enterprise_id": _enterprise,
    "provider_id": _party("provider_id"),
    "payee_id": _party("payee_id"),
    "subject": _party("subject"),
    "voucher_id": _voucher,
    "order_id": _order,
    "invoice": _invoice,
    "waiting": _waiting,
}
