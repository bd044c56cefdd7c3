"""Writes docs/permissions.md from the table of roles: `python -m tests.service.permission_pages`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from service.app import create_app
from service.identity import ROLES
from service.permissions import OPEN, RULES
from service.reach import BY_QUERY, OF_SITES, WITHIN
from service.settings import Settings
from service.wiring import Service

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
NARROWING = {"order_id", "redemption_id", "voucher_id", "settlement_id", "programme"}
OF_ORDERS = {"order_id", "redemption_id"}
HEAD = """\
# Who may do what

Every request says who it comes from: by an API key (`vk_...`), by a token of this installation or of an OpenID
provider, or at a browser by the cookie of a session. All of them end in the same thing: a **role**, a **subject** (the
credit code of a firm, the reference of a person), and for some a **limit**: one site of a provider, or some programmes.

| role | does | never |
|---|---|---|
| enterprise | sees and uses what is its own, and what was of firms whose place it took | sees another firm's |
| provider | sees and claims its orders; with a site, those of the site only | sees the registry's facts of firms |
| officer | runs programmes, enterprises, providers; proposes and decides | approves what they proposed |
| reviewer | decides on redemptions that wait | decides twice on one, or with a tie to a party |
| finance | settles, records payments, collects debts | approves their own batch |
| regulator | reads everything; each read is put on record before it is answered | writes anything but its own samples |
| administrator | keeps keys, tokens, users; reads health and the record of reads | sees anything of a programme |

- A role that the table does not name for a route is answered 403 `role-not-allowed`; a route that is not in the table
  does not exist.
- What is somebody else's is answered 404, exactly like what is nobody's.
- Two people, and nobody with a tie: who approves is not who proposed, who decides has no conflict of interest. These
  rules are the programme's own (`vouchers/`), so that no interface can leave them out.
- A caller with a limit may use a route where the table says so, and there only for an order, voucher, settlement or
  programme within it: `s` for a site, `p` for programmes. Everything else is answered 403 `beyond-reach`.
- At a browser, whatever writes needs the session's token in the header `X-CSRF-Token`, from a page of this service.

This page is written by `python -m tests.service.permission_pages`, and a test walks it: every route with every role, by
key, token and session, and with nothing.

"""


def text(app: Flask) -> str:
    """The whole page."""
    head = f"| route | {' | '.join(ROLES)} | key | limits |"
    lines = [HEAD + head, "|---|" + ":-:|" * len(ROLES) + "---|---|"]
    rows = sorted(
        (rule.rule, method, rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    )
    for path, method, rule in rows:
        if allowed := RULES.get(rule.endpoint):
            marks = ["x" if role in allowed.roles else "" for role in ROLES]
            cells = [
                *marks,
                "yes" if allowed.moves_money else "",
                _limits(rule.endpoint, set(rule.arguments), allowed.roles),
            ]
            lines.append(f"| `{method} {_shown(path)}` | {' | '.join(cells)} |")
    lines += ["", "Open to everybody, without any key:", ""]
    lines += [f"- `{method} {_shown(path)}`" for path, method, rule in rows if rule.endpoint in OPEN]
    return "\n".join([*lines, ""])


def _limits(endpoint: str, gaps: set[str], roles: frozenset[str]) -> str:
    """Whether callers with a site (s) and callers with programmes (p) may use a route."""
    of_site = endpoint in WITHIN or endpoint in OF_SITES or gaps & OF_ORDERS
    named = gaps & NARROWING or endpoint in BY_QUERY or (endpoint.startswith("programmes.") and "code" in gaps)
    marks = ["s"] if of_site and "provider" in roles else []
    marks += ["p"] if (endpoint in WITHIN or named) and roles - {"administrator"} else []
    return " ".join(marks)


def _shown(path: str) -> str:
    return path.replace("<name:", "<").replace("<path:", "<").replace("<int:", "<")


def main() -> None:
    """Write the page."""
    with TemporaryDirectory() as folder, Service(Settings(Path(folder), log="memory:")) as service:
        PAGE.write_text(text(create_app(service)), encoding="utf-8")


if __name__ == "__main__":
    main()
