"""A bundle that somebody changed is refused, and the record that was changed is named."""

import random
import zipfile

import pytest

from service.audit.bundle import verify
from service.audit.bundle.checking import Trust
from tests.audit.bundles import World, a_world

DRAW = random.Random(5)
ROUND = 40  # Flips of the default run in each file; the long run takes every bit of the notes and thousands of others.


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> World:
    return a_world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def world(made, tmp_path) -> World:
    return made.copy(tmp_path / "bundle")


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def named(verdict: tuple[int, str]) -> tuple[int, int]:
    """The exit code, and the record that is named."""
    code, text = verdict
    assert text.startswith("The first bad record is "), text
    return code, int(text.split()[5])


def look_at_flips(world: World, bits: list[int]) -> None:
    """Each of these bits of events.jsonl, turned: the record is named that the bit lies in."""
    content, lines = (world.folder / "events.jsonl").read_bytes(), world.lines()
    ends = [sum(map(len, lines[: number + 1])) for number in range(len(lines))]
    files = verify.Files(str(world.folder))
    now, _ = Trust(world.trust.read_text()).checkpoint(files.read("checkpoint"))
    for bit in bits:
        (world.folder / "events.jsonl").write_bytes(flipped(content, bit))
        found = verify.Findings()
        verify.check_log(files, now, [], [verify.Books(files, found)], found)
        assert named(found.verdict()) == (2, next(n for n, end in enumerate(ends) if bit // 8 < end)), bit


def look_at_notes(world: World, name: str, bits: list[int]) -> None:
    """Each of these bits of a signed note, turned: nothing is believed of it."""
    content, trust = (world.folder / name).read_bytes(), Trust(world.trust.read_text())
    for bit in bits:
        with pytest.raises(ValueError, match=r".+"):
            trust.check(flipped(content, bit), quorum=True)


def test_a_bundle_that_nobody_touched_is_believed(world):
    assert world.verdict(tables=True, previous=world.previous) == (0, "Everything fits.")


def test_a_flipped_bit_of_an_entry_names_the_entry(world):
    size = 8 * (world.folder / "events.jsonl").stat().st_size
    look_at_flips(world, [*DRAW.sample(range(size - 64), 1_000), *range(size - 64, size)])


@pytest.mark.parametrize("name", ["checkpoint", "manifest.note"])
def test_a_flipped_bit_of_a_note_is_refused(world, name):
    look_at_notes(world, name, DRAW.sample(range(8 * (world.folder / name).stat().st_size), 150))


@pytest.mark.long
def test_thousands_of_flipped_bits_are_refused(world):
    size = 8 * (world.folder / "events.jsonl").stat().st_size
    look_at_flips(world, DRAW.sample(range(size), 6_000))
    for name in ("checkpoint", "manifest.note"):
        look_at_notes(world, name, [*range(8 * (world.folder / name).stat().st_size)])


def test_a_flipped_bit_of_any_other_file_names_the_file(world):
    names = sorted(verify.Files(str(world.folder)).names - {"events.jsonl", "checkpoint", "manifest.note"})
    for name in DRAW.sample(names, ROUND):
        path = world.folder / name
        content = path.read_bytes()
        if not content:
            continue
        path.write_bytes(flipped(content, DRAW.randrange(8 * len(content))))
        code, text = world.verdict()
        assert code == 2, name
        if name != "MANIFEST.sha256":
            assert any(name in each[2] for each in world.check().problems), (name, text)
        path.write_bytes(content)
    assert world.verdict()[0] == 0


# What is done to the lines of events.jsonl, and the record that has to be named.
EDITS = {
    "an entry is taken out": (lambda lines: lines[:20] + lines[21:], 20),
    "the first entry is taken out": (lambda lines: lines[1:], 0),
    "an entry stands there twice": (lambda lines: lines[:21] + lines[20:], 21),
    "two entries change places": (lambda lines: [*lines[:20], lines[21], lines[20], *lines[22:]], 20),
    "an entry is put in": (lambda lines: [*lines[:30], lines[5], *lines[30:]], 30),
    "an entry is put at the end": (lambda lines: [*lines, lines[5]], 71),
    "an entry is put in front": (lambda lines: [lines[5], *lines], 0),
    "the last entry is cut off": (lambda lines: lines[:-1], 70),
    "half of the log is cut off": (lambda lines: lines[:35], 35),
    "everything is cut off": (lambda _: [], 0),
    "the last line has no end": (lambda lines: [*lines[:-1], lines[-1][:-1]], 70),
    "an empty line is put in": (lambda lines: [*lines[:10], b"\n", *lines[10:]], 10),
    "the lines end as on another system": (lambda lines: [line[:-1] + b"\r\n" for line in lines], 0),
    "a blank is put into an entry": (lambda lines: [*lines[:9], lines[9].replace(b":", b": ", 1), *lines[10:]], 9),
    "an amount is another one": (
        lambda lines: [line.replace(b'"amount":500000', b'"amount":900000', 1) for line in lines],
        None,
    ),
    "the lines are sorted": (sorted, None),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_the_log_names_the_first_record_that_is_not_what_was_signed(world, edit):
    change, expected = EDITS[edit]
    before = world.lines()
    world.write(change(before))
    after = world.lines()
    first = next((n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), None)
    assert named(world.verdict()) == (2, first if expected is None else expected)


def test_a_line_that_only_shows_its_leaf_needs_an_order(world):
    lines = world.lines()
    leaf = verify.base64.b64encode(verify.leaf_of(lines[40])).decode()
    world.write([*lines[:40], f'{{"redacted":"{leaf}"}}\n'.encode(), *lines[41:]])
    found = world.check()
    assert ("record", 40, "it is redacted, and no entry of the log orders that.") in found.problems
    assert named(found.verdict())[1] == 40


# What is done to other files, and words of the verdict.
FILES = {
    "a table loses a row": ("tables/orders.csv", lambda text: text[: text.rindex(b"\r\n", 0, -2) + 2], "orders.csv"),
    "a file is emptied": ("README.txt", lambda _: b"", "README.txt"),
    "the checker is another one": ("verify.py", lambda text: b"print('Everything fits.')\n" + text, "verify.py"),
    "the manifest forgets a file": (
        "MANIFEST.sha256",
        lambda text: b"".join(line for line in text.splitlines(keepends=True) if b"README.html" not in line),
        "manifest.note was signed for another manifest",
    ),
    "the trust of another log": (
        "checkpoint",
        lambda text: text.replace(b"vouchers.invalid", b"vouchers.other"),
        "no log",
    ),
    "the checkpoint is no note": ("checkpoint", lambda _: b"71\n", "no signed note"),
}


@pytest.mark.parametrize("edit", FILES)
def test_an_edit_of_another_file_says_which(world, edit):
    name, change, words = FILES[edit]
    path = world.folder / name
    path.write_bytes(change(path.read_bytes()))
    code, text = world.verdict()
    assert code == 2
    assert words in text


@pytest.mark.parametrize("name", ["tables/orders.csv", "verify.py", "datapackage.json", "tables/definitions.json"])
def test_a_file_that_is_missing_is_named(world, name):
    (world.folder / name).unlink()
    for tables in (False, True):
        assert world.verdict(tables=tables) == (2, f"The file {name} is missing.")


def test_a_file_that_was_put_there_is_named(world):
    (world.folder / "policy" / "more.json").write_text("{}")
    assert "policy/more.json is not in the manifest" in world.verdict()[1]


def test_without_the_tiles_a_changed_log_is_still_refused(world):
    [tile] = (world.folder / "tile" / "0").rglob("71")
    tile.unlink()
    lines = world.lines()
    world.write([*lines[:20], lines[20].replace(b"2026", b"2025", 1), *lines[21:]])
    assert world.verdict()[0] == 2


def test_an_older_checkpoint_in_the_place_of_the_newest_one_is_refused(world):
    (world.folder / "checkpoint").write_bytes(world.previous.read_bytes())
    assert named(world.verdict()) == (2, 69)


def test_a_torn_zip_is_refused(world, tmp_path):
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for each in sorted(world.folder.rglob("*")):
            archive.write(each, each.relative_to(world.folder).as_posix())
    whole = World(path, world.trust, world.previous, world.signer, world.size)
    assert whole.verdict(tables=True) == (0, "Everything fits.")
    content = bytearray(path.read_bytes())
    place = content.index(b'"type":"voucher.Paid"')
    content[place] ^= 1
    path.write_bytes(content)
    assert whole.verdict()[0] == 2


def test_a_zip_with_two_files_of_one_name_is_refused_for_readers_differ_over_which_one_they_take(world, tmp_path):
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("events.jsonl", b"{}\n")
        for name in sorted(verify.Files(str(world.folder)).names - {"events.jsonl"}):
            archive.write(world.folder / name, name)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.write(world.folder / "events.jsonl", "events.jsonl")
    whole = World(path, world.trust, world.previous, world.signer, world.size)
    assert whole.verdict() == (2, f"The files cannot be relied on: {path} has two files of one name.")


def test_a_packed_zip_with_flipped_bits_is_refused_whatever_they_break(world, tmp_path):
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(verify.Files(str(world.folder)).names):
            archive.write(world.folder / name, name)
    whole = World(path, world.trust, world.previous, world.signer, world.size)
    content = path.read_bytes()
    directory = content.index(b"PK\x01\x02")  # Behind it stand dates and attributes that nobody reads.
    for bit in DRAW.sample(range(8 * directory), ROUND):
        path.write_bytes(flipped(content, bit))
        same = [path.read_bytes() == content]
        try:
            with zipfile.ZipFile(path) as archive:
                same = [archive.read(name) == (world.folder / name).read_bytes() for name in archive.namelist()]
        except Exception:  # noqa: BLE001 - whatever a broken ZIP raises
            same = [False]
        assert whole.verdict()[0] == (0 if all(same) else 2), bit


def test_a_table_that_nobody_defines_is_no_part_of_a_bundle(world):
    (world.folder / "tables" / "more.csv").write_text("seq\r\n")
    world.sign_again()
    assert world.verdict() == (0, "Everything fits.")
    assert "tables/more.csv is missing, or nobody says how it is made" in world.verdict(tables=True)[1]


def test_a_bundle_without_its_log_is_none(world):
    (world.folder / "events.jsonl").unlink()
    assert "events.jsonl is missing" in world.verdict()[1]
