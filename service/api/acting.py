"""A command over HTTP: one row says where it is and what the caller does not say; one view serves every row."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Final, get_type_hints

from flask import Response

from schemas.answers_commands import answered
from schemas.commands import AMOUNTS, FIRMS, INVOICES, OPEN, body_of
from schemas.faults import Body
from schemas.values import CurrencyMismatch, amount_in, key_of, known_firm
from service.api.answering import Answer, act
from service.api.asking import caller, predecessors, service
from service.api.blueprints import Blueprint
from service.api.currencies import currency_of, in_money
from service.api.owning import check_own
from service.api.versions import decided_on
from vouchers import application
from vouchers.clearing import decisions as clearings
from vouchers.debt.events import Instalment
from vouchers.kinds import DEMAND, ENTERPRISE, ORDER, PROGRAMME, PROVIDER, SETTLEMENT, VOUCHER, Kind
from vouchers.policy import pools
from vouchers.programme.decisions import announced, policy_in_force
from vouchers.refusals import Malformed, NotFound

Values = dict[str, Any]
Maker = Callable[[Values], Any]
# The things whose reads have an ETag: a command about one may say which version it was decided on.
_VERSIONED: Final[Mapping[str, Kind[Any, Any]]] = {
    "demand_id": DEMAND,
    "enterprise_id": ENTERPRISE,
    "order_id": ORDER,
    "provider_id": PROVIDER,
    "settlement_id": SETTLEMENT,
    "voucher_id": VOUCHER,
}


class MonthUnknown(NotFound):
    """There is no such month."""


class PoolUnknown(NotFound):
    """The programme's budget has no such pool."""


@dataclass(frozen=True, slots=True)
class Act:
    """A command over HTTP.

    `whose` are the fields that name what has to be the caller's own, where a firm asks. `made` are fields that the
    service says; `default` are fields that it says where the caller does not. The rest is in the address or the body.
    """

    path: str
    use_case: Callable[..., Answer]
    whose: tuple[str, ...] = ()
    made: Mapping[str, Maker] = field(default_factory=dict)
    default: Mapping[str, Maker] = field(default_factory=dict)
    status: int = 200
    location: str = ""

    @property
    def name(self) -> str:
        """The row's name, which is that of its use case."""
        return str(self.use_case.__name__)

    @property
    def command(self) -> type[Any]:
        """The class of the command."""
        return command_of(self.use_case)

    @property
    def tag(self) -> str:
        """What the document of the API lists it under: the resource that its address begins with."""
        return self.path.strip("/").partition("/")[0]

    @property
    def given(self) -> frozenset[str]:
        """The fields that no body has: those in the address and those that are made."""
        return frozenset({each.name for each in fields(self.command) if f":{each.name}>" in self.path} | {*self.made})

    @property
    def schema(self) -> Body:
        """What a request says in its body."""
        return body_of(self.command, self.given, self.default)


@cache
def command_of(use_case: Callable[..., Any]) -> type[Any]:
    """The class of the command that a use case takes."""
    found: type[Any] = get_type_hints(use_case)["command"]
    return found


def mount(blueprint: Blueprint, rows: Iterable[Act]) -> None:
    """Give every row its route."""
    for row in rows:
        view = _view_of(row)
        for part, kind in _VERSIONED.items():
            if f"/<name:{part}>" in row.path.partition(">")[0] + ">":
                view = decided_on(_stream_of(kind))(view)
        view = blueprint.arguments(row.schema)(blueprint.response(row.status, answered(row.name))(view))
        blueprint.add_url_rule(row.path, row.name, view, methods=["POST"], tags=[row.tag])


def _stream_of(kind: Kind[Any, Any]) -> Callable[..., str]:
    """The stream of the thing that an address begins with."""
    return lambda key, *_: kind.stream(key)


def read(row: Act, values: Mapping[str, Any], address: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
    """The command of a row, of what the body and the address say, and the names of the fields that neither says.

    Somebody else's things are as unknown as none.
    """
    said: Values = {**address, **values}
    if "programme" in address:
        # A mistyped code would look like a programme in which nothing has happened.
        announced(service().ledger.state(PROGRAMME, said["programme"]))
    if "pool" in address:
        check_pools(said["programme"], said["pool"])
    if "month" in address:
        check_month(said["month"])
    for name in FIRMS & set(address):
        said[name] = spelt(said[name])
    for name in INVOICES & set(said):
        said[name] = key_of(said[name], f"/{name}")
    filled = tuple([name for name in {**row.default, **row.made} if name in row.made or name not in said])
    for name in filled:
        said[name] = (row.made.get(name) or row.default[name])(said)
    check_own(caller(), row.whose, said, predecessors)
    return row.command(**_plain(row, said)), filled


def spelt(firm_id: str) -> str:
    """The code of a firm in an address in its one spelling; one that can be no code is as unknown as any other."""
    try:
        return known_firm(firm_id)
    except Malformed:
        return firm_id


def check_month(month: str) -> str:
    """A month in an address; what is none was never cleared."""
    try:
        return clearings.check_month(month)
    except Malformed as refused:
        raise MonthUnknown(pointer="/path/month", remedy=refused.remedy) from refused


def check_pools(programme: str, *named: str) -> None:
    """Refuse pools that the policy in force does not have."""
    state, on = service().ledger.state(PROGRAMME, programme), service().today()
    known = pools(application.compiled(policy_in_force(state, on)))
    for pool in named:
        if pool not in known:
            raise PoolUnknown(pointer="/pool", remedy=f"Use one of {', '.join(known)}.")


def _view_of(row: Act) -> Callable[..., Response]:
    def view(values: Values, **address: Any) -> Response:
        command, filled = read(row, values, address)
        response = act(row.use_case, command, lambda answer: in_money(answer, _said(command)), row.status, filled)
        if row.location:
            response.headers["Location"] = row.location.format_map(_said(command))
        return response

    view.__name__, view.__doc__ = row.name, row.use_case.__doc__
    return view


def _plain(row: Act, said: Values) -> Values:
    """The fields as the command has them: amounts in minor units, lists as tuples, what may stay open left open."""
    command = row.command.__name__
    plain: Values = {
        name: value for each, value in OPEN.items() for of, _, name in [each.partition(".")] if of == command
    }
    plain |= {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    amounts = AMOUNTS & set(said)
    if amounts or "instalments" in said:
        currency = currency_of(said)
        plain |= {name: amount_in(currency, said, name) for name in amounts}
        if "instalments" in said:
            plain["instalments"] = tuple(_instalments(said["instalments"], currency))
    return plain


def _instalments(parts: Iterable[Mapping[str, Any]], currency: str) -> Iterator[Instalment]:
    for place, part in enumerate(parts):
        try:
            yield Instalment(part["due_on"], amount_in(currency, part, "amount"))
        except CurrencyMismatch as refused:
            refused.pointer = f"/instalments/{place}{refused.pointer}"
            raise


def _said(command: Any) -> Values:
    """The fields of a command by name."""
    return {each.name: getattr(command, each.name) for each in fields(command)}
