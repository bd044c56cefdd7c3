"""A registry file parsed in batches: good rows as facts, bad ones as faults, rows that came twice apart."""

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from schemas.registry import CellCount, Faulty, Layout, Reading, RowFault, layout_of, read_row
from schemas.registry_cells import short
from schemas.strict import EncodingBroken, read_json
from service.registry.lines import Lines, Record, RecordTooLong
from service.registry.seen import VALUE, Seen
from vouchers import application
from vouchers.application.deciding import MISTAKES, Judged, judge
from vouchers.policy import Policy
from vouchers.programme.events import PolicyAdopted
from vouchers.refusals import Malformed, Refused

ENCODINGS: Final = ("utf-8", "gb18030")
BATCH: Final = 500  # rows
_MARK: Final = b"\xef\xbb\xbf"
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_LAYOUTS: Final = 64


class EncodingUnknown(Malformed):
    """Registry files are UTF-8, or GB18030 if the command says so."""


class FileEmpty(Malformed):
    """The file has no header."""


class AsOfAhead(Malformed):
    """The row speaks of a day that has not come."""


class RowContradicts(Malformed):
    """The file has another row about the same enterprise that says something else."""


@dataclass(frozen=True, slots=True)
class Source:
    """A registry file and how to read it."""

    path: Path
    subject: str  # enterprise | provider
    as_of_on: str = ""
    encoding: str = "utf-8"
    allowed: frozenset[str] = frozenset()
    ignore_unknown: bool = False
    on: str = "9999-12-31"
    adopted: tuple[PolicyAdopted, ...] = ()  # the policies to judge every enterprise by, on that day
    batch: int = BATCH


class Row(NamedTuple):
    """A good row with the digest of its own bytes, and what each of the policies says of it."""

    digest: str
    reading: Reading
    judged: tuple[Judged | None, ...]


@dataclass(slots=True)
class Batch:
    """Some rows of a file: how far the file is read, the good rows, the faults, and how many came twice."""

    at: int = 0
    rows: int = 0
    duplicates: int = 0
    faulty: int = 0
    good: list[Row] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    left_out: tuple[str, ...] = ()


def batches(source: Source) -> Iterator[Batch]:
    """The whole file, a batch at a time; raises a refusal where the file as such cannot be read."""
    if source.encoding not in ENCODINGS:
        raise EncodingUnknown(pointer="/encoding", remedy=f"Use one of {', '.join(ENCODINGS)}.")
    with source.path.open("rb", buffering=1 << 20) as stream:
        start = stream.read(3)
        if start[:2] in _WIDE:
            raise EncodingUnknown(remedy="Save the file as UTF-8.")
        stream.seek(3 if start == _MARK else 0)
        is_json = source.path.suffix.lower() in {".jsonl", ".ndjson"}
        lines = Lines(stream, quoted=not is_json)
        reader = JsonLines(source) if is_json else _Csv(source, lines)
        yield from _batches(source, reader, lines)


class _Csv:
    """Rows of a CSV file under one header."""

    def __init__(self, source: Source, lines: Lines) -> None:
        self.encoding = source.encoding
        self.delimiter = ","
        header = next(iter(lines), None)
        if header is None:
            raise FileEmpty(pointer="line 1", remedy="The first line names the columns.")
        if not header.whole:
            raise RecordTooLong(pointer="line 1", remedy="The first line names the columns.")
        text = _decoded(header, self.encoding)
        self.delimiter = max(",;\t", key=text.count)
        self.layout = layout_of(
            self.cells(text),
            source.subject,
            as_of_on=source.as_of_on,
            allowed=source.allowed,
            ignore_unknown=source.ignore_unknown,
        )

    @property
    def left_out(self) -> tuple[str, ...]:
        return self.layout.left_out

    def read(self, record: Record) -> Reading:
        text = record.raw.decode(self.encoding)
        return read_row(self.layout, self.cells(text))

    def cells(self, text: str) -> Sequence[str]:
        """The cells of a record; without quotation marks a split is enough."""
        if '"' not in text:
            return [cell.strip() for cell in text.split(self.delimiter)]
        try:
            return [cell.strip() for cell in next(csv.reader([text], delimiter=self.delimiter, strict=True))]
        except csv.Error as error:
            detail = f"The row cannot be split into cells: {error}."
            raise CellCount(detail, remedy="Look for a missing quotation mark or delimiter.") from error


class JsonLines:
    """Rows that are one JSON object each; every set of members has its layout."""

    def __init__(self, source: Source) -> None:
        """Begin with no layout known."""
        self.source = source
        self.left_out: tuple[str, ...] = ()
        self._layouts: dict[tuple[str, ...], Layout] = {}

    def read(self, record: Record) -> Reading:
        """The row of a line; raises a refusal, or Faulty with every fault of the row."""
        row = read_json(record.raw.decode(self.source.encoding).encode())
        if not isinstance(row, dict):
            raise CellCount("The line is not a JSON object.", remedy='Write {"enterprise_id": ...} on each line.')
        return self.reading(row)

    def reading(self, row: Mapping[str, Any]) -> Reading:
        """The row of an object's members; raises as `read` does."""
        return read_row(self._layout(tuple(row)), [_text(value) for value in row.values()])

    def _layout(self, names: tuple[str, ...]) -> Layout:
        layout = self._layouts.get(names)
        if layout is None:
            source = self.source
            layout = layout_of(
                names,
                source.subject,
                as_of_on=source.as_of_on,
                allowed=source.allowed,
                ignore_unknown=source.ignore_unknown,
            )
            if len(self._layouts) < _LAYOUTS:
                self._layouts[names] = layout
            self.left_out = tuple(dict.fromkeys((*self.left_out, *layout.left_out)))
        return layout


def _batches(source: Source, reader: _Csv | JsonLines, lines: Lines) -> Iterator[Batch]:
    batch, seen = Batch(), Seen()
    judges = [(adopted, application.compiled(adopted)) for adopted in source.adopted]
    for record in lines:
        batch.rows += 1
        reading = _read(reader, record, batch, seen, source.on)
        if reading is not None:
            judged = [_judge(adopted, policy, reading, source.on) for adopted, policy in judges]
            batch.good.append(Row(hashlib.sha256(record.raw).hexdigest(), reading, tuple(judged)))
        if batch.rows == source.batch:
            batch.at, batch.left_out = record.at + len(record.raw), reader.left_out
            yield batch
            batch = Batch()
    batch.at, batch.left_out = source.path.stat().st_size, reader.left_out
    yield batch


def _judge(adopted: PolicyAdopted, policy: Policy, reading: Reading, on: str) -> Judged | None:
    """What a policy says of a row; nothing where it cannot say it, which the writer will meet and put on record."""
    try:
        return judge(adopted, policy, reading.key, reading.facts, on)
    except MISTAKES:
        return None


def _read(reader: _Csv | JsonLines, record: Record, batch: Batch, seen: Seen, on: str) -> Reading | None:
    """A good row; one that came twice or has faults is counted in the batch instead."""
    try:
        if not record.whole:
            raise RecordTooLong(remedy="Look for a missing quotation mark; a row has at most 65,536 bytes.")
        reading = reader.read(record)
        check_come(reading, on)
        before = seen.put(reading.key, said := hash((reading.as_of_on, tuple(reading.facts.items()))))
        if before is None:
            return reading
        if before == said & VALUE:
            batch.duplicates += 1
            return None
        detail = f"The file has said something else about {reading.key} before."
        raise RowContradicts(detail, remedy="Keep the row that is right; the first one was taken.")
    except Faulty as faulty:
        _report(batch, record, faulty.faults)
    except UnicodeDecodeError as fault:
        _report(batch, record, [("", "", _broken(record, fault))])
    except Refused as refused:
        _report(batch, record, [(refused.pointer, "", refused)])
    return None


def check_come(reading: Reading, on: str) -> None:
    """Refuse a row that speaks of a day after this one."""
    if reading.as_of_on > on:
        raise AsOfAhead(f"{reading.as_of_on} has not come.", remedy=f"Give a day up to {on}.")


def _report(batch: Batch, record: Record, found: list[tuple[str, str, Refused]]) -> None:
    """Count a row with faults; they are kept as text, for a refusal holds on to all that led to it."""
    batch.faulty += 1
    batch.faults += [
        RowFault(record.line, column, why.code, value or short(_shown(record)), why.detail, why.remedy)
        for column, value, why in found
    ]


def _decoded(record: Record, encoding: str) -> str:
    try:
        return record.raw.decode(encoding)
    except UnicodeDecodeError as fault:
        raise _broken(record, fault) from fault


def _broken(record: Record, fault: UnicodeDecodeError) -> EncodingBroken:
    detail = f"Line {record.line} is not valid {fault.encoding}: byte {record.at + fault.start + 1} of the file."
    remedy = "Save the file as UTF-8, or say that it is GB18030 (--encoding gb18030)."
    return EncodingBroken(detail, pointer=f"line {record.line}", remedy=remedy, byte=record.at + fault.start + 1)


def _shown(record: Record) -> str:
    return record.raw[:200].decode("utf-8", "replace")


def _text(value: Any) -> str:
    """A JSON value as the text of a cell."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return "|".join(map(_text, value))
        case _:
            return str(value)
