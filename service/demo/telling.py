"""What an officer wants to see of a year, one voucher's whole story, and what to try next."""

from collections import Counter
from typing import Any, Final

from rich.console import Console, RenderableType
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.cli.output import table, total
from service.demo.founding import YEAR, Town
from service.demo.year import Diary
from service.projections.balances import Voucher
from service.projections.entitlements import denials_by_reason
from service.projections.indicators import Kpis
from service.projections.kpis import kpis
from service.projections.orders import Order
from service.projections.providers import Provider
from service.projections.refusals import refusals_by_code
from service.projections.settlements import payables, settlements
from service.projections.spending import spending
from service.reporting.page import percent
from service.wiring import Service
from vouchers.replay import TimelineLine, timeline

PERIOD: Final = str(YEAR)
CURRENCY: Final = "CNY"
TOP: Final = 8
LONGEST: Final = 60  # characters of a reasoning line
READ_ON: Final = f"{YEAR + 1}-05-31"
PAGE: Final = 10_000
# What the log calls what is worth telling of a year.
TURNS: Final = {
    "entitlement.Pending": "entitlements that waited while a source was down",
    "entitlement.Reassessed": "entitlements looked at again: the firm had moved, grown, or was struck off",
    "enterprise.Succeeded": "firms that took the place of another",
    "order.Shared": "vouchers that paid an order together with others",
    "admission.SelfEvaluated": "laboratories that applied to join",
    "admission.Objected": "objections during their public notice",
    "admission.JoinedAfterNotice": "laboratories that joined after it",
    "demand.Posted": "demands posted",
    "demand.Offered": "offers made to them",
    "demand.Ordered": "offers that became orders",
    "order.Changed": "contracts changed",
    "order.RestKept": "orders delivered, invoiced and claimed in parts",
    "order.OverpaymentFound": "red-letter invoices after payment, the difference demanded back",
    "review.Signalled": "signals raised about claims",
    "review.Held": "claims whose money waited for an officer",
    "review.Rechecked": "paid claims checked a second time",
    "settlement.Failed": "payments that failed",
    "settlement.Returned": "payments that came back",
    "settlement.Netted": "sums kept back from a payment for a debt",
    "debt.Received": "debts paid back by bank",
    "conduct.Sanctioned": "sanctions",
    "conduct.Appealed": "appeals",
    "budget.Blocked": "pools closed because they were used up",
    "budget.Reopened": "pools opened again by a top-up",
    "clearing.Approved": "months cleared between regions",
    "rating.Given": "ratings by firms",
}


def tell(console: Console, town: Town, diary: Diary) -> dict[str, Any]:
    """Print the year for people; the same figures for programs."""
    summary: dict[str, Any] = {"programmes": {}, "commands": diary.commands.total()}
    with town.service.views.session() as session:
        for code in town.policies:
            figures = take_up(session, code)
            summary["programmes"][code] = figures
            _print(console, _spending(session, code), _denials(session, code))
        _print(console, _indicators(session, town, summary["programmes"]), _refusals(session))
        summary["turns"] = turns(town.service)
        _print(console, _turns(summary["turns"]), _top_providers(session), _settlements(session, town))
        _print(console, _payables(session))
    return summary


def turns(service: Service) -> dict[str, int]:
    """How often each thing happened that is not the ordinary course, by its words."""
    seen = Counter[str]()
    for at in range(0, service.ledger.size(), PAGE):
        seen.update(row.topic for row in service.ledger.rows(at, at + PAGE))
    return {words: seen[topic] for topic, words in TURNS.items() if seen[topic]}


def take_up(session: Session, code: str) -> dict[str, int]:
    """Vouchers issued and used, payments, sums in minor units, and basis points of vouchers never used."""
    mine = (Voucher.programme == code, Voucher.period == PERIOD)
    issued, face = session.execute(select(func.count(), func.sum(Voucher.face)).where(*mine)).one()
    orders = (Order.programme == code, Order.period == PERIOD)
    ordered = session.scalar(select(func.count(func.distinct(Order.voucher_id))).where(*orders)) or 0
    paying = (*orders, Order.paid + Order.clawed_back > 0)
    uses, paid = session.execute(select(func.count(), func.sum(Order.paid + Order.clawed_back)).where(*paying)).one()
    return {
        "vouchers": issued,
        "face": int(face or 0),
        "never_used_bp": (issued - ordered) * 10_000 // max(1, issued),
        "uses": uses,
        "paid": int(paid or 0),
        "per_use": int(paid or 0) // max(1, uses),
    }


def story(service: Service, order_id: str) -> tuple[str, list[TimelineLine]]:
    """The number of an order's voucher, and everything that happened to it and its orders, in the order of the log."""
    with service.views.session() as session:
        voucher_id = session.scalar(select(Order.voucher_id).where(Order.order_id == order_id)) or ""
        orders = list(session.scalars(select(Order.order_id).where(Order.voucher_id == voucher_id)))
    streams = [f"voucher/{voucher_id}", *(f"order/{each}" for each in orders)]
    lines = [line for stream in streams for line in timeline(service.ledger.history(stream))]
    return voucher_id, sorted(lines, key=lambda line: line.seq)


def tell_story(console: Console, service: Service, order_id: str) -> str:
    """Print one voucher's life, its orders' reasoning included; its number."""
    voucher_id, lines = story(service, order_id)
    rows: list[tuple[object, ...]] = []
    for line in lines:
        amount = total(line.amount, CURRENCY) if line.amount is not None else ""
        kind, _, key = line.stream.partition("/")
        left = total(line.balance, CURRENCY) if line.balance is not None and kind == "voucher" else ""
        rows.append((line.seq, line.eff, line.actor, kind, line.sentence, amount, left))
        rows.extend(("", "", "", "", f"  {_cut(step)}", "", "") for step in line.arithmetic if key == order_id)
    columns = ["log#", "day", "who", "of", "what", "amount#", "left#"]
    _print(console, table(f"The whole story of voucher {voucher_id}, in {CURRENCY}", columns, rows))
    return voucher_id


def next_steps(console: Console, folder: str, voucher_id: str, order_id: str, enterprise_id: str) -> None:
    """Commands that work in this folder as they stand here."""
    commands = (
        ("what a firm has left, and why", f"vouchers balance {enterprise_id}"),
        ("everything about one order", f"vouchers order show {order_id}"),
        ("one voucher's life", f"vouchers history voucher/{voucher_id}"),
        ("a voucher as it stood in summer", f"vouchers replay --as-of {YEAR}-07-01 {voucher_id}"),
        ("the programme as it stood in summer", f"vouchers replay --as-of {YEAR}-07-01 --programme SH-STIV"),
        ("where the money is", f"vouchers programme show SH-STIV {YEAR}"),
        ("everything evaluators ask", f"vouchers kpi show SH-STIV --year {YEAR} --on {READ_ON}"),
        ("the yearly report, a page to print", f"vouchers report SH-STIV --year {YEAR} --on {READ_ON}"),
        ("the sample, drawn again by you", f"vouchers sample derive SH-STIV {YEAR}"),
        ("who owes the programme money", "vouchers debt list"),
        ("which region owes which", "vouchers clearing show YRD-STIV 2026-06"),
        ("the registry file again: nothing changes", f"vouchers registry import {folder}/enterprises.csv"),
        ("do the views say what the log says", "vouchers views verify"),
        ("the service over HTTP", "vouchers serve"),
    )
    last = " --as-of 2025-12-31 --on 2026-01-09"
    rows = [(line + last if " import " in line else line, what) for what, line in commands]
    console.print(f"\nWhat to try next (first: export VOUCHERS_DATA={folder})")
    _print(console, table("", ["command", "what it shows"], rows))


def _print(console: Console, *parts: RenderableType) -> None:
    for part in parts:
        console.print()
        console.print(part)


def _spending(session: Session, code: str) -> RenderableType:
    found = spending(session, code, PERIOD)
    lines = [line for line in (*found.categories, found.total) if line.category]
    names = ("paid", "clawed_back", "claimed", "reserved", "lapsed")
    rows = [
        (line.category, line.orders, *(total(getattr(line, name), CURRENCY) for name in names), line.refused)
        for line in lines
    ]
    title = (
        f"{code} {PERIOD}: {total(found.appropriated, CURRENCY)} appropriated, "
        f"{total(found.total.entitled, CURRENCY)} entitled, {total(found.total.expired, CURRENCY)} expired unused "
        f"({CURRENCY})"
    )
    columns = ["category", "orders#", *(f"{name.replace('_', ' ')}#" for name in names), "refused#"]
    return table(title, columns, rows)


def _indicators(session: Session, town: Town, figures: dict[str, dict[str, int]]) -> RenderableType:
    """The indicators of every programme side by side."""
    found = [kpis(session, code, PERIOD, READ_ON) for code in town.policies]
    columns = [_about(each, figures[each.programme]) for each in found]
    rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
    names = [f"{each.programme}#" for each in found]
    return table(f"What evaluators ask of {PERIOD} (all of it: vouchers kpi show)", ["indicator", *names], rows)


def _about(found: Kpis, figures: dict[str, int]) -> dict[str, str]:
    take_up, orders, market, checks = found.take_up, found.orders, found.market, found.supervision
    days = (found.days.grant_to_order, found.days.order_to_delivery, found.days.request_to_payment)
    return {
        "entitled firms": f"{take_up.granted:,}",
        "of them used it": percent(take_up.take_up_bp),
        "value paid of what was issued": percent(found.value.utilisation_bp),
        "uses paid": f"{figures['uses']:,}",
        "subsidy a use": total(figures["per_use"], CURRENCY),
        "a service for each 1.00": f"{orders.leverage_bp // 10_000}.{orders.leverage_bp % 10_000 // 100:02d}",
        "days to order, to deliver, to pay": ", ".join(map(str, days)),
        "pairs that met first": percent(market.new_pair_bp),
        "share of the ten largest": percent(market.top_bp),
        "orders across provinces": percent(market.cross_region_bp),
        "second checks, and faulty": f"{checks.second_checks}, {checks.second_hits}",
        "demanded back": total(found.recovery.demanded, CURRENCY),
        "of it came back": percent(found.recovery.recovery_bp),
    }


def _turns(counts: dict[str, int]) -> RenderableType:
    rows = [(f"{number:,}", words) for words, number in counts.items()]
    return table("What else happened", ["times#", "what"], rows)


def _denials(session: Session, code: str) -> RenderableType:
    counts = denials_by_reason(session, code, PERIOD)
    rows = sorted(counts.items(), key=lambda item: -item[1])
    return table(f"{code}: denied, by reason (a firm may have several)", ["reason", "enterprises#"], rows)


def _refusals(session: Session) -> RenderableType:
    rows = sorted(refusals_by_code(session).items(), key=lambda item: -item[1])
    return table("Requests for money that the rules refused, on record", ["code", "requests#"], rows)


def _top_providers(session: Session) -> RenderableType:
    paid = func.sum(Order.paid)
    query = (
        select(Provider.name, Provider.kind, Order.provider_id, func.count(), paid)
        .join(Provider, Provider.provider_id == Order.provider_id)
        .where(Order.paid > 0)
        .group_by(Order.provider_id, Provider.name, Provider.kind)
        .order_by(paid.desc(), Order.provider_id)
        .limit(TOP)
    )
    rows = [
        (name, kind, code, count, total(int(sum_), CURRENCY))
        for name, kind, code, count, sum_ in session.execute(query)
    ]
    return table(f"Providers paid most, in {CURRENCY}", ["name", "kind", "code", "orders#", "paid#"], rows)


def _settlements(session: Session, town: Town) -> RenderableType:
    rows = []
    for code in town.policies:
        batches = settlements(session, programme=code)
        paid, failed = sum(each.paid_amount for each in batches), sum(each.failed for each in batches)
        days = f"{batches[0].proposed_on} to {batches[-1].proposed_on}" if batches else ""
        payments = sum(each.count for each in batches)
        rows.append((code, len(batches), days, payments, total(paid, CURRENCY), failed))
    columns = ["programme", "batches#", "proposed", "payments#", "paid#", "failed now#"]
    return table(f"Settlements, in {CURRENCY}", columns, rows)


def _payables(session: Session) -> RenderableType:
    waiting = payables(session)
    if not waiting:
        return "Nothing waits for settlement."
    rows = [
        (each.programme, each.payee_id, each.count, total(each.amount, CURRENCY), each.since_on) for each in waiting
    ]
    columns = ["programme", "payee", "orders#", f"amount in {CURRENCY}#", "since"]
    return table("Approved, and waiting for the next settlement", columns, rows)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
