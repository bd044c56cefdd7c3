"""The demo from the empty folder to the last line on the screen."""

import time
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from service.demo.founding import YEAR, Town, found
from service.demo.market import APPLICANTS, admission, products
from service.demo.ordering import order
from service.demo.paying import clearing, expiry, repayments, settlements, support, top_ups
from service.demo.plans import make_plans
from service.demo.registering import amendment, half_year, merger
from service.demo.supervising import (
    HALVES,
    bar,
    clawbacks,
    disclosure,
    returns,
    sanctions,
    second_checks,
    suspension,
    ties,
)
from service.demo.telling import next_steps, tell, tell_story
from service.demo.year import Diary, Story, Year
from service.projections.orders import Order, order_row

CLAWBACKS: Final = 3
READABLE: Final = 8  # events of a voucher whose story fits on a screen


def run_demo(folder: Path, *, scale: int = 2_000, seed: int = 2026, console: Console) -> dict[str, Any]:
    """Play a programme year with so many enterprises and show what came of it; the figures for programs.

    The same seed plays the same year, the instants of recording aside. Raises FolderInUse in a data folder.
    """
    started = time.monotonic()
    say = partial(console.print, style="dim")
    with found(folder, scale=scale, seed=seed, say=say) as town:
        diary = play(town, seed, say)
        position = town.service.catch_up()
        summary = tell(console, town, diary)
        order_id = _told_about(town, diary)
        voucher_id = tell_story(console, town.service, order_id) if order_id else ""
        differences = town.service.views.verify(town.service.ledger)
        verdict = "\n".join(map(str, differences)) or "The views say what the log says"
        console.print(f"\n{verdict} ({position:,} entries). {diary.commands.total():,} commands were played.")
        if order_id:
            next_steps(console, str(folder), voucher_id, order_id, _order(town, order_id).enterprise_id)
        summary |= {
            "data": str(folder.resolve()),
            "position": position,
            "differences": [str(difference) for difference in differences],
            "voucher_id": voucher_id,
            "order_id": order_id,
            "seconds": round(time.monotonic() - started),
        }
    return summary


def play(town: Town, seed: int, say: Any) -> Diary:
    """The whole year: orders, payments, supervision, what registries bring, and the year's end."""
    year = Year(town, seed, say)
    general = tuple(grant for grant in town.grants if grant.kind == "general")
    shanghai = tuple(grant for grant in general if grant.programme == "SH-STIV")
    testers = town.offers["TEST"]
    frozen, sanctioned = [code for code in town.offers["RND"] if code != testers[0]][:2]
    stories: list[Story] = [
        products(year),
        *(admission(year, number) for number in range(APPLICANTS)),
        amendment(year),
        half_year(year),
        *(merger(year, *shanghai[at : at + 2]) for at in range(20, len(shanghai) - 1, 700)),
        suspension(year, testers[0], f"{YEAR}-08-03", f"{YEAR}-10-12", "finish", "a certificate has lapsed"),
        suspension(year, frozen, f"{YEAR}-06-15", f"{YEAR}-07-20", "freeze", "reports are being checked"),
        sanctions(year, sanctioned),
        ties(year, shanghai),
        bar(year, shanghai),
        top_ups(year),
        *(settlements(year, code) for code in town.policies),
        clearing(year, "YRD-STIV"),
        *(second_checks(year, *half) for half in HALVES),
        returns(year, general),
        clawbacks(year, CLAWBACKS),
        expiry(year),
        support(year, next(code for code in town.offers["INSTR"] if code not in testers)),
        disclosure(year),
        repayments(year),
        *(order(year, plan) for plan in make_plans(town, town.grants, str(seed))),
    ]
    for story in stories:
        year.begin(story)
    return year.play()


def _told_about(town: Town, diary: Diary) -> str:
    """The order whose story is told: one that was clawed back, of a voucher with enough life to read; or nothing."""
    lengths = {
        order_id: len(town.service.ledger.history(f"voucher/{_order(town, order_id).voucher_id}"))
        for order_id in [payment.order_id for payment in diary.payments][:CLAWBACKS]
    }
    return min(lengths, key=lambda order_id: abs(lengths[order_id] - READABLE), default="")


def _order(town: Town, order_id: str) -> Order:
    with town.service.views.session() as session:
        found = order_row(session, order_id)
    assert found is not None, "the order was paid"
    return found
