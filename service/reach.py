"""How far a caller reaches: a provider's site sees its own orders only, and some officials their own programmes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from service.identity import Caller
from vouchers.kinds import ORDER, SETTLEMENT, VOUCHER
from vouchers.ledger import Ledger
from vouchers.order import decisions as orders
from vouchers.order.events import Registered
from vouchers.refusals import NotAllowed, NotFound
from vouchers.settlement import decisions as settlements
from vouchers.voucher import decisions as vouchers

_ROUND: Final = re.compile(r"-R[0-9]{1,9}\Z")

# Routes that need no order and no programme in their address: what they show is nobody's, or they look for themselves.
WITHIN: Final = frozenset(
    {"identity.show_me", "programmes.list_programmes", "providers.list_providers", "feed.read_feed", "feed.show_event"}
    | {"bulk.register_orders", "bulk.request_redemptions", "evidence.put_document", "evidence.show_document"}
    | {"orders.list_orders", "orders.register", "orders.preview", "settlements.propose", "counter.redeem_code"}
    | {"coupons.sync_coupons", "webhooks.create", "webhooks.list_webhooks", "webhooks.show", "webhooks.pause"}
    | {"webhooks.resume", "webhooks.remove", "webhooks.rotate", "webhooks.test", "webhooks.replay"}
    | {"webhooks.list_dead", "webhooks.retry_all", "webhooks.retry_one"}
    | {"receipts.find_receipt", "receipts.show_receipt", "decisions.explain"}
)
# The same for a provider's site alone: what is said of a programme there is said to everybody.
OF_SITES: Final = frozenset({"programmes.show_programme"})

# Lists that take a programme behind the question mark, and then show nothing of another.
BY_QUERY: Final = frozenset({"reviews.list_reviews", "settlements.list_payables", "settlements.list_settlements"})


class BeyondReach(NotAllowed):
    """Your key or token is for one site or for some programmes, and this is about more."""

    remedy = "Name one order, voucher, settlement or programme that is within it, or ask for a wider key."


class ProgrammeBeyondReach(NotFound):
    """There is no such programme, or it is not yours to see."""

    remedy = "Name a programme that your key or token is for."


class Found(NamedTuple):
    """What an address is about: a programme, and the site of the order where it is about one."""

    programme: str
    site: str | None
    unknown: NotFound


def is_narrow(caller: Caller) -> bool:
    """Whether the caller is limited to a site or to programmes."""
    return bool(caller.site or caller.programmes)


def reaches(caller: Caller, programme: str, site: str | None = None) -> bool:
    """Whether a thing of a programme, or an order of a site, is within the caller's limits."""
    return (not caller.programmes or programme in caller.programmes) and (not caller.site or site == caller.site)


def site_of(registered: Registered) -> str:
    """The site that an order was contracted with; nothing where it names none."""
    return str(registered.attributes.get("site_id", ""))


def check_programme(caller: Caller, programme: str) -> str:
    """The programme, if it is within the caller's limits; another one is as unknown as none."""
    if not reaches(caller, programme, caller.site):
        raise ProgrammeBeyondReach(pointer="/programme")
    return programme


def address_of(endpoint: str, parts: Mapping[str, Any] | None, query: Mapping[str, str]) -> dict[str, Any]:
    """What an address names: its parts, and the programme of a list that shows one programme."""
    named = {"programme": query["programme"]} if endpoint in BY_QUERY and query.get("programme") else {}
    return {**named, **(parts or {})}


def check_reach(caller: Caller, endpoint: str, address: Mapping[str, Any], ledger: Ledger) -> None:
    """Refuse a narrow caller what its address does not show to be within its limits: what is unknown is refused."""
    if not is_narrow(caller) or endpoint in WITHIN:
        return
    found = [*_found(endpoint, address, ledger)]
    of_site = not caller.site or endpoint in OF_SITES or any(each.site is not None for each in found)
    if not found or not of_site:
        raise BeyondReach
    for each in found:
        if not reaches(caller, each.programme, caller.site if each.site is None else each.site):
            # A list is there whatever it is asked for; a thing beyond reach is as unknown as none.
            raise BeyondReach if endpoint in BY_QUERY else each.unknown


def _found(endpoint: str, address: Mapping[str, Any], ledger: Ledger) -> Iterator[Found]:
    """The programmes and orders that an address is about; nothing for what it cannot be told of."""
    for name, value in address.items():
        match name:
            case "order_id" | "redemption_id":
                yield _order(ledger, _ROUND.sub("", value) if name == "redemption_id" else value)
            case "voucher_id":
                unknown = vouchers.VoucherUnknown(pointer="/voucher_id", remedy=_CHECK_VOUCHER)
                yield Found(vouchers.terms_of(ledger.state(VOUCHER, value)).programme, None, unknown)
            case "settlement_id":
                proposed = settlements.known(ledger.state(SETTLEMENT, value))
                yield Found(proposed.programme, None, settlements.SettlementUnknown(pointer="/settlement_id"))
            case "programme":
                yield Found(value, None, ProgrammeBeyondReach(pointer="/programme"))
            case "code" if endpoint.startswith("programmes."):
                yield Found(value, None, ProgrammeBeyondReach(pointer="/programme"))


def _order(ledger: Ledger, order_id: str) -> Found:
    registered = orders.known(ledger.state(ORDER, order_id))
    unknown = orders.OrderUnknown(pointer="/order_id", remedy="Check the order number.")
    return Found(registered.programme, site_of(registered), unknown)


_CHECK_VOUCHER: Final = "Check the voucher number on the statement."
