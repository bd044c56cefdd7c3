"""The table of settings in docs/running.md, made from their declarations: python -m tests.service.setting_pages."""

from pathlib import Path
from typing import get_origin

from service.configuring import Leaf, leaves
from service.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "running.md"
BEGIN = "<!-- settings: python -m tests.service.setting_pages -->\n"
END = "<!-- end of settings -->\n"


def text() -> str:
    """The table."""
    lines = ["| setting | default | what it is |", "|---|---|---|"]
    return "\n".join([*lines, *map(_line, leaves(Settings)), ""])


def _line(leaf: Leaf) -> str:
    default = "" if leaf.default in ("", (), None) else f"`{_shown(leaf.default)}`"
    return f"| `{leaf.name}` | {default} | {leaf.about.text}{_bounds(leaf)} |"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _quoted(choice: str) -> str:
    return f"`{choice}`".replace("|", "\\|").replace("\t", "\\t") if choice else "nothing"


def _bounds(leaf: Leaf) -> str:
    if leaf.about.among:
        return f" One of {', '.join(map(_quoted, leaf.about.among))}."
    if leaf.kind is int:
        most = "" if leaf.about.most == 2**31 - 1 else f" to {leaf.about.most:,}"
        return f" {leaf.about.least:,}{most or ' or more'}."
    if get_origin(leaf.kind) is tuple:
        return " A list."
    return " Secret." if leaf.about.secret else ""


def whole(page: str) -> str:
    """The page with the table of today."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}{text()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(whole(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
