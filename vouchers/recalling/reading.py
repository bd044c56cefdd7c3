"""Recalling: the commands that a turn may have been, the likeliest first.

A guess costs nothing: a command counts as the one that was asked for only where it writes, on the log before it,
exactly what was written.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from vouchers.bankline import events as bankline
from vouchers.booklet import events as booklet
from vouchers.conduct import events as conduct
from vouchers.correction import events as correction
from vouchers.entitlement import events as entitlement
from vouchers.recalling.calls import Call, Recall
from vouchers.recalling.claims import CLAIMS, coupon_used, issued
from vouchers.recalling.grants import GRANTS, looked_again
from vouchers.recalling.money import MONEY, line_agreed, line_told
from vouchers.recalling.orders import ORDERS, served
from vouchers.recalling.parties import PARTIES, agreed, appeal_decided
from vouchers.recalling.past import Past
from vouchers.recalling.plain import PLAIN
from vouchers.recalling.turns import Turn
from vouchers.round import events as rounds
from vouchers.wire import EVENTS

# By the event that a turn begins with.
BY_FIRST: Final[Mapping[type, Recall]] = {
    EVENTS[topic]: read for table in (PLAIN, GRANTS, PARTIES, ORDERS, CLAIMS, MONEY) for topic, read in table.items()
}
# Of a turn with one of these, the first entry does not tell what was asked for: it follows from it.
BY_MARK: Final[Mapping[type, Recall]] = {
    correction.Approved: agreed,
    booklet.CouponUsed: coupon_used,
    booklet.Issued: issued,
    conduct.AppealDecided: appeal_decided,
    rounds.Served: served,
    rounds.Dropped: served,
    rounds.Closed: served,
    bankline.Resolved: line_agreed,
    bankline.Matched: line_told,
    entitlement.Reassessed: looked_again,
    entitlement.Doubted: looked_again,
}


def recall(turn: Turn, past: Past) -> Iterator[Call]:
    """The commands that a turn may have been; nothing where the log does not tell."""
    kinds = [type(entry.data) for entry in turn.entries]
    for mark in dict.fromkeys([BY_MARK[kind] for kind in kinds[1:] if kind in BY_MARK]):
        yield from mark(turn, past)
    if found := BY_FIRST.get(kinds[0]):
        yield from found(turn, past)
