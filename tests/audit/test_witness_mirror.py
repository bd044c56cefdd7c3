"""The witness's copy of a log: complete, verified entry by entry, and never ahead of what was verified."""

import base64
import os
from hashlib import sha256

import pytest

from service.audit.signing import Signer
from service.audit.witness.mirror import Mirror, MirrorDiffers, NothingToMirror, SourceBehind
from service.audit.witness.sources import SourceUnavailable, TileMissing, source_of
from service.audit.witness.store import View
from tests.audit.witnessing import ORIGIN, Office, served
from vouchers.audit import Note, checkpoint_text
from vouchers.audit.tiles import ENTRIES, pack_bundle, tiles_of
from vouchers.merkle import leaf_hash, root_of
from vouchers.wire import redacted_leaf

SIGNER = Signer.new(ORIGIN)
ADDRESS = sha256(ORIGIN.encode()).hexdigest()


class Shown:
    """A log of small entries as its readers see it; `files` may be spoilt by a test."""

    def __init__(self, size):
        self.entries = [b'{"n":%d}' % number for number in range(size)]
        self.leaves = [leaf_hash(entry) for entry in self.entries]
        self.files = {}
        self.asked = []
        self.show(size)

    def show(self, size):
        """Show the log at a size, with the tiles of that size alone."""
        self.size = size
        levels = [self.leaves[:size]]
        while len(levels[-1]) >= 256:
            below = levels[-1]
            levels.append([root_of(below[at : at + 256]) for at in range(0, len(below) - 255, 256)])
        self.files = {"checkpoint": self.note(size).content}
        for tile in tiles_of(size):
            hashes = levels[max(tile.level, 0)][slice(*tile.span)]
            content = pack_bundle(self.entries[slice(*tile.span)]) if tile.level == ENTRIES else b"".join(hashes)
            self.files[f"tile/{tile.path}"] = content

    def note(self, size):
        text = checkpoint_text(ORIGIN, size, root_of(self.leaves[:size]))
        return Note(text, (SIGNER.sign(text),))

    def view(self, size=None):
        """What a witness cosigned of it."""
        size = self.size if size is None else size
        return View(ORIGIN, size, root_of(self.leaves[:size]), self.note(size).content, 1)

    def read(self, path):
        self.asked.append(path)
        if path not in self.files:
            raise TileMissing
        return self.files[path]


def kept(folder):
    """The files of a mirror below its folder."""
    place = folder / "mirror" / ADDRESS
    tiles = {f"tile/{path.relative_to(place / 'tile')}": path for path in (place / "tile").rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in tiles.items()}


@pytest.mark.parametrize("sizes", [(1, 2, 255, 256, 257, 700), (300, 65_535, 65_537, 70_000), (70_000,)])
def test_the_copy_is_the_log_byte_by_byte_however_it_grew(tmp_path, sizes):
    log, before = Shown(sizes[-1]), 0
    for size in sizes:
        log.show(size)
        assert Mirror(tmp_path, log.view(), log).follow() == (before, size, 0)
        before = size
        found = kept(tmp_path)
        assert all(found[name] == content for name, content in log.files.items() if name != "checkpoint")
        assert (tmp_path / "mirror" / ADDRESS / "checkpoint").read_bytes() == log.files["checkpoint"]
    assert found.keys() == {name for name in log.files if name != "checkpoint"} | narrower(found, log)


def narrower(found, log):
    """Partial tiles of earlier sizes that are not full yet stay for whoever reads them."""
    return {name for name in found if ".p/" in name and name.rpartition(".p/")[0] not in found}


def test_what_was_cosigned_is_copied_though_the_log_has_grown_since(tmp_path):
    log = Shown(1_000)
    assert Mirror(tmp_path, log.view(600), log).follow() == (0, 600, 0)
    assert kept(tmp_path)["tile/entries/002.p/88"] == pack_bundle(log.entries[512:600])
    assert Mirror(tmp_path, log.view(), log).follow() == (600, 1_000, 0)


def test_only_what_is_new_is_read_again(tmp_path):
    log = Shown(1_000)
    Mirror(tmp_path, log.view(), log).follow()
    log.asked.clear()
    assert Mirror(tmp_path, log.view(), log).follow() == (1_000, 1_000, 0)
    assert log.asked == []
    log.entries += [b"{}"]
    log.leaves += [leaf_hash(b"{}")]
    log.show(1_001)
    Mirror(tmp_path, log.view(), log).follow()
    assert log.asked == ["checkpoint", "tile/0/003.p/233", "tile/entries/003.p/233"]


def test_an_entry_that_was_changed_is_named_and_kept_as_evidence(tmp_path):
    log = Shown(600)
    good = log.files["tile/entries/001"]
    log.files["tile/entries/001"] = good.replace(b'{"n":300}', b'{"n":301}', 1)
    with pytest.raises(MirrorDiffers, match="Entry 300 is not"):
        Mirror(tmp_path, log.view(), log).follow()
    evidence = tmp_path / "mirror" / ADDRESS / "refused-600"
    assert (evidence / "tile/entries/001").read_bytes() == log.files["tile/entries/001"]
    assert (evidence / "checkpoint").read_bytes() == log.view().note
    assert kept(tmp_path) == {}
    log.files["tile/entries/001"] = good
    assert Mirror(tmp_path, log.view(), log).follow().size == 600


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("tile/0/000", lambda content: b"\1" + content[1:]),
        ("tile/0/000", lambda content: content[:-32]),
        ("tile/0/000", lambda content: content + bytes(32)),
        ("tile/0/002.p/88", lambda content: content[:-1]),
        ("tile/entries/000", lambda content: content[:-1]),
        ("tile/entries/000", lambda content: content + b"\0\1x"),
        ("tile/entries/002.p/88", lambda content: content[: content.rindex(b"\0\x09")]),
        ("tile/entries/002.p/88", lambda _: b""),
    ],
)
def test_a_file_that_does_not_fit_what_was_cosigned_is_refused(tmp_path, name, change):
    log = Shown(600)
    assert name in log.files
    log.files[name] = change(log.files[name])
    with pytest.raises(MirrorDiffers):
        Mirror(tmp_path, log.view(), log).follow()
    assert kept(tmp_path) == {}


def test_a_log_that_shows_less_than_it_had_cosigned_is_told_of(tmp_path):
    log = Shown(600)
    cosigned = log.view()
    log.show(500)
    with pytest.raises(SourceBehind):
        Mirror(tmp_path, cosigned, log).follow()


def test_nothing_is_copied_before_something_was_cosigned(tmp_path):
    with pytest.raises(NothingToMirror):
        Mirror(tmp_path, View(ORIGIN), Shown(1)).follow()


def test_what_was_fetched_before_an_interruption_is_not_fetched_again(tmp_path):
    log = Shown(2_000)
    missing = log.files.pop("tile/entries/005")
    with pytest.raises(TileMissing):
        Mirror(tmp_path, log.view(), log).follow()
    assert kept(tmp_path) == {}
    log.files["tile/entries/005"] = missing
    log.asked.clear()
    assert Mirror(tmp_path, log.view(), log).follow().size == 2_000
    assert log.asked == ["checkpoint", "tile/entries/005", "tile/entries/006", "tile/entries/007.p/208"]


def test_a_stop_while_files_are_put_into_place_leaves_the_last_checkpoint_true(tmp_path, monkeypatch):
    log = Shown(700)
    log.show(300)
    Mirror(tmp_path, log.view(), log).follow()
    log.show(700)

    def stop():
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "sync", stop)
        with pytest.raises(KeyboardInterrupt):
            Mirror(tmp_path, log.view(), log).follow()
    place = tmp_path / "mirror" / ADDRESS
    assert (place / "checkpoint").read_bytes() == log.view(300).note
    assert kept(tmp_path)["tile/0/001.p/44"] == b"".join(log.leaves[256:300])
    assert Mirror(tmp_path, log.view(), log).follow() == (300, 700, 0)
    assert {name: kept(tmp_path)[name] for name in log.files if name != "checkpoint"}.items() <= log.files.items()


def test_a_redacted_entry_is_copied_as_its_leaf_and_counted(tmp_path):
    log = Shown(10)
    line = b'{"redacted":"%b"}' % base64.b64encode(log.leaves[4])
    assert redacted_leaf(line)
    log.files["tile/entries/000.p/10"] = pack_bundle([*log.entries[:4], line, *log.entries[5:]])
    assert Mirror(tmp_path, log.view(), log).follow() == (0, 10, 1)
    log.files["tile/entries/000.p/10"] = pack_bundle([*log.entries[:4], line, *log.entries[4:9]])
    with pytest.raises(MirrorDiffers, match="Entry 5 is not"):
        Mirror(tmp_path / "other", log.view(), log).follow()


def test_a_log_that_shows_no_checkpoint_is_told_of(tmp_path):
    log = Shown(10)
    log.files["checkpoint"] = b"no note"
    with pytest.raises(SourceUnavailable, match="What the log shows is no checkpoint"):
        Mirror(tmp_path, log.view(), log).follow()


@pytest.mark.parametrize("claim", [b'{"n":99,"redacted":"%b"}', b'{"redacted":"%b" }', b'{"redacted":"%b"'])
def test_an_entry_that_tells_its_leaf_beside_words_of_its_own_is_refused(tmp_path, claim):
    log = Shown(10)
    line = claim % base64.b64encode(log.leaves[4])
    log.files["tile/entries/000.p/10"] = pack_bundle([*log.entries[:4], line, *log.entries[5:]])
    with pytest.raises(MirrorDiffers, match="Entry 4 is not"):
        Mirror(tmp_path, log.view(), log).follow()


def test_the_witness_hands_its_copy_out_and_nothing_else(tmp_path):
    office, log = Office(tmp_path), Shown(300)
    Mirror(office.folder, log.view(), log).follow()
    client = office.app.test_client()
    for name, content in log.files.items():
        with client.get(f"/{ADDRESS}/mirror/{name}") as answer:
            assert (answer.status_code, answer.data) == (200, content)
            assert ("immutable" in answer.headers["Cache-Control"]) == (name != "checkpoint")
    for path in (
        f"{ADDRESS}/mirror/tile/../../ed25519.key",
        f"{ADDRESS}/mirror/tile/0/%2e%2e/checkpoint",
        f"{ADDRESS}/mirror/frontier.300",
        f"{ADDRESS}/mirror/tile/0/900",
        f"{ADDRESS}/mirror/tile/0/000.p/256",
        f"{'0' * 64}/mirror/checkpoint",
        f"{ADDRESS}/ed25519.key",
        "ed25519.key",
    ):
        assert client.get(f"/{path}").status_code in (400, 404), path
    office.store.close()


def test_a_copy_of_the_copy_is_made_over_http(tmp_path):
    office, log = Office(tmp_path), Shown(700)
    Mirror(office.folder, log.view(), log).follow()
    with served(office.app) as url:
        source = source_of(f"{url}/{ADDRESS}/mirror/")
        assert Mirror(tmp_path / "second", log.view(), source).follow() == (0, 700, 0)
        with pytest.raises(TileMissing):
            source.read("tile/0/900")
        with pytest.raises(SourceUnavailable):
            source.read("tile/no")
    assert kept(tmp_path / "second") == kept(office.folder)
    office.store.close()


def test_a_credential_is_sent_where_the_log_asks_for_one(tmp_path):
    def guarded(environ, start):
        known = environ.get("HTTP_AUTHORIZATION") == "Bearer secret"
        start("200 OK" if known else "401 Unauthorized", [])
        return [b"content" if known else b""]

    with served(guarded) as url:
        assert source_of(url, "secret").read("checkpoint") == b"content"
        with pytest.raises(SourceUnavailable, match="it answered 401"):
            source_of(url).read("checkpoint")


def test_a_folder_that_cannot_be_read_is_told_of(tmp_path):
    (tmp_path / "checkpoint").mkdir()
    with pytest.raises(SourceUnavailable):
        source_of(str(tmp_path)).read("checkpoint")
    with pytest.raises(TileMissing):
        source_of(str(tmp_path)).read("tile/0/000")
