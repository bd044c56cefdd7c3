"""Backups: made while the service runs, restored only if every part is what it was, into any kind of store."""

import gzip
import io
import json
import stat
import tarfile
import threading
from itertools import count
from pathlib import Path

import pytest

from service.backup import BackupExists, BackupInside, make_backup
from service.configuring import SettingUnknown
from service.identity import create_key
from service.identity.authenticating import Authenticator
from service.restoring import BackupBroken, BackupUnreadable, FolderNotEmpty, restore
from service.settings import FILE, Settings, create_folder
from service.wiring import Service
from tests.examples import PUDONG
from tests.service.clients import frozen
from tests.service.console import Console
from tests.service.walk import begin
from tests.town import Town
from vouchers.ledger import EntryMisplaced, LogNotEmpty
from vouchers.ledger.recorder import PAGE


def an_installation(folder, **stores):
    """A folder with a town, a key and a row at the desk."""
    settings = create_folder(str(folder), **stores)
    with frozen(), Service(settings) as service:
        begin(Town(service.ledger, seed=service.seed))
        desk_row(service)
        service.catch_up()
    (folder / "evidence").mkdir()
    (folder / "evidence" / "ab").write_bytes(b"a report")
    return settings, create_key(folder, "enterprise", PUDONG, "2026-01-01T00:00:00Z")[0]


def desk_row(service):
    from service.leasing import LEASES  # noqa: PLC0415 - a table of another part

    with service.desk.writing() as connection:
        values = {"name": "x", "holder": "h", "token": 7, "until": 1}
        connection.execute(LEASES.insert(), {**{column.name: 0 for column in LEASES.columns}, **values})


def backed_up(settings, target, **options):
    with Service(settings) as service:
        return make_backup(service, target, **options)


def entries_of(settings):
    with Service(settings) as service:
        return [row.entry for row in service.ledger.rows(0, service.ledger.size())]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """An installation, its key, and a backup of it."""
    folder = tmp_path_factory.mktemp("town")
    settings, key = an_installation(folder / "data")
    backed_up(settings, folder / "backup")
    return settings, key, folder / "backup"


def test_what_is_restored_is_what_was_backed_up(town, tmp_path):
    settings, key, backup = town
    restored = restore(backup, tmp_path / "data", {})
    assert restored["entries"] == restored["views"] == len(entries_of(settings))
    assert (restored["desk_rows"], restored["desk_rows_unknown"]) == (1, 0)
    fresh = Settings((tmp_path / "data").resolve())
    assert entries_of(fresh) == entries_of(settings)
    with Service(fresh) as service, Service(settings) as old:
        assert service.seed == old.seed
        assert service.views.verify(service.ledger) == []
        assert Authenticator(fresh.data, service.desk, ()).authenticate(f"Bearer {key}").subject == PUDONG
        # Life goes on where it ended.
        with frozen("2026-03-01T00:00:00Z"):
            Town(service.ledger, on="2026-03-01").record()
    assert (fresh.data / "evidence" / "ab").read_bytes() == b"a report"
    assert stat.S_IMODE(fresh.data.stat().st_mode) == 0o700
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_backup_is_for_its_owner_only_and_tells_what_it_holds(town, tmp_path):
    settings, _, backup = town
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    made = backed_up(settings, tmp_path / "second", evidence=False)
    names = {member["name"] for member in made["members"]}
    assert names == {"files/vouchers.toml", "files/keys.toml", "files/sampling.seed", "desk.ndjson", "log.ndjson"}
    assert len(made["last_leaf_hash"]) == 64
    assert made["bytes"] == (tmp_path / "second").stat().st_size


@pytest.mark.parametrize("way", ["into", "out of"])
def test_a_backup_moves_an_installation_between_sqlite_and_postgresql(town, tmp_path, postgres_url, way):
    settings, _, backup = town
    server = {name: f"{postgres_url}&schema={name}" for name in ("log", "views", "desk")}
    first = restore(backup, tmp_path / "server", {}, **server)
    assert first["entries"] == len(entries_of(settings))
    moved = Settings((tmp_path / "server").resolve(), **server)
    assert entries_of(moved) == entries_of(settings)
    text = (tmp_path / "server" / FILE).read_text()
    assert all(f'{name} = "{url}"' in text for name, url in server.items())
    if way == "out of":
        backed_up(moved, tmp_path / "second")
        local = {name: f"sqlite:{name}.sqlite" for name in server}
        restore(tmp_path / "second", tmp_path / "local", {}, **local)
        assert entries_of(Settings((tmp_path / "local").resolve())) == entries_of(settings)
    else:
        with pytest.raises(LogNotEmpty):
            restore(backup, tmp_path / "again", {}, **server)
        assert not (tmp_path / "again").exists()


def test_a_backup_under_load_holds_all_that_was_acknowledged_before_it_began(tmp_path):
    settings, _ = an_installation(tmp_path / "data")
    numbers, stop = count(1), threading.Event()
    with frozen(), Service(settings) as service:

        def clerk():
            town = Town(service.ledger, on="2026-02-01", seed=service.seed)
            while not stop.is_set():
                town.appropriate("TEST", next(numbers))

        clerks = [threading.Thread(target=clerk) for _ in range(3)]
        for thread in clerks:
            thread.start()
        while service.ledger.size() < 200:
            threading.Event().wait(0.01)
        before = service.ledger.size()
        made = make_backup(service, tmp_path / "backup")
        stop.set()
        for thread in clerks:
            thread.join()
        whole = [row.entry for row in service.ledger.rows(0, made["entries"])]
    assert made["entries"] >= before
    restore(tmp_path / "backup", tmp_path / "restored", {})
    assert entries_of(Settings((tmp_path / "restored").resolve())) == whole


def repacked(backup, target, change):
    """The backup with its members changed: a list of (name, bytes or TarInfo)."""
    with tarfile.open(backup, "r:gz") as archive:
        members = [(member.name, archive.extractfile(member).read()) for member in archive]
    with tarfile.open(target, "w:gz") as archive:
        for name, content in change(members):
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = 0 if info is content else len(content)
            archive.addfile(info, None if info is content else io.BytesIO(content))


def changed(name, change):
    return lambda members: [(each, change(content) if each == name else content) for each, content in members]


def link(members):
    info = tarfile.TarInfo("files/keys.toml")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return [(name, info if name == "files/keys.toml" else content) for name, content in members]


def with_member(name):
    def change(members):
        manifest = json.loads(members[0][1])
        manifest["members"].append({"name": name, "size": 1, "sha256": "2d711642b726b04401627ca9fbac32f5"})
        return [("manifest.json", json.dumps(manifest).encode()), *members[1:], (name, b"x")]

    return change


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (changed("log.ndjson", lambda content: content.replace(b'"rec":"2', b'"rec":"3', 1)), BackupBroken),
        (changed("log.ndjson", lambda content: content + b"\n"), BackupBroken),
        (changed("desk.ndjson", lambda _: b""), BackupBroken),
        (changed("files/sampling.seed", lambda content: content[::-1]), BackupBroken),
        (lambda members: members[:-1], BackupBroken),
        (lambda members: [*members, members[-1]], BackupBroken),
        (lambda members: [*members, ("files/more", b"")], BackupBroken),
        (link, BackupBroken),
        (with_member("files/../../up"), BackupBroken),
        (with_member("/etc/x"), BackupBroken),
        (with_member("other/x"), BackupBroken),
        (lambda members: members[1:], BackupUnreadable),
        (lambda _: [], BackupUnreadable),
        (changed("manifest.json", lambda content: content.replace(b'"format": 1', b'"format": 2')), BackupUnreadable),
        (changed("manifest.json", lambda _: b"[1"), BackupUnreadable),
    ],
)
def test_a_backup_that_was_changed_is_refused_and_leaves_nothing(town, tmp_path, change, fault):
    repacked(town[2], tmp_path / "changed", change)
    with pytest.raises(fault):
        restore(tmp_path / "changed", tmp_path / "data", {})
    assert [path.name for path in tmp_path.iterdir()] == ["changed"]


def test_a_backup_whose_entries_were_reordered_is_refused_even_with_fitting_digests(town, tmp_path):
    from hashlib import sha256  # noqa: PLC0415

    def reorder(members):
        parts = dict(members)
        lines = parts["log.ndjson"].splitlines(keepends=True)
        lines[3], lines[4] = lines[4], lines[3]
        parts["log.ndjson"] = b"".join(lines)
        manifest = json.loads(parts["manifest.json"])
        manifest["members"][-1]["sha256"] = sha256(parts["log.ndjson"]).hexdigest()
        parts["manifest.json"] = json.dumps(manifest).encode()
        return [*parts.items()]

    repacked(town[2], tmp_path / "changed", reorder)
    with pytest.raises(EntryMisplaced):
        restore(tmp_path / "changed", tmp_path / "data", {})


@pytest.mark.parametrize("cut", [0, 10, 1_000, -2_000])
def test_half_a_backup_is_refused(town, tmp_path, cut):
    (tmp_path / "half").write_bytes(town[2].read_bytes()[:cut])
    with pytest.raises((BackupBroken, BackupUnreadable)):
        restore(tmp_path / "half", tmp_path / "data", {})
    assert not (tmp_path / "data").exists()


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "x").write_bytes(gzip.compress(b"nothing" * 10_000))
    with pytest.raises(BackupUnreadable):
        restore(tmp_path / "x", tmp_path / "data", {})


def test_nothing_is_overwritten(town, tmp_path):
    settings, _, backup = town
    with pytest.raises(FolderNotEmpty):
        restore(backup, settings.data, {})
    (tmp_path / "there").write_text("mine")
    with pytest.raises(BackupExists):
        backed_up(settings, tmp_path / "there")
    with pytest.raises(BackupInside):
        backed_up(settings, settings.data / "backup")
    assert (tmp_path / "there").read_text() == "mine"
    assert not (settings.data / "backup").exists()


def test_settings_that_cannot_be_stop_a_restoration_before_it_has_a_name(town, tmp_path):
    repacked(town[2], tmp_path / "changed", lambda members: members)
    with pytest.raises(SettingUnknown):
        restore(tmp_path / "changed", tmp_path / "data", {}, nothing="x")
    assert not (tmp_path / "data").exists()


def test_a_clerk_makes_and_restores_a_backup(town, tmp_path):
    settings, _, _ = town
    console = Console(tmp_path)
    made = console.ask("backup", "today.backup", "--data", str(settings.data))
    assert made["entries"] == len(entries_of(settings))
    assert console.refused("backup", "today.backup", "--data", str(settings.data)) == "backup-exists"
    assert console.ask("restore", "today.backup", "--data", "fresh")["entries"] == made["entries"]
    assert console.refused("restore", "today.backup", "--data", "fresh") == "folder-not-empty"
    assert console.refused("restore", "nothing.backup", "--data", "other", code=5) == "file-unusable"
    told = console.tell("doctor", "--data", "fresh")
    assert "All" in told or "It works" in told


def test_entries_come_in_pages(tmp_path, monkeypatch):
    monkeypatch.setattr("vouchers.ledger.copying.PAGE", 7)
    monkeypatch.setattr("service.backup.PAGE", 3)
    assert PAGE > 7
    settings, _ = an_installation(tmp_path / "data")
    backed_up(settings, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "fresh", {})
    assert entries_of(Settings((tmp_path / "fresh").resolve())) == entries_of(settings)
    assert Path(tmp_path / "fresh" / "log.sqlite").is_file()
