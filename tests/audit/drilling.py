"""What every control says after an attack, and the table of docs/audit-drill.md.

`python -m tests.audit.drilling` plays every attack and writes the table into the page; `-v` prints the sentences too.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from service.audit.anchors import Anchors
from service.audit.bundle.checking import Asked, check
from service.audit.bundle.exporting import Wanted, export_bundle
from service.audit.gate import check_continues, open_gate
from service.audit.outside import View
from service.audit.replaying.parts import replay
from service.audit.witness.client import WitnessAhead, WitnessDisagrees
from service.audit.witness.views import views_of
from service.doctor import examine
from tests.audit.attacks import (
    ATTACKS,
    CONTROLS,
    COPY,
    DEPTHS,
    DOCTOR,
    GATE,
    PINNED,
    QUORUM,
    REPLAY,
    VERIFY,
    VIEWS,
    WITNESS,
    Attack,
)
from tests.audit.bundles import OFFICER
from tests.audit.striking import WANTED, Home, a_drill
from vouchers.refusals import Refused

PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "audit-drill.md"
NOTHING: Final = "–"
# What the doctor says of the machine is no matter here.
LOOKED_AT: Final = ("opening", "guards", "checkpoints", "log key", "log file", "entries", "tree", "views")
# What each control said: a word for the table, and the sentence.
Said = Iterable[tuple[str, str]]


def doctor(home: Home) -> Said:
    """`vouchers doctor`."""
    found = examine(str(home.data), {})
    return [(each.check, each.what) for each in found if each.state == "fail" and each.check in LOOKED_AT]


def gate(home: Home) -> Said:
    """The start of `vouchers serve` and `vouchers worker`."""
    with home.opened() as service:
        open_gate(service)
    return []


def witness(home: Home) -> Said:
    """`vouchers audit anchor now`; where the log refuses to sign, `vouchers audit anchor compare`."""
    with home.opened() as service:
        try:
            failures = Anchors(service).turn(now=True).failures
        except Refused:
            for _, view in views_of(service):
                assert isinstance(view, View)
                check_continues(service.ledger.tree, view)
            raise
    codes = {WitnessAhead: "409", WitnessDisagrees: "422"}
    answered = re.compile(r"it answered (\d{3})")
    return [
        (codes.get(type(each)) or answered.search(each.detail)[1], each.detail)  # type: ignore[index]
        for each in failures
    ]


def verify(home: Home) -> Said:
    """`vouchers audit export`, and `verify.py` with the key of the log alone."""
    with home.opened() as service:
        export_bundle(service, Wanted(home.folder / "bundle", *WANTED), OFFICER)
    return verified(home, "log.trust")


def quorum(home: Home) -> Said:
    """What is more to say with a trust file that asks for the witness."""
    return more(home, verified(home, "quorum.trust"))


def previous(home: Home) -> Said:
    """What is more to say with the checkpoint that the auditor kept."""
    return more(home, verified(home, "log.trust", home.folder / "kept" / "checkpoint"))


def more(home: Home, said: Said) -> Said:
    """What was not said without."""
    known = {text for _, text in verified(home, "log.trust")}
    return [(word, text) for word, text in said if text not in known]


def verified(home: Home, trust: str, kept: Path | None = None) -> Said:
    """What `verify.py` says of the new bundle, if the installation still made one."""
    if not (home.folder / "bundle").exists():
        return []
    found = check(Asked(str(home.folder / "bundle"), home.folder / trust, kept))
    records = [(f"record {record}: {text}" if record is not None else text) for _, record, text in found.problems]
    return [(f"exit {found.verdict()[0]}", text) for text in records]


def copy(home: Home) -> Said:
    """`vouchers log export`, compared (`cmp`) with the lines of the bundle that the auditor kept."""
    kept = (home.folder / "kept" / "events.jsonl").read_bytes().splitlines()
    with home.opened() as service:
        lines = [row.entry for row in service.ledger.rows(0, len(kept))]
    pairs = enumerate(zip(kept, lines, strict=False))
    place = next((place for place, (one, other) in pairs if one != other), len(lines))
    return [("cmp", f"entry {place}")] * (place < len(kept))


def replayed(home: Home) -> Said:
    """`vouchers audit replay`."""
    found = replay(home.settings.log_url, level=3, processes=1)
    return [(f"L{each.level}", each.sentence) for each in found.findings]


def views(home: Home) -> Said:
    """`vouchers views verify`."""
    with home.opened() as service:
        service.catch_up()
        return [(each.table, str(each)) for each in service.views.verify(service.ledger)]


# In this order, because the witness and the bundle add to the log.
ASKED: Final[Mapping[str, Callable[[Home], Said]]] = {
    DOCTOR: doctor,
    GATE: gate,
    REPLAY: replayed,
    VIEWS: views,
    COPY: copy,
    WITNESS: witness,
    VERIFY: verify,
    QUORUM: quorum,
    PINNED: previous,
}


def asked(home: Home) -> dict[str, list[tuple[str, str]]]:
    """What every control says; one that refuses its work says why."""
    said = {}
    for name, control in ASKED.items():
        try:
            said[name] = [*control(home)]
        except Refused as refused:
            said[name] = [(refused.code, refused.detail)]
    return said


def naming(said: Said, seq: int) -> list[str]:
    """The words of those that name an entry."""
    named = re.compile(rf"(?i)\b(entry|record|ends at|log has) {seq:,}\b")
    return [word for word, text in said if named.search(text)]


def row(attack: Attack, said: Mapping[str, list[tuple[str, str]]], hit: int) -> str:
    """The line of the table for an attack."""
    cells = []
    for control in CONTROLS:
        named, words = naming(said[control], hit), [word for word, _ in said[control]]
        cells.append(f"`{named[0]}` **{hit}**" if named else f"`{words[0]}`" if words else NOTHING)
    return f"| {attack.name} | {attack.depth} | {' | '.join(cells)} |"


def rows_of(page: str) -> dict[str, str]:
    """The lines of a page's table, by attack and depth."""
    lines = re.findall(rf"^(\| ([^|]+) \| ({'|'.join(DEPTHS)}) \| .*)$", page, re.MULTILINE)
    return {f"{name}, {depth}": line for line, name, depth in lines}


def main() -> None:
    """Play every attack, and write the table."""
    page = PAGE.read_text(encoding="utf-8")
    known = rows_of(page)
    with TemporaryDirectory(prefix="drill-") as folder, a_drill(Path(folder) / "world") as drill:
        for attack in ATTACKS:
            with drill.struck(attack) as home:
                said = asked(home)
                line = row(attack, said, home.hit)
            print(line)
            for name, sentences in said.items() if "-v" in sys.argv else ():
                print("".join(f"    {name}: {text}\n" for _, text in sentences[:2]), end="")
            page = page.replace(known.get(attack.title, line), line)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
