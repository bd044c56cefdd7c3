"""What evaluators and parliaments ask of a programme's period: shares in basis points, sums in minor units."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from statistics import median_low
from typing import Any

from sqlalchemy import Executable, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from service.projections.balances import Voucher
from service.projections.courses import Judged
from service.projections.debts import Debt
from service.projections.entitlements import Entitlement, denials_by_reason
from service.projections.indicators import (
    Days,
    Kpis,
    Market,
    Orders,
    Recovery,
    Supervision,
    TakeUp,
    Tier,
    Value,
    share,
)
from service.projections.orders import Order
from service.projections.refusals import Refusal
from service.projections.reviews import Review, Signal
from service.projections.spending import days_of
from service.projections.supervision import Act, Check
from vouchers import wire
from vouchers.money import WHOLE_BP
from vouchers.refusals import Ineligible

TOP = 10
MOST_UNUSED = 100_000
PROVINCE = 2  # digits of a division code


def kpis(session: Session, programme: str, period: str, on: str) -> Kpis:
    """The indicators of a programme's period, from the views."""
    return Kpis(
        programme,
        period,
        on,
        _take_up(session, programme, period),
        _value(session, programme, period, on),
        _orders(session, programme, period),
        _days(session, programme, period),
        _market(session, programme, period),
        _samples(session, programme, period),
        _supervision(session, programme, period),
        _recovery(session, programme, period),
    )


def unused(session: Session, programme: str, period: str, *, after: str = "", limit: int = MOST_UNUSED) -> list[Judged]:
    """The control group: enterprises that were entitled and registered no order, by credit code above `after`."""
    query = select(Judged).where(*_of(Judged, programme, period), Judged.outcome == "granted", ~_has_order())
    query = query.where(Judged.enterprise_id > after)
    return list(session.scalars(query.order_by(Judged.enterprise_id).limit(min(limit, MOST_UNUSED))))


def _of(row: Any, programme: str, period: str) -> tuple[Any, Any]:
    return row.programme == programme, row.period == period


def _has_order() -> Any:
    same = (Order.programme == Judged.programme, Order.period == Judged.period)
    return select(Order.order_id).where(*same, Order.enterprise_id == Judged.enterprise_id).exists()


def _take_up(session: Session, programme: str, period: str) -> TakeUp:
    here = _of(Judged, programme, period)
    granted = _count(session, select(func.count()).where(*here, Judged.outcome == "granted"))
    users = _count(session, select(func.count()).where(*here, Judged.outcome == "granted", _has_order()))
    first = _first_users(session, programme, period)
    return TakeUp(
        granted=granted,
        denied=_count(session, select(func.count()).where(*here, Judged.outcome == "denied")),
        pending=_count(
            session, select(func.count()).where(*_of(Entitlement, programme, period), Entitlement.outcome == "pending")
        ),
        users=users,
        take_up_bp=share(users, granted),
        first_users=first,
        first_user_bp=share(first, users),
        unused=granted - users,
        held=_held(session, programme),
        denials=denials_by_reason(session, programme, period),
        by_size=_split(session, programme, period, Judged.size),
        by_region=_split(session, programme, period, Judged.region),
    )


def _first_users(session: Session, programme: str, period: str) -> int:
    """Enterprises with an order of this period and none before its first day, in this programme or any other."""
    here, before = aliased(Order), aliased(Order)
    earlier = select(before.order_id).where(
        before.enterprise_id == here.enterprise_id, before.registered_on < days_of(period)[0]
    )
    query = select(func.count(here.enterprise_id.distinct())).where(*_of(here, programme, period), ~earlier.exists())
    return _count(session, query)


def _held(session: Session, programme: str) -> dict[int, int]:
    """How many enterprises have held one voucher of the programme, two, three and so on."""
    each = (
        select(func.count().label("held")).where(Voucher.programme == programme).group_by(Voucher.enterprise_id)
    ).subquery()
    query = select(each.c.held, func.count()).group_by(each.c.held).order_by(each.c.held)
    return {int(held): int(firms) for held, firms in session.execute(query)}


def _split(session: Session, programme: str, period: str, column: Any) -> dict[str, dict[str, int]]:
    """Grants, denials and users by a property of the enterprises; an unknown property stands under "unknown"."""
    found: dict[str, dict[str, int]] = {}
    used = _has_order()
    query = (
        select(column, Judged.outcome, used.label("used"), func.count())
        .where(*_of(Judged, programme, period))
        .group_by(column, Judged.outcome, used)
        .order_by(column)
    )
    for name, outcome, has_order, count in session.execute(query):
        line = found.setdefault(name or "unknown", {"granted": 0, "denied": 0, "users": 0})
        line[outcome] += count
        line["users"] += count if has_order and outcome == "granted" else 0
    return found


def _value(session: Session, programme: str, period: str, on: str) -> Value:
    places = ("available", "reserved", "claimed", "paid", "expired", "returned", "revoked", "clawed_back")
    late = Voucher.use_by_on < on
    sums = [func.coalesce(func.sum(getattr(Voucher, place)), 0) for place in places]
    query = select(late, func.count(), func.sum(Voucher.face), _extended(), *sums)
    found: Counter[str] = Counter()
    for is_late, count, face, extended, *amounts in session.execute(
        query.where(*_of(Voucher, programme, period)).group_by(late)
    ):
        line = dict(zip(places, map(int, amounts), strict=True))
        if is_late:
            line["expired"] += line.pop("available")
        found.update({"vouchers": count, "issued": int(face), "extended": int(extended), **line})
    paid_ever = found["paid"] + found["clawed_back"]
    return Value(
        **{name: found[name] for name in ("vouchers", "issued", "extended", *places)},
        utilisation_bp=share(found["paid"], found["issued"]),
        breakage_bp=share(found["expired"], found["issued"]),
        clawback_bp=share(found["clawed_back"], paid_ever),
        by_region=_by_region(session, programme, period),
    )


def _by_region(session: Session, programme: str, period: str) -> dict[str, dict[str, int]]:
    same = and_(
        Voucher.programme == Judged.programme,
        Voucher.period == Judged.period,
        Voucher.enterprise_id == Judged.enterprise_id,
    )
    query = (
        select(Judged.region, func.sum(Voucher.face), func.sum(Voucher.paid))
        .join(Voucher, same)
        .where(*_of(Judged, programme, period))
        .group_by(Judged.region)
        .order_by(Judged.region)
    )
    rows = session.execute(query)
    return {region or "unknown": {"issued": int(issued), "paid": int(paid)} for region, issued, paid in rows}


def _extended() -> Any:
    return func.count().filter(Voucher.extensions > 0)


def _orders(session: Session, programme: str, period: str) -> Orders:
    here = _of(Order, programme, period)
    counts = _counted(session, select(Order.ended, func.count()).where(*here).group_by(Order.ended))
    lived = and_(*here, Order.ended == "")
    sums = select(func.sum(Order.requests), func.sum(Order.rejections)).where(*here)
    requests, rejections = (int(each or 0) for each in session.execute(sums).one())
    gross, subsidy = (
        int(each or 0)
        for each in session.execute(select(func.sum(Order.gross), func.sum(Order.subsidy)).where(lived)).one()
    )
    subsidies = list(session.scalars(select(Order.subsidy).where(lived)))
    return Orders(
        registered=sum(counts.values()),
        cancelled=counts.get("cancelled", 0),
        lapsed=counts.get("lapsed", 0),
        paid=_count(session, select(func.count()).where(*here, Order.paid > 0)),
        requests=requests,
        rejections=rejections,
        rejection_bp=share(rejections, requests),
        median_subsidy=median_low(subsidies) if subsidies else 0,
        leverage_bp=share(gross, subsidy),
        refused=_refused(session, programme, period),
    )


def _refused(session: Session, programme: str, period: str) -> dict[str, int]:
    """How many requests were refused, each counted with its most fundamental reason."""
    first, last = days_of(period)
    query = select(Refusal.code, Refusal.reasons).where(
        Refusal.programme == programme, Refusal.eff >= first, Refusal.eff <= last
    )
    found = session.execute(query.execution_options(yield_per=1_000))
    counts = Counter(wire.parse(reasons)[0]["code"] if code == Ineligible.code else code for code, reasons in found)
    return dict(sorted(counts.items()))


def _days(session: Session, programme: str, period: str) -> Days:
    here = _of(Order, programme, period)

    def between(first: Any, last: Any) -> list[int]:
        rows = session.execute(select(first, last).where(*here, first != "", last != ""))
        return [_ordinal(late) - _ordinal(early) for early, late in rows]

    waits = between(Order.granted_on, Order.paid_on)
    return Days(
        _median(between(Order.granted_on, Order.registered_on)),
        _median(between(Order.registered_on, Order.delivered_on)),
        _median(between(Order.delivered_on, Order.requested_on)),
        _median(between(Order.requested_on, Order.paid_on)),
        10 * sum(waits) // len(waits) if waits else None,
    )


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _median(values: Iterable[int]) -> int | None:
    known = list(values)
    return median_low(known) if known else None


def _market(session: Session, programme: str, period: str) -> Market:
    here = and_(*_of(Order, programme, period), Order.ended == "")
    pairs = session.execute(select(Order.enterprise_id, Order.provider_id).where(here).distinct()).all()
    new = _new_pairs(session, programme, period)
    sums = (
        select(Order.provider_id, func.sum(Order.subsidy), func.count())
        .where(here)
        .group_by(Order.provider_id)
        .order_by(func.sum(Order.subsidy).desc(), Order.provider_id)
    )
    providers = [(each[0], int(each[1]), int(each[2])) for each in session.execute(sums)]
    total = sum(subsidy for _, subsidy, _ in providers)
    flows, crossing, orders = _flows(session, here)
    return Market(
        pairs=len(pairs),
        new_pairs=new,
        new_pair_bp=share(new, len(pairs)),
        providers=len(providers),
        hhi=sum(subsidy * subsidy for _, subsidy, _ in providers) * WHOLE_BP // (total * total) if total else 0,
        top_bp=share(sum(subsidy for _, subsidy, _ in providers[:TOP]), total),
        top=tuple(providers[:TOP]),
        cross_region=crossing,
        cross_region_bp=share(crossing, orders),
        flows=flows,
    )


def _new_pairs(session: Session, programme: str, period: str) -> int:
    """Pairs with an order of this period and none before its first day, in this programme or any other."""
    here, before = aliased(Order), aliased(Order)
    met = select(before.order_id).where(
        before.enterprise_id == here.enterprise_id,
        before.provider_id == here.provider_id,
        before.registered_on < days_of(period)[0],
    )
    query = select(here.enterprise_id, here.provider_id).where(
        *_of(here, programme, period), here.ended == "", ~met.exists()
    )
    return len(session.execute(query.distinct()).all())


def _flows(session: Session, here: Any) -> tuple[dict[str, dict[str, int]], int, int]:
    """The subsidy from each region of enterprises to each region of providers, and how many orders cross."""
    place, other = func.substr(Order.enterprise_region, 1, PROVINCE), func.substr(Order.provider_region, 1, PROVINCE)
    query = select(place, other, func.sum(Order.subsidy), func.count()).where(here).group_by(place, other)
    flows: dict[str, dict[str, int]] = {}
    crossing = orders = 0
    for home, away, subsidy, count in session.execute(query.order_by(place, other)):
        flows.setdefault(home or "unknown", {})[away or "unknown"] = int(subsidy)
        orders += count
        crossing += count if home != away else 0
    return flows, crossing, orders


def _samples(session: Session, programme: str, period: str) -> dict[str, Tier]:
    query = (
        select(Review.tier, Review.drawn, Review.outcome, func.count())
        .join(Order, Order.order_id == Review.order_id)
        .where(*_of(Order, programme, period))
        .group_by(Review.tier, Review.drawn, Review.outcome)
    )
    counted: dict[str, Counter[str]] = {}
    for tier, drawn, outcome, count in session.execute(query):
        line = counted.setdefault(tier, Counter())
        line["redemptions"] += count
        line["drawn"] += count if drawn else 0
        line["rejected"] += count if drawn and outcome == "rejected" else 0
    return {
        tier: Tier(line["redemptions"], line["drawn"], line["rejected"], share(line["rejected"], line["drawn"]))
        for tier, line in sorted(counted.items())
    }


def _supervision(session: Session, programme: str, period: str) -> Supervision:
    """Checks of the period's orders; acts against parties are those that took effect on its days."""
    here = _of(Order, programme, period)
    first, last = days_of(period)
    within = (Act.from_on >= first, Act.from_on <= last)
    checks = select(func.count()).select_from(Check).join(Order, Order.order_id == Check.order_id).where(*here)
    signals = (
        select(Signal.signal, func.count())
        .join(Order, Order.order_id == Signal.order_id)
        .where(*here)
        .group_by(Signal.signal)
        .order_by(Signal.signal)
    )
    steps = (
        select(Act.level, func.count()).where(Act.what == "sanction", *within).group_by(Act.level).order_by(Act.level)
    )
    appeals = (
        select(Act.appeal, func.count()).where(Act.appeal != "", *within).group_by(Act.appeal).order_by(Act.appeal)
    )
    return Supervision(
        signals=_counted(session, signals),
        held=_count(session, checks.where(Check.hold != "")),
        second_checks=_count(session, checks.where(Check.recheck != "")),
        second_hits=_count(session, checks.where(Check.recheck == "faulty")),
        late_ties=_count(session, checks.where(Check.finding != "")),
        sanctions=_counted(session, steps),
        tier_moves=_count(session, select(func.count()).where(Act.what == "tier", *within)),
        appeals=_counted(session, appeals),
    )


def _recovery(session: Session, programme: str, period: str) -> Recovery:
    """The demands about the period's orders."""
    sums = [func.coalesce(func.sum(each), 0) for each in (Debt.amount, Debt.received, Debt.netted, Debt.written_off)]
    paid = func.coalesce(func.sum(Debt.principal), 0)
    query = select(func.count(), *sums, paid).join(Order, Order.order_id == Debt.order_id)
    demands, demanded, received, netted, given_up, principal = map(
        int, session.execute(query.where(*_of(Order, programme, period))).one()
    )
    left = demanded - principal - given_up
    return Recovery(demands, demanded, received, netted, given_up, left, share(principal, demanded))


def _counted(session: Session, query: Executable) -> dict[str, int]:
    return {name: int(count) for name, count in session.execute(query)}


def _count(session: Session, query: Select[Any]) -> int:
    return int(session.scalar(query) or 0)
