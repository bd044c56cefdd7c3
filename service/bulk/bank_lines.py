"""Bookings of a bank by the line: each is matched with what is ours, or waits for a person."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

from schemas.bulk import BankLine
from schemas.faults import Body, read
from schemas.values import amount_in
from service.api.answering import with_money
from service.banking import notes
from service.banking.documents import Document, Line
from service.banking.files import BankAccountUnknown, our_account
from service.banking.importing import line_command, look_again
from service.bulk.items import Answer, Item, OfCaller
from service.identity import Caller
from service.wiring import Service, Who
from vouchers import application
from vouchers.application import Outcome
from vouchers.application.reconciling import BookLine
from vouchers.ledger import Unit

_MONEY: Final = frozenset({"amount"})


class Matched:
    """The booking of a line that was matched; the line's key is for what the bank said, whatever is known of it."""

    def __init__(self, command: BookLine) -> None:
        """Keep the command with what the line seems to be."""
        self.func: Callable[..., Answer] = application.book_line
        self.__name__ = self.func.__name__
        self._command = command

    def __call__(self, unit: Unit, _: BookLine) -> Answer:
        """Book it."""
        return self.func(unit, self._command)


class BankLines(OfCaller):
    """The lines of a statement, which need not come in one batch."""

    status = 200
    _schema: Final[Body] = BankLine()

    def __init__(self, service: Service, caller: Caller, account: str, statement: str) -> None:
        """Lines of one account and one statement; raises BankAccountUnknown."""
        super().__init__(service, caller)
        try:
            self._currency = our_account(service, account).currency
        except BankAccountUnknown as unknown:
            unknown.pointer = "/query/account"
            raise
        self._account = account
        self._document = Document("statement", "lines", statement, currency=self._currency)
        service.catch_up()

    def read(self, document: Answer, _: bytes) -> Item:
        """One booking."""
        values = read(self._schema, document)
        amount = amount_in(self._currency, values, "amount")
        told = {name: values[name] for name in ("direction", "booked_on", "reference", "text", "party")}
        line = Line(place=values["key"], amount=amount, currency=self._currency, names=tuple(values["names"]), **told)
        matched = line_command(self.service, self._account, self._document, line)
        asked = self.asked(Matched(matched), _plain(matched), values["key"])
        return Item(asked, partial(self._shown, matched, line))

    def end(self) -> None:
        """Look again at lines that waited: what came may be what they were waiting for."""
        look_again(self.service, self._account, Who(self.caller.actor, self.caller.role))

    def _shown(self, command: BookLine, line: Line, answer: Answer) -> Answer:
        notes.keep(self.service.desk, [(command, line)], [Outcome(answer, False, 0)])
        return {name: value for name, value in with_money(answer, self._currency, _MONEY).items() if name != "currency"}


def _plain(command: BookLine) -> BookLine:
    """A line as the bank tells it, without what it seems to be."""
    unknown: dict[str, Any] = dict.fromkeys(
        ("instruction_id", "outcome", "settlement_id", "redemption_id", "party_id", "debt_id", "cause", "text"), ""
    )
    return replace(command, **unknown)
