"""The commands `vouchers kpi` and `vouchers report`."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from service.cli.output import money, pairs, table, total
from service.cli.session import Session, reading
from service.cli.values import DAY, PROGRAMME_CODE
from service.projections.indicators import Kpis
from service.projections.kpis import kpis, unused
from service.projections.programmes import Programme
from service.reporting import page
from service.reporting.page import percent, period_in
from vouchers import wire
from vouchers.kinds import PROGRAMME
from vouchers.programme.decisions import announced
from vouchers.refusals import Malformed


class FileNotWritable(Malformed):
    """The file cannot be written there."""


@click.group()
def kpi() -> None:
    """What evaluators ask: take-up, breakage, days, new pairs, concentration, and the control group."""


@kpi.command("show")
@reading
@click.argument("code", type=PROGRAMME_CODE)
@click.option("--year", type=click.IntRange(1900, 9998), help="The year in which the period begins (default: this).")
@click.option("--on", type=DAY, metavar="DAY", help="As read on this day (default: today).")
def show_kpis(session: Session, code: str, year: int | None, on: str | None) -> None:
    """Every indicator of a programme's period; shares in JSON are basis points."""
    announced(session.service.ledger.state(PROGRAMME, code))
    with session.service.views.session() as views:
        period = period_in(views, code, year or int(session.on[:4]))
        found = kpis(views, code, period, on or session.on)
        known = views.get(Programme, code)
        currency = known.currency if known else ""
    session.out.answer(asdict(found), *_parts(found, currency))


@kpi.command("unused")
@reading
@click.argument("code", type=PROGRAMME_CODE)
@click.option("--year", type=click.IntRange(1900, 9998), help="The year in which the period begins (default: this).")
def list_unused(session: Session, code: str, year: int | None) -> None:
    """The control group: enterprises that were entitled and registered no order."""
    announced(session.service.ledger.state(PROGRAMME, code))
    with session.service.views.session() as views:
        period = period_in(views, code, year or int(session.on[:4]))
        found = [row.as_dict() for row in unused(views, code, period)]
    rows = [(each["enterprise_id"], each["decided_on"], each["region"], each["size"]) for each in found]
    columns = ["enterprise", "granted", "region", "size"]
    shown = table(f"Entitled and unused in {period}", columns, rows) if rows else "Every entitled enterprise used it."
    session.out.answer({"programme": code, "period": period, "unused": found}, shown)


@click.command()
@reading
@click.argument("code", type=PROGRAMME_CODE)
@click.option("--year", type=click.IntRange(1900, 9998), help="The year in which the period begins (default: this).")
@click.option("--on", type=DAY, metavar="DAY", help="As read on this day (default: today).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File (default: CODE-YEAR.html).")
def report(session: Session, code: str, year: int | None, on: str | None, out: Path | None) -> None:
    """Write the programme's yearly public report as one HTML page that needs nothing beside itself."""
    announced(session.service.ledger.state(PROGRAMME, code))
    service = session.service
    with service.views.reading() as (views, position):
        period = period_in(views, code, year or int(session.on[:4]))
        last = service.ledger.rows(position - 1, position)
        basis = page.Basis(position, wire.leaf_hash(last[0].entry).hex(), on or session.on)
        text = page.report(views, code, period, basis)
    path = out or Path(f"{code}-{period[:4]}.html")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise FileNotWritable(f"{path}: {fault.strerror}.", pointer="/out", remedy="Name another --out.") from fault
    facts = {"file": str(path), "programme": code, "period": period, "on": basis.on, "position": position}
    session.out.answer(facts, pairs("Report written", [*facts.items()]), "Open it in a browser; it prints on A4.")


def _parts(found: Kpis, currency: str) -> list[Any]:
    title = f"{found.programme} {found.period}, read on {found.on}"
    parts = [pairs(title, [*_about_value(found, currency), *_about_orders(found, currency)]), _days(found)]
    parts.append(_counts("Denials by reason", found.take_up.denials))
    parts.append(_counts("Requests refused by code", found.orders.refused))
    parts.append(_sizes(found.take_up.by_size))
    parts.append(pairs("Supervision and recovery", _about_checks(found, currency)))
    parts.append(_counts("Signals", found.supervision.signals))
    samples = [
        (tier, line.redemptions, line.drawn, line.rejected, percent(line.hit_bp))
        for tier, line in found.samples.items()
    ]
    if samples:
        parts.append(table("Checks by tier", ["tier", "redemptions#", "drawn#", "rejected#", "hit rate#"], samples))
    top = [(code, number, total(subsidy, currency)) for code, subsidy, number in found.market.top]
    if top:
        parts.append(table("Largest providers", ["provider", "orders#", "subsidy#"], top))
    return parts


def _about_value(found: Kpis, currency: str) -> list[tuple[str, object]]:
    take_up, value = found.take_up, found.value
    return [
        ("entitled", f"{take_up.granted:,} granted, {take_up.denied:,} denied, {take_up.pending:,} pending"),
        ("take-up", f"{percent(take_up.take_up_bp)} ({take_up.users:,} enterprises, {take_up.unused:,} used nothing)"),
        ("first users", f"{take_up.first_users:,} ({percent(take_up.first_user_bp)} of the users)"),
        ("issued", f"{value.vouchers:,} vouchers, {money(value.issued, currency)}; {value.extended:,} extended"),
        ("utilisation", f"{percent(value.utilisation_bp)} paid ({money(value.paid, currency)})"),
        ("breakage", f"{percent(value.breakage_bp)} expired ({money(value.expired, currency)})"),
        ("clawed back", f"{percent(value.clawback_bp)} of what was paid"),
    ]


def _about_orders(found: Kpis, currency: str) -> list[tuple[str, object]]:
    orders, market = found.orders, found.market
    ends = f"{orders.paid:,} paid, {orders.cancelled:,} cancelled, {orders.lapsed:,} lapsed"
    return [
        ("orders", f"{orders.registered:,}, {ends}"),
        ("typical subsidy", money(orders.median_subsidy, currency)),
        ("leverage", f"{orders.leverage_bp // 10_000}.{orders.leverage_bp % 10_000 // 100:02d} for each 1.00"),
        ("rejected", f"{orders.rejections:,} of {orders.requests:,} requests ({percent(orders.rejection_bp)})"),
        ("pairs", f"{market.pairs:,}, {percent(market.new_pair_bp)} of them new"),
        ("providers", f"{market.providers:,}; HHI {market.hhi:,}, the ten largest have {percent(market.top_bp)}"),
        ("across provinces", f"{percent(market.cross_region_bp)} of the orders"),
    ]


def _about_checks(found: Kpis, currency: str) -> list[tuple[str, object]]:
    checks, back = found.supervision, found.recovery
    steps = ", ".join(f"{count} {step}" for step, count in checks.sanctions.items())
    owed = f"{money(back.open, currency)} open, {money(back.written_off, currency)} written off"
    return [
        ("money held", f"{checks.held:,} redemptions"),
        ("second checks", f"{checks.second_checks:,}, {checks.second_hits:,} faulty"),
        ("ties found later", f"{checks.late_ties:,}"),
        ("sanctions", steps or "none"),
        ("moves of a tier", f"{checks.tier_moves:,}"),
        ("demanded back", f"{back.demands:,} times, {money(back.demanded, currency)}; {owed}"),
        ("came back", f"{percent(back.recovery_bp)} of the demands"),
    ]


def _days(found: Kpis) -> Any:
    days = found.days
    steps = [
        ("grant to order", days.grant_to_order),
        ("order to delivery", days.order_to_delivery),
        ("delivery to request", days.delivery_to_request),
        ("request to payment", days.request_to_payment),
    ]
    return table("Median days", ["step", "days#"], [(name, "" if known is None else known) for name, known in steps])


def _counts(title: str, counts: dict[str, int]) -> Any:
    return (
        table(title, ["reason", "number#"], [(name, f"{number:,}") for name, number in counts.items()])
        if counts
        else ""
    )


def _sizes(split: dict[str, dict[str, int]]) -> Any:
    rows = [(name, line["granted"], line["denied"], line["users"]) for name, line in split.items()]
    return table("By size class", ["size", "granted#", "denied#", "users#"], rows) if rows else ""
