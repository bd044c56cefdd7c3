"""The commands about what the log signs: its checkpoints, its key, proofs of entries, and notes checked offline."""

from pathlib import Path
from typing import Final

import click

from service.audit.checkpoints import NoCheckpoint, Signed
from service.audit.rotating import reopen_log, rotate_key
from service.audit.settings import check_origin
from service.audit.signing import NoteSignatureInvalid
from service.audit.trust import (
    Checked,
    LogNotTrusted,
    QuorumMissing,
    check_note,
    check_proof,
    instant_told,
    load_policy,
    proposed_policy,
)
from service.cli.output import Output, pairs
from service.cli.problems import DIFFERENT, tell_refusal
from service.cli.session import Session, acting, json_option, looking
from service.settings import write_once
from vouchers import wire
from vouchers.audit import TlogProof, to_base64
from vouchers.audit.proofs import HEAD, LARGEST_PROOF
from vouchers.logkey.decisions import OCCASIONS
from vouchers.merkle import ProofRefused, leaf_hash
from vouchers.refusals import Conflict, Malformed

LARGEST_ENTRY: Final = 65_535  # bytes
_FILE: Final = click.Path(dir_okay=False, path_type=Path)


class ProofExists(Conflict):
    """There is a file of this name already, and a proof overwrites nothing."""

    remedy = "Name another file."


class EntryMissing(Malformed):
    """A proof is about the bytes of one entry, and they are not in the proof."""

    remedy = "Name the file with the entry: --entry FILE."


@click.command()
@looking
@click.option("--look", is_flag=True, help="Show the newest one, and sign nothing.")
def checkpoint(session: Session, look: bool) -> None:
    """Sign the log as it is now, unless that was done, and print its newest checkpoint."""
    checkpoints = session.service.checkpoints
    signed = None if look else checkpoints.sign_if_grown()
    signed = signed or checkpoints.latest()
    if signed is None:
        raise NoCheckpoint("Nothing was signed yet.", remedy="Leave out --look.")
    session.out.plain(_told(signed), signed.note.content.decode().removesuffix("\n"))


@click.command()
@looking
def trust(session: Session) -> None:
    """Print the trust file of this log: its key and its witnesses, to be handed over on paper or by a person."""
    service = session.service
    text = proposed_policy(service.checkpoints.keys.public, [witness.keys for witness in service.settings.witness])
    session.out.plain({"origin": service.checkpoints.origin, "policy": text}, text.removesuffix("\n"))


@click.command()
@acting("system", "officer")
@click.option("--occasion", type=click.Choice(OCCASIONS), default=OCCASIONS[0], show_default=True, help="Why.")
def rotate(session: Session, occasion: str) -> None:
    """Let the log be signed with a new key; both keys say so in the log. Every trust file has to be changed."""
    signed = rotate_key(session.service, occasion, session.who, session.on)
    vkey = session.service.checkpoints.keys.current.vkey
    facts = {"vkey": vkey, "occasion": occasion, **_told(signed)}
    shown = [("key", vkey), ("signs from", f"{signed.checkpoint.size:,} entries on")]
    session.out.answer(
        facts, pairs("The log has a new key", shown), "Next: hand out what `vouchers audit trust` prints."
    )


@click.command()
@acting("system", "officer")
@click.option("--origin", required=True, metavar="NAME", help="The name that the log has from now on.")
@click.option("--copy", is_flag=True, help="This is a copy of an installation, which goes on elsewhere.")
def reopen(session: Session, origin: str, copy: bool) -> None:
    """Let a log go on under another name, where entries that it had signed are lost for good. The log says so for ever.

    First look for a backup and for tiles: see `vouchers audit refill`. Witnesses and readers need the new key. A copy
    of an installation has its key, and must have another name before it signs.
    """
    check_origin(origin)
    signed = reopen_log(session.service, origin, session.who, session.on, copy=copy)
    facts = {"vkey": session.service.checkpoints.keys.current.vkey, **_told(signed)}
    shown = [("name", origin), ("key", facts["vkey"]), ("signs from", f"{signed.checkpoint.size:,} entries on")]
    session.out.answer(
        facts, pairs("The log has a new name", shown), "Next: hand out what `vouchers audit trust` prints."
    )


@click.command()
@looking
@click.argument("seq", type=click.IntRange(0))
@click.option("--output", type=_FILE, metavar="FILE", help="Where the proof goes (default: seqSEQ.tlog-proof).")
def proof(session: Session, seq: int, output: Path | None) -> None:
    """Write the proof that entry SEQ is in the log, and the entry beside it as FILE.json."""
    service, target = session.service, output or Path(f"seq{seq}.tlog-proof")
    leaf = service.ledger.tree.leaf(seq)
    [row] = service.ledger.rows(seq, seq + 1)
    signed = service.checkpoints.vouched(seq)
    path = service.ledger.tree.inclusion(seq, signed.checkpoint.size)
    entry = target.with_name(f"{target.name}.json")
    if target.exists() or entry.exists():
        raise ProofExists(pointer="/output")
    write_once(entry, wire.line_of(row.entry))
    write_once(target, TlogProof(seq, tuple(path), signed.note).content)
    facts = {"proof": str(target), "entry": str(entry), "leaf_hash": to_base64(leaf), **_told(signed)}
    shown = [("proof", target), ("entry", entry), ("checkpoint", f"{signed.checkpoint.size:,} entries")]
    session.out.answer(facts, pairs(f"Entry {seq:,} is in the log", shown))


@click.command()
@json_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--trust", "trusted", type=_FILE, required=True, metavar="FILE", help="Whose keys to believe.")
@click.option("--entry", type=_FILE, metavar="FILE", help="The entry that a proof is about.")
@click.pass_context
def note(ctx: click.Context, file: Path, as_json: bool, trusted: Path, entry: Path | None) -> None:
    """Check a checkpoint or a proof offline against a trust file (exit code 4 where it does not hold)."""
    policy = load_policy(trusted)
    content = _read(file, LARGEST_PROOF)
    try:
        if not content.startswith(f"{HEAD}\n".encode()):
            checked = check_note(content, policy)
        elif entry is None:
            raise EntryMissing(pointer="/entry")
        else:
            checked = check_proof(content, leaf_hash(_read(entry, LARGEST_ENTRY)), policy)
    except (NoteSignatureInvalid, LogNotTrusted, QuorumMissing, ProofRefused) as refused:
        tell_refusal(refused, as_json=as_json)
        ctx.exit(DIFFERENT)
    _tell(Output(as_json=as_json), checked, entry)


def _read(file: Path, largest: int) -> bytes:
    """A file, and one byte more than it may have where it is too large."""
    with file.open("rb") as source:
        return source.read(largest + 1)


def _tell(out: Output, checked: Checked, entry: Path | None) -> None:
    known = checked.checkpoint
    times = {name: instant_told(time) for name, time in checked.times.items()}
    facts = {"origin": known.origin, "size": known.size, "root": to_base64(known.root), "cosigned": times}
    cosigned = [(f"cosigned by {name}", time) for name, time in times.items()]
    shown = [("log", known.origin), ("entries", f"{known.size:,}"), ("root", to_base64(known.root)), *cosigned]
    out.answer(facts, pairs("The entry is in the log" if entry else "The note holds", shown))


def _told(signed: Signed) -> dict[str, object]:
    known = signed.checkpoint
    return {
        "origin": known.origin,
        "size": known.size,
        "root": to_base64(known.root),
        "signed_at": signed.signed_at,
        "note": signed.note.content.decode(),
    }
