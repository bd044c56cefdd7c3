"""What a line of a batch asks for: the command of a single request, with the line's key and the same permissions."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from schemas.bulk import OrderLine, RedemptionLine, check_line_key
from schemas.faults import Body, FieldMissing, RequestFaulty, read
from schemas.registry import Faulty
from schemas.strict import member
from service.api.answering import with_money
from service.api.orders import registration
from service.belonging import check_payee, check_voucher
from service.identity import Caller
from service.reassessing import recheck_groups
from service.registry.importing import looking_again
from service.registry.parsing import JsonLines, Source, check_come
from service.wiring import Asked, Service, Who
from vouchers import application
from vouchers.application.entitling import ImportFacts
from vouchers.application.knowing import CODES
from vouchers.enterprise.decisions import RecordFacts
from vouchers.identifiers import make_code, normalise
from vouchers.kinds import ENTERPRISE, ORDER, SOURCE, VOUCHER
from vouchers.ledger import Meta, Unit
from vouchers.order.decisions import RequestRedemption
from vouchers.refusals import Malformed, Refused
from vouchers.voucher.events import Issued

Answer = dict[str, Any]
MOST_TERMS: Final = 10_000  # vouchers of which a batch remembers the terms


class LineNoObject(Malformed):
    """A line of a batch is a JSON object."""

    remedy = 'Write {"key": ...} on each line.'


class Item(NamedTuple):
    """What a line asks for, and how its answer is shown."""

    asked: Asked
    show: Callable[[Answer], Answer]


class Kind(Protocol):
    """What all lines of a batch ask for."""

    status: int

    def read(self, document: Answer, raw: bytes, /) -> Item:
        """What a line asks for; raises its refusal."""

    def end(self) -> None:
        """What is done once all lines were; raises a refusal where the batch has to be sent again for it."""


class Checked:
    """A command's function that first asks whether the caller may, on the very states that are decided on."""

    def __init__(self, use_case: Callable[..., Answer], check: Callable[[Unit, Any], object]) -> None:
        """Keep the function's name, under which its answer is kept."""
        self.func = use_case
        self.__name__ = use_case.__name__
        self._check = check

    def __call__(self, unit: Unit, command: Any, **given: Any) -> Answer:
        """Check, then run."""
        self._check(unit, command)
        return self.func(unit, command, **given)


class OfCaller:
    """What kinds of lines have in common: who asks."""

    status = 201

    def __init__(self, service: Service, caller: Caller) -> None:
        """Look up once whose place the caller has taken."""
        self.service = service
        self.caller = caller
        line: tuple[str, ...] = ()
        if caller.role == "enterprise":
            line = service.ledger.state(ENTERPRISE, caller.subject).predecessors
        self.line = lambda: line

    def asked(self, use_case: Callable[..., Answer], command: Any, key: str) -> Asked:
        """The command of a line, for today."""
        return Asked(use_case, command, Who(self.caller.actor, self.caller.role), self.service.today(), key)

    def end(self) -> None:
        """Nothing."""


class Orders(OfCaller):
    """Orders to be registered, as single requests register them."""

    _schema: Final[Body] = OrderLine()

    def __init__(self, service: Service, caller: Caller) -> None:
        """Begin with no voucher known."""
        super().__init__(service, caller)
        self._terms: dict[str, Issued] = {}

    def read(self, document: Answer, _: bytes) -> Item:
        """An order; its number is derived from the caller and the key."""
        values = read(self._schema, document)
        key = values.pop("key")
        terms = self._terms_of(values["voucher_id"])
        order_id = make_code("O", self.caller.actor, key)
        command = registration(order_id, self.caller.subject, terms, values)
        asked = self.asked(application.register_order, command, key)
        return Item(asked, partial(with_money, currency=terms.currency))

    def _terms_of(self, voucher_id: str) -> Issued:
        """What a voucher was issued as, which never changes."""
        known = self._terms.get(voucher_id)
        if known is None:
            known = check_voucher(self.caller, self.service.ledger.state(VOUCHER, voucher_id), self.line)
            if len(self._terms) < MOST_TERMS:
                self._terms[voucher_id] = known
        return known


class Redemptions(OfCaller):
    """Claims of orders' subsidies, as single requests claim them."""

    _schema: Final[Body] = RedemptionLine()

    def read(self, document: Answer, _: bytes) -> Item:
        """A claim."""
        values = read(self._schema, document)
        found: list[str] = []

        def check(unit: Unit, command: RequestRedemption) -> None:
            found.append(check_payee(self.caller, unit.load(ORDER, command.order_id), self.line).currency)

        def show(answer: Answer) -> Answer:
            return with_money(answer, found[-1] if found else self._currency(answer["order_id"]))

        command = RequestRedemption(values["order_id"], values["evidence"], values["more_to_come"])
        return Item(self.asked(Checked(application.request_redemption, check), command, values["key"]), show)

    def _currency(self, order_id: str) -> str:
        """The currency of an order that is in a repeated answer."""
        registered = self.service.ledger.state(ORDER, order_id).registered
        assert registered is not None, "an order that was answered about is registered"
        return registered.currency


class Facts(OfCaller):
    """Facts of enterprises, a row of the registry in each line; what was granted is looked at again where they move."""

    status = 200

    def __init__(self, service: Service, caller: Caller, source: str, as_of_on: str = "") -> None:
        """Facts that a source states, of a day where the lines do not say."""
        super().__init__(service, caller)
        allowed = frozenset(map(normalise, service.ledger.state(SOURCE, CODES).allowed))
        self._source = source
        self._rows = JsonLines(Source(service.settings.data, "enterprise", as_of_on, allowed=allowed))
        self._again = looking_again(service, Meta(caller.actor, caller.role, service.today()))
        self._moved: list[str] = []

    def read(self, document: Answer, raw: bytes) -> Item:
        """The facts of one enterprise."""
        row = dict(document)
        if "key" not in row:
            raise FieldMissing(pointer="/key", remedy="Add it.")
        key = check_line_key(row.pop("key"), "/key")
        try:
            reading = self._rows.reading(row)
            check_come(reading, self.service.today())
        except Faulty as faulty:
            raise _refusal_of(faulty) from None
        except Refused as refused:
            refused.pointer = member("", refused.pointer) if refused.pointer else ""
            raise
        digest = hashlib.sha256(raw).hexdigest()
        command = RecordFacts(reading.key, reading.as_of_on, self._source, digest, reading.facts)
        return Item(self.asked(self.import_facts, command, key), partial(self._shown, reading.key))

    def end(self) -> None:
        """Hold the orders of enterprises with another controller of a past day against their groups' ceilings."""
        recheck_groups(self.service, dict.fromkeys(self._moved), Who(self.caller.actor, self.caller.role))

    def import_facts(self, unit: Unit, command: RecordFacts) -> Answer:
        """Record the facts of one enterprise, and look again at what it was granted."""
        return application.import_facts(unit, ImportFacts((command,), reassessed=self._again))

    def _shown(self, enterprise_id: str, answer: Answer) -> Answer:
        self._moved += answer["moved"]
        [outcome] = [each for each in ("recorded", "unchanged", "older") if answer[each]]
        return {"enterprise_id": enterprise_id, "facts": outcome, "reassessed": answer["reassessed"]}


def _refusal_of(faulty: Faulty) -> Refused:
    """All faults of a row as one refusal, each with its member."""
    faults = [
        type(why)(why.detail, pointer=member("", column) if column else "", remedy=why.remedy)
        for column, _, why in faulty.faults
    ]
    return faults[0] if len(faults) == 1 else RequestFaulty(tuple(faults))
