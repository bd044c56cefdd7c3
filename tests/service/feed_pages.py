"""The table of docs/feed.md: what firms are told of each event. Run: python -m tests.service.feed_pages."""

from pathlib import Path

from service.outward.audience import OWN, SHOWN
from vouchers.wire import EVENTS

PAGE = Path(__file__).parents[2] / "docs" / "feed.md"
BEGIN, END = "<!-- who sees what: begin -->\n", "<!-- who sees what: end -->\n"


def table() -> str:
    """One line for each event that firms are told of, in the order of the catalogue."""
    lines = ["| event | enterprise and provider | enterprise alone | provider alone |", "|---|---|---|---|"]
    told = {**SHOWN, **OWN["enterprise"], **OWN["provider"]}
    for name in EVENTS:
        if name in told:
            cells = [SHOWN.get(name, ""), OWN["enterprise"].get(name, ""), OWN["provider"].get(name, "")]
            lines.append(f"| `{name}` | " + " | ".join(_quoted(name, cell) for cell in cells) + " |")
    return "\n".join([*lines, ""])


def _quoted(name: str, members: str) -> str:
    known = EVENTS[name].__dataclass_fields__
    return ", ".join(f"`{member}`" for member in members.split() if member in known)


def text() -> str:
    """The page with its table written anew."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
