"""A long log made fast: one block of played orders, copied with new names, numbers and budget totals."""

import re
from collections.abc import Iterator
from itertools import count, islice
from typing import NamedTuple

from bench.world import CATEGORY, PERIOD, PROGRAMME, Client, Holder, found, open_ledger
from vouchers import wire
from vouchers.kinds import BUDGET
from vouchers.ledger.recorder import LogRecorder, Row

PEOPLE, ORDERS = 12, 60
BUDGET_STREAM = BUDGET.stream(f"{PROGRAMME}/{PERIOD}/{CATEGORY}")
CHUNK = 20_000

# Whatever names something of the block gets a suffix; what counts through the log goes on from copy to copy.
_NAME = (
    rb"O-\d+-\d+|S-\d+-\d+|V(?:-[0-9A-Z]{4}){3}-[0-9A-Z]|91310115MA[0-9A-Z]{8}|dfp:\d{20}"
    rb"|(?:provider:12310104MA[0-9A-Z]{8}|finance:qian|finance:sun|reviewer:zhao)/\d+-\d+"
)
_GAP = re.compile(rb"(" + _NAME + rb')|"(seq|cause|committed|ver)":(\d+)')


class Template(NamedTuple):
    """One row of the block as formats; each gap of the entry is its start and its step from copy to copy."""

    stream: bytes
    version: tuple[int, int]
    topic: str
    entry: bytes
    gaps: tuple[tuple[int, int], ...]

    def row(self, copy: int) -> Row:
        """The row of one copy."""
        names = self.stream.count(b"%d")
        stream = (self.stream % ((copy,) * names)).decode()
        version, step = self.version
        entry = self.entry % tuple([start + copy * step for start, step in self.gaps])
        return Row(stream, version + copy * step, self.topic, entry)


class Block(NamedTuple):
    """The rows that come once, and those that are copied."""

    head: list[Row]
    body: list[Template]

    def rows(self) -> Iterator[Row]:
        """The rows of a log without end."""
        yield from self.head
        for copy in count():
            for template in self.body:
                yield template.row(copy)


def block() -> Block:
    """Play a block in memory and take it apart."""
    with open_ledger("memory:") as ledger:
        people = found(ledger, PEOPLE)
        Client(ledger, 0, people).redeem_orders(ORDERS)
        rows = ledger.rows(0, ledger.size())
    first = next(number for number, row in enumerate(rows) if row.stream.startswith("enterprise/"))
    body = rows[first:]
    budget = [wire.decode(row.topic, row.entry).data for row in body if row.stream == BUDGET_STREAM]
    steps = {b"seq": len(body), b"cause": len(body), b"committed": budget[-1].committed, b"ver": len(budget)}
    return Block(rows[:first], [_template(row, steps) for row in body])


def copied(holder: Holder, copy: int) -> Holder:
    """An enterprise of the block as one copy names it."""
    return Holder(f"{holder.enterprise_id}.{copy}", f"{holder.voucher_id}.{copy}")


def fill(recorder: LogRecorder, rows: Iterator[Row], events: int) -> None:
    """Append as many of the rows as make a log of `events` entries."""
    left = events - recorder.size()
    while left > 0:
        with recorder.write() as transaction:
            chunk = list(islice(rows, min(CHUNK, left)))
            transaction.insert(chunk)
        left -= len(chunk)


def _template(row: Row, steps: dict[bytes, int]) -> Template:
    counts = row.stream == BUDGET_STREAM
    gaps: list[tuple[int, int]] = []

    def gap(match: re.Match[bytes]) -> bytes:
        name, number, value = match.groups()
        if name:
            gaps.append((0, 1))
            return name + b".%d"
        step = steps[number] if counts or number in (b"seq", b"cause") else 0
        gaps.append((int(value), step))
        return b'"%b":%%d' % number

    entry = _GAP.sub(gap, row.entry.replace(b"%", b"%%"))
    stream = re.sub(_NAME, lambda match: match[0] + b".%d", row.stream.encode())
    return Template(stream, (row.version, steps[b"ver"] if counts else 0), row.topic, entry, tuple(gaps))
