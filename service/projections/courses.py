"""Who was judged and what they are, for whoever evaluates a programme."""

from typing import Any

from sqlalchemy.orm import Mapped

from service.projections.tables import Handler, Key, Ops, Row, View, Word
from vouchers.entitlement import events as entitlement
from vouchers.policy.sizes import china_2011_300, eu_sme
from vouchers.wire import Outline

MEASURES = ("region", "sector", "staff", "revenue", "assets")


class Judged(Row):
    """An enterprise as it was when it was granted or denied: the outcome that stands, its place and its size class.

    `size` is the class of document 2011-300, or the European one where no sector is known; nothing where the facts
    do not tell it.
    """

    __tablename__ = "judged"
    programme: Mapped[Key]
    period: Mapped[Key]
    enterprise_id: Mapped[Key]
    outcome: Mapped[Word]
    decided_on: Mapped[Word]
    region: Mapped[Word]
    size: Mapped[Word]


def _judged(outcome: str) -> Handler:
    def judged(ops: Ops, entry: Outline[Any]) -> None:
        event = entry.data
        ops[Judged].fields[event.programme, event.period, event.enterprise_id] |= {
            "outcome": outcome,
            "decided_on": entry.eff,
            "region": str(event.facts.region or ""),
            "size": _size_of(event.facts),
        }

    return judged


def _size_of(facts: Any) -> str:
    known = {name: value for name in MEASURES if isinstance(value := getattr(facts, name), int)}
    try:
        return china_2011_300(known) if "sector" in known else eu_sme(known)
    except KeyError:
        return ""


VIEW = View(
    "courses",
    4,
    (Judged,),
    {
        entitlement.Granted: _judged("granted"),
        entitlement.Denied: _judged("denied"),
    },
)
