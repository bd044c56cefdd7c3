"""An installation with a witness and an auditor, and the hands of attackers on it: raw SQL, files, the log's key."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from service.audit.anchors import Anchors
from service.audit.bundle.exporting import Wanted, export_bundle
from service.audit.checkpoints import NOTES
from service.audit.keys import PRIVATE
from service.audit.signing import Signer
from service.audit.trust import proposed_policy
from service.audit.witness.app import create_app
from service.audit.witness.folder import open_keys
from service.audit.witness.store import Store
from service.audit.witness.witness import Witness
from service.settings import FILE as SETTINGS
from service.settings import Settings, load_settings
from service.wiring import Service
from tests.audit.attacks import FILES, KEY, ROWS, Attack, History
from tests.audit.bundles import OFFICER, play
from tests.audit.signing_worlds import an_installation, copy_of_file
from tests.audit.trees import events_of, inside
from tests.audit.witnessing import Office, served
from tests.postgres import shared
from tests.town import Town, a_town
from vouchers.ledger import copy_into, open_recorder
from vouchers.merkle import Frontier, leaf_hash

BEGIN: Final = int(datetime(2026, 6, 1, 9, tzinfo=UTC).timestamp())
FORGED: Final = 1_000  # added to the version of an entry that is put in beside others of its stream
WANTED: Final = ((), "annual audit", "audit office")


class Drill:
    """Before any attack: an installation, its witness, and what an auditor took home last month."""

    def __init__(self, folder: Path, database: str = "") -> None:
        """Begin with an empty folder; the stores are files there, unless a database on the server is named."""
        self.folder, self.database = folder, database
        self.witness: Callable[..., Any] = lambda *_: []
        self.ended = self.cosigned = 0  # the sizes of the log last month, and when a witness saw it last
        self._seconds = BEGIN

    def tick(self) -> int:
        """A second later."""
        self._seconds += 1
        return self._seconds

    def now(self) -> str:
        """The instant."""
        return datetime.fromtimestamp(self.tick(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def play(self, url: str) -> None:
        """Last month with a bundle at its end, this month up to a cosignature, and what came since."""
        with a_town() as town:
            play(town)
            entries = [row.entry for row in town.ledger.rows(0, town.ledger.size())]
        office = Office(self.folder)
        keys = [signer.vkey for signer in office.signers]
        lines = f'[[witness]]\nurl = "{url}"\nkeys = {json.dumps(keys)}\n'
        home = Home(self, self.folder, an_installation(self.folder / "data", lines, **stores(self.database)))
        recorder = open_recorder(home.settings.log_url)
        copy_into(recorder, entries)
        recorder.close()
        self.witness = home.office()
        with home.opened() as service:
            log = service.checkpoints.keys
            office.store.trust(log.origin, log.current.vkey)
            (self.folder / "log.trust").write_text(proposed_policy(log.public, []))
            (self.folder / "quorum.trust").write_text(proposed_policy(log.public, [keys]))
            export_bundle(service, Wanted(self.folder / "kept", *WANTED), OFFICER)
            self.ended = service.catch_up()
        shutil.copytree(home.data, self.folder / "old")
        with home.opened() as service:
            happen(service)
            self.cosigned = Anchors(service).turn(now=True).size
            happen(service)
            service.catch_up()
            service.checkpoints.sign_if_grown()
        office.store.close()

    @contextmanager
    def struck(self, attack: Attack) -> Iterator["Home"]:
        """A copy of everything, after an attack."""
        with TemporaryDirectory(dir=self.folder.parent, prefix="struck-") as place, self._stores() as database:
            folder = Path(place) / "copy"
            shutil.copytree(self.folder, folder)
            settings = folder / "data" / SETTINGS
            if database:
                settings.write_text(settings.read_text().replace(shared().dsn(self.database), shared().dsn(database)))
            home = Home(self, folder, load_settings(str(folder / "data"), {}), database)
            self.witness = home.office()
            home.strike(attack)
            yield home

    @contextmanager
    def _stores(self) -> Iterator[str]:
        """The name of a copy of the database, where there is one."""
        name = shared().create_database(self.database) if self.database else ""
        yield name
        if name:
            shared().drop_database(name)


@contextmanager
def a_drill(folder: Path, database: str = "") -> Iterator[Drill]:
    """Everything, with the witness at work."""
    drill = Drill(folder, database)
    with served(lambda *request: drill.witness(*request)) as url:  # noqa: PLW0108 - each copy has a witness of its own
        drill.play(url)
        yield drill


def stores(database: str) -> dict[str, str]:
    """The stores of an installation on the server: the log as it is set up there, the others in schemas."""
    url = shared().dsn(database) if database else ""
    return {"log": url, "views": f"{url}&schema=views", "desk": f"{url}&schema=desk"} if url else {}


def happen(service: Service) -> None:
    """A registry states facts, three times."""
    town = Town(service.ledger, seed=service.seed)
    for day in (2, 3, 4):
        town.record(staff=10 + service.ledger.size(), as_of_on=f"2026-01-0{day}")


class Home:
    """One copy of the installation, with its witness's folder and what the auditor kept beside it."""

    def __init__(self, drill: Drill, folder: Path, settings: Settings, database: str = "") -> None:
        """Name where things are."""
        self.drill, self.folder, self.settings, self.data = drill, folder, settings, settings.data
        self.database = database
        self.hit = -1  # the first entry that is another one, or gone

    @contextmanager
    def opened(self) -> Iterator[Service]:
        """The open installation."""
        with Service(self.settings, now=self.drill.now) as service:
            yield service

    def office(self) -> Callable[..., Any]:
        """The witness of this copy."""
        folder = self.folder / "witness"
        return create_app(Witness(Store(folder), open_keys(folder), self.drill.tick), folder)

    def strike(self, attack: Attack) -> None:
        """Do it, as far as this attacker goes."""
        if attack.depth == FILES:
            attack.change(self)
            return
        self.rewrite(attack.change, whole=attack.depth != ROWS, lonely=attack.depth == KEY)
        if attack.depth == KEY:
            self.sign()

    def rewrite(self, change: Callable[[History], History], *, whole: bool, lonely: bool) -> None:
        """Put another history in the place of the log's, whole with its tree or not."""
        before, after = self.history(), change(self.history())
        pairs = enumerate(zip(before, after, strict=False))
        self.hit = next((place for place, (one, other) in pairs if one != other), len(after))
        if lonely and self.hit < self.drill.cosigned:
            # What the log says of the witness would give the other history away.
            after = [entry for entry in after if entry["type"] != "anchor.AnchorRecorded"]
        write(self.settings.log_url, renumbered(after) if whole else in_rows(after, len(before)), tree=whole)

    def history(self) -> History:
        """Every entry."""
        url = self.settings.log_url
        with inside(url) as store:
            found = store.execute(f"SELECT state FROM {events_of(url)} ORDER BY {number_of(url)}").fetchall()
        return [json.loads(bytes(state)) for (state,) in found]

    def sign(self) -> None:
        """Forget what was signed here, make the views anew, and sign what is there now."""
        shutil.rmtree(self.data / "audit" / "checkpoints")
        (self.data / "audit" / "checkpoint").unlink()
        with self.opened() as service:
            with service.desk.writing() as desk:
                desk.execute(NOTES.delete())
            service.checkpoints.sign_if_grown()
            service.views.rebuild(service.ledger)

    def restore_log(self) -> None:
        """Put the log of last month in the place of this month's."""
        self.hit = self.drill.ended
        for part in self.data.glob("log.sqlite*"):
            part.unlink()
        copy_of_file(self.folder / "old" / "log.sqlite", self.data / "log.sqlite")

    def restore_all(self) -> None:
        """Put the whole folder of last month in the place of this month's."""
        self.hit = self.drill.ended
        shutil.rmtree(self.data)
        shutil.copytree(self.folder / "old", self.data)

    def edit_view(self) -> None:
        """Put more money in a pool."""
        self._in_views("UPDATE {}budgets SET appropriated = appropriated * 2 WHERE pool = 'TEST'")

    def edit_policy_row(self) -> None:
        """Let another version of the policy be the adopted one."""
        self._in_views("UPDATE {}policies SET version = '2031'")

    def _in_views(self, statement: str) -> None:
        with inside(self.settings.log_url if self.database else self.settings.views_url) as store:
            assert store.execute(statement.format("views." if self.database else "")).rowcount == 1

    def replace_key(self, change: Callable[[History], History]) -> None:
        """Put another key and another history in the place of the log's, under its name."""
        folder = self.data / "audit"
        signer = Signer.new((folder / "log.vkeys").read_text().partition("+")[0])
        (folder / PRIVATE).write_text(signer.text)
        (folder / "log.vkeys").write_text(f"{signer.vkey}\n")
        self.rewrite(change, whole=True, lonely=True)
        self.sign()


def number_of(url: str) -> str:
    """The column with an entry's number, which begins with one."""
    return "rowid" if url.startswith("sqlite:") else "notification_id"


def in_rows(history: History, size: int) -> Iterator[tuple[Any, ...]]:
    """Rows as who changes some of them leaves them: a gap where one is gone, others moved up where one came in."""
    known = set()
    for place, entry in enumerate(history):
        stream = entry["agg"], entry["ver"]
        number = entry["seq"] if len(history) < size else place
        yield number + 1, entry["agg"], entry["ver"] + FORGED * (stream in known), entry["type"], canonical(entry)
        known.add(stream)


def renumbered(history: History) -> Iterator[tuple[Any, ...]]:
    """Rows of a history that is whole in itself: numbers, versions and causes fit."""
    places = {entry["seq"]: place for place, entry in reversed([*enumerate(history)])}
    versions: dict[str, int] = {}
    for place, entry in enumerate(history):
        version = versions[entry["agg"]] = versions.get(entry["agg"], 0) + 1
        cause = {"cause": places.get(entry["cause"], entry["cause"])} if "cause" in entry else {}
        yield place + 1, entry["agg"], version, entry["type"], canonical(entry | cause | {"seq": place, "ver": version})


def canonical(entry: dict[str, Any]) -> bytes:
    """The bytes of an entry, as the service writes them."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def write(url: str, rows: Iterator[tuple[Any, ...]], *, tree: bool) -> None:
    """Put other rows in the place of the log's, as the owner of the database may, and a tree that fits them."""
    mark, events, written = "?" if url.startswith("sqlite:") else "%s", events_of(url), [*rows]
    columns = f"{number_of(url)}, originator_id, originator_version, topic, state"
    with inside(url) as store, unguarded(store, postgresql=not url.startswith("sqlite:")):
        put = store.cursor().executemany
        store.execute(f"DELETE FROM {events}")
        put(f"INSERT INTO {events} ({columns}) VALUES ({', '.join([mark] * 5)})", written)
        if tree:
            frontier, leaves = Frontier(), [leaf_hash(row[-1]) for row in written]
            assert not frontier.extend(leaves), "the log of the drill has no node yet"
            store.execute("DELETE FROM audit_leaf")
            put(f"INSERT INTO audit_leaf (seq, hash) VALUES ({mark}, {mark})", [*enumerate(leaves)])
            stack = b"".join(frontier.hashes)
            put(f"UPDATE audit_frontier SET size = {mark}, stack = {mark}", [(frontier.size, stack)])


@contextmanager
def unguarded(store: Any, *, postgresql: bool) -> Iterator[None]:
    """A transaction in which no guard stands; all are set again at its end."""
    if postgresql:
        found = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
        triggers = store.execute(found).fetchall()
        away = [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name in triggers]
        back = [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for table, name in triggers]
    else:
        triggers = store.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        away, back = [f"DROP TRIGGER {name}" for name, _ in triggers], [made for _, made in triggers]
    store.execute("BEGIN")
    for statement in away:
        store.execute(statement)
    yield
    for statement in back:
        store.execute(statement)
    store.execute("COMMIT")
