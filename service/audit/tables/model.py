"""What a derived table is: its columns, each with a path into an entry of the log. A table is data, not code.

So the same definition makes CSV, SQLite, Parquet and XLSX, travels with a bundle, and is read there by another program
that makes the table again. A path is one of

    seq rec eff occ actor type agg ver cause   a member of the entry
    data.x, data.x.y, auth.role                a member within a member; nothing where it is missing
    document.x                                 within the policy whose JSON text data.document holds
    part.0, part.1, part.2+                    a part of the stream's name between slashes; the rest from a part on
    stream.order                               part.1 in streams of the kind `order`, nothing in others
    item.name, item.value.x, item.of, place    what `each` went through: see below; its number from 1
    currency                                   the currency of the row, see `deriving`
    a|b                                        a, or where there is nothing, b

`each` is a path to a list or an object. Its elements are {"of", "name", "value"}: the member that holds it, and the
names in their order (of a list the numbers from 0) with the value of each. With a star at its end it goes down to the
single values, and `name` is the way to each, as in "cap.0.limit".
"""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from service.audit.tables.glossary import GLOSSARY

Kind = Literal["text", "integer", "amount", "decimal", "day", "instant", "boolean"]
Row = tuple[str | int | bool | None, ...]


class Column(NamedTuple):
    """One column: its name, what kind of value, what it says, and where in an entry it stands.

    `words` says what is written instead of a value that was found, such as the place that an event moves money to.
    """

    name: str
    kind: Kind
    text: str
    path: str
    words: dict[str, str] | None = None


class Source(NamedTuple):
    """Events that make rows of a table: one row each, or one for every element of what `each` names."""

    events: tuple[str, ...]
    each: str = ""


@dataclass(frozen=True)
class Table:
    """A derived table: every row comes from one entry of the log and names it in `seq`."""

    name: str
    text: str
    sources: tuple[Source, ...]
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("seq",)
    references: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns in their order."""
        return tuple(column.name for column in self.columns)

    def plain(self) -> dict[str, Any]:
        """The definition as plain JSON values, as it travels with a bundle."""
        return {
            "name": self.name,
            "text": self.text,
            "key": list(self.key),
            "references": self.references,
            "sources": [{"events": list(source.events), "each": source.each} for source in self.sources],
            "columns": [
                {key: value for key, value in column._asdict().items() if value is not None} for column in self.columns
            ],
        }


# Every table begins with these.
_HEAD = "seq=seq event=type eff=eff rec=rec actor=actor"


def table(
    name: str,
    text: str,
    events: str,
    columns: str,
    *,
    each: str = "",
    also: tuple[Source, ...] = (),
    words: dict[str, dict[str, str]] | None = None,
    references: dict[str, str] | None = None,
) -> Table:
    """A table from the words of its columns, `name` or `name=path`; a name alone stands for `data.name`.

    An amount in a table that knows the currency is followed by the same amount with its decimals.
    """
    sources = (Source(tuple(events.split()), each), *also)
    exploded = any(source.each for source in sources)
    specs = [*_HEAD.split(), *["place=place"][: int(exploded)], *columns.split()]
    priced = any(spec.partition("=")[0] == "currency" for spec in specs)
    made: list[Column] = []
    for spec in specs:
        title, _, path = spec.partition("=")
        kind, meaning = GLOSSARY[title]
        path = path or (title if title == "currency" else f"data.{title}")
        made.append(Column(title, kind, meaning, path, (words or {}).get(title)))
        if kind == "amount" and priced:
            made.append(Column(f"{title}_decimal", "decimal", f"{meaning} With its decimals.", path))
    key = ("seq", "place") if exploded else ("seq",)
    within = {} if name == "events" else {"seq": "events"}
    return Table(name, text, sources, tuple(made), key, within | (references or {}))
