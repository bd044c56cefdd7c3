"""The command `vouchers audit whatif`: the real history under another policy, without a provider, on other facts."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

from service.audit.whatif.asking import ProgrammeNotHere, what_if
from service.audit.whatif.changes import AnyChange, OtherFact, OtherValues, Suspended
from service.audit.whatif.page import COUNTS, page, writer
from service.audit.whatif.reading import from_file, other_policy, put_of, since_of
from service.audit.whatif.telling import write_tables
from service.cli.output import Output, pairs, table
from service.cli.problems import DIFFERENT
from service.cli.session import Session, looking
from service.cli.values import CREDIT_CODE, DAY, ENTERPRISE, EXISTING_FILE, PROGRAMME_CODE, registry_fact_of
from vouchers.kinds import PROGRAMME

SHOWN = 15  # rows of a list on the screen


@click.command()
@looking
@click.option("--changes", type=EXISTING_FILE, metavar="FILE", help="What is otherwise, as a TOML file.")
@click.option("--policy", type=EXISTING_FILE, metavar="FILE", help="A policy in the place of its programme's own.")
@click.option("--set", "puts", multiple=True, metavar="PLACE=VALUE", help="A value of the policy; a star is any name.")
@click.option("--of", "code", type=PROGRAMME_CODE, help="Programme whose policy is otherwise, where there are several.")
@click.option("--suspend", "providers", multiple=True, type=CREDIT_CODE, help="A provider that is suspended.")
@click.option("--effect", type=click.Choice(("finish", "freeze")), default="freeze", help="On its open orders.")
@click.option("--until", type=DAY, default="", metavar="DAY", help="First day without the suspension.")
@click.option("--fact", "facts", multiple=True, type=(ENTERPRISE, str), metavar="CODE NAME=VALUE", help="A fact.")
@click.option("--since", type=DAY, default="", metavar="DAY", help="From which day on it is otherwise.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Folder for the report.")
@click.pass_context
def whatif(ctx: click.Context, /, session: Session, changes: Path | None, out: Path | None, **typed: Any) -> None:
    """Play the history again with something otherwise, and say who would have got what; nothing is written to the log.

    With nothing otherwise, it says whether the log's own commands write the same log (exit code 4 where not).
    """
    title, asked = from_file(changes) if changes else ("", [])
    asked += _typed(session, **typed)
    with _progress(session.out) as told:
        answer = what_if(session.service.ledger, session.service.seed, asked, told)
    title = title or "; ".join(answer["changes"]) or "The history played again"
    files = _write(answer, f"What if: {title}", out) if out else []
    session.out.answer(answer, *_parts(answer, title, files))
    if not asked and _lost(answer):
        ctx.exit(DIFFERENT)


def _typed(
    session: Session,
    *,
    policy: Path | None,
    puts: tuple[str, ...],
    code: str | None,
    providers: tuple[str, ...],
    effect: str,
    until: str,
    facts: tuple[tuple[str, str], ...],
    since: str,
) -> Iterator[AnyChange]:
    """The changes that options ask for."""
    if policy is not None:
        yield other_policy(policy, since_of(since), code or "")
    if puts:
        yield OtherValues(_programme(session, code), since_of(since), tuple(put_of(each) for each in puts))
    for provider in providers:
        yield Suspended(provider, since_of(since), effect, until)
    for enterprise, fact in facts:
        yield OtherFact(enterprise, *registry_fact_of(fact), since_of(since))


def _programme(session: Session, code: str | None) -> str:
    ledger = session.service.ledger
    known = [name.partition("/")[2] for name in ledger.names(PROGRAMME.stream(""))]
    if code or len(known) == 1:
        return code or known[0]
    remedy = f"Say which: --of {' or --of '.join(known)}." if known else "There is none yet."
    raise ProgrammeNotHere("It is not clear whose policy is meant.", pointer="/of", remedy=remedy)


def _lost(answer: dict[str, Any]) -> bool:
    """Whether something besides notes had to be carried over."""
    return bool(answer["unexplained"])


@contextmanager
def _progress(out: Output) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Bar(*columns, console=out.messages, transient=True, disable=not out.shows_progress) as bar:
        task = bar.add_task("Playing the history", total=None)
        yield lambda done, size: bar.update(task, total=size, completed=done)


def _write(answer: dict[str, Any], title: str, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    html, data = folder / "report.html", folder / "report.json"
    html.write_text(page(answer, title), encoding="utf-8")
    data.write_text(json.dumps(answer, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [html, data, *write_tables(answer, folder)]


def _parts(answer: dict[str, Any], title: str, files: list[Path]) -> Iterator[Any]:
    direct = [each for each in answer["refused"] if not each["consequence"]]
    yield pairs(
        title,
        [
            ("log", f"{answer['size']:,} entries, root {answer['root']}"),
            ("decisions", f"{answer['decisions']:,}, of which {answer['reproduced']:,} write the same entries again"),
            ("carried over", "; ".join(f"{n:,} {topics}" for topics, n in answer["carried_over"].items()) or "none"),
            ("decided anew", f"{answer['decisions'] - answer['as_in_the_history']:,}"),
            ("refused now", f"{len(direct):,}, and {len(answer['refused']) - len(direct):,} as a consequence"),
        ],
    )
    for each in answer["happened"]:
        if each["note"]:
            yield f"{each['on']} {each['what']}: {each['note']}"
    for each in answer["programmes"]:
        yield _figures(each)
    yield from _lists(answer, direct)
    yield "\n".join(f"- {each}" for each in answer["limits"])
    if files:
        yield pairs("Written", [(path.name, path) for path in files])


def _figures(programme: dict[str, Any]) -> Any:
    write = writer(programme["currency"])
    rows = []
    for each in programme["figures"]:
        values = (each["history"], each["otherwise"], each["difference"])
        told = [f"{value:,}" if each["name"] in COUNTS else write(value) for value in values]
        rows.append((each["name"].replace("_", " "), *told))
    return table(programme["programme"], ["figure", "as it was#", "otherwise#", "difference#"], rows)


def _lists(answer: dict[str, Any], direct: list[dict[str, Any]]) -> Iterator[Any]:
    currencies = {each["programme"]: each["currency"] for each in answer["programmes"]}
    if direct:
        refused = [(each["seq"], each["on"], each["command"], each["about"], each["text"]) for each in direct[:SHOWN]]
        yield table("Refused now", ["entry#", "day", "command", "about", "what"], refused)
    for name, party in (("enterprises", "enterprise_id"), ("providers", "provider_id")):
        rows = sorted(answer[name], key=lambda row: row["difference_paid"])[:SHOWN]
        if rows:
            shown = [
                (row[party], *(writer(currencies[row["programme"]])(row[column]) for column in _COLUMNS))
                for row in rows
            ]
            columns = [name, "paid as it was#", "otherwise#", "difference#"]
            yield table(f"{len(answer[name]):,} {name}, the largest loss first", columns, shown)


_COLUMNS = ("history_paid", "otherwise_paid", "difference_paid")
