"""The commands `vouchers audit sample`: commit to a sample, reveal its nonce, draw it; or draw one from a bundle."""

import csv
import os
import secrets
from pathlib import Path
from typing import Any, Final

import click

from service.audit.drawn import draw_known, revealing, salted, sample_known, samples_known
from service.audit.suite.logs import log_of
from service.audit.suite.populations import POPULATIONS, Sample, draw
from service.cli.audit.opening import opened
from service.cli.audit.testing import OutputNotWritable, progress
from service.cli.output import Output, money, pairs, table
from service.cli.session import Session, acting, data_option, json_option, looking
from service.cli.values import DAY, NUMBER, PROGRAMME_CODE
from vouchers import application
from vouchers.application.drawing import CommitDraw
from vouchers.draw.decisions import METHODS, commitment_of, nonce_bytes, seed_of
from vouchers.draw.events import Committed

SHOWN: Final = 50
_PATH: Final = click.Path(path_type=Path)
_FILE: Final = click.Path(dir_okay=False, path_type=Path)
_COLUMNS: Final = ("name", "seq", "amount", "stratum", "why", "place", "stands_for")


@click.group()
def sample() -> None:
    """Samples whose seed neither side can choose: committed, fixed by the log, revealed, drawn again by anybody."""


def _what(command: Any) -> Any:
    """The options that say what is drawn."""
    for option in reversed(
        (
            click.option("--population", type=click.Choice(list(POPULATIONS)), default="payments", show_default=True),
            click.option("--method", type=click.Choice(METHODS), default="mus", show_default=True, help="How."),
            click.option("--n", "items", type=click.IntRange(1, 10_000), required=True, metavar="N", help="How many."),
            click.option("--strata", default="", metavar="COLUMN", help="What splits a stratified sample."),
            click.option("--programme", type=PROGRAMME_CODE, default="", metavar="CODE", help="Of one programme only."),
            click.option("--from", "first", type=DAY, default="", metavar="DAY", help="From this day on."),
            click.option("--until", "last", type=DAY, default="", metavar="DAY", help="Up to and on this day."),
        )
    ):
        command = option(command)
    return command


@sample.command()
@acting("regulator")
@click.argument("name", type=NUMBER)
@_what
@click.option("--nonce-file", type=_FILE, metavar="FILE", help="Where the secret nonce goes (default: NAME.nonce).")
def commit(session: Session, name: str, nonce_file: Path | None, **asked: Any) -> None:
    """Commit to the sample NAME: a nonce is made and kept in a file, and its SHA-256 goes into the log."""
    path = nonce_file or Path(f"{name}.nonce")
    nonce = _kept(path)
    command = salted(CommitDraw(draw_id=name, commitment=commitment_of(nonce), salt="", **_fields(asked)))
    outcome = session.execute(application.commit_draw, command)
    facts = {**outcome.answer, "nonce_file": str(path), "position": outcome.position}
    session.out.answer(
        facts,
        pairs("Committed", [*facts.items()]),
        f"Keep the nonce secret. Once a signed checkpoint covers this: vouchers audit sample reveal {name}",
    )


@sample.command()
@acting("regulator")
@click.argument("name", type=NUMBER)
@click.option("--nonce-file", type=_FILE, metavar="FILE", help="Where the nonce is (default: NAME.nonce).")
def reveal(session: Session, name: str, nonce_file: Path | None) -> None:
    """Reveal the nonce of the sample NAME, once a signed checkpoint covers its commitment."""
    nonce = _read(nonce_file or Path(f"{name}.nonce"))
    session.tell(application.reveal_draw, revealing(session.service, name, nonce), "Revealed")


@sample.command("list")
@looking
def list_samples(session: Session) -> None:
    """Every sample that was committed to, and whether its nonce was revealed."""
    known = samples_known(session.service)
    rows = [(each.draw_id, each.seq, *_told(each.committed), "yes" if each.revealed else "not yet") for each in known]
    columns = ["sample", "entry#", "of", "method", "items#", "split by", "revealed"]
    shown = table("Samples", columns, rows) if rows else "No sample was committed to."
    session.out.answer([each.as_data() for each in known], shown)


@sample.command("draw")
@looking
@click.argument("name", type=NUMBER)
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="Every item as CSV.")
def draw_sample(session: Session, name: str, output: Path | None) -> None:
    """Draw the revealed sample NAME again, from what the log held before the commitment."""
    known = sample_known(session.service, name)
    with progress(session.out) as told:
        found = draw_known(session.service, known, lambda done: told("reading", done))
    _show(session.out, name, known.committed, found, output)


@sample.command()
@data_option
@json_option
@click.argument("log", required=False, type=_PATH, metavar="[LOG]")
@_what
@click.option("--nonce", default="", metavar="HEX", help="32 bytes in hexadecimal digits (default: random ones).")
@click.option("--size", type=click.IntRange(1), metavar="N", help="From the first so many entries.")
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="Every item as CSV.")
def take(
    data: str, as_json: bool, log: Path | None, nonce: str, size: int | None, output: Path | None, **asked: Any
) -> None:
    """Draw a sample at once, from a bundle or the data folder: the seed is of the root and your nonce.

    Nothing is put on record, so that it shows others only that you drew it, not that you did not choose.
    """
    out, nonce = Output(as_json=as_json), nonce or secrets.token_hex(32)
    committed = Committed(commitment=commitment_of(nonce), salt="", **_fields(asked))
    with opened(data, log) as source, progress(out) as told:
        read = log_of(source, size)
        seed = seed_of(bytes.fromhex(read.root()), nonce_bytes(nonce))
        found = draw(committed, seed, read, lambda done: told("reading", done))
    _show(out, f"{read.size:,} entries, nonce {nonce}", committed, found, output)


@sample.command()
@json_option
def populations(as_json: bool) -> None:
    """What samples are drawn from, and what may split them."""
    rows = [(name, each.text, ", ".join(each.strata)) for name, each in POPULATIONS.items()]
    data = [{"population": name, "text": text, "strata": strata.split(", ")} for name, text, strata in rows]
    Output(as_json=as_json).answer(data, table("Populations", ["population", "text", "split by"], rows))


def _fields(asked: dict[str, Any]) -> dict[str, Any]:
    names = {"first": "from_on", "last": "until_on"}
    return {names.get(name, name): value or "" if name != "items" else value for name, value in asked.items()}


def _told(committed: Committed) -> tuple[str, str, int, str]:
    return committed.population, committed.method, committed.items, committed.strata


def _kept(path: Path) -> str:
    """The nonce of a file, made now where there is none, for its owner alone."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    except OSError as fault:
        raise OutputNotWritable(f"{path}: {fault.strerror}.", pointer="/nonce_file") from fault
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
    return _read(path)


def _read(path: Path) -> str:
    nonce = path.read_text(encoding="ascii").strip()
    nonce_bytes(nonce)
    return nonce


def _show(out: Output, title: str, committed: Committed, found: Sample, output: Path | None) -> None:
    rows = [
        (each.item.key, each.item.seq, each.item.amount, each.item.stratum, each.why, each.place, each.stands_for)
        for each in found.drawn
    ]
    if output is not None:
        with output.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([_COLUMNS, *rows])
    data = {
        "population": found.population,
        "amount": found.amount,
        "currency": found.currency,
        "method": committed.method,
        "items": [dict(zip(_COLUMNS, row, strict=True)) for row in rows],
    }
    head = pairs(
        f"Sample {title}",
        [
            ("drawn", f"{len(rows):,} of {found.population:,} {committed.population}"),
            ("of together", money(found.amount, found.currency) if found.amount else ""),
        ],
    )
    shown = [(key, seq, money(amount, found.currency), stratum, why) for key, seq, amount, stratum, why, *_ in rows]
    out.answer(data, head, table("", ["item", "entry#", "amount#", "stratum", "why"], shown[:SHOWN]))
    if len(rows) > SHOWN:
        out.note(f"Shown are {SHOWN} of {len(rows):,}; --output has all.")
