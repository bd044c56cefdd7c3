"""Charts as inline SVG: bars, columns and one divided bar, each with its figures as text for readers and screens."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

WIDTH = 720
_ROW, _BAR, _LABEL, _FIGURE = 26, 16, 210, 130
_HEIGHT, _FOOT, _HEAD = 180, 22, 18

COLOURS = ("#0b5394", "#3d85c6", "#6aa84f", "#f1c232", "#b7b7b7", "#e69138", "#a64d79", "#cc0000")

_TEXT = Markup('<text x="{}" y="{}"{}>{}</text>')
_RECT = Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"><title>{}</title></rect>')
_SVG = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>')


class Item(NamedTuple):
    """One figure of a chart and what it is called."""

    label: str
    value: int


def bars(title: str, items: Sequence[Item], write: Callable[[int], str]) -> Markup:
    """One bar for each figure, the longest as wide as the chart."""
    most = max((item.value for item in items), default=0) or 1
    room = WIDTH - _LABEL - _FIGURE
    parts = []
    for number, item in enumerate(items):
        top, long = number * _ROW, item.value * room // most
        figure = write(item.value)
        parts.append(_TEXT.format(_LABEL - 8, top + 17, Markup(' text-anchor="end"'), item.label))
        parts.append(_RECT.format(_LABEL, top + 5, long, _BAR, COLOURS[0], f"{item.label}: {figure}"))
        parts.append(_TEXT.format(_LABEL + long + 6, top + 17, "", figure))
    return _SVG.format(WIDTH, max(1, len(items)) * _ROW, _said(title, items, write), Markup().join(parts))


def columns(title: str, items: Sequence[Item], write: Callable[[int], str]) -> Markup:
    """One column for each figure, side by side."""
    most = max((item.value for item in items), default=0) or 1
    step = WIDTH // max(1, len(items))
    parts = []
    for number, item in enumerate(items):
        left, tall = number * step, item.value * _HEIGHT // most
        middle, figure = left + step // 2, write(item.value)
        parts.append(
            _RECT.format(left + 4, _HEAD + _HEIGHT - tall, step - 8, tall, COLOURS[0], f"{item.label}: {figure}")
        )
        parts.append(_TEXT.format(middle, _HEAD + _HEIGHT - tall - 4, _MIDDLE, figure if item.value else ""))
        parts.append(_TEXT.format(middle, _HEAD + _HEIGHT + 16, _MIDDLE, item.label))
    return _SVG.format(WIDTH, _HEAD + _HEIGHT + _FOOT, _said(title, items, write), Markup().join(parts))


def divided(title: str, items: Sequence[Item], write: Callable[[int], str]) -> Markup:
    """One bar divided among the figures, with a legend below; figures of nothing are left out."""
    shown = [(item, COLOURS[number % len(COLOURS)]) for number, item in enumerate(items) if item.value]
    whole = sum(item.value for item, _ in shown) or 1
    parts, before = [], 0
    for number, (item, colour) in enumerate(shown):
        left, right = before * WIDTH // whole, (before + item.value) * WIDTH // whole
        before += item.value
        figure = f"{item.label}: {write(item.value)}"
        parts.append(_RECT.format(left, 0, right - left, 34, colour, figure))
        across, down = number % 2 * (WIDTH // 2), 44 + number // 2 * 22
        parts.append(_RECT.format(across, down, 14, 14, colour, item.label))
        parts.append(_TEXT.format(across + 20, down + 12, "", figure))
    height = 48 + (len(shown) + 1) // 2 * 22
    return _SVG.format(WIDTH, height, _said(title, [item for item, _ in shown], write), Markup().join(parts))


_MIDDLE = Markup(' text-anchor="middle" class="small"')


def _said(title: str, items: Sequence[Item], write: Callable[[int], str]) -> str:
    """The chart in words."""
    return f"{title}: " + "; ".join(f"{item.label} {write(item.value)}" for item in items)
