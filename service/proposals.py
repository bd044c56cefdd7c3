"""What one person proposed and another has yet to approve: at the desk, because only the approval makes it a fact."""

import json
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Index, Integer, Table, Text, func, select

from service.desk import TABLES, Desk
from vouchers.identifiers import make_code
from vouchers.refusals import Conflict, NotFound, Refused

MOST_OPEN: Final = 100  # proposals of one programme
_TABLE: Final = Table(
    "proposals",
    TABLES,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("proposal_id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("programme", Text, nullable=False),
    Column("terms", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
)
Index("proposals_by_programme", _TABLE.c.programme, _TABLE.c.status)


class ProposalUnknown(NotFound):
    """There is no proposal with this number."""

    remedy = "List the proposals to see their numbers."


class ProposalEnded(Conflict):
    """The proposal was approved or withdrawn, or somebody else is approving it."""

    remedy = "Propose it anew, if it is still needed."


class TooManyProposals(Refused):
    """Too many proposals of the programme wait for approval."""

    remedy = "Approve or withdraw some of them first."


class Proposal(NamedTuple):
    """What was proposed, by whom, and what became of it: open, taken (being approved), approved or withdrawn."""

    number: int
    proposal_id: str
    kind: str
    programme: str
    terms: dict[str, Any]
    proposed_by: str
    proposed_at: str
    status: str
    decided_by: str


class Proposals:
    """The proposals of an installation."""

    def __init__(self, desk: Desk) -> None:
        """Keep them at a desk."""
        self._desk = desk

    def propose(self, kind: str, programme: str, terms: dict[str, Any], *, by: str, now: str) -> Proposal:
        """Put a proposal on the desk; the same one of the same person is one as long as it is open."""
        text = json.dumps(terms, ensure_ascii=False, sort_keys=True)
        same = (_TABLE.c.kind == kind, _TABLE.c.programme == programme, _TABLE.c.status == "open")
        with self._desk.writing() as desk:
            number = desk.scalar(select(func.coalesce(func.max(_TABLE.c.number), 0)))
            again = select(_TABLE.c.proposal_id).where(*same, _TABLE.c.terms == text, _TABLE.c.proposed_by == by)
            proposal_id = desk.scalar(again)
            if proposal_id is None:
                if (desk.scalar(select(func.count()).where(*same[1:])) or 0) >= MOST_OPEN:
                    raise TooManyProposals(pointer="/programme")
                proposal_id = make_code("P", kind, programme, by, now, str(number), text)
                row = {"proposal_id": proposal_id, "kind": kind, "programme": programme, "terms": text}
                row |= {"proposed_by": by, "proposed_at": now, "status": "open", "decided_by": ""}
                desk.execute(_TABLE.insert().values(row))
        return self.find(proposal_id)

    def find(self, proposal_id: str) -> Proposal:
        """A proposal by its number, or ProposalUnknown."""
        with self._desk.reading() as desk:
            row = desk.execute(select(_TABLE).where(_TABLE.c.proposal_id == proposal_id)).one_or_none()
        if row is None:
            raise ProposalUnknown(pointer="/proposal_id")
        return _read(row)

    def waiting(self, programme: str = "", *, after: int = 0, limit: int = 50) -> list[Proposal]:
        """What is open, in the order of proposing."""
        query = select(_TABLE).where(_TABLE.c.status.in_(("open", "taken")), _TABLE.c.number > after)
        query = query.where(_TABLE.c.programme == programme) if programme else query
        with self._desk.reading() as desk:
            return [_read(row) for row in desk.execute(query.order_by(_TABLE.c.number).limit(limit))]

    def take(self, proposal_id: str, by: str) -> Proposal:
        """Let one person decide on a proposal: nobody else can until it is given back, and the same one may go on."""
        mine = (_TABLE.c.proposal_id == proposal_id, _TABLE.c.status == "open")
        with self._desk.writing() as desk:
            desk.execute(_TABLE.update().where(*mine).values(status="taken", decided_by=by))
        found = self.find(proposal_id)
        if found.status in ("open", "withdrawn") or found.decided_by != by:
            raise ProposalEnded(pointer="/proposal_id")
        return found

    def withdraw(self, proposal_id: str, by: str) -> None:
        """End a proposal that nobody has taken; one that was withdrawn stays so."""
        mine = (_TABLE.c.proposal_id == proposal_id, _TABLE.c.status == "open")
        with self._desk.writing() as desk:
            desk.execute(_TABLE.update().where(*mine).values(status="withdrawn", decided_by=by))
        if self.find(proposal_id).status != "withdrawn":
            raise ProposalEnded(pointer="/proposal_id")

    def end(self, proposal_id: str, by: str, status: str) -> Proposal:
        """Say what became of a proposal that a person took: approved or withdrawn; open gives it back."""
        decided_by = "" if status == "open" else by
        mine = (_TABLE.c.proposal_id == proposal_id, _TABLE.c.status == "taken", _TABLE.c.decided_by == by)
        with self._desk.writing() as desk:
            desk.execute(_TABLE.update().where(*mine).values(status=status, decided_by=decided_by))
        return self.find(proposal_id)


def _read(row: Any) -> Proposal:
    found = Proposal(*row)
    return found._replace(terms=json.loads(row.terms))
