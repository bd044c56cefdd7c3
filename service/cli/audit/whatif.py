"""The command `vouchers audit whatif`: the real history under another policy, without a provider, on other facts."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from service.audit.whatif.asking import read_log, what_if
from service.audit.whatif.page import COUNTS, page, writer
from service.audit.whatif.telling import write_tables
from service.cli.audit.changing import changes_of, otherwise, progress
from service.cli.audit.opening import opened
from service.cli.output import Output, pairs, table
from service.cli.problems import DIFFERENT
from service.cli.session import data_option, json_option
from service.settings import SEED, load_settings

SHOWN = 15  # rows of a list on the screen


@click.command()
@data_option
@json_option
@click.argument("log", required=False, metavar="[LOG]")
@otherwise
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Folder for the report.")
@click.pass_context
def whatif(ctx: click.Context, /, data: str, as_json: bool, log: str | None, out: Path | None, **typed: Any) -> None:
    """Play the history again with something otherwise, and say who would have got what; nothing is written to the log.

    LOG is a bundle, packed or not, or its events.jsonl; without it the log of the data folder is taken. With nothing
    otherwise, it says whether the log's own commands write the same log (exit code 4 where not).
    """
    output = Output(as_json=as_json)
    with opened(data, log) as source, progress(output) as told:
        read = read_log(source, None if log else _secret(data))
        title, asked = changes_of(read, **typed)
        answer = what_if(read, asked, told)
    title = title or "; ".join(answer["changes"]) or "The history played again"
    files = _write(answer, f"What if: {title}", out) if out else []
    output.answer(answer, *_parts(answer, title, files))
    if not asked and answer["unexplained"]:
        ctx.exit(DIFFERENT)


def _secret(data: str) -> bytes | None:
    """The secret that draws the samples of a data folder, where it is at hand."""
    path = load_settings(data, os.environ).data / SEED
    return path.read_bytes() if path.exists() else None


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
            ("decided anew or carried over", f"{answer['decisions'] - answer['as_in_the_history']:,}"),
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
                (
                    row[party],
                    row["programme"],
                    *(writer(currencies[row["programme"]])(row[column]) for column in _COLUMNS),
                )
                for row in rows
            ]
            columns = [name, "programme", "paid as it was#", "otherwise#", "difference#"]
            yield table(f"{len(answer[name]):,} {name}, the largest loss first", columns, shown)


_COLUMNS = ("history_paid", "otherwise_paid", "difference_paid")
