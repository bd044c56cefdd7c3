"""The audit tests as files: a few words about each, and one SELECT in the SQL that every engine knows.

A file begins with lines `-- word: text`: its title, what it asks, the table that it goes over, the sentence that a
finding says, its grade, and what it needs to be given. Numbers that an auditor may set stand as `:name` in the SQL.
The SELECT gives one row for each entry of a finding: finding, seq, aggregate, amount, currency, and the words of the
sentence.
"""

import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from vouchers.refusals import Malformed

GRADES: Final = ("finding", "look", "shown")
_NUMBER: Final = re.compile(r"(?<![:\w]):([a-z_]+)\b")


class AuditTestUnknown(Malformed):
    """There is no audit test of this name."""


class AuditTest(NamedTuple):
    """One test: its name, what it asks, the table it goes over, what a finding says, how grave it is, its SQL.

    The grade `finding` contradicts the rules, `look` deserves a look and is no verdict, `shown` is a picture.
    """

    name: str
    title: str
    asks: str
    over: str
    says: str
    grade: str
    needs: str
    sql: str

    def query(self, numbers: Mapping[str, int]) -> str:
        """The SELECT with its numbers written in, which are whole numbers and nothing else."""
        return _NUMBER.sub(lambda found: str(int(numbers[found[1]])), self.sql)

    def sentence(self, numbers: Mapping[str, int]) -> str:
        """The form of the sentence with the numbers of this run written in."""
        return _NUMBER.sub(lambda found: f"{int(numbers[found[1]]):,}" if found[1] in numbers else found[0], self.says)


@cache
def audit_tests() -> Mapping[str, AuditTest]:
    """Every test by its name, T01 first."""
    folder = files("service.audit.suite").joinpath("sql")
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".sql"))
    return {name[:-4]: _read(name[:-4], folder.joinpath(name).read_text("utf-8")) for name in names}


def _read(name: str, text: str) -> AuditTest:
    words: dict[str, str] = {}
    lines = text.splitlines()
    while lines and lines[0].startswith("-- "):
        word, _, said = lines.pop(0)[3:].partition(": ")
        words[word] = said
    return AuditTest(
        name, words["title"], words["asks"], words["over"], words["says"], words.get("grade", "finding"),
        words.get("needs", ""), "\n".join(lines) + "\n",
    )  # fmt: skip


def chosen(suite: Collection[str]) -> list[AuditTest]:
    """The tests of these names in their order; nothing or `standard` means all."""
    known = audit_tests()
    if not suite or set(suite) == {"standard"}:
        return list(known.values())
    for name in suite:
        if name not in known:
            raise AuditTestUnknown(pointer="/suite", remedy=f"Known: {', '.join(known)}, or standard for all.")
    return [test for name, test in known.items() if name in suite]
