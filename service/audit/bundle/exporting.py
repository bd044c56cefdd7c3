"""A bundle made: one pass over the log writes its lines and all tables, then comes what proves them.

It is written beside its place and moved there when it is whole, so that nobody takes a half one for a bundle.
"""

import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from service.audit.anchors import NOTES, STAMPS, Anchors, folder_of
from service.audit.bundle.checking import Trust, check_against
from service.audit.bundle.descriptor import describe, digest_of
from service.audit.bundle.disclosures import as_lines, disclosed
from service.audit.bundle.engine import engine, sealed
from service.audit.bundle.leaflet import Facts, as_html, as_text
from service.audit.bundle.verify import Findings
from service.audit.bundle.writing import CsvWriter, ParquetWriter, SqliteWriter, Writer, XlsxWriter
from service.audit.checkpoints import Signed
from service.audit.replaying.parts import Replayed, replay
from service.audit.replaying.telling import write_findings
from service.audit.suite.views import add_replayed
from service.audit.tables import TABLES, definitions
from service.audit.tables.deriving import Deriver
from service.audit.tiles import read_tile
from service.audit.vault import Kept
from service.wiring import Service, Who
from vouchers import application
from vouchers.audit import Note, to_base64
from vouchers.audit.tiles import ENTRIES, tiles_of
from vouchers.bundle.decisions import RecordExport
from vouchers.kinds import ANCHOR
from vouchers.ledger.recorder import PAGE
from vouchers.refusals import Conflict, Refused
from vouchers.wire import line_of, parse

MANIFEST: Final = "MANIFEST.sha256"
MANIFEST_NOTE: Final = "manifest.note"
MANIFEST_HEAD: Final = "vouchers bundle v1"  # No number, so that the note can never be read as a checkpoint.
VERIFIER: Final = Path(__file__).with_name("verify.py")
_ADOPTED: Final = "programme.PolicyAdopted"

Told = Callable[[str, int, int], object]


class BundleExists(Conflict):
    """There is something at this place already, and a bundle overwrites nothing."""

    remedy = "Name another folder or file."


class NothingToExport(Refused):
    """The log has no entries yet."""

    remedy = "Export it when something has happened."


class Wanted(NamedTuple):
    """What is asked for: the place, the formats beside CSV, for whom and what for.

    `disclose` names values about subjects, handed out on the legal basis `basis`; `replayed` asks for every decision
    again, by so many `processes` (as many as help).
    """

    target: Path
    formats: tuple[str, ...]
    purpose: str
    recipient: str
    disclose: tuple[tuple[str, str], ...] = ()
    basis: str = ""
    replayed: bool = False
    processes: int | None = None


class Made(NamedTuple):
    """A bundle that was made: over which checkpoint, its manifest, files and rows, and whether it is sound itself.

    `disclosed` counts the values that it discloses; `transcript` is that of the decisions, if they were asked for.
    """

    signed: Signed
    manifest_sha256: str
    files: int
    rows: int
    found: Findings
    position: int
    disclosed: int = 0
    transcript: str = ""


def export_bundle(service: Service, wanted: Wanted, who: Who, told: Told = lambda *_: None) -> Made:
    """Sign the log as it is now, have it cosigned, write a bundle of it, and record that in the log.

    Raises BundleExists, NothingToExport, FormatUnavailable, and what `disclosed` does.
    """
    if wanted.target.exists():
        raise BundleExists(pointer="/target")
    values = disclosed(service, wanted.disclose, wanted.basis)
    signed = _sign(service)
    if signed is None or not signed.checkpoint.size:
        raise NothingToExport
    wanted.target.resolve().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wanted.target.resolve().parent, prefix=".bundle-") as beside:
        folder = Path(beside) / "bundle"
        folder.mkdir()
        span = _write_log(service, signed.checkpoint.size, folder, wanted.formats, told)
        _write_proofs(service, signed, folder, told)
        replayed = _write_replay(folder, wanted.processes, told) if wanted.replayed else None
        _write_words(service, signed, folder, wanted, span, values)
        manifest = _seal(service, signed, folder, span.last)
        files = sum(path.is_file() for path in folder.rglob("*"))
        found = _look(service, folder, told, signed.checkpoint.size)
        _move(folder, wanted.target, Path(beside))
    outcome = service.execute(application.record_export, _command(signed, manifest, wanted, values), who)
    transcript = replayed.transcript if replayed else ""
    return Made(signed, manifest, files, span.rows, found, outcome.position, len(values), transcript)


def _sign(service: Service) -> Signed | None:
    """The checkpoint of the log as it is now; every witness of the settings that answers cosigned it."""
    if service.settings.witness:
        # A trust file asks for their signatures; by now another process may have signed again, without them.
        if size := Anchors(service).turn(now=True).size:
            return service.checkpoints.at(size)
    else:
        service.checkpoints.sign_if_grown()
    return service.checkpoints.latest()


def _look(service: Service, folder: Path, told: Told, size: int) -> Findings:
    """What its own checker says of a bundle: a store that somebody edited shows here, and is handed out as it is."""
    told("check", size, size)
    keys = "".join(f"log {key.vkey}\n" for key in service.checkpoints.keys.public)
    return check_against(Trust(f"{keys}quorum none\n"), str(folder))


class Span(NamedTuple):
    """What the pass over the log saw: when the first and last entries were recorded, and the rows it made."""

    first: str
    last: str
    rows: int


def _write_log(service: Service, size: int, folder: Path, formats: tuple[str, ...], told: Told) -> Span:
    """The lines of the log, the policies and the tables, in one pass."""
    deriver, first, last, rows = Deriver(TABLES), "", "", 0
    (folder / "policy").mkdir()
    with ExitStack() as held:
        lines = held.enter_context((folder / "events.jsonl").open("wb"))
        writers: list[Writer] = []
        for writer in _writers(folder, formats):
            held.callback(writer.close)
            writers.append(writer)
        for number, stored in enumerate(_entries(service, size)):
            lines.write(line_of(stored) + b"\n")
            entry = parse(stored)
            first, last = first or entry["rec"], entry["rec"]
            if entry["type"] == _ADOPTED:
                _write_policy(folder / "policy", entry["data"])
            for index, row in deriver.rows(entry):
                rows += 1
                for writer in writers:
                    writer.add(index, row)
            if number % PAGE == 0:
                told("log", number, size)
        told("tables", size, size)
    return Span(first, last, rows)


def _write_policy(folder: Path, adopted: dict[str, Any]) -> None:
    """The adopted document, in the bytes that its digest is of."""
    (folder / f"{adopted['digest']}.json").write_bytes(adopted["document"].encode())


def _entries(service: Service, size: int) -> Iterator[bytes]:
    for start in range(0, size, PAGE):
        for row in service.ledger.rows(start, min(start + PAGE, size)):
            yield row.entry


def _writers(folder: Path, formats: tuple[str, ...]) -> Iterator[Writer]:
    yield CsvWriter(folder / "tables", TABLES)
    if "sqlite" in formats:
        yield SqliteWriter(folder / "audit.sqlite", TABLES)
    if "parquet" in formats:
        yield ParquetWriter(folder / "tables", TABLES)
    if "xlsx" in formats:
        yield XlsxWriter(folder / "summary.xlsx", TABLES)


def _write_proofs(service: Service, signed: Signed, folder: Path, told: Told) -> None:
    """The checkpoint, earlier ones, the tiles, and what outsiders said."""
    (folder / "checkpoint").write_bytes(signed.note.content)
    daily = {each.signed_at[:10]: each for each in service.checkpoints.each(signed.checkpoint.size - 1)}
    notes = [json.dumps({"signed_at": each.signed_at, "note": each.note.content.decode()}) for each in daily.values()]
    (folder / "checkpoints.jsonl").write_text("".join(f"{note}\n" for note in notes), encoding="utf-8")
    for tile in tiles_of(signed.checkpoint.size):
        if tile.level != ENTRIES:
            path = folder / "tile" / tile.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(read_tile(service.ledger, tile))
            told("tree", min(tile.needs, signed.checkpoint.size), signed.checkpoint.size)
    kept = folder_of(service)
    for entry in service.ledger.history(ANCHOR.stream("log")):
        if entry.seq < signed.checkpoint.size:
            _copy(kept / NOTES / f"{entry.data.note_sha256}.note", folder / "anchors")
            _copy(kept / STAMPS / f"{entry.data.tsr_sha256}.tsr", folder / "tsa")


def _write_replay(folder: Path, processes: int | None, told: Told) -> Replayed:
    """Every decision decided again: a line for each entry, what came out otherwise, and T20 to T22 as views."""
    place = folder / "replay"
    place.mkdir()
    with (place / "decisions.csv").open("wb") as output:
        said = partial(told, "decisions")
        found = replay(str(folder), processes=processes, output=output, told=said)
    write_findings(found, place / "findings.csv")
    if (folder / "audit.sqlite").exists():
        with closing(sqlite3.connect(folder / "audit.sqlite")) as database, database:
            add_replayed(database, ((each.level, each.seq, each.sentence) for each in found.findings))
    (place / "transcript.sha256").write_text(f"{found.transcript}  decisions.csv\n", encoding="ascii")
    return found


def _copy(path: Path, folder: Path) -> None:
    """Copy a file that is kept; one that was lost is no reason to have no bundle."""
    if path.is_file():
        folder.mkdir(exist_ok=True)
        shutil.copyfile(path, folder / path.name)


def _write_words(
    service: Service, signed: Signed, folder: Path, wanted: Wanted, span: Span, values: Sequence[Kept]
) -> None:
    """What is disclosed, how the tables are made, the programs that check and decide again, and the leaflet."""
    if values:
        (folder / "disclosures.jsonl").write_text(as_lines(values, wanted.basis), encoding="utf-8")
    deciding = engine()
    (folder / "engine").mkdir()
    (folder / deciding.path).write_bytes(deciding.content)
    plan = json.dumps(definitions(), ensure_ascii=False, indent=1)
    (folder / "tables" / "definitions.json").write_text(plan + "\n", encoding="utf-8")
    shutil.copyfile(VERIFIER, folder / "verify.py")
    root, made = to_base64(signed.checkpoint.root), service.today()
    facts = Facts(
        signed.checkpoint.origin, signed.checkpoint.size, root, span.first, span.last, wanted.purpose,
        wanted.recipient, made, ", ".join(("CSV", *wanted.formats)), digest_of(VERIFIER),
        deciding.path, " ".join(deciding.libraries), _told(values, wanted.basis),
    )  # fmt: skip
    (folder / "README.txt").write_text(as_text(facts), encoding="utf-8")
    (folder / "README.html").write_text(as_html(facts), encoding="utf-8")


def _told(values: Sequence[Kept], basis: str) -> str:
    """What a reader is told of disclosures."""
    if not values:
        return "Nothing that is kept about people outside the log is disclosed here."
    subjects = len({each.subject for each in values})
    about = "1 subject" if subjects == 1 else f"{subjects} subjects"
    return f"disclosures.jsonl discloses values about {about} ({len(values)} in all). Legal basis: {basis}."


def _seal(service: Service, signed: Signed, folder: Path, created: str) -> str:
    """The descriptor, the manifest and its signature; the digest of the manifest."""
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    digests = {path: digest_of(folder / path) for path in paths}
    size = signed.checkpoint.size
    title = f"Audit bundle of {signed.checkpoint.origin}, {size:,} entries"
    described = describe(folder, name=f"vouchers-{size}", title=title, created=created, digests=digests)
    (folder / "datapackage.json").write_bytes(described)
    digests["datapackage.json"] = digest_of(folder / "datapackage.json")
    manifest = "".join(f"{digests[path]}  {path}\n" for path in sorted(digests))
    (folder / MANIFEST).write_text(manifest, encoding="utf-8")
    digest = digest_of(folder / MANIFEST)
    text = manifest_text(signed, digest)
    (folder / MANIFEST_NOTE).write_bytes(Note(text, (service.checkpoints.keys.current.sign(text),)).content)
    return digest


def manifest_text(signed: Signed, digest: str) -> str:
    """What the log's key signs of a manifest: the log, the form, size and root of the checkpoint, and the digest."""
    origin, size, root, *_ = signed.checkpoint
    return f"{origin}\n{MANIFEST_HEAD}\n{size}\n{to_base64(root)}\n{digest}\n"


def _move(folder: Path, target: Path, beside: Path) -> None:
    """Put what is whole in its place: a folder, or a ZIP where the name asks for one."""
    if target.suffix != ".zip":
        folder.rename(target)
        return
    packed = beside / "bundle.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                member = sealed(path.relative_to(folder).as_posix(), zipfile.ZIP_DEFLATED)
                with path.open("rb") as source, archive.open(member, "w", force_zip64=True) as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
    os.link(packed, target)  # Fails where somebody put something there meanwhile.


def _command(signed: Signed, manifest: str, wanted: Wanted, values: Sequence[Kept]) -> RecordExport:
    origin, size, root, *_ = signed.checkpoint
    formats = tuple(sorted({"csv", *wanted.formats}))
    words, seqs = (wanted.purpose, wanted.recipient), tuple(each.seq for each in values)
    return RecordExport(origin, size, root.hex(), manifest, formats, *words, seqs, wanted.basis)
