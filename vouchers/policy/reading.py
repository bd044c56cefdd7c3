"""Reading a document of tables: every value is asked for once, and every fault is collected with its path."""

from collections.abc import Mapping, Sequence
from typing import Final

from vouchers.days import ZoneUnknown, check_day, local_day
from vouchers.policy.faults import PolicyFault
from vouchers.refusals import Malformed

MOST: Final = 2**53 - 1
LONGEST_TEXT: Final = 1_000
MOST_ITEMS: Final = 200
_ABOUT_EVERY_TABLE = frozenset({"source", "clause"})


class Faults:
    """The faults found so far, in the order of reading."""

    def __init__(self) -> None:
        """Begin with none."""
        self.found: list[PolicyFault] = []

    def add(self, path: str, message: str, remedy: str) -> None:
        """Note one fault."""
        self.found.append(PolicyFault(path, message, remedy))


class Table:
    """One table of the document at its path; what nobody asked for is a fault at the end."""

    def __init__(self, content: object, path: str, faults: Faults) -> None:
        """Hold the table, or nothing where the value is not a table."""
        self.path = path
        self.faults = faults
        self.asked: set[str] = set()
        self.content: Mapping[str, object] = {}
        if isinstance(content, Mapping):
            self.content = content
        else:
            self.fault("", "This must be a table.", f"Write a table [{path}].")
            self.faults = Faults()  # Its values are not listed one by one.

    def fault(self, key: str, message: str, remedy: str) -> None:
        """Note a fault of one key, or of the whole table."""
        self.faults.add(self.at(key), message, remedy)

    def at(self, key: str) -> str:
        """The path of a key."""
        return f"{self.path}.{key}".strip(".")

    def has(self, key: str) -> bool:
        """Whether the document gives this key."""
        return key in self.content

    def clause(self) -> str:
        """The legal reference of this table, or nothing."""
        return self.text("clause", default="")

    def text(self, key: str, default: str | None = None) -> str:
        """A sentence or word; required where there is no default."""
        value = self._value(key, default, "a text in quotes")
        if isinstance(value, str) and len(value) <= LONGEST_TEXT and (value or default == ""):
            return value
        if value is not None:
            self.fault(key, "This must be a text.", f"Write 1 to {LONGEST_TEXT} characters in quotes.")
        return default or ""

    def one_of(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        """One word of a fixed list."""
        value = self.text(key, default)
        if value and value not in choices:
            self.fault(key, f'"{value}" is not known here.', f"Choose one of: {', '.join(choices)}.")
        return value

    def day(self, key: str, default: str | None = None) -> str:
        """A day as YYYY-MM-DD, or nothing where the default says so."""
        value = self.text(key, default)
        try:
            return check_day(value) if value else value
        except Malformed as refusal:
            self.fault(key, f'"{value}" is not a day of the calendar.', refusal.remedy)
            return default or ""

    def zone(self, key: str) -> str:
        """A name of the time zone database."""
        name = self.text(key)
        if name:
            try:
                local_day("2000-01-01T00:00:00Z", name)
            except ZoneUnknown as refusal:
                self.fault(key, f'"{name}" is not a known time zone.', refusal.remedy)
        return name

    def whole(self, key: str, default: int | None = None, least: int = 0, most: int = MOST) -> int:
        """A whole number within its bounds; required where there is no default."""
        value = self._value(key, default, "a whole number")
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        if value is not None:
            self.fault(key, "This must be a whole number.", f"Write a whole number from {least} to {most}.")
        return default if default is not None else least

    def maybe_whole(self, key: str, least: int = 0) -> int | None:
        """A whole number, or None where the document does not give it."""
        self.asked.add(key)
        return self.whole(key, least=least) if self.has(key) else None

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._value(key, default, "true or false")
        if isinstance(value, bool):
            return value
        self.fault(key, "This must be true or false.", "Write true or false, without quotes.")
        return default

    def words(self, key: str, default: tuple[str, ...] | None = None, known: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of texts, each one of the known words where these are given."""
        value = self._value(key, default, "a list of texts in brackets")
        if not isinstance(value, list | tuple) or len(value) > MOST_ITEMS:
            if value is not None:
                self.fault(key, "This must be a list of texts.", f"Write at most {MOST_ITEMS} texts in brackets.")
            return default or ()
        for index, word in enumerate(value):
            if not isinstance(word, str) or not word:
                self.faults.add(f"{self.at(key)}[{index}]", "This must be a text.", "Write each item in quotes.")
            elif known and word not in known:
                remedy = f"Choose from: {', '.join(known)}."
                self.faults.add(f"{self.at(key)}[{index}]", f'"{word}" is not known here.', remedy)
        return tuple(word for word in value if isinstance(word, str))

    def table(self, key: str, required: bool = True) -> "Table":
        """A table below this one; an empty one where it is absent and not required."""
        value = self._value(key, None if required else {}, "a table")
        # Where a whole table is missing, one fault says so; its values are not listed one by one.
        return Table({}, self.at(key), Faults()) if value is None else Table(value, self.at(key), self.faults)

    def tables(self, key: str, required: bool = False) -> list["Table"]:
        """A list of tables below this one."""
        value = self._value(key, None if required else [], "a list of tables")
        if value is None:
            return []
        if not isinstance(value, list | tuple) or len(value) > MOST_ITEMS or (required and not value):
            self.fault(key, "This must be a list of tables.", f"Write 1 to {MOST_ITEMS} tables [[{self.at(key)}]].")
            return []
        return [Table(item, f"{self.at(key)}[{index}]", self.faults) for index, item in enumerate(value)]

    def named(self, key: str, required: bool = True) -> dict[str, "Table"]:
        """Tables by name: [category.TEST], [category.POC]; at least one where the key is given."""
        table = self.table(key, required)
        if self.has(key) and not table.content:
            self.fault(key, "At least one is needed.", f"Write a table [{self.at(key)}.NAME].")
        return {name: table.table(name) for name in table.content if name not in _ABOUT_EVERY_TABLE}

    def end(self) -> None:
        """Note every key that nobody asked for, and every source that speaks of no value."""
        for key in self.content:
            if key not in self.asked and key not in _ABOUT_EVERY_TABLE:
                known = ", ".join(sorted(self.asked))
                self.fault(key, "This key is not known here.", f"Remove it, or use one of: {known}.")
        source = self.content.get("source", "")
        tags = source.values() if isinstance(source, Mapping) else (source,)
        if not all(isinstance(tag, str) for tag in tags):
            self.fault("source", "A source is a text.", "Write one tag, or a table of tags by key.")
        if isinstance(source, Mapping):
            for key in sorted(source.keys() - self.content.keys() - self.asked):
                self.fault(f"source.{key}", "There is no such value in this table.", "Remove the tag or add the value.")

    def _value(self, key: str, default: object, wanted: str) -> object:
        """The raw value, its default, or None after noting that it is missing."""
        self.asked.add(key)
        if key in self.content:
            return self.content[key]
        if default is None:
            self.fault(key, "This value is missing.", f"Add {key} = {wanted}.")
        return default
