"""The commands `vouchers counter booklet`: coupons set aside in orders, and what came of them."""

from pathlib import Path

import click

from service.cli.orders import order_of
from service.cli.output import money, pairs, table
from service.cli.session import Session, acting, looking, paging, reading
from service.cli.values import DAY, ENTERPRISE, NUMBER, amount_in
from service.counter.papers import write_booklet
from service.counter.signing import Keys
from service.counter.syncing import proofs_of
from service.projections.booklets import booklets
from vouchers import application
from vouchers.booklet.decisions import CloseBooklet, IssueBooklet
from vouchers.booklet.decisions import known as known_booklet
from vouchers.booklet.events import CouponUsed
from vouchers.booklet.state import Booklet
from vouchers.identifiers import make_code
from vouchers.kinds import BOOKLET, SIGNER
from vouchers.order.decisions import known


@click.group()
def booklet() -> None:
    """Booklets of coupons: issue, show, close; the proofs of double use."""


@booklet.command("issue")
@acting("enterprise", once=True)
@click.argument("orders", type=NUMBER, metavar="ORDER...", nargs=-1, required=True)
@click.option("--coupons", type=click.IntRange(1, 100), metavar="N", required=True, help="How many coupons.")
@click.option("--amount", required=True, metavar="AMOUNT", help="What each is good for, of public money.")
@click.option("--use-by", type=DAY, metavar="DAY", required=True, help="Last day of a service that they are good for.")
@click.option("--sync-by", type=DAY, metavar="DAY", required=True, help="Last day on which they come in.")
@click.option("--key-id", default="", metavar="KEY", help="The key that signs uses, where the firm has several.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the booklet for the phone to FILE.")
def issue(
    session: Session,
    orders: tuple[str, ...],
    coupons: int,
    amount: str,
    use_by: str,
    sync_by: str,
    key_id: str,
    out: Path | None,
) -> None:
    """Set value aside in orders of one firm: at each of their providers a coupon is good, once in all."""
    first = known(order_of(session, orders[0]))
    signer = session.service.ledger.state(SIGNER, first.enterprise_id)
    only = [each for each in signer.keys if each not in signer.revoked]
    number = make_code("B", session.key or "", *orders, coupons, amount, use_by, sync_by)
    command = IssueBooklet(
        number,
        first.enterprise_id,
        key_id or (only[0] if len(only) == 1 else "none"),
        orders,
        coupons,
        amount_in(amount, first.currency, "/amount"),
        use_by,
        sync_by,
    )
    session.execute_once(application.issue_booklet, command)
    _tell(session, number, "A booklet of coupons", out)


@booklet.command("list")
@reading
@click.option("--enterprise", type=ENTERPRISE, default="", metavar="CODE", help="Only of this enterprise.")
@click.option("--open", "open_only", is_flag=True, help="Only those that are not closed.")
@paging
def list_booklets(session: Session, enterprise: str, open_only: bool, after: int, limit: int) -> None:
    """Booklets in the order of their issue, with what is still out."""
    firms = (enterprise,) if enterprise else ()
    with session.service.views.session() as views:
        rows = booklets(views, enterprise_ids=firms, open_only=open_only, after=after, limit=limit)
        found = [each.as_dict() | {"greatest_loss": each.greatest_loss} for each in rows]
    lines = [
        (
            each["booklet_id"],
            each["enterprise_id"],
            f"{each['used']} of {each['coupons']}",
            money(each["claimed"], each["currency"]),
            money(each["greatest_loss"], each["currency"]),
            each["sync_by_on"],
            each["double_uses"] or "",
        )
        for each in found
    ]
    columns = ["booklet", "enterprise", "used", "claimed#", "greatest loss#", "sync by", "used twice"]
    session.out.answer({"booklets": found}, table("Booklets", columns, lines) if lines else "There are no booklets.")
    session.out.more(len(found), limit, found[-1]["seq"] if found else 0)


@booklet.command("show")
@looking
@click.argument("number", type=NUMBER, metavar="BOOKLET")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the booklet for the phone to FILE.")
def show(session: Session, number: str, out: Path | None) -> None:
    """What of a booklet is still out, what can be lost at most, what was used, and what was used twice."""
    _tell(session, number, "A booklet of coupons", out)


@booklet.command("close")
@acting("enterprise", "officer", "system")
@click.argument("number", type=NUMBER, metavar="BOOKLET")
@click.option("--reason", required=True, help="Why it is closed.")
@click.option("--keep-orders", is_flag=True, help="Keep what is left of its orders for other claims.")
def close(session: Session, number: str, reason: str, keep_orders: bool) -> None:
    """End a booklet after its last day; what is left of its orders returns to the voucher."""
    session.execute(application.close_booklet, CloseBooklet(number, reason, keep_orders))
    _tell(session, number, "Closed", None)


@booklet.command("proofs")
@looking
@click.argument("number", type=NUMBER, metavar="BOOKLET")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the last of them to FILE.")
def proofs(session: Session, number: str, out: Path | None) -> None:
    """The signed proofs of who used a coupon twice, one a line, for `vouchers counter coupon judge`."""
    found = proofs_of(session.service, number)
    if out is not None and found:
        out.write_text(found[-1] + "\n", encoding="ascii")
    session.out.plain(
        {"proofs": found},
        *(([f"Written to {out}."] if out and found else found) or ["No coupon of it was used twice."]),
    )


def _used(used: CouponUsed) -> dict[str, int | str]:
    return {
        "number": used.number,
        "provider_id": used.provider_id,
        "redemption_id": used.redemption_id,
        "claimed": used.amount,
    }


def _tell(session: Session, number: str, title: str, out: Path | None) -> None:
    state: Booklet = session.service.ledger.state(BOOKLET, number)
    issued = known_booklet(state)
    text = write_booklet(number, issued, Keys(session.service.settings.data).current)
    if out is not None:
        out.write_text(text + "\n", encoding="ascii")
    facts = {
        "booklet_id": number,
        "enterprise_id": issued.enterprise_id,
        "coupons": issued.coupons,
        "unused": state.unused,
        "use_by_on": issued.use_by_on,
        "sync_by_on": issued.sync_by_on,
        "closed": state.closed is not None,
    }
    amounts: dict[str, int] = {"amount": issued.amount, "greatest_loss": state.greatest_loss}
    used = [_used(each) for each in state.used.values()]
    doubles = [{"number": each.number, "party": each.party, "party_id": each.party_id} for each in state.doubles]
    lines = [(*[*each.values()][:-1], money(int(each["claimed"]), issued.currency)) for each in used]
    twice = [tuple(each.values()) for each in doubles]
    shown = [
        *(facts | {"closed": "yes" if state.closed else ""}).items(),
        *((name, money(amount, issued.currency)) for name, amount in amounts.items()),
    ]
    session.out.answer(
        {**facts, **amounts, "currency": issued.currency, "booklet": text, "used": used, "double_uses": doubles},
        pairs(title, shown),
        *([table("Used", ["coupon", "provider", "redemption", "claimed#"], lines)] if lines else []),
        *([table("Used twice by", ["coupon", "party", "who"], twice)] if twice else []),
    )
