"""A second look at enterprises: what they were granted in every programme, and the ceilings of their groups."""

from collections.abc import Iterable
from typing import Any

from service.projections.entitlements import entitlements
from service.projections.orders import orders
from service.wiring import Service, Who
from vouchers import application
from vouchers.application.reassessing import Reassess
from vouchers.application.regrouping import RecheckGroup
from vouchers.programme.decisions import PolicyNotInForce

PAGE = 1_000


def look_again(service: Service, code: str, who: Who, *, on: str = "", programme: str = "") -> list[dict[str, Any]]:
    """Look again at what an enterprise was granted; a programme without a policy in force is left out."""
    service.catch_up()
    with service.views.session() as views:
        rows = entitlements(views, enterprise_id=code, programme=programme, limit=PAGE)
    found = []
    for each in dict.fromkeys(row.programme for row in rows):
        try:
            outcome = service.execute(application.reassess_enterprise, Reassess(code, each), who, on=on)
        except PolicyNotInForce:
            continue
        found.append({**outcome.answer, "position": outcome.position})
    return found


def recheck_groups(service: Service, codes: Iterable[str], who: Who, *, on: str = "") -> list[dict[str, Any]]:
    """Hold all orders of enterprises against the controllers known today; the ceilings that turn out to be passed."""
    service.catch_up()
    over = []
    for code in codes:
        for numbers in _orders_of(service, code):
            outcome = service.execute(application.recheck_group, RecheckGroup(code, numbers), who, on=on)
            over += outcome.answer["over"]
    return over


def _orders_of(service: Service, code: str) -> list[tuple[str, ...]]:
    """The orders of an enterprise, all of them together where they fit in one command."""
    numbers, after = list[str](), -1
    with service.views.session() as views:
        while page := orders(views, enterprise_id=code, after=after, limit=PAGE):
            numbers += [row.order_id for row in page]
            after = page[-1].seq
    return [tuple(numbers[i : i + 10 * PAGE]) for i in range(0, len(numbers), 10 * PAGE)]
