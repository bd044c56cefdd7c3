"""The money that a command counts in: that of what it is about; and its amounts as the API tells them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from schemas.answers_commands import MONEY
from schemas.commands import AMOUNTS
from service.api.answering import Answer, money
from service.api.asking import service
from vouchers import application
from vouchers.catalogue.decisions import ProductUnknown
from vouchers.debt.decisions import known as known_debt
from vouchers.demand.decisions import known as known_demand
from vouchers.kinds import CATALOGUE, DEBT, DEMAND, INVOICE, ORDER, PROGRAMME, SETTLEMENT, VOUCHER
from vouchers.order.decisions import known as known_order
from vouchers.policy import Aid
from vouchers.programme.decisions import announced
from vouchers.settlement.decisions import known as known_settlement
from vouchers.voucher.decisions import terms_of

Said = Mapping[str, Any]
# Objects that have an amount for each of some names: orders, regions.
_MAPS: Final = frozenset({"allotted", "nets"})
_MOST_PROGRAMMES: Final = 100


def currency_of(said: Said) -> str:
    """The currency of what a request is about: the narrowest thing that it names."""
    for names, ask in _ASKED:
        if all(said.get(name) for name in names):
            return ask(said)
    return _stated(said)


def in_money(answer: Answer, said: Said) -> Answer:
    """An answer whose amounts have their currency."""
    if not any(_counts(answer)):
        return answer
    currency = str(answer.get("currency") or currency_of(said))
    shown: Answer = told(answer, currency, MONEY)
    return shown


def aid_rules(day: str) -> Iterator[tuple[Aid, str]]:
    """The ceilings of aid of the policies in force on a day, each scope once, with its money."""
    ledger, seen = service().ledger, set[str]()
    for stream in ledger.names("programme/", limit=_MOST_PROGRAMMES):
        adopted = ledger.state(PROGRAMME, stream.removeprefix("programme/")).policy_on(day)
        policy = application.compiled(adopted) if adopted else None
        if policy is not None and policy.aid is not None and policy.aid.scope not in seen:
            seen.add(policy.aid.scope)
            yield policy.aid, policy.currency


def told(value: Any, currency: str, names: frozenset[str], name: str = "") -> Any:
    """A value in which the whole numbers of these names, however deep, are amounts of money."""
    if isinstance(value, dict):
        return {key: told(inner, currency, names, name if name in _MAPS else key) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [told(inner, currency, names, name) for inner in value]
    return money(value, currency) if _is_money(name, value, names) else value


def _counts(value: Any, name: str = "") -> Iterator[bool]:
    """Whether each value in an answer is an amount."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _counts(inner, name if name in _MAPS else key)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _counts(inner, name)
    else:
        yield _is_money(name, value, MONEY)


def _is_money(name: str, value: Any, names: frozenset[str]) -> bool:
    return type(value) is int and (name in names or name in _MAPS)


def _stated(said: Said) -> str:
    """The currency that the first amount of a request is in: where nothing else says what is right, that is."""
    return next((str(said[name]["currency"]) for name in sorted(AMOUNTS) if isinstance(said.get(name), Mapping)), "CNY")


def _of_product(said: Said) -> str:
    product = service().ledger.state(CATALOGUE, said["provider_id"]).products.get(said["product_id"])
    if product is None:
        raise ProductUnknown(pointer="/product_id")
    return product.published.currency


def _of_invoice(said: Said) -> str:
    filed = service().ledger.state(INVOICE, said["invoice"]).filed
    return filed.currency if filed else _stated(said)


def _of_aid(said: Said) -> str:
    today = service().today()
    return next((currency for rule, currency in aid_rules(today) if rule.scope == said["scope"]), _stated(said))


_ASKED: Final[tuple[tuple[tuple[str, ...], Callable[[Said], str]], ...]] = (
    (("currency",), lambda said: str(said["currency"])),
    (("debt_id",), lambda said: known_debt(_state(DEBT, said["party_id"]), said["debt_id"]).demanded.currency),
    (("demand_id",), lambda said: known_demand(_state(DEMAND, said["demand_id"])).currency),
    (("product_id",), _of_product),
    (("settlement_id",), lambda said: known_settlement(_state(SETTLEMENT, said["settlement_id"])).currency),
    (("programme",), lambda said: announced(_state(PROGRAMME, said["programme"])).currency),
    (("voucher_id",), lambda said: terms_of(_state(VOUCHER, said["voucher_id"])).currency),
    (("order_id", "red_invoice"), _of_invoice),
    (("order_id",), lambda said: known_order(_state(ORDER, said["order_id"])).currency),
    (("invoice",), _of_invoice),
    (("scope",), _of_aid),
)


def _state(kind: Any, key: str) -> Any:
    return service().ledger.state(kind, key)
