"""Recalling: the log read back as its decisions, and the command that each of them was."""

from vouchers.recalling.calls import SECRET, Call
from vouchers.recalling.claims import draw_of, draws_of
from vouchers.recalling.past import MISTAKES, History, Past, fold
from vouchers.recalling.reading import BY_FIRST, BY_MARK, recall
from vouchers.recalling.turns import BESIDE, Turn, is_apart, key_of, turns

__all__ = [
    "BESIDE",
    "BY_FIRST",
    "BY_MARK",
    "MISTAKES",
    "SECRET",
    "Call",
    "History",
    "Past",
    "Turn",
    "draw_of",
    "draws_of",
    "fold",
    "is_apart",
    "key_of",
    "recall",
    "turns",
]
