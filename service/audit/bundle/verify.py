#!/usr/bin/env python3
"""Checks an audit bundle of innovation vouchers, and names the first record that is wrong.

    python3 verify.py BUNDLE --trust trust.policy [--previous KEPT] [--tables] [--tree]
    python3 verify.py --receipt FILE.tlog-proof --entry FILE.json --trust trust.policy

BUNDLE is the folder or the ZIP. The trust file holds the public keys; it must have come to you another way than the
bundle, and so must this program: compare its SHA-256 with the one that you were told. It needs Python 3.8 or newer and
nothing else, writes nothing and asks no network. Exit code: 0 all is well, 1 something that the records say is wrong,
2 a proof fails (somebody changed the files, or the log), 3 it could not be run as asked.

`check_bundle` has the steps; what they need stands below it in the same order:

1. signatures   the log signed the checkpoint; as many witnesses cosigned it as the trust file asks for
2. manifest     every file is the one that the manifest names, and the log's key signed the manifest
3. tree         the lines of events.jsonl make the Merkle tree (RFC 9162) whose root was signed; earlier checkpoints,
                what you kept (--previous: a checkpoint or a bundle) and anchors in the log are earlier states of it
4. order        each entry in its one spelling, numbers without a gap, recorded times that never go back and that fit
                what witnesses saw, every stream
5. balances     every voucher, budget and ceiling is added up again here and compared with what the entries say;
                each value in disclosures.jsonl is what its entry commits to, and nobody's who was forgotten
6. tables       (--tables) every row of every tables/*.csv is made again from the entries and compared

With --tree it stops after the third. Memory grows with the streams, not the entries. Not checked here: ML-DSA
signatures and time stamps (README.txt names the tools), and decisions: what is in engine/ makes them again.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import json
import re
import sys
import zipfile
import zlib
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO, Iterator, NamedTuple

HASH = hashlib.sha256
MOST = 1000  # problems that are kept
PLAIN = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode  # RFC 8785, for what is here
FAULTS = (ValueError, LookupError, TypeError, AttributeError)  # what a text raises that is not what it should be


class Findings:
    """Sentences about what is well, and problems: (kind, record, sentence)."""

    def __init__(self) -> None:
        self.good: list[str] = []
        self.problems: list[tuple] = []

    def need(self, holds: Any, text: str, record: int | None = None, kind: str = "proof") -> None:
        """Keep a problem unless this holds: of files and signatures (`proof`), or of what an entry says (`record`)."""
        if not holds and len(self.problems) < MOST:
            self.problems.append((kind, record, text))

    def verdict(self) -> tuple:
        """The exit code, and the sentence that names the first bad record: of those that a proof names, if any."""
        if not self.problems:
            return 0, "Everything fits."
        named = [each for each in self.problems if each[1] is not None]
        proven = [each for each in named if each[0] == "proof"]
        _, record, text = min(proven or named or self.problems[:1], key=lambda each: each[1] or 0)
        if record is not None:
            text = f"The first bad record is {record} (line {record + 1} of events.jsonl): {text}"
        return 2 if any(each[0] == "proof" for each in self.problems) else 1, text


def insist(holds: Any, text: str) -> None:
    """Give up unless this holds: nothing that follows could be relied on."""
    if not holds:
        raise ValueError(text)


def check_bundle(asked: argparse.Namespace, trust: Trust, found: Findings) -> None:
    """All checks of a bundle, in their order."""
    files = Files(asked.bundle)
    now, cosigned = trust.checkpoint(files.read("checkpoint"), quorum=True)
    by = ", ".join(cosigned) or "nobody"
    found.good.append(f"signatures: {now.origin} signed its first {now.size} entries, cosigned by {by}")
    check_manifest(files, trust, now, found)
    earlier = []
    for line in files.read("checkpoints.jsonl").splitlines():
        # Keys change: an earlier one need not be in the trust file, and its checkpoint is compared all the same.
        state, _ = trust.checkpoint(json.loads(line)["note"].encode(), signed=False)
        earlier += [state._replace(what="an earlier checkpoint")] if state.origin == now.origin else []
    if asked.previous:
        whole = Path(asked.previous).is_dir() or zipfile.is_zipfile(asked.previous)
        kept = Files(asked.previous) if whole else None
        state, _ = trust.checkpoint(kept.read("checkpoint") if kept else Path(asked.previous).read_bytes())
        insist(state.origin == now.origin, f"the checkpoint that you hold is of another log, {state.origin}")
        earlier.append(state._replace(what="the checkpoint that you hold", kept=kept))
    checks = [] if asked.tree else [Books(files, found), *([Tables(files, found)] if asked.tables else [])]
    check_log(files, now, earlier, checks, found)


# ---- The files ------------------------------------------------------------------------------------------------------
class Files:
    """A bundle as a folder or a ZIP, by the names of its files."""

    def __init__(self, path: str) -> None:
        self.folder, self.zip = Path(path), zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
        if self.zip:
            found = [name for name in self.zip.namelist() if name[-1] != "/"]
        else:
            paths = [each for each in self.folder.rglob("*") if each.is_file() or each.is_symlink()]
            found = [each.relative_to(self.folder).as_posix() for each in paths]
        self.names = set(found)
        insist(len(found) == len(self.names), f"{path} has two files of one name")
        missing = {"events.jsonl", "checkpoint", "MANIFEST.sha256", "manifest.note"} - self.names
        insist(not missing, f"{path} holds no bundle: {', '.join(sorted(missing))} is missing")

    def open(self, name: str) -> BinaryIO:
        """A file, to be read from its beginning."""
        insist(name in self.names, f"{name} is missing")
        return self.zip.open(name) if self.zip else (self.folder / name).open("rb")

    def read(self, name: str) -> bytes:
        """A file whole, nothing where there is none."""
        if name not in self.names:
            return b""
        with self.open(name) as file:
            return file.read()

    def digest(self, name: str) -> str:
        """The SHA-256 of a file."""
        made = HASH()
        with self.open(name) as file:
            for part in iter(lambda: file.read(1 << 20), b""):
                made.update(part)
        return made.hexdigest()


def check_manifest(files: Files, trust: Trust, now: State, found: Findings) -> None:
    """Every file is as the manifest says, no other is there, and the log's key signed the manifest."""
    manifest, before = files.read("MANIFEST.sha256"), len(found.problems)
    signed = [now.origin, "vouchers bundle v1", str(now.size), base64.b64encode(now.root).decode()]
    fits = trust.check(files.read("manifest.note"))[0] == [*signed, HASH(manifest).hexdigest()]
    found.need(fits, "manifest.note was signed for another manifest, or for another checkpoint.")
    listed = dict(reversed(line.split("  ", 1)) for line in manifest.decode().splitlines())
    for name in sorted(files.names.union(listed) - {"MANIFEST.sha256", "manifest.note"}):
        if name not in listed or name not in files.names:
            why = "is missing" if name in listed else "is not in the manifest: it was put there afterwards"
            found.need(False, f"The file {name} {why}.")
            continue
        digest = files.digest(name)
        found.need(digest == listed[name], f"The file {name} was changed after the manifest was made.")
        if name.startswith("engine/"):
            found.need(name == f"engine/{digest}.pyz", f"The file {name} is not the engine that its name says.")
            found.good.append(f"engine: {digest}, which decides everything again (it was not run)")
    if len(found.problems) == before:
        found.good.append(f"manifest: {len(listed)} files as the log signed them")


# ---- Signed notes and trust files: C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy -----------------
class State(NamedTuple):
    """The log when it had so many entries; `what` says so, maybe in a `record` that has `times` of witnesses."""

    origin: str
    size: int
    root: bytes
    what: str = ""
    record: int | None = None
    times: tuple = ()
    kept: Files | None = None


def unbase64(text: str) -> bytes:
    """The bytes of a text in its only spelling."""
    content = base64.b64decode(text.encode("ascii"), validate=True)
    insist(base64.b64encode(content).decode() == text, "this is not canonical base64")
    return content


def read_key(text: str) -> tuple:
    """A public key from NAME+ID+BASE64(kind, key): (name, identifier, kind, key)."""
    name, identity, material = text.split("+", 2)
    raw = unbase64(material)
    fits = HASH(name.encode() + b"\n" + raw).digest()[:4].hex() == identity
    insist(fits, f"the key {name} does not have the identifier {identity}")
    return name, bytes.fromhex(identity), raw[0], raw[1:]


class Trust:
    """The logs, the witnesses and the quorum of a trust file."""

    def __init__(self, text: str) -> None:
        self.keys, self.groups, self.quorum = [], {}, ""  # a key with the witness whose it is, or "" for the log
        for word, *more in [line.split() for line in text.splitlines() if line.strip()[:1] not in ("", "#")]:
            if word == "log":
                self.keys.append(("", read_key(more[0])))
            elif word == "witness":
                self.keys.append((more[0], read_key(more[1])))
            elif word == "group":
                self.groups[more[0]] = ({"any": 1, "all": len(more) - 2}.get(more[1]) or int(more[1]), more[2:])
            else:
                known = {"none", *(witness for witness, _ in self.keys), *self.groups}
                insist(word == "quorum" and not self.quorum and more[0] in known, f"its word {word} cannot be used")
                self.quorum = more[0]
        insist(self.quorum and "" in dict(self.keys), "it names no log or no quorum")

    def met(self, cosigned: set, name: str) -> bool:
        """Whether the witnesses that cosigned are enough."""
        if name in self.groups:
            return sum(self.met(cosigned, member) for member in self.groups[name][1]) >= self.groups[name][0]
        return name == "none" or name in cosigned

    def made(self, key: tuple, text: str, signature: bytes) -> bool | None:
        """Whether a key made a signature below a text; None where that cannot be checked here (ML-DSA)."""
        message = text.encode()
        if key[2] == 4:  # A witness signs its time too.
            message = b"cosignature/v1\ntime %d\n" % int.from_bytes(signature[:8], "big") + message
            signature = signature[8:]
        return ed25519(key[3], message, signature) if key[2] in (1, 4) else None

    def check(self, note: bytes, quorum: bool = False, signed: bool = True) -> tuple:
        """The lines of a note that a log of the trust file `signed`, and who cosigned it; raises ValueError.

        A known key's signature has to fit in any case; the `quorum` has to be met where that is asked for.
        """
        whole = note.decode()
        text, blank, below = whole.rpartition("\n\n")
        insist(blank and below[-1:] == "\n" and not re.search("[\x00-\x09\x0b-\x1f]", whole), "it is no signed note")
        text, logged, cosigned, unchecked = text + "\n", not signed, set(), 0
        for line in below[:-1].split("\n"):
            dash, who, encoded = line.split(" ")
            raw = unbase64(encoded)
            insist(dash == "\u2014" and len(raw) > 4, "a line below the text is no signature")
            for witness, key in [each for each in self.keys if each[1][:2] == (who, raw[:4])]:
                made = self.made(key, text, raw[4:])
                insist(made is not False, f"the signature of {who} does not fit it")
                logged = logged or bool(made and not witness and who == text.split("\n")[0])
                cosigned |= {witness} if made and witness else set()
                unchecked += made is None
        insist(logged, "no log of the trust file signed it")
        more = f"; {unchecked} ML-DSA signatures cannot be checked here" if unchecked else ""
        enough = not quorum or self.met(cosigned, self.quorum)
        insist(enough, f"the witnesses that the trust file asks for did not cosign it{more}")
        return text.split("\n")[:-1], sorted(cosigned)

    def checkpoint(self, note: bytes, **how: bool) -> tuple:
        """The state of the log that a checkpoint is of, and who cosigned it; raises ValueError."""
        (origin, size, encoded, *_), cosigned = self.check(note, **how)
        root = unbase64(encoded)
        insist(len(root) == 32 and str(int(size)) == size, "it is no checkpoint")
        return State(origin, int(size), root), cosigned


# ---- Ed25519: RFC 8032 section 5.1 ----------------------------------------------------------------------------------
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def point(text: bytes) -> tuple | None:
    """The point that 32 bytes name, if they name one: section 5.1.3."""
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if len(text) != 32 or y >= P or (v * x * x - u) % P or (sign and not x):
        return None
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


def add(p: tuple, q: tuple) -> tuple:
    """The sum of two points: section 5.1.4."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this key signed this message: section 5.1.7."""
    key, s = point(public), int.from_bytes(signature[32:], "little")
    if key is None or len(signature) != 64 or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    minus = (P - key[0], key[1], 1, P - key[3])
    choices, both = (None, BASE, minus, add(BASE, minus)), (0, 1, 1, 0)
    for bit in range(252, -1, -1):  # s * BASE - k * key has to be the first half of the signature.
        both, chosen = add(both, both), choices[(s >> bit & 1) + 2 * (k >> bit & 1)]
        both = add(both, chosen) if chosen else both
    inverse = pow(both[2], P - 2, P)
    x, y = both[0] * inverse % P, both[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# ---- The tree, and the pass over the log ----------------------------------------------------------------------------
class Tree:
    """The tree over the leaves so far: RFC 9162 section 2.1; `upper` has the tiles above the leaves."""

    def __init__(self) -> None:
        self.size, self.stack, self.upper = 0, [], {}

    def add(self, node: bytes) -> None:
        """Take in one leaf."""
        at, level = self.size, 0
        while at & 1:
            node, at, level = HASH(b"\1" + self.stack.pop() + node).digest(), at >> 1, level + 1
            if level % 8 == 0:
                self.upper.setdefault(level // 8, bytearray()).extend(node)
        self.stack.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        node = self.stack[-1] if self.stack else HASH().digest()
        for left in reversed(self.stack[:-1]):
            node = HASH(b"\1" + left + node).digest()
        return node


def leaf_of(line: bytes) -> bytes:
    """The leaf of a line; a redacted one tells it. A line without its end has none."""
    if line.startswith(b'{"redacted":"') and line[57:] == b'"}\n':
        return base64.b64decode(line[13:57])
    return HASH(b"\0" + line[:-1]).digest() if line[-1:] == b"\n" else b""


def tiles(files: Files, level: int, count: int) -> Iterator[bytes]:
    """The hashes of a level as the tiles of the bundle have them (C2SP tlog-tiles), one after the other."""
    for first in range(0, count, 256):
        width, number = min(256, count - first), first // 256
        name = f"{number % 1000:03d}"
        while number >= 1000:
            number //= 1000
            name = f"x{number % 1000:03d}/{name}"
        content = files.read(f"tile/{level}/{name}" + ("" if width == 256 else f".p/{width}"))
        yield from (content[at : at + 32] for at in range(0, 32 * width, 32))


def foretell(files: Files, origin: str, found: Findings) -> tuple:
    """What entries say of those before them: what is left of redacted ones, by number, and the anchors of this log."""
    left, anchors = {}, []
    with files.open("events.jsonl") as lines:
        for number, line in enumerate(lines):
            try:
                if b'"type":"erasure.EntryRedacted"' in line:
                    data = json.loads(line)["data"]
                    left[data["seq"]] = (data["leaf_hash"], json.loads(data["left"]))
                elif b'"type":"anchor.AnchorRecorded"' in line:
                    data = json.loads(line)["data"]
                    root, times = bytes.fromhex(data["root_hash"]), tuple(sorted(data["cosignature_times"].values()))
                    if data["origin"] == origin:  # A log that was reopened after a loss has another name.
                        anchors.append(State(origin, data["size"], root, "the anchor", number, times))
            except FAULTS:
                found.need(False, "it cannot be read.", number, "record")
    return left, anchors


def check_log(files: Files, now: State, earlier: list, checks: list, found: Findings) -> None:
    """One pass over events.jsonl: the tree with its earlier states, and each entry for each of the checks."""
    left, anchors = foretell(files, now.origin, found)
    states: dict = {}
    for state in [state for state in earlier + anchors if state.size]:  # There is nothing to say of an empty log.
        states.setdefault(state.size, []).append(state)
    tree, leaves, differs, recorded = Tree(), tiles(files, 0, now.size), None, ""
    with files.open("events.jsonl") as lines:
        for number, line in enumerate(lines):
            leaf, told = leaf_of(line), next(leaves, b"")
            if differs is None and told and leaf != told:
                differs = number
            tree.add(leaf)
            if checks and differs in (None, number):  # What comes after an entry that was never signed says nothing.
                recorded = look(number, line, left.get(number), checks, found) or recorded
            for state in states.pop(tree.size, ()):
                compare(state, tree.root(), files, found)
                late = differs is None and state.times and recorded[:19] > state.times[0][:19]
                text = f"it says {recorded}, and a witness saw it at {(*state.times, '')[0]}."
                found.need(not late, text, number, "record")
    finish_tree(files, tree, now, differs, found)
    for size, (state, *_) in states.items():  # Those that the log never reached.
        found.need(False, f"The log has {tree.size} entries, and {state.what} is over {size}.")
    for check in checks:
        check.finish(differs is None)


def look(number: int, line: bytes, left: tuple | None, checks: list, found: Findings) -> str:
    """What an entry says, for each of the checks; when it was recorded."""
    try:
        entry = json.loads(line)
        alone = PLAIN(entry).encode() + b"\n" == line
        found.need(alone, "it is not written in the one way that others read alike (RFC 8785).", number, "record")
        if "redacted" in entry:
            if left is None or left[0] != entry["redacted"]:
                found.need(False, "it is redacted, and no entry of the log orders that.", number, "record")
                return ""
            entry = left[1]
            found.good.append(f"redacted by order: record {number}")
        for check in checks:
            check.take(number, entry)
        return entry["rec"]
    except FAULTS as fault:
        found.need(False, f"it cannot be read ({type(fault).__name__}: {fault}).", number, "record")
        return ""


def compare(state: State, root: bytes, files: Files, found: Findings) -> None:
    """An earlier state against the tree; a bundle that was kept tells the entry that is another one now."""
    record, text = state.record, f"{state.what} states another root for the first {state.size} entries."
    if root != state.root and state.kept:
        with state.kept.open("events.jsonl") as old, files.open("events.jsonl") as new:
            pairs = enumerate(zip_longest(map(leaf_of, old), map(leaf_of, new)))
            record = next((number for number, pair in pairs if pair[0] != pair[1]), None)
            text = f"{text[:-1]}; from this one on they are not those that you hold."
    found.need(root == state.root, text, record)


def finish_tree(files: Files, tree: Tree, now: State, differs: int | None, found: Findings) -> None:
    """The whole tree against the checkpoint, and the tiles against the tree."""
    if (tree.size, tree.root()) != (now.size, now.root):
        text = "it is not the entry that was signed: changed, removed, inserted or moved."
        if differs is None and tree.size == now.size:
            text = "An entry was changed, and the tiles that would name it are missing."
        elif differs is None:
            differs, text = (
                min(tree.size, now.size),
                f"events.jsonl has {tree.size} entries, and {now.size} were signed.",
            )
        found.need(False, text, differs)
        return
    found.need(differs is None, f"The tiles are not those of the log: the leaf of entry {differs} differs.")
    for level, hashes in tree.upper.items():
        fits = b"".join(tiles(files, level, len(hashes) // 32)) == hashes
        found.need(fits, f"The tiles of level {level} are not those of the log.")
    found.good.append(f"tree: {now.size} entries make the root that was signed")


# ---- Order and balances ---------------------------------------------------------------------------------------------
PLACES = ("available", "reserved", "claimed", "paid", "expired", "returned", "revoked", "clawed_back")
MOVES = {
    "Reserved": ("available", "reserved"), "Released": ("reserved", "available"), "Claimed": ("reserved", "claimed"),
    "ClaimReversed": ("claimed", "reserved"), "Paid": ("claimed", "paid"), "PaymentReturned": ("paid", "claimed"),
    "ClawedBack": ("paid", "clawed_back"), "Expired": ("available", "expired"), "Returned": ("available", "returned"),
    "Restored": ("returned", "available"), "Revoked": ("available", "revoked"),
}  # fmt: skip
# How much more is appropriated, and how much more committed, for each minor unit.
BUDGET = {"Appropriated": (1, 0), "Cut": (-1, 0), "TransferredIn": (1, 0), "TransferredOut": (-1, 0)}
BUDGET.update({"Committed": (0, 1), "Freed": (0, -1)})
# What the vouchers of an order do, and what the order says of it, come to nothing together.
PAIRS = {
    "voucher.Claimed": ("claimed", 1), "order.RedemptionRequested": ("claimed", -1),
    "voucher.Paid": ("paid", 1), "order.Paid": ("paid", -1),
    "voucher.PaymentReturned": ("paid", -1), "order.PaymentReturned": ("paid", 1),
    "voucher.ClawedBack": ("clawed back", 1), "order.ClawbackOrdered": ("clawed back", -1),
}  # fmt: skip


class Books:
    """The order of the log, and every balance, added up here from the movements alone."""

    def __init__(self, files: Files, found: Findings) -> None:
        self.files, self.found, self.number, self.rec = files, found, 0, ""
        self.versions, self.vouchers, self.totals, self.windows, self.pairs, self.policies = {}, {}, {}, {}, {}, {}
        self.kinds = {"voucher": self.voucher, "budget": self.budget, "cap": self.ceiling, "level": self.ceiling,
                      "window": self.window, "programme": self.programme, "anchor": self.anchor,
                      "erasure": self.erasure}  # fmt: skip
        self.disclosed = [json.loads(line) for line in files.read("disclosures.jsonl").splitlines()]

    def need(self, holds: Any, text: str, *said: Any) -> None:
        """Keep what is wrong with the entry that is taken in, unless this holds; what it says is put in only then."""
        if not holds:
            self.found.need(False, text.format(*said), self.number, "record")

    def take(self, number: int, entry: dict) -> None:
        """Take in an entry: against the one in front of it, that of its stream, and the balances."""
        stream, data, topic, self.number = entry["agg"], entry["data"], entry["type"], number
        due, self.versions[stream] = self.versions.get(stream, 0) + 1, entry["ver"]
        self.need(entry["seq"] == number, "it says that it is entry {}.", entry["seq"])
        self.need(entry["ver"] == due, "it is number {} of {}, and number {} is due.", entry["ver"], stream, due)
        self.need(entry["rec"] >= self.rec, "it was recorded at {}, before the entry in front of it.", entry["rec"])
        self.rec = entry["rec"]
        if topic in PAIRS:
            word, sign = PAIRS[topic]
            rest = self.pairs.pop((word, data["redemption_id"]), (0, 0))[0] + sign * data["amount"]
            if rest:
                self.pairs[word, data["redemption_id"]] = (rest, number)
        kind, _, event = topic.partition(".")
        if kind in self.kinds:
            self.kinds[kind](stream, event, data)

    def voucher(self, stream: str, event: str, data: dict) -> None:
        """A movement between two places of a voucher, none of which ever holds less than nothing."""
        if event == "Issued":
            self.need(stream not in self.vouchers and data["face"] >= 0, "{} is issued again, or below zero.", stream)
            self.vouchers[stream] = (data["currency"], dict(dict.fromkeys(PLACES, 0), available=data["face"]))
        elif event in MOVES:
            self.need(stream in self.vouchers, "{} was never issued.", stream)
            places = self.vouchers.setdefault(stream, ("?", dict.fromkeys(PLACES, 0)))[1]
            amount, (source, target) = data["amount"], MOVES[event]
            text = "it moves {} out of {} of {}, which has {}."
            self.need(0 <= amount <= places[source], text, amount, source, stream, places[source])
            places[source] -= amount
            places[target] += amount

    def total(self, stream: str, now: tuple, said: tuple) -> None:
        """Totals added up here against those that an entry states, which the next entry is compared with."""
        self.totals[stream] = said
        self.need(now == said, "{} has {} and {} after it, and the entry says {} and {}.", stream, *now, *said)

    def budget(self, stream: str, event: str, data: dict) -> None:
        """What is appropriated, and what of it is committed."""
        signs, before = BUDGET.get(event, (0, 0)), self.totals.get(stream, (0, 0))
        now = tuple(old + sign * data.get("amount", 0) for old, sign in zip(before, signs))
        self.total(stream, now, (data["appropriated"], data["committed"]))
        fits = 0 <= data["committed"] <= data["appropriated"]
        self.need(fits, "{} commits {} of {}.", stream, data["committed"], data["appropriated"])

    def ceiling(self, stream: str, event: str, data: dict) -> None:
        """What counts against a ceiling: money, and orders; an order that grows is still one order."""
        total, count = self.totals.get(stream, (0, 0))
        amount = data["part" if stream.startswith("level/") else "amount"]
        if event == "Counted":
            now = (total + amount, count + min(max(data["count"] - count, 0), 1))
        else:
            now = (total - amount, count - data["orders"])
        self.total(stream, now, (data["total"], data["count"]))

    def window(self, stream: str, event: str, data: dict) -> None:
        """A ceiling over rolling months: its parts are [day, order, amount, orders], those before `since` are out."""
        parts = [part for part in self.windows.get(stream, ()) if part[0] >= data["since"]]
        if event == "Counted":
            more = data["count"] - sum(part[3] for part in parts)
            parts.append([data["on"], data["order_id"], data["amount"], min(max(more, 0), 1)])
        else:
            rest = data["amount"]
            for part in reversed([part for part in parts if part[1] == data["order_id"]]):
                taken = min(part[2], rest)  # The latest part of the order gives back first.
                part[2], part[3], rest = part[2] - taken, 0 if data["orders"] else part[3], rest - taken
        self.windows[stream] = [part for part in parts if part[2] or part[3]]
        now = sum(part[2] for part in parts), sum(part[3] for part in parts)
        self.total(stream, now, (data["total"], data["count"]))

    def programme(self, _: str, event: str, data: dict) -> None:
        """A policy that is adopted whole, under its SHA-256."""
        if event == "PolicyAdopted":
            self.policies[data["digest"]] = data["document"]
            fits = HASH(data["document"].encode()).hexdigest() == data["digest"]
            self.need(fits, "the policy that it adopts has another SHA-256.")

    def anchor(self, _: str, event: str, data: dict) -> None:
        """What witnesses signed was recorded afterwards."""
        last = max(data["cosignature_times"].values(), default="") if event == "AnchorRecorded" else ""
        self.need(self.rec[:19] >= last[:19], "it says {}, and holds what was signed at {}.", self.rec, last)

    def erasure(self, _: str, event: str, data: dict) -> None:
        """A commitment to a value that may be disclosed (RFC 9901), or the end of all values of a subject."""
        known = [each for each in self.disclosed if each["subject"] == data.get("subject")]
        self.need(event != "SubjectErased" or not known, "disclosures.jsonl has values of whom it orders forgotten.")
        for each in [each for each in known if (event, each["seq"]) == ("ValueCommitted", self.number)]:
            text = each["disclosure"]
            _, field, _ = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            digest = base64.urlsafe_b64encode(HASH(text.encode()).digest()).decode().rstrip("=")
            each["fits"] = field == each["field"] == data["field"] and digest == data["digest"]

    def finish(self, whole: bool) -> None:
        """What can be said at the end of the whole log only."""
        if not whole:
            return
        for (word, redemption), (rest, number) in self.pairs.items():
            text = f"{redemption}: its vouchers have {rest} more {word} than the order says."
            self.found.need(False, text, number, "record")
        for each in self.disclosed:
            text = f"disclosures.jsonl does not have the {each['field']} of {each['subject']} that it commits to."
            self.found.need(each.get("fits"), text, each["seq"])
        for digest, document in self.policies.items():
            fits = self.files.read(f"policy/{digest}.json") == document.encode()
            self.found.need(fits, f"policy/{digest}.json is not the policy that was adopted.")
        self.found.good.append(f"order: numbers, times and {len(self.versions)} streams")
        if self.disclosed:
            self.found.good.append(f"disclosures: {len(self.disclosed)} values, each as its entry commits to it")
        for money in sorted({money for money, _ in self.vouchers.values()}):
            held = [places for own, places in self.vouchers.values() if own == money]
            sums = {place: sum(places[place] for places in held) for place in PLACES}
            told = " + ".join(f"{place} {amount}" for place, amount in sums.items() if amount)
            face = f"face {sum(sums.values())} (minor units of {money})"
            self.found.good.append(f"balances: {len(held)} vouchers, {face} = {told}")


# ---- Derived tables: made again from their definitions, which README.txt explains -----------------------------------
NUMBERS = {"integer": int, "amount": int, "decimal": int, "boolean": bool}


class Tables:
    """The tables of a bundle, each compared row by row with what its definition makes of the entries."""

    def __init__(self, files: Files, found: Findings) -> None:
        text = files.read("tables/definitions.json")
        plan, self.digest = json.loads(text), HASH(text).hexdigest()
        defined = {f"tables/{plain['name']}.csv" for plain in plan["tables"]}
        odd = defined ^ {name for name in files.names if re.fullmatch(r"tables/[^/]*\.csv", name)}
        insist(not odd, f"{min(odd, default='')} is missing, or nobody says how it is made")
        self.found, self.exponents, self.money, self.makers = found, plan["exponents"], {}, {}
        self.tables, self.rows = plan["tables"], 0
        for table in self.tables:
            table["csv"], table["well"] = files.open(f"tables/{table['name']}.csv"), True
            self.compare(table, [column["name"] for column in table["columns"]], 0, None)
            for source in table["sources"]:
                for event in source["events"]:
                    self.makers.setdefault(event, {}).setdefault(table["name"], (table, []))[1].append(source["each"])

    def take(self, number: int, entry: dict) -> None:
        """Make the rows of an entry."""
        stream, data = entry["agg"], entry["data"]
        parts = stream.split("/")
        programme = f"programme/{data.get('programme') or parts[1]}"
        self.money[stream] = data.get("currency") or self.money.get(stream)
        entry["currency"] = self.money[stream] or self.money.get(programme)
        entry["stream"], entry["part"] = {parts[0]: parts[1]}, {str(at): part for at, part in enumerate(parts)}
        entry["part"].update({f"{at}+": "/".join(parts[at:]) for at in range(len(parts))})
        if entry["type"] == "programme.PolicyAdopted":
            entry["document"] = json.loads(data["document"])
        for table, sources in [*self.makers.get("*", {}).values(), *self.makers.get(entry["type"], {}).values()]:
            items = [item for each in sources for item in (members(each, entry) if each else [None])]
            for place, item in enumerate(items, 1):
                scope = dict(entry, item=item, place=place)
                self.compare(table, [self.cell(column, scope) for column in table["columns"]], place, number)

    def compare(self, table: dict, row: list, place: int, number: int | None) -> None:
        """This row has to be the next one of the file; after one that is not, the file says nothing more."""
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerow(row)
        made, self.rows = text.getvalue().encode(), self.rows + 1
        if table["well"] and table["csv"].read(len(made)) != made:
            table["well"] = False
            said = f"its row {place} of tables/{table['name']}.csv says something else."
            self.found.need(False, said, number, "record")

    def cell(self, column: dict, scope: dict) -> str:
        """The value of a column, as it is written."""
        value, kind = find(column["path"], scope), column["kind"]
        value = column["words"].get(value) if "words" in column else value
        digits = self.exponents.get(scope["currency"], -1) if kind == "decimal" else 0
        if value in (None, "") or digits < 0 or (kind in NUMBERS and type(value) is not NUMBERS[kind]):
            return ""
        if digits:
            text = f"{abs(value):0{digits + 1}}"
            return f"{'-' * (value < 0)}{text[:-digits]}.{text[-digits:]}"
        return value if isinstance(value, str) else PLAIN(value)

    def finish(self, whole: bool) -> None:
        """No file has a row more, where the log was read to its end."""
        for table in self.tables:
            more = whole and table["well"] and table["csv"].read(1)
            self.found.need(not more, f"tables/{table['name']}.csv has rows that no entry makes.", None, "record")
            table["csv"].close()
        if whole:
            how = f"as definitions.json says (SHA-256 {self.digest[:16]}...)"
            rows = self.rows - len(self.tables)
            self.found.good.append(f"tables: {rows} rows of {len(self.tables)} tables made again, {how}")


def find(path: str, scope: dict) -> Any:
    """The first value that one of the ways of a path leads to."""
    for way in path.split("|"):
        value: Any = scope
        for step in way.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if value not in (None, ""):
            return value
    return None


def members(path: str, scope: dict) -> Iterator[dict]:
    """What a source goes through: the named values of a list or an object; with a star all single values within."""

    def spread(value: Any, way: str) -> Iterator[dict]:
        for key, inner in sorted(value.items()) if isinstance(value, dict) else enumerate(value or ()):
            name = f"{way}.{key}" if way else str(key)
            if path[-1] == "*" and isinstance(inner, (dict, list)):
                yield from spread(inner, name)
            else:
                yield {"of": path.rpartition(".")[2], "name": name, "value": inner}

    return spread(find(path.rstrip("*"), scope), "")


# ---- One receipt: C2SP tlog-proof, RFC 9162 section 2.1.3.2 ---------------------------------------------------------
def check_receipt(asked: argparse.Namespace, trust: Trust, found: Findings) -> None:
    """An entry stands in the log whose checkpoint its proof holds."""
    proof, entry = Path(asked.receipt).read_bytes(), Path(asked.entry).read_bytes()
    head, _, note = proof.partition(b"\n\n")
    lines = [line for line in head.decode().split("\n") if not line.startswith("extra ")]
    (origin, size, root, *_), cosigned = trust.checkpoint(note, quorum=True)
    index, node = int(lines[1][len("index ") :]), leaf_of(entry if entry[-1:] == b"\n" else entry + b"\n")
    place, last = index, size - 1
    for part in map(unbase64, lines[2:]):
        insist(last and len(part) == 32, "the proof is longer than the way to the root")
        if place & 1 or place == last:
            node = HASH(b"\1" + part + node).digest()
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            node = HASH(b"\1" + node + part).digest()
        place, last = place >> 1, last >> 1
    fits = lines[0] == "c2sp.org/tlog-proof@v1" and not last and node == root and 0 <= index < size
    found.need(fits, f"The entry is not entry {index} of {origin}: it or its proof was changed.")
    if fits:
        found.good.append(f"receipt: entry {index} of {origin}, cosigned by {', '.join(cosigned) or 'nobody'}")


# ---- The program ----------------------------------------------------------------------------------------------------
def read_arguments(arguments: list | None) -> argparse.Namespace:
    """What was asked for; raises SystemExit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", nargs="?")
    parser.add_argument("--trust", required=True)
    for name in ("--previous", "--receipt", "--entry"):
        parser.add_argument(name)
    for name in ("--tables", "--tree"):
        parser.add_argument(name, action="store_true")
    asked = parser.parse_args(arguments)
    if bool(asked.receipt) == bool(asked.bundle) or bool(asked.receipt) != bool(asked.entry):
        parser.error("name a bundle, or a receipt and its entry")
    return asked


def run(asked: argparse.Namespace, trust: Trust) -> Findings:
    """Check what was named; whatever cannot even be read is a proof that fails."""
    found = Findings()
    try:
        (check_receipt if asked.receipt else check_bundle)(asked, trust, found)
    except (*FAULTS, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error) as fault:
        found.need(False, f"The files cannot be relied on: {fault}.")
    return found


def main(arguments: list | None = None) -> int:
    """Run it as a program."""
    try:
        asked = read_arguments(arguments)
        found = run(asked, Trust(Path(asked.trust).read_text(encoding="utf-8")))
    except SystemExit as done:
        return 3 if done.code else 0
    except (OSError, ValueError, LookupError) as fault:
        print(f"It could not be run: {fault}", file=sys.stderr)
        return 3
    code, text = found.verdict()
    shown = [f"WRONG  {'' if each[1] is None else f'record {each[1]}: '}{each[2]}" for each in found.problems[:20]]
    print("\n".join([*(f"ok     {each}" for each in found.good), *shown, text]))
    return code


if __name__ == "__main__":
    sys.exit(main())
