"""The report of a what-if as one HTML page: it needs nothing beside itself, and prints."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from service.reporting.charts import COLOURS, WIDTH
from vouchers.money import exponent_of, format_amount

MOST_ROWS: Final = 500  # A page is read; the files beside it have every row.
COUNTS: Final = frozenset({"granted", "denied", "orders"})
_ROW, _BAR, _LABEL, _FIGURE = 44, 15, 150, 150
_PAGES: Final = Environment(
    loader=PackageLoader("service"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEXT: Final = Markup('<text x="{}" y="{}"{}>{}</text>')
_RECT: Final = Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"><title>{}</title></rect>')
_SVG: Final = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>')


def page(answer: Mapping[str, Any], title: str) -> str:
    """The page of an answer as `told` gives it."""
    charts = {each["programme"]: _charts(each) for each in answer["programmes"]}
    currencies = {each["programme"]: each["currency"] for each in answer["programmes"]}
    return _PAGES.get_template("whatif.html").render(
        answer=answer,
        title=title,
        charts=charts,
        most=MOST_ROWS,
        counts=COUNTS,
        amount=lambda amount, code: writer(currencies.get(code, ""))(amount),
        direct=[each for each in answer["refused"] if not each["consequence"]],
    )


def writer(currency: str) -> Callable[[int], str]:
    """How amounts of a currency are written; minor units where it is not known."""
    return lambda amount: format_amount(amount, exponent_of(currency)) if currency else f"{amount:,}"


def _charts(programme: Mapping[str, Any]) -> dict[str, Markup]:
    write = writer(programme["currency"])
    return {
        "categories": paired("Paid by category", programme["paid_by_category"], write),
        "months": paired("Paid by month", programme["paid_by_month"], write),
    }


def paired(title: str, rows: Sequence[Mapping[str, Any]], write: Callable[[int], str]) -> Markup:
    """Two bars for each figure: as it was, and otherwise."""
    most = max((max(row["history"], row["otherwise"]) for row in rows), default=0) or 1
    room, parts = WIDTH - _LABEL - _FIGURE, []
    for number, row in enumerate(rows):
        top = number * _ROW
        parts.append(_TEXT.format(_LABEL - 8, top + 22, Markup(' text-anchor="end"'), row["name"]))
        for step, name in enumerate(("history", "otherwise")):
            long, down, figure = row[name] * room // most, top + 4 + step * (_BAR + 2), write(row[name])
            parts.append(_RECT.format(_LABEL, down, max(0, long), _BAR, COLOURS[step * 5], f"{row['name']}: {figure}"))
            parts.append(_TEXT.format(_LABEL + max(0, long) + 6, down + 12, "", figure))
    said = "; ".join(f"{row['name']} {write(row['history'])}, otherwise {write(row['otherwise'])}" for row in rows)
    return _SVG.format(WIDTH, max(1, len(rows)) * _ROW, f"{title}: {said}", Markup().join(parts))
