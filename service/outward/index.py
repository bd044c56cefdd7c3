"""Which events each firm has a part in: a view of its own, made when somebody first reads a feed."""

import hashlib
from collections.abc import Collection
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session

from service.outward.audience import FIRMS, OWN, SHOWN, Audience, shown_to
from service.outward.parties import KEYED, NAMED, Parties
from service.projections import Views
from service.projections.store import writing
from service.projections.tables import Changes, Key, Ops, Position, Row, Seq, View, Word
from vouchers import wire
from vouchers.wire import Outline

# What firms may see decides which rows there are, so that another table of it makes the view anew.
_TOLD: Final = sorted({*SHOWN, *OWN["enterprise"], *OWN["provider"]})
_RULES: Final = " ".join([*_TOLD, *sorted(NAMED), *(f"{kind}={roles}" for kind, roles in sorted(KEYED.items()))])
NAME: Final = "feed"
VERSION: Final = int.from_bytes(hashlib.sha256(_RULES.encode()).digest()[:4])


class Part(Row):
    """One event that a party has a part in, and what narrower readers of the party ask for."""

    __tablename__ = "feed_parts"
    party: Mapped[Key]
    seq: Mapped[Seq]
    topic: Mapped[Word]
    programme: Mapped[Word]
    site: Mapped[Word]


def index_view(parties: Parties) -> View:
    """The view that finds out with these parties whose each event is."""
    handlers = {wire.EVENTS[topic]: partial(_note, parties, topic) for topic in _TOLD if topic in wire.EVENTS}
    return View(NAME, VERSION, (Part,), handlers)


def _note(parties: Parties, topic: str, ops: Ops, entry: Outline[Any]) -> None:
    whose = parties.of(entry.agg, entry.data)
    changes: Changes = ops[Part]
    for party in whose.parties:
        role = party.partition(":")[0]
        if role in FIRMS and shown_to(role, topic):
            changes.rows.append((party, entry.seq, topic, whose.programme, whose.site))


def forget(index: Views) -> None:
    """Begin the index anew, at the next look at it."""
    with writing(index.engine) as connection:
        connection.execute(delete(Part))
        connection.execute(update(Position).where(Position.name == NAME).values(position=0))


def numbers_of(session: Session, reader: Audience, start: int, limit: int, types: Collection[str]) -> list[int]:
    """The numbers of the events from `start` on that a firm has a part in, of all types or of some, in order."""
    query = select(Part.seq).where(Part.party.in_(reader.parties), Part.seq >= start)
    if reader.programmes:
        query = query.where(Part.programme.in_(reader.programmes))
    if reader.site:
        query = query.where(Part.site == reader.site)
    if types:
        query = query.where(or_(*map(_is_of, types)))
    return list(session.scalars(query.distinct().order_by(Part.seq).limit(limit)))


def _is_of(pattern: str) -> ColumnElement[bool]:
    kind = pattern.removesuffix("*")
    return Part.topic.startswith(kind, autoescape=True) if kind != pattern else Part.topic == pattern
