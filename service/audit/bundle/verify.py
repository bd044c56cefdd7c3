#!/usr/bin/env python3
"""Checks an audit bundle of innovation vouchers, and names the first record that is wrong.

    python3 verify.py BUNDLE --trust trust.policy [--previous checkpoint] [--tables] [--tree] [--json]
    python3 verify.py --receipt FILE.tlog-proof --entry FILE.json --trust trust.policy

BUNDLE is the folder or the ZIP. The trust file holds the public keys; it must have come to you another way than the
bundle, and so must this program: compare its SHA-256 with the one that you were told. It needs Python 3.8 or newer and
nothing else, writes nothing and asks no network. Exit code: 0 all is well, 1 something that the records say is wrong,
2 a proof fails (somebody changed the files, or the log), 3 it could not be run as asked.

1. manifest    every file is the one that the manifest names, and the log's key signed the manifest
2. signatures  the log signed the checkpoint; as many witnesses cosigned it as the trust file asks for
3. tree        the lines of events.jsonl make the Merkle tree (RFC 9162) whose root was signed; the earlier checkpoints,
               the one that you hold (--previous) and the anchors in the log are earlier states of this very tree
4. order       numbers without a gap, recorded times that never go back and that fit what witnesses saw, every stream
5. balances    every voucher, budget and ceiling is added up again here and compared with what the entries say
6. tables      (--tables) every row of every tables/*.csv is made again from the entries and compared

Not checked here: ML-DSA signatures and time stamps (README.txt names the tools), and whether decisions were right.
With --tree it stops after the third. Memory grows with the streams, not the entries.
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
from bisect import bisect_right
from pathlib import Path
from typing import Any, BinaryIO, Iterator

HASH = hashlib.sha256
MOST = 1000  # problems that are kept


class Findings:
    """Sentences about what is well, and problems: (kind, record, sentence)."""

    def __init__(self) -> None:
        self.good: list[str] = []
        self.problems: list[tuple] = []

    def wrong(self, kind: str, record: int | None, text: str) -> None:
        """Keep a problem: `proof` where files and signatures do not fit, `record` where what an entry says is wrong."""
        if len(self.problems) < MOST:
            self.problems.append((kind, record, text))

    def verdict(self) -> tuple:
        """The exit code, and the sentence that names the first bad record: of those that a proof names, if any."""
        if not self.problems:
            return 0, "Everything fits."
        named = [each for each in self.problems if each[1] is not None and each[0] == "proof"]
        named = named or [each for each in self.problems if each[1] is not None]
        _, record, text = min(named, key=lambda each: each[1]) if named else self.problems[0]
        if record is not None:
            text = f"The first bad record is {record} (line {record + 1} of events.jsonl): {text}"
        return 2 if any(each[0] == "proof" for each in self.problems) else 1, text


# ---- Ed25519, RFC 8032 section 5.1 ---------------------------------------------------------------------------------
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


# ---- Signed notes and trust files: C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy ----------------
def unbase64(text: str) -> bytes:
    """The bytes of a text in its only spelling."""
    content = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(content).decode() != text:
        raise ValueError("this is not canonical base64")
    return content


def read_key(text: str) -> tuple:
    """A public key from NAME+ID+BASE64(kind, key): (name, identifier, kind, key)."""
    name, identity, material = text.split("+", 2)
    raw = unbase64(material)
    if HASH(name.encode() + b"\n" + raw).digest()[:4].hex() != identity:
        raise ValueError(f"the key {name} does not have the identifier {identity}")
    return name, bytes.fromhex(identity), raw[0], raw[1:]


class Trust:
    """The logs, the witnesses and the quorum of a trust file."""

    def __init__(self, text: str) -> None:
        self.logs, self.witnesses, self.groups, self.quorum = [], {}, {}, ""
        for words in [line.split() for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]:
            if words[0] == "log":
                self.logs.append(read_key(words[1]))
            elif words[0] == "witness":
                self.witnesses[words[1]] = read_key(words[2])
            elif words[0] == "group":
                self.groups[words[1]] = ({"any": 1, "all": len(words) - 3}.get(words[2]) or int(words[2]), words[3:])
            elif words[0] == "quorum" and not self.quorum and words[1] in {"none", *self.witnesses, *self.groups}:
                self.quorum = words[1]
            else:
                raise ValueError(f"its line {' '.join(words)[:60]!r} cannot be used")
        if not self.logs or not self.quorum:
            raise ValueError("it names no log or no quorum")

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

    def check(self, note: bytes, quorum: bool = False, unsigned: bool = False) -> tuple:
        """The lines of a note that a log of the trust file signed, and who cosigned it.

        Raises ValueError where none did (unless it may be `unsigned`), where a known key's signature fails, and where
        the quorum is asked for and not met.
        """
        whole = note.decode()
        text, blank, below = whole.rpartition("\n\n")
        if not blank or not below.endswith("\n") or re.search("[\x00-\x09\x0b-\x1f]", whole):
            raise ValueError("it is no signed note")
        text, logged, cosigned, unchecked = text + "\n", False, set(), 0
        for line in below[:-1].split("\n"):
            dash, who, encoded = line.split(" ")
            raw = unbase64(encoded)
            if dash != "\u2014" or len(raw) < 5:
                raise ValueError("a line below the text is no signature")
            for witness, key in [("", log) for log in self.logs] + list(self.witnesses.items()):
                if (who, raw[:4]) == key[:2]:
                    made = self.made(key, text, raw[4:])
                    if made is False:
                        raise ValueError(f"the signature of {who} does not fit it")
                    logged = logged or (made is True and not witness and who == text.split("\n")[0])
                    cosigned |= {witness} if made and witness else set()
                    unchecked += made is None
        if not logged and not unsigned:
            raise ValueError("no log of the trust file signed it")
        if quorum and not self.met(cosigned, self.quorum):
            more = f"; {unchecked} ML-DSA signatures cannot be checked here" if unchecked else ""
            raise ValueError(f"the witnesses that the trust file asks for did not cosign it{more}")
        return text.split("\n")[:-1], sorted(cosigned)


def checkpoint(lines: list) -> tuple:
    """Origin, size and root that a checkpoint states."""
    root = unbase64(lines[2])
    if len(root) != 32 or str(int(lines[1])) != lines[1]:
        raise ValueError("it is no checkpoint")
    return lines[0], int(lines[1]), root


# ---- The files ------------------------------------------------------------------------------------------------------
class Files:
    """A bundle as a folder or a ZIP, by the names of its files."""

    def __init__(self, path: str) -> None:
        self.folder, self.zip = Path(path), zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
        if self.zip:
            self.names = {name for name in self.zip.namelist() if name[-1] != "/"}
        else:
            found = [each for each in self.folder.rglob("*") if each.is_file() or each.is_symlink()]
            self.names = {each.relative_to(self.folder).as_posix() for each in found}
        missing = {"events.jsonl", "checkpoint", "MANIFEST.sha256", "manifest.note"} - self.names
        if missing:
            raise ValueError(f"{path} holds no bundle: {', '.join(sorted(missing))} is missing")

    def open(self, name: str) -> BinaryIO:
        """A file, to be read from its beginning."""
        if name not in self.names:
            raise ValueError(f"{name} is missing")
        return self.zip.open(name) if self.zip else (self.folder / name).open("rb")

    def read(self, name: str) -> bytes:
        """A file whole, nothing where there is none."""
        if name not in self.names:
            return b""
        with self.open(name) as file:
            return file.read()


def check_manifest(files: Files, trust: Trust, stated: tuple, found: Findings) -> None:
    """Every file is as the manifest says, no other is there, and the log's key signed the manifest."""
    manifest, before = files.read("MANIFEST.sha256"), len(found.problems)
    listed = dict(reversed(line.split("  ", 1)) for line in manifest.decode().splitlines())
    origin, size, root = stated
    head = [origin, "vouchers bundle v1", str(size), base64.b64encode(root).decode(), HASH(manifest).hexdigest()]
    if trust.check(files.read("manifest.note"))[0] != head:
        found.wrong("proof", None, "manifest.note was signed for another manifest, or for another checkpoint.")
    for name in sorted(files.names - set(listed) - {"MANIFEST.sha256", "manifest.note"}):
        found.wrong("proof", None, f"The file {name} is not in the manifest: it was put there afterwards.")
    for name, digest in listed.items():
        if name not in files.names:
            found.wrong("proof", None, f"The file {name} is missing.")
            continue
        made = HASH()
        with files.open(name) as file:
            for part in iter(lambda: file.read(1 << 20), b""):
                made.update(part)
        if made.hexdigest() != digest:
            found.wrong("proof", None, f"The file {name} was changed after the manifest was made.")
    if len(found.problems) == before:
        found.good.append(f"manifest: {len(listed)} files as the log signed them")


# ---- The tree -------------------------------------------------------------------------------------------------------
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


def tiles(files: Files, level: int, count: int) -> Iterator[bytes]:
    """The hashes of a level as the tiles of the bundle have them (C2SP tlog-tiles), one after the other."""
    for first in range(0, count, 256):
        width, number = min(256, count - first), first // 256
        name = f"{number % 1000:03d}"
        while number >= 1000:
            number //= 1000
            name = f"x{number % 1000:03d}/{name}"
        content = files.read(f"tile/{level}/{name}" + ("" if width == 256 else f".p/{width}"))
        for at in range(0, 32 * width, 32):
            yield content[at : at + 32]


def foretell(files: Files, origin: str, found: Findings) -> tuple:
    """What is left of redacted entries, by number, and the anchors: (number, size, root, times of witnesses)."""
    left, anchors = {}, []
    with files.open("events.jsonl") as lines:
        for number, line in enumerate(lines):
            try:
                if b'"type":"erasure.EntryRedacted"' in line:
                    data = json.loads(line)["data"]
                    left[data["seq"]] = (data["leaf_hash"], json.loads(data["left"]))
                elif b'"type":"anchor.AnchorRecorded"' in line:
                    data = json.loads(line)["data"]
                    times = sorted(data["cosignature_times"].values())
                    if data["origin"] == origin:  # A log that was reopened after a loss has another name.
                        anchors.append((number, data["size"], bytes.fromhex(data["root_hash"]), times))
            except (ValueError, KeyError, TypeError, AttributeError):
                found.wrong("record", number, "it cannot be read.")
    return left, anchors


def leaf_of(line: bytes) -> bytes:
    """The leaf of a line; a redacted one tells it. A line without its end has none."""
    if line[-1:] != b"\n":
        return b""
    if line.startswith(b'{"redacted":"'):
        return base64.b64decode(line[13:57]) if line[57:] == b'"}\n' else b""
    return HASH(b"\0" + line[:-1]).digest()


def by_size(states: list) -> dict:
    """Earlier states of the tree by their size; there is nothing to say of the log before its first entry."""
    roots: dict = {}
    for state in [state for state in states if state[0]]:
        roots.setdefault(state[0], []).append(state)
    return roots


def check_log(files: Files, stated: tuple, known: list, tables: Tables | None, whole: bool, found: Findings) -> None:
    """One pass over events.jsonl; `known` are earlier states of the tree: (size, root, what says so, its record)."""
    left, anchors = foretell(files, stated[0], found)
    roots = by_size(known + [(size, root, "the anchor", number) for number, size, root, _ in anchors])
    tree, books, leaves, differs = Tree(), Books(), tiles(files, 0, stated[1]), None
    with files.open("events.jsonl") as lines:
        for number, line in enumerate(lines):
            leaf, told = leaf_of(line), next(leaves, b"")
            if differs is None and told and leaf != told:
                differs = number
            tree.add(leaf)
            for size, root, what, record in roots.pop(tree.size, ()):
                if tree.root() != root:
                    found.wrong("proof", record, f"{what} states another root for the first {size} entries.")
            if whole and differs in (None, number):  # What comes after an entry that was never signed says nothing.
                for text in look(number, line, left.get(number), books, tables, found):
                    found.wrong("record", number, text)
    finish_tree(files, tree, stated, differs, found)
    for size in roots:  # Those that the log never reached.
        found.wrong("proof", None, f"The log has {tree.size} entries, and {roots[size][0][2]} is over {size}.")
    if whole and differs is None:
        books.finish(files, anchors, found)
    if tables:
        tables.finish(found, differs is None)


def look(number: int, line: bytes, left: tuple | None, books: Books, tables: Any, found: Findings) -> Iterator[str]:
    """What is wrong with what an entry says."""
    try:
        entry = json.loads(line)
        if "redacted" in entry:
            if left is None or left[0] != entry["redacted"]:
                yield "it is redacted, and no entry of the log orders that."
                return
            entry = left[1]
            found.good.append(f"redacted by order: record {number}")
        yield from books.take(number, entry)
        if tables:
            yield from tables.take(entry)
    except (ValueError, LookupError, TypeError, AttributeError) as fault:
        yield f"it cannot be read ({type(fault).__name__}: {fault})."


def finish_tree(files: Files, tree: Tree, stated: tuple, differs: int | None, found: Findings) -> None:
    """The whole tree against the checkpoint, and the tiles against the tree."""
    _, size, root = stated
    if (tree.size, tree.root()) != (size, root):
        text = "it is not the entry that was signed: changed, removed, inserted or moved."
        if differs is None and tree.size == size:
            text = "An entry was changed, and the tiles that would name it are missing."
        elif differs is None:
            differs, text = min(tree.size, size), f"events.jsonl has {tree.size} entries, and {size} were signed."
        found.wrong("proof", differs, text)
        return
    if differs is not None:
        found.wrong("proof", None, f"The tiles are not those of the log: the leaf of entry {differs} differs.")
    for level, hashes in tree.upper.items():
        if b"".join(tiles(files, level, len(hashes) // 32)) != hashes:
            found.wrong("proof", None, f"The tiles of level {level} are not those of the log.")
    found.good.append(f"tree: {size} entries make the root that was signed")


# ---- Order and balances ---------------------------------------------------------------------------------------------
PLACES = ("available", "reserved", "claimed", "paid", "expired", "returned", "revoked", "clawed_back")
MOVES = {
    "Reserved": ("available", "reserved"),
    "Released": ("reserved", "available"),
    "Claimed": ("reserved", "claimed"),
    "ClaimReversed": ("claimed", "reserved"),
    "Paid": ("claimed", "paid"),
    "PaymentReturned": ("paid", "claimed"),
    "ClawedBack": ("paid", "clawed_back"),
    "Expired": ("available", "expired"),
    "Returned": ("available", "returned"),
    "Restored": ("returned", "available"),
    "Revoked": ("available", "revoked"),
}
# How much more is appropriated, and how much more committed, for each minor unit.
BUDGET = {"Appropriated": (1, 0), "Cut": (-1, 0), "TransferredIn": (1, 0), "TransferredOut": (-1, 0)}
BUDGET.update({"Committed": (0, 1), "Freed": (0, -1)})
# What the vouchers of an order do, and what the order says of it, come to nothing together.
PAIRS = {
    "voucher.Claimed": ("claimed", 1),
    "order.RedemptionRequested": ("claimed", -1),
    "voucher.Paid": ("paid", 1),
    "order.Paid": ("paid", -1),
    "voucher.PaymentReturned": ("paid", -1),
    "order.PaymentReturned": ("paid", 1),
    "voucher.ClawedBack": ("clawed back", 1),
    "order.ClawbackOrdered": ("clawed back", -1),
}


class Books:
    """The order of the log, and every balance, folded here from the movements alone."""

    def __init__(self) -> None:
        self.rec, self.recs, self.versions, self.vouchers = "", ([], []), {}, {}
        self.totals, self.pairs, self.policies, self.windows = {}, {}, {}, {}

    def take(self, number: int, entry: dict) -> Iterator[str]:
        """Take in an entry; the sentences about what is wrong with it."""
        stream, data, topic = entry["agg"], entry["data"], entry["type"]
        kind, _, event = topic.partition(".")
        yield from self.order(number, entry, stream)
        if topic in PAIRS:
            word, sign = PAIRS[topic]
            key = (word, data["redemption_id"])
            rest = self.pairs.pop(key, (0, 0))[0] + sign * data["amount"]
            if rest:
                self.pairs[key] = (rest, number)
        if kind == "voucher":
            yield from self.voucher(stream, event, data)
        elif kind == "budget":
            signs, before = BUDGET.get(event, (0, 0)), self.totals.get(stream, (0, 0))
            now = tuple(old + sign * data.get("amount", 0) for old, sign in zip(before, signs))
            yield from self.compare(stream, now, (data["appropriated"], data["committed"]))
            if not 0 <= data["committed"] <= data["appropriated"]:
                yield f"{stream} commits {data['committed']} of {data['appropriated']}."
        elif kind in ("cap", "level"):
            yield from self.ceiling(stream, event == "Counted", data, data["part" if kind == "level" else "amount"])
        elif kind == "window":
            yield from self.window(stream, event == "Counted", data)
        elif topic == "programme.PolicyAdopted":
            self.policies[data["digest"]] = data["document"]
            if HASH(data["document"].encode()).hexdigest() != data["digest"]:
                yield "the policy that it adopts has another SHA-256."

    def order(self, number: int, entry: dict, stream: str) -> Iterator[str]:
        """The entry against the one in front of it, in the log and in its stream."""
        if entry["seq"] != number:
            yield f"it says that it is entry {entry['seq']}."
        if entry["rec"] != self.rec:
            if entry["rec"] < self.rec:
                yield f"it was recorded at {entry['rec']}, before the entry in front of it."
            self.rec = entry["rec"]
            self.recs[0].append(number)
            self.recs[1].append(self.rec)
        due, self.versions[stream] = self.versions.get(stream, 0) + 1, entry["ver"]
        if entry["ver"] != due:
            yield f"it is number {entry['ver']} of {stream}, and number {due} is due."

    def compare(self, stream: str, now: tuple, said: tuple) -> Iterator[str]:
        """Totals folded here against those that an entry states, which the next entry is compared with."""
        self.totals[stream] = said
        if now != said:
            yield f"{stream} has {now[0]} and {now[1]} after it, and the entry says {said[0]} and {said[1]}."

    def voucher(self, stream: str, event: str, data: dict) -> Iterator[str]:
        """A movement between two places of a voucher, none of which ever holds less than nothing."""
        if event == "Issued":
            if stream in self.vouchers or data["face"] < 0:
                yield f"{stream} is issued again, or below zero."
            self.vouchers[stream] = (data["currency"], dict(dict.fromkeys(PLACES, 0), available=data["face"]))
        elif event in MOVES:
            if stream not in self.vouchers:
                yield f"{stream} was never issued."
                self.vouchers[stream] = ("?", dict.fromkeys(PLACES, 0))
            places, amount, (source, target) = self.vouchers[stream][1], data["amount"], MOVES[event]
            if not 0 <= amount <= places[source]:
                yield f"it moves {amount} out of {source} of {stream}, which has {places[source]}."
            places[source] -= amount
            places[target] += amount

    def ceiling(self, stream: str, counted: bool, data: dict, amount: int) -> Iterator[str]:
        """What counts against a ceiling: money, and orders; an order that grows is still one order."""
        total, count = self.totals.get(stream, (0, 0))
        if counted:
            now = (total + amount, count + min(max(data["count"] - count, 0), 1))
        else:
            now = (total - amount, count - data["orders"])
        yield from self.compare(stream, now, (data["total"], data["count"]))

    def window(self, stream: str, counted: bool, data: dict) -> Iterator[str]:
        """A ceiling over rolling months: its parts are [day, order, amount, orders], those before `since` are out."""
        parts = [part for part in self.windows.get(stream, ()) if part[0] >= data["since"]]
        if counted:
            more = data["count"] - sum(part[3] for part in parts)
            parts.append([data["on"], data["order_id"], data["amount"], min(max(more, 0), 1)])
        rest = 0 if counted else data["amount"]
        for part in reversed([part for part in parts if part[1] == data["order_id"] and not counted]):
            taken = min(part[2], rest)  # The latest part of the order gives back first.
            part[2], part[3], rest = part[2] - taken, 0 if data["orders"] else part[3], rest - taken
        self.windows[stream] = [part for part in parts if part[2] or part[3]]
        now = sum(part[2] for part in parts), sum(part[3] for part in parts)
        yield from self.compare(stream, now, (data["total"], data["count"]))

    def finish(self, files: Files, anchors: list, found: Findings) -> None:
        """What can be said at the end only."""
        for (word, redemption), (rest, number) in self.pairs.items():
            found.wrong("record", number, f"{redemption}: its vouchers have {rest} more {word} than the order says.")
        for number, size, _, times in anchors:
            at = bisect_right(self.recs[0], size - 1) - 1
            if times and at >= 0 and self.recs[1][at][:19] > times[0][:19]:
                found.wrong("record", size - 1, f"it says {self.recs[1][at]}, and a witness saw it at {times[0]}.")
            after = bisect_right(self.recs[0], number) - 1
            if times and after >= 0 and self.recs[1][after][:19] < times[-1][:19]:
                found.wrong(
                    "record", number, f"it says {self.recs[1][after]}, and holds what was signed at {times[-1]}."
                )
        for digest, document in self.policies.items():
            if files.read(f"policy/{digest}.json") != document.encode():
                found.wrong("proof", None, f"policy/{digest}.json is not the policy that was adopted.")
        found.good.append(f"order: numbers, times and {len(self.versions)} streams")
        sums: dict = {}
        for money, places in self.vouchers.values():
            total = sums.setdefault(money, dict.fromkeys(PLACES, 0))
            for place, amount in places.items():
                total[place] += amount
        for money, total in sorted(sums.items()):
            told = " + ".join(f"{place} {amount}" for place, amount in total.items() if amount)
            face = f"face {sum(total.values())} (minor units of {money})"
            found.good.append(f"balances: {len(self.vouchers)} vouchers, {face} = {told}")


# ---- Derived tables: made again from their definitions, which README.txt explains ----------------------------------
class Tables:
    """The tables of a bundle, each compared row by row with what its definition makes of the entries."""

    def __init__(self, files: Files) -> None:
        text = files.read("tables/definitions.json")
        plan, self.digest = json.loads(text), HASH(text).hexdigest()
        defined = {f"tables/{plain['name']}.csv" for plain in plan["tables"]}
        odd = defined ^ {name for name in files.names if re.fullmatch(r"tables/[^/]*\.csv", name)}
        if odd:
            raise ValueError(f"{min(odd)} is missing, or nobody says how it is made")
        self.exponents, self.money, self.makers, self.tables, self.rows = plan["exponents"], {}, {}, [], 0
        for plain in plan["tables"]:
            table = {"name": plain["name"], "csv": files.open(f"tables/{plain['name']}.csv"), "well": True}
            table["cells"] = [(c["kind"], c["path"].split("|"), c.get("words")) for c in plain["columns"]]
            self.tables.append(table)
            table["well"] = self.same(table, [column["name"] for column in plain["columns"]])
            for event in dict.fromkeys(event for source in plain["sources"] for event in source["events"]):
                each = [source["each"] for source in plain["sources"] if event in source["events"]]
                self.makers.setdefault(event, []).append((table, each))

    def same(self, table: dict, row: list) -> bool:
        """Whether this row is the next one of the file."""
        text = io.StringIO(newline="")
        cells = [str(cell).lower() if isinstance(cell, bool) else cell for cell in row]
        csv.writer(text, lineterminator="\r\n").writerow(cells)
        self.rows += 1
        return table["csv"].read(len(text.getvalue().encode())) == text.getvalue().encode()

    def take(self, entry: dict) -> Iterator[str]:
        """Make the rows of an entry; the sentences about those that are not in the files."""
        stream, data = entry["agg"], entry["data"]
        if data.get("currency"):
            self.money[stream] = data["currency"]
        programme = f"programme/{data.get('programme') or stream.split('/')[1]}"
        entry["currency"] = self.money.get(stream) or self.money.get(programme)
        for table, sources in self.makers.get("*", []) + self.makers.get(entry["type"], []):
            place = 0
            for each in sources:
                for item in elements(each, find([each.rstrip("*")], entry, None, 0)) if each else [None]:
                    place += 1
                    row = [self.cell(cell, entry, item, place) for cell in table["cells"]]
                    if table["well"] and not self.same(table, row):
                        table["well"] = False
                        yield f"its row {place} of tables/{table['name']}.csv says something else."

    def cell(self, definition: tuple, entry: dict, item: Any, place: int) -> Any:
        """The value of a column."""
        kind, paths, words = definition
        value = find(paths, entry, item, place)
        if words is not None:
            return words.get(value) or None
        if kind in ("integer", "amount", "decimal") and type(value) is not int:
            return None
        if kind == "decimal":
            digits = self.exponents.get(entry["currency"] or "", -1)
            text = str(abs(value)).rjust(digits + 1, "0")
            point = f"{text[:-digits]}.{text[-digits:]}" if digits else text
            return "-" * (value < 0) + point if digits >= 0 else None
        if kind == "boolean":
            return value if type(value) is bool else None
        if value is None or isinstance(value, str) or kind != "text":
            return value
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def finish(self, found: Findings, to_the_end: bool) -> None:
        """No file has a row more, where the log was read to its end."""
        for table in self.tables:
            if to_the_end and table["well"] and table["csv"].read(1):
                found.wrong("record", None, f"tables/{table['name']}.csv has rows that no entry makes.")
            table["csv"].close()
        if not to_the_end:
            return
        how = f"as definitions.json says (SHA-256 {self.digest[:16]}...)"
        found.good.append(f"tables: {self.rows - len(self.tables)} rows of {len(self.tables)} tables made again, {how}")


def find(paths: list, entry: dict, item: Any, place: int) -> Any:
    """The first value that one of the paths leads to."""
    for path in paths:
        kind, at, way = path.rpartition("@")
        if at and not entry["agg"].startswith(kind + "/"):
            continue
        head, *steps = way.replace("!", ".!").split(".")
        value = item if head == "item" else place if head == "place" else entry.get(head)
        if head == "agg" and steps:
            wanted = int(steps[0].rstrip("+"))
            parts = value.split("/", wanted if steps[0][-1] == "+" else -1)
            value, steps = parts[wanted] if wanted < len(parts) else None, []
        for step in steps:
            if step == "!":
                value = json.loads(value) if value else None
            else:
                value = value.get(step) if isinstance(value, dict) else None
        if value not in (None, ""):
            return value
    return None


def elements(path: str, value: Any) -> Any:
    """What a source goes through: a list, the members of an object, or with a star all single values within."""
    if path.endswith("*"):
        return flat("", value)
    if isinstance(value, dict):
        of = path.rpartition(".")[2]
        return [{"of": of, "name": name, "value": value[name]} for name in sorted(value)]
    return value or []


def flat(name: str, value: Any) -> Iterator[dict]:
    """The single values within a value, each with the way to it."""
    if isinstance(value, (dict, list)):
        for key, inner in sorted(value.items()) if isinstance(value, dict) else enumerate(value):
            yield from flat(f"{name}.{key}" if name else str(key), inner)
    else:
        yield {"name": name, "value": value}


# ---- One receipt: C2SP tlog-proof -----------------------------------------------------------------------------------
def check_receipt(proof: bytes, entry: bytes, trust: Trust, found: Findings) -> None:
    """An entry stands in the log whose checkpoint its proof holds: RFC 9162 section 2.1.3.2."""
    head, _, note = proof.partition(b"\n\n")
    lines = [line for line in head.decode().split("\n") if not line.startswith("extra ")]
    stated, cosigned = trust.check(note, quorum=True)
    origin, size, root = checkpoint(stated)
    index, node = int(lines[1][len("index ") :]), HASH(b"\0" + entry).digest()
    place, last = index, size - 1
    for part in map(unbase64, lines[2:]):
        if last == 0 or len(part) != 32:
            raise ValueError("the proof is longer than the way to the root")
        if place & 1 or place == last:
            node = HASH(b"\1" + part + node).digest()
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            node = HASH(b"\1" + node + part).digest()
        place, last = place >> 1, last >> 1
    if lines[0] != "c2sp.org/tlog-proof@v1" or last or node != root or not 0 <= index < size:
        found.wrong("proof", None, f"The entry is not entry {index} of {origin}: it or its proof was changed.")
    else:
        found.good.append(f"receipt: entry {index} of {origin}, cosigned by {', '.join(cosigned) or 'nobody'}")


# ---- The program ----------------------------------------------------------------------------------------------------
def check_bundle(options: argparse.Namespace, trust: Trust, found: Findings) -> None:
    """All checks of a bundle, one after the other."""
    files = Files(options.bundle)
    lines, cosigned = trust.check(files.read("checkpoint"), quorum=True)
    stated = checkpoint(lines)
    by = ", ".join(cosigned) or "nobody"
    found.good.append(f"signatures: {stated[0]} signed its first {stated[1]} entries, cosigned by {by}")
    check_manifest(files, trust, stated, found)
    known = []
    if options.previous:
        origin, size, root = checkpoint(trust.check(Path(options.previous).read_bytes())[0])
        if origin != stated[0]:
            raise ValueError(f"the checkpoint that you hold is of another log, {origin}")
        known.append((size, root, "the checkpoint that you hold", None))
    for line in files.read("checkpoints.jsonl").decode().splitlines():
        # Keys change: an earlier one need not be in the trust file, and its checkpoint is compared all the same.
        origin, size, root = checkpoint(trust.check(json.loads(line)["note"].encode(), unsigned=True)[0])
        known += [(size, root, "an earlier checkpoint", None)] if origin == stated[0] else []
    tables = Tables(files) if options.tables and not options.tree else None
    check_log(files, stated, known, tables, not options.tree, found)


def read_arguments(arguments: list | None) -> argparse.Namespace:
    """What was asked for; raises SystemExit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", nargs="?")
    parser.add_argument("--trust", required=True)
    for name in ("--previous", "--receipt", "--entry"):
        parser.add_argument(name)
    for name in ("--tables", "--tree", "--json"):
        parser.add_argument(name, action="store_true")
    options = parser.parse_args(arguments)
    if bool(options.receipt) == bool(options.bundle) or bool(options.receipt) != bool(options.entry):
        parser.error("name a bundle, or a receipt and its entry")
    return options


def run(options: argparse.Namespace, trust: Trust) -> Findings:
    """Check what was named; whatever cannot even be read is a proof that fails."""
    found = Findings()
    try:
        if options.receipt:
            entry = Path(options.entry).read_bytes()
            check_receipt(
                Path(options.receipt).read_bytes(), entry[: -1 if entry[-1:] == b"\n" else None], trust, found
            )
        else:
            check_bundle(options, trust, found)
    except (ValueError, LookupError, TypeError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error) as fault:
        found.wrong("proof", None, f"The files cannot be relied on: {fault}.")
    return found


def main(arguments: list | None = None) -> int:
    """Run it as a program."""
    try:
        options = read_arguments(arguments)
        found = run(options, Trust(Path(options.trust).read_text(encoding="utf-8")))
    except SystemExit as done:
        return 3 if done.code else 0
    except (OSError, ValueError, LookupError) as fault:
        print(f"It could not be run: {fault}", file=sys.stderr)
        return 3
    code, text = found.verdict()
    if options.json:
        told = [dict(zip(("kind", "record", "text"), each)) for each in found.problems]
        print(json.dumps({"exit": code, "verdict": text, "good": found.good, "problems": told}, indent=2))
    else:
        shown = [f"WRONG  {'' if each[1] is None else f'record {each[1]}: '}{each[2]}" for each in found.problems[:20]]
        print("\n".join([*(f"ok     {each}" for each in found.good), *shown, text]))
    return code


if __name__ == "__main__":
    sys.exit(main())
