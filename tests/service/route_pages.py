"""Writes the table of routes in docs/http.md from the code: `python -m tests.service.route_pages`."""

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from service.api.documenting import document, operations
from service.app import create_app
from service.permissions import RULES
from service.settings import Settings
from service.wiring import Service

PAGE = Path(__file__).parents[2] / "docs" / "http.md"
BEGIN, END = "<!-- The routes: written by `python -m tests.service.route_pages`. -->", "<!-- The end of the routes. -->"
LETTERS = {
    "enterprise": "E",
    "provider": "P",
    "officer": "O",
    "reviewer": "V",
    "finance": "F",
    "regulator": "R",
    "administrator": "A",
}


def table(app: Flask) -> str:
    """Every route by the resource it belongs to: method and address, roles, whether it needs a key, what it does."""
    found = document(app)
    told = {tag["name"]: tag.get("description", "") for tag in found["tags"]}
    by_tag: dict[str, list[str]] = {}
    for path, method, operation in operations(found):
        by_tag.setdefault(operation["tags"][0], []).append(row(path, method, operation))
    lines = []
    for tag, rows in by_tag.items():
        lines += [f"### {tag}", "", *([told[tag], ""] if told.get(tag) else [])]
        lines += ["| route | roles | key | does |", "|---|---|---|---|", *rows, ""]
    return "\n".join(lines)


def row(path: str, method: str, operation: dict) -> str:
    """One route."""
    rule = RULES.get(operation["operationId"])
    roles = "".join(letter for role, letter in LETTERS.items() if role in rule.roles) if rule else "all"
    key = "yes" if rule and rule.moves_money else ""
    does = " ".join(operation["summary"].split()).replace("|", "\\|")
    return f"| `{method.upper()} {path}` | {roles} | {key} | {does} |"


def text(page: str, app: Flask) -> str:
    """The page with the table of these routes."""
    head, _, rest = page.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{table(app)}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    """Write the page."""
    with TemporaryDirectory() as folder, Service(Settings(Path(folder), log="memory:")) as service:
        page = PAGE.read_text(encoding="utf-8")
        if not re.search(re.escape(BEGIN), page):
            sys.exit(f"{PAGE.name} does not say where the routes begin")
        PAGE.write_text(text(page, create_app(service)), encoding="utf-8")


if __name__ == "__main__":
    main()
