"""The commands `vouchers audit anchor`: what outsiders vouch for, and what that says of the time of an entry."""

from typing import Any

import click

from service.audit.anchors import Anchor, Anchors, Turn
from service.audit.gate import LogRewritten, LogRolledBack, check_continues
from service.audit.outside import View
from service.audit.witness.client import WitnessAhead, WitnessDisagrees
from service.audit.witness.views import views_of
from service.cli.output import pairs, table
from service.cli.problems import DIFFERENT, UNAVAILABLE
from service.cli.session import Session, acting, looking
from vouchers.ledger.tree import LeafNotInLog
from vouchers.refusals import Refused

MOST = 10_000


@click.group()
def anchor() -> None:
    """Have outsiders vouch for the log; see what they said and which times follow from it."""


@anchor.command()
@acting("officer", "regulator", "administrator")
@click.pass_context
def now(ctx: click.Context, session: Session) -> None:
    """Ask every witness and the time stamping authority now, as the worker does every ten minutes."""
    turn = Anchors(session.service).turn(now=True)
    facts = {"size": turn.size, "by": turn.by, "seq": turn.seq, "failures": [each.detail for each in turn.failures]}
    rows = [("entries", f"{turn.size:,}"), *(("vouched for by", name) for name in turn.by)]
    rows += [("failed", each.detail) for each in turn.failures]
    title = f"Recorded as entry {turn.seq:,}" if turn.seq is not None else "Nobody vouched for the log"
    session.out.answer(facts, pairs(title, rows if turn.size else rows[1:]))
    if code := _code_of(turn):
        ctx.exit(code)


@anchor.command("list")
@looking
@click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True, metavar="N", help="The last N.")
@click.pass_context
def show(ctx: click.Context, session: Session, limit: int) -> None:
    """The last anchors of the log, each held against its note and time stamp; exit code 4 where one does not hold."""
    anchors = Anchors(session.service)
    found = [*anchors.checked(anchors.recorded(anchors.places()[-limit:]))]
    told = [_told(each) for each in found]
    rows = [(each["seq"], f"{each['size']:,}" if each["size"] else "", each["at"], each["state"]) for each in told]
    session.out.answer({"anchors": told}, table("Anchors", ["entry#", "size#", "vouched for at", "state"], rows))
    if any(isinstance(each, Refused) for each in found):
        ctx.exit(DIFFERENT)


@anchor.command()
@click.argument("seq", type=click.IntRange(0))
@looking
@click.pass_context
def bracket(ctx: click.Context, session: Session, seq: int) -> None:
    """Between which outside times entry SEQ was written; exit code 4 where its own time lies outside."""
    ledger = session.service.ledger
    if seq >= ledger.size():
        raise LeafNotInLog(f"The log has no entry {seq:,}.", pointer="/seq")
    [entry] = ledger.entries(seq, seq + 1)
    found = Anchors(session.service).bracket(seq)
    fault = found.fault(entry.rec)
    facts = {**found._asdict(), "recorded": entry.rec, "fault": fault}
    after = f"{found.not_before} (entry {found.anchor:,})" if found.anchor is not None else "nobody vouched before it"
    before = f"{found.not_after} (size {found.size:,})" if found.size is not None else "nobody has vouched for it yet"
    rows = [("says that it was recorded at", entry.rec), ("written after", after), ("written before", before)]
    session.out.answer(facts, pairs(f"Entry {seq:,}", [*rows, *([("fault", fault)] if fault else [])]))
    if fault:
        ctx.exit(DIFFERENT)


@anchor.command()
@looking
@click.pass_context
def compare(ctx: click.Context, session: Session) -> None:
    """Hold the log against what every witness cosigned last; exit code 4 where one saw another history."""
    told = [_compared(session, url, view) for url, view in views_of(session.service)]
    rows = [(each["url"], each["size"], each["state"]) for each in told]
    session.out.answer({"witnesses": told}, table("Witnesses", ["witness", "size#", "state"], rows))
    codes = {each["exit"] for each in told}
    if code := DIFFERENT if DIFFERENT in codes else max(codes, default=0):
        ctx.exit(code)


def _compared(session: Session, url: str, view: View | Refused | None) -> dict[str, Any]:
    """What became of one witness, with the exit code that it is worth."""
    if view is None:
        return {"url": url, "size": 0, "state": "it has cosigned nothing of this log yet", "exit": 0}
    if isinstance(view, Refused):
        code = DIFFERENT if isinstance(view, WitnessDisagrees) else UNAVAILABLE
        return {"url": url, "size": 0, "state": view.detail, "exit": code}
    try:
        check_continues(session.service.ledger.tree, view)
    except (LogRolledBack, LogRewritten) as refused:
        return {"url": url, "size": view.checkpoint.size, "state": refused.detail, "exit": DIFFERENT}
    return {"url": url, "size": view.checkpoint.size, "state": "the log continues what it cosigned", "exit": 0}


def _told(found: Anchor | Refused) -> dict[str, Any]:
    if isinstance(found, Refused):
        return {"seq": found.facts["seq"], "size": 0, "at": "", "state": f"{found.code}: {found.detail}"}
    state = "holds" if found.times else "holds, but nobody of the settings vouched for it"
    if found.unread:
        state += f"; its time stamp was not looked at: {found.unread}"
    return {"seq": found.seq, "size": found.event.size, "at": max(found.times, default=""), "state": state}


def _code_of(turn: Turn) -> int:
    if any(isinstance(each, WitnessAhead | WitnessDisagrees) for each in turn.failures):
        return DIFFERENT
    return UNAVAILABLE if turn.failures and not turn.by else 0
