"""A programme year, day by day: everything in it is a story that asks for commands and says on which day it goes on."""

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from service.demo.founding import YEAR, Town
from service.wiring import Asked, Who
from vouchers import application
from vouchers.application import Outcome
from vouchers.identifiers import invoice_key
from vouchers.refusals import Refused

Answer: TypeAlias = application.Answer | None  # None: the rules refused it
# A story yields the day on which it goes on, or commands of today, whose answers it is sent.
Result = TypeVar("Result")
Part: TypeAlias = Generator[str | list[Asked], list[Answer], Result]
Story: TypeAlias = Part[None]
REVIEWERS: Final = (Who("reviewer:chen", "reviewer"), Who("reviewer:zhou", "reviewer"), Who("reviewer:wu", "reviewer"))
REGISTRAR: Final = Who("system:expiry", "system")
NEW_YEAR: Final = f"{YEAR + 1}-01-01"


class Payment(NamedTuple):
    """A redemption that the bank paid."""

    order_id: str
    redemption_id: str
    programme: str
    paid_on: str


@dataclass
class Diary:
    """What the year is told by: orders ready to be paid, payments, commands by name, refusals by code.

    `short` has by category what the last order costs for which the pool had no money left; `newcomers` are the
    providers by category that were admitted in the course of the year.
    """

    payable: dict[str, list[str]] = field(default_factory=dict)
    payments: list[Payment] = field(default_factory=list)
    commands: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    short: dict[str, int] = field(default_factory=dict)
    newcomers: dict[str, str] = field(default_factory=dict)
    last_invoice: str = ""
    invoices: int = 0


class Year:
    """The agenda: stories by the day on which they go on; of one day, in the order of their beginning."""

    def __init__(self, town: Town, seed: int, say: Callable[[str], None]) -> None:
        """A year that has not begun."""
        self.town = town
        self.service = town.service
        self.seed = seed
        self.diary = Diary()
        self.on = ""
        self._say = say
        self._agenda: list[tuple[str, int, Story]] = []
        self._begun = 0

    def begin(self, story: Story) -> None:
        """Let a story happen; its first day is today or later."""
        heappush(self._agenda, (str(next(story)), self._begun, story))
        self._begun += 1

    def play(self) -> Diary:
        """Play everything that was begun, and what it begins, to the end."""
        while self._agenda:
            if self._agenda[0][0][:7] != self.on[:7]:
                done = f"{self.diary.commands.total():,} commands so far, {len(self.diary.payments):,} payments made."
                self._say(f"{self._agenda[0][0][:7]}: {done}")
            self.on = self._agenda[0][0]
            due: list[tuple[int, Story, list[Answer] | None]] = []
            while self._agenda and self._agenda[0][0] == self.on:
                _, number, story = heappop(self._agenda)
                due.append((number, story, None))
            self._play_day(due)
        return self.diary

    def ask(self, use_case: Callable[..., application.Answer], command: Any, who: Who) -> Asked:
        """An ordinary command of today."""
        return Asked(use_case, command, who, self.on)

    def do(self, use_case: Callable[..., application.Answer], command: Any, who: Who) -> Part[Answer]:
        """One command of today: its answer, or nothing where the rules refuse it."""
        [answer] = yield [self.ask(use_case, command, who)]
        return answer

    def new_invoice(self, provider_id: str) -> str:
        """The key of an invoice with a number that no other has."""
        self.diary.invoices += 1
        number = f"{YEAR % 100}{self.town.regions[provider_id][:2]}1{self.diary.invoices:015d}"
        self.diary.last_invoice = invoice_key(number)
        return self.diary.last_invoice

    def _play_day(self, due: Sequence[tuple[int, Story, list[Answer] | None]]) -> None:
        """Let everybody who is due do the next thing together, until all wait for another day."""
        while due:
            asking: list[tuple[int, Story, list[Asked]]] = []
            for number, story, answers in due:
                item = self._resume(story, answers)
                if isinstance(item, list):
                    asking.append((number, story, item))
                elif item:
                    heappush(self._agenda, (item, number, story))
            outcomes = iter(self.service.execute_all(asked for _, _, some in asking for asked in some))
            due = [
                (number, story, [self._noted(each, next(outcomes)) for each in some]) for number, story, some in asking
            ]

    def _resume(self, story: Story, answers: list[Answer] | None) -> str | list[Asked]:
        """What a story yields next: commands, a later day, or nothing at its end."""
        try:
            item = next(story) if answers is None else story.send(answers)
            while item == self.on:
                item = next(story)
        except StopIteration:
            return ""
        return item

    def _noted(self, asked: Asked, outcome: Outcome | Refused) -> Answer:
        self.diary.commands[asked.use_case.__name__] += 1
        if isinstance(outcome, Refused):
            self.diary.refused[outcome.code] += 1
            if outcome.code == "budget-exhausted":
                self.diary.short[asked.command.category] = asked.command.gross
            return None
        return outcome.answer
