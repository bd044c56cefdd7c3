"""Tiles and bundles of entries (C2SP tlog-tiles): their names, what is in them, and a folder that is written once."""

import shutil
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audit.signing import Signer
from service.audit.tiles import TileDiffers, TilesForeign, TileUnknown, read_tile, write_tiles
from tests.audit.growing import a_log, grow
from vouchers.audit import Note, checkpoint_text, from_base64, to_base64
from vouchers.audit.tiles import (
    ENTRIES,
    Tile,
    TilePathMalformed,
    pack_bundle,
    parse_path,
    tiles_of,
    unpack_bundle,
)
from vouchers.ledger.recorder import Row
from vouchers.merkle import leaf_hash, root_of, tree_head

LOG = Signer.new("log.example/1")


def note_of(ledger, size=None):
    size = ledger.tree.size() if size is None else size
    text = checkpoint_text("log.example/1", size, ledger.tree.root(size))
    return Note(text, (LOG.sign(text),))


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# Names.


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "0/000"),
        (Tile(1, 999), "1/999"),
        (Tile(0, 1_000), "0/x001/000"),
        (Tile(0, 1_234_067), "0/x001/x234/067"),
        (Tile(63, 5, 1), "63/005.p/1"),
        (Tile(ENTRIES, 273, 112), "entries/273.p/112"),
    ],
)
def test_a_tile_is_named_as_the_format_says(tile, path):
    assert tile.path == path
    assert parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/",
        "0/0",
        "0/00",
        "0/0000",
        "0/x000/001",
        "0/x001",
        "0/001/002",
        "0/x001/x234/67",
        "00/000",
        "64/000",
        "-1/000",
        "entry/000",
        "0/000.p",
        "0/000.p/",
        "0/000.p/0",
        "0/000.p/01",
        "0/000.p/256",
        "0/000.p/1000",
        "0/000/",
        "/0/000",
        "0/../000",
        "0/x٠٠١/000",
        "0/" + "x001/" * 7 + "000",
    ],
)
def test_what_names_no_tile_is_refused(path):
    with pytest.raises(TilePathMalformed):
        parse_path(path)


@given(st.integers(-1, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_every_tile_has_one_name(level, index, width):
    tile = Tile(level, index, width)
    assert parse_path(tile.path) == tile


def test_a_tree_of_70_000_has_the_tiles_that_the_format_counts():
    found = list(tiles_of(70_000))
    for level in (ENTRIES, 0):
        assert [tile.width for tile in found if tile.level == level] == [256] * 273 + [112]
    assert [tile.width for tile in found if tile.level == 1] == [256, 17]
    assert [tile.width for tile in found if tile.level == 2] == [1]
    assert max(tile.level for tile in found) == 2


@pytest.mark.parametrize(
    ("size", "paths"),
    [
        (0, []),
        (1, ["entries/000.p/1", "0/000.p/1"]),
        (255, ["entries/000.p/255", "0/000.p/255"]),
        (256, ["entries/000", "0/000", "1/000.p/1"]),
        (257, ["entries/000", "entries/001.p/1", "0/000", "0/001.p/1", "1/000.p/1"]),
    ],
)
def test_small_trees_have_these_tiles(size, paths):
    assert [tile.path for tile in tiles_of(size)] == paths


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_what_a_log_grows_by_completes_what_was_there(size, more):
    before = {tile for tile in tiles_of(size) if tile.width == 256}
    later = set(tiles_of(size + more, size))
    assert before | later == set(tiles_of(size + more))
    assert not before & later
    assert all(tile.needs <= size + more for tile in later)


@given(st.lists(st.binary(min_size=0, max_size=300), max_size=256))
def test_a_bundle_is_written_as_it_is_read(entries):
    assert unpack_bundle(pack_bundle(entries)) == entries


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_bundle_that_is_cut_off_is_refused(cut):
    bundle = pack_bundle([b"abc", b"de"])
    with pytest.raises(ValueError, match="within an entry"):
        unpack_bundle(bundle[:-cut])


# What is in them.


@pytest.fixture(scope="module")
def ledger():
    with a_log(66_000) as ledger:
        yield ledger


def test_tiles_hold_the_hashes_of_their_level(ledger):
    leaves = ledger.tree.leaves(0, 66_000)

    def subtree(level, index):
        return root_of(leaves[index << level : (index + 1) << level])

    for level, index, width in [(0, 0, 256), (0, 257, 208), (0, 100, 7), (1, 0, 256), (1, 1, 1), (2, 0, 1)]:
        start = index * 256
        wanted = [subtree(8 * level, place) for place in range(start, start + width)]
        assert read_tile(ledger, Tile(level, index, width)) == b"".join(wanted)
    assert tree_head(0, 66_000, subtree) == ledger.tree.root()


def test_bundles_hold_the_entries_behind_the_leaves(ledger):
    for tile in (Tile(ENTRIES, 0), Tile(ENTRIES, 257, 208), Tile(ENTRIES, 13, 3)):
        entries = unpack_bundle(read_tile(ledger, tile))
        assert len(entries) == tile.width
        assert b"".join(map(leaf_hash, entries)) == read_tile(ledger, Tile(0, tile.index, tile.width))


@pytest.mark.parametrize(
    "path", ["0/257", "0/258.p/1", "0/257.p/209", "1/001.p/2", "2/000.p/2", "3/000.p/1", "entries/258"]
)
def test_there_is_no_tile_of_what_was_not_appended(ledger, path):
    with pytest.raises(TileUnknown):
        read_tile(ledger, parse_path(path))


def test_of_a_redacted_entry_the_bundle_has_the_leaf_alone():
    leaf = to_base64(leaf_hash(b"with a name"))
    row = Row("x/1", 1, "any.Thing", b'{"data":{},"redacted":"%b"}' % leaf.encode())
    with a_log(1) as ledger:
        with ledger.recorder.write() as transaction:
            transaction.insert([row], [from_base64(leaf)])
        [_, told] = unpack_bundle(read_tile(ledger, Tile(ENTRIES, 0, 2)))
        assert told == b'{"redacted":"%b"}' % leaf.encode()
        assert read_tile(ledger, Tile(0, 0, 2))[32:] == from_base64(leaf)


# A folder.


def test_a_folder_has_all_tiles_and_the_checkpoint(ledger, tmp_path):
    written = write_tiles(ledger, note_of(ledger), tmp_path / "log")
    found = files_in(tmp_path / "log")
    assert found.pop("checkpoint") == note_of(ledger).content
    assert found == {f"tile/{tile.path}": read_tile(ledger, tile) for tile in tiles_of(66_000)}
    assert written == len(found)
    assert write_tiles(ledger, note_of(ledger), tmp_path / "log") == 0


def test_a_folder_grows_with_the_log_and_nothing_in_it_is_written_again(tmp_path):
    folder = tmp_path / "log"
    with a_log(0) as ledger:
        for before, size in pairwise([0, 0, 1, 200, 255, 256, 300, 512, 600]):
            grow(ledger, size - before)
            known = files_in(folder)
            write_tiles(ledger, note_of(ledger), folder)
            now = files_in(folder)
            assert {path: now[path] for path in known if path in now and path != "checkpoint"}.items() <= known.items()
            # What a full tile takes the place of may go; nothing else does.
            gone = known.keys() - now.keys()
            assert all(".p/" in path and path.partition(".p/")[0] in now for path in gone)
            for tile in tiles_of(size):
                assert now[f"tile/{tile.path}"] == read_tile(ledger, tile)
        assert all(path.stat().st_mode & 0o777 == 0o444 for path in (folder / "tile").rglob("*") if path.is_file())


def test_a_file_that_is_not_what_the_log_has_is_told(tmp_path):
    folder = tmp_path / "log"
    with a_log(300) as ledger:
        write_tiles(ledger, note_of(ledger), folder)
        (folder / "checkpoint").unlink()
        place = folder / "tile" / "entries" / "000"
        place.chmod(0o600)
        place.write_bytes(place.read_bytes().replace(b"entry", b"ENTRY", 1))
        with pytest.raises(TileDiffers, match="entries/000"):
            write_tiles(ledger, note_of(ledger), folder)


def test_a_folder_that_was_cut_off_in_the_middle_is_gone_on_with(tmp_path):
    with a_log(600) as ledger:
        write_tiles(ledger, note_of(ledger), tmp_path / "whole")
        shutil.copytree(tmp_path / "whole", tmp_path / "half")
        (tmp_path / "half" / "checkpoint").unlink()
        shutil.rmtree(tmp_path / "half" / "tile" / "0")
        assert write_tiles(ledger, note_of(ledger), tmp_path / "half") == 3
        assert files_in(tmp_path / "half") == files_in(tmp_path / "whole")


def test_a_folder_of_another_log_is_left_alone(tmp_path):
    folder = tmp_path / "log"
    with a_log(300) as ledger, a_log(300, word="other") as other, a_log(200) as shorter:
        write_tiles(ledger, note_of(ledger), folder)
        before = files_in(folder)
        for wrong in (other, shorter):
            with pytest.raises(TilesForeign):
                write_tiles(wrong, note_of(wrong), folder)
        text = checkpoint_text("log.example/2", 300, ledger.tree.root())
        with pytest.raises(TilesForeign):
            write_tiles(ledger, Note(text, (LOG.sign(text),)), folder)
        assert files_in(folder) == before
