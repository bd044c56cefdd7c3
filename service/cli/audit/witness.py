"""The commands `vouchers audit witness`: what an audit office runs, without an installation of the service."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from service.audit.signing import Signer
from service.audit.witness.folder import open_keys, set_up, vkeys
from service.audit.witness.mirror import Mirror, MirrorDiffers
from service.audit.witness.sources import source_of
from service.audit.witness.store import Evidence, Store, View
from service.audit.witness.witness import origin_of
from service.cli.output import Output, pairs, table
from service.cli.problems import DIFFERENT, tell_refusal
from service.cli.session import json_option
from vouchers.audit import to_base64
from vouchers.days import instant_of
from vouchers.refusals import Malformed

HIGHEST_PORT: Final = 65_535
_folder: Final = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default="witness-data",
    show_default=True,
    help="Folder of the witness, with its keys and its memory.",
)


class ListenMalformed(Malformed):
    """An address to listen on is written HOST:PORT."""

    remedy = "Write it such as 127.0.0.1:7380 or [::1]:7380."


class OriginNeeded(Malformed):
    """It is not clear which log is meant."""

    remedy = "Name one that is witnessed here with --origin."


@click.group()
def witness() -> None:
    """Cosign a log from outside, so that nobody can rewrite it unseen; for an audit office."""


@witness.command()
@click.argument("name")
@_folder
@json_option
def setup(name: str, data: Path, as_json: bool) -> None:
    """Make the folder and the keys of a witness NAME, and print its public keys; once more prints them again."""
    _tell_keys(set_up(data, name), as_json=as_json)


@witness.command()
@click.argument("vkey")
@click.option("--origin", help="The log's origin, where it differs from the name of the key.")
@click.option("--remove", is_flag=True, help="Trust the key no more; what was cosigned stays known.")
@_folder
@json_option
def trust(vkey: str, origin: str | None, remove: bool, data: Path, as_json: bool) -> None:
    """Let the log with this public key be witnessed; the key comes on paper, not by the way of the checkpoints."""
    open_keys(data)
    known = origin_of(vkey, origin)
    with Store(data) as store:
        if remove:
            store.distrust(known, vkey)
        else:
            store.trust(known, vkey)
        keys = store.keys(known)
    Output(as_json=as_json).answer({"origin": known, "keys": keys}, pairs(known, [("keys trusted", len(keys))]))


@witness.command()
@click.option("--listen", default="127.0.0.1:7380", show_default=True, metavar="HOST:PORT", help="Address.")
@_folder
def serve(listen: str, data: Path) -> None:
    """Answer logs that ask for cosignatures, until it is told to stop (Ctrl-C or SIGTERM)."""
    from service.audit.witness.serving import serve as run_server  # noqa: PLC0415 - loads the web server

    host, _, port = listen.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port[:6]) <= HIGHEST_PORT:
        raise ListenMalformed(pointer="/listen")
    begun = f"Witnessing in {data} on http://{listen} (Ctrl-C stops)"
    run_server(data, host.strip("[]"), int(port), lambda: click.echo(begun, file=sys.stderr))


@witness.command()
@_folder
@json_option
def show(data: Path, as_json: bool) -> None:
    """The public keys of the witness, and what it cosigned last of each log."""
    signers = open_keys(data)
    with Store(data) as store:
        views = [(each, len(store.keys(each.origin))) for each in store.views()]
    logs = [
        {"origin": view.origin, "size": view.size, "root": to_base64(view.root), "at": _when(view.at), "keys": keys}
        for view, keys in views
    ]
    rows = [tuple(map(str, log.values())) for log in logs]
    facts = {"keys": vkeys(signers), "logs": logs}
    out = Output(as_json=as_json)
    if not as_json:
        out.plain(None, *vkeys(signers))
    out.answer(facts, table("Logs", ["origin", "size#", "root", "cosigned at", "keys#"], rows))


@witness.command()
@click.option("--output", type=click.Path(path_type=Path), metavar="DIR", help="Write each as files too.")
@_folder
@json_option
@click.pass_context
def evidence(ctx: click.Context, output: Path | None, data: Path, as_json: bool) -> None:
    """What logs signed that contradicts what was cosigned; exit code 4 where there is any."""
    open_keys(data)
    found: list[dict[str, Any]] = []
    with Store(data) as store:
        for each in store.evidence():
            found.append({"number": each.number, "origin": each.origin, "at": _when(each.at), "reason": each.reason})
            if output:
                _write(output, each)
    rows = [tuple(map(str, each.values())) for each in found]
    title = "Checkpoints that contradict what was cosigned" if found else "Nothing contradicts what was cosigned"
    Output(as_json=as_json).answer({"evidence": found}, table(title, ["number", "origin", "at", "reason"], rows))
    if found:
        ctx.exit(DIFFERENT)


@witness.command()
@click.argument("source", metavar="SOURCE")
@click.option("--origin", help="Origin of the log (default: the only one that is witnessed).")
@click.option("--token-file", type=click.Path(path_type=Path, exists=True), help="File with the credential to read it.")
@_folder
@json_option
@click.pass_context
def mirror(
    ctx: click.Context, source: str, origin: str | None, token_file: Path | None, data: Path, as_json: bool
) -> None:
    """Copy a log whole: its address, such as https://HOST/log, or a folder with its tiles; again takes what is new.

    Every entry is held against the checkpoint that was cosigned last; `serve` hands the copy out.
    """
    open_keys(data)
    out = Output(as_json=as_json)
    credential = token_file.read_text(encoding="utf-8").strip() if token_file else ""
    with Store(data) as store:
        view = _view_of(store, origin)
    mirrored = Mirror(data, view, source_of(source, credential))
    try:
        with counted(out, view.origin, view.size) as told:
            found = mirrored.follow(told)
    except MirrorDiffers as refused:
        tell_refusal(refused, as_json=as_json)
        ctx.exit(DIFFERENT)
    rows = [("entries", f"{found.size:,}"), ("new", f"{found.size - found.before:,}"), ("redacted", found.redacted)]
    out.answer({"origin": view.origin, **found._asdict()}, pairs(f"Mirrored in {mirrored.folder}", rows))


def _view_of(store: Store, origin: str | None) -> View:
    """What was cosigned last of a log, or of the only one there is."""
    views = [view for view in store.views() if origin in (None, view.origin)]
    if len(views) != 1:
        known = ", ".join(view.origin for view in store.views()) or "none"
        raise OriginNeeded(f"Witnessed here: {known}.", pointer="/origin")
    return views[0]


@contextmanager
def counted(out: Output, title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar that shows how many of so many entries are done, for a person who watches."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=out.messages, transient=True, disable=not out.shows_progress) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)


def _write(folder: Path, each: Evidence) -> None:
    """Both sides of a contradiction, byte by byte."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{each.number:04}.submission").write_bytes(each.submission)
    (folder / f"{each.number:04}.cosigned").write_bytes(each.note)


def _tell_keys(signers: list[Signer], *, as_json: bool) -> None:
    keys = vkeys(signers)
    Output(as_json=as_json).plain({"name": signers[0].key.name, "keys": keys}, *keys)


def _when(seconds: int) -> str:
    """An instant as people read it; nothing has none."""
    return instant_of(seconds * 1_000_000) if seconds else ""
