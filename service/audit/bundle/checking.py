"""A bundle checked with everything that is installed here: `verify.py`, ML-DSA cosignatures, the other table forms."""

import argparse
import csv
import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, NamedTuple

from service.audit.bundle import verify
from service.audit.bundle.verify import Files, Findings
from service.audit.signing import NoteSignatureInvalid, Verifier
from service.audit.tables import definitions
from vouchers.audit import ML_DSA_44, Key, Signature
from vouchers.refusals import Malformed, NotFound

_PAGE: Final = 20_000  # rows of a Parquet file at a time


class TrustFileUnusable(Malformed):
    """The trust file cannot be used."""

    remedy = "Take the file that you were given on paper or by another way."


class BundleMissing(NotFound):
    """There is no bundle of this name."""

    remedy = "Name the folder or the ZIP that `vouchers audit export` made."


class Asked(NamedTuple):
    """What is to be checked: the bundle, whose keys count, a checkpoint that was kept, and how deep."""

    bundle: str
    trust: Path
    previous: Path | None = None
    tables: bool = False
    tree: bool = False


class Trust(verify.Trust):
    """A trust file whose ML-DSA keys are looked at as well."""

    def made(self, key: tuple[str, bytes, int, bytes], text: str, signature: bytes) -> bool | None:
        """Whether a key made a signature."""
        name, identity, kind, public = key
        if kind != ML_DSA_44:
            return super().made(key, text, signature)
        try:
            Verifier(Key(name, kind, public)).verify(text, Signature(name, identity, signature))
        except NoteSignatureInvalid:
            return False
        return True


def check(asked: Asked) -> Findings:
    """Everything that is wrong with a bundle; raises TrustFileUnusable, BundleMissing."""
    if not Path(asked.bundle).exists():
        raise BundleMissing(pointer="/bundle")
    try:
        trust = Trust(asked.trust.read_text(encoding="utf-8"))
    except (ValueError, LookupError) as fault:
        raise TrustFileUnusable(f"The trust file cannot be used: {fault}.", pointer="/trust") from fault
    found = check_against(trust, asked.bundle, str(asked.previous or ""), tables=asked.tables, tree=asked.tree)
    if asked.tables and not asked.tree and not found.problems:
        _check_forms(Files(asked.bundle), found)
    return found


def check_against(
    trust: Trust, bundle: str, previous: str = "", *, tables: bool = False, tree: bool = False
) -> Findings:
    """What `verify.py` says of a bundle."""
    options = {"bundle": bundle, "previous": previous, "tables": tables, "tree": tree, "receipt": None, "entry": None}
    return verify.run(argparse.Namespace(**options), trust)


def _check_forms(files: Files, found: Findings) -> None:
    """The tables in their other forms against the CSV, which was just made again."""
    plan = json.loads(files.read("tables/definitions.json"))
    if plan != json.loads(json.dumps(definitions())):
        found.good.append("tables: defined otherwise than by this version of the program")
    with tempfile.TemporaryDirectory() as folder:
        if "audit.sqlite" in files.names:
            path = Path(folder) / "audit.sqlite"
            path.write_bytes(files.read("audit.sqlite"))
            with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
                for table in plan["tables"]:
                    key = ", ".join(f'"{name}"' for name in table["key"])
                    rows = database.execute(f'SELECT * FROM "{table["name"]}" ORDER BY {key}')  # noqa: S608
                    _compare(files, table, "audit.sqlite", rows, found)
        for table in plan["tables"]:
            name = f"tables/{table['name']}.parquet"
            if name in files.names:
                path = Path(folder) / "table.parquet"
                path.write_bytes(files.read(name))
                _compare(files, table, name, _parquet(path), found)
    if not found.problems:
        forms = sorted({Path(name).suffix[1:] for name in files.names} & {"parquet", "sqlite"})
        found.good.append(f"forms: {', '.join(forms) or 'none'} as the CSV")


def _compare(files: Files, table: dict[str, Any], form: str, rows: Any, found: Findings) -> None:
    """Each row of another form against that of the CSV."""
    kinds = [column["kind"] for column in table["columns"]]
    with files.open(f"tables/{table['name']}.csv") as raw:
        lines = csv.reader(line.decode() for line in raw)
        next(lines)
        for cells, row in zip_longest(lines, rows):
            if cells is None or row is None or not all(map(_is, cells, row, kinds)):
                record = int((cells or row)[0])
                text = f"its row of {table['name']} in {form} is not that of the CSV."
                found.need(False, text, record, "record")
                return


def _parquet(path: Path) -> Iterator[tuple[Any, ...]]:
    """The rows of a Parquet file; none are looked at where pyarrow is not installed."""
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - an extra

    for batch in ParquetFile(path).iter_batches(_PAGE):
        yield from zip(*[column.to_pylist() for column in batch.columns], strict=True)


def _is(text: str, cell: Any, kind: str) -> bool:
    """Whether a value is what the CSV has."""
    if cell is None or not text:
        return cell is None and not text
    if kind == "decimal":
        return Decimal(text) == Decimal(cell)
    if kind == "boolean":
        return text == str(bool(cell)).lower()
    if isinstance(cell, datetime):
        return datetime.fromisoformat(text) == cell
    return text == str(cell)
