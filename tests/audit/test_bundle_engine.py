"""The engine in a bundle: it decides everything again without an installation, and says what the operator says."""

import hashlib
import os
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest

from service.audit.bundle import engine_main
from service.audit.bundle.engine import LIBRARIES, engine
from service.audit.bundle.exporting import Wanted, export_bundle
from service.audit.replaying.parts import replay
from service.audit.suite.views import REPLAYED, add_replayed
from service.audit.tables import TABLES, sqlite
from service.wiring import Service
from tests.audit.bundles import OFFICER, World, a_world
from tests.audit.signing_worlds import an_installation


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    return a_world(tmp_path_factory.mktemp("world"), formats=())


@pytest.fixture(scope="module")
def libraries(tmp_path_factory) -> Path:
    """A folder with the libraries that are named, what these need, and nothing of ours."""
    folder = tmp_path_factory.mktemp("libraries")
    for name in (*LIBRARIES, "typing_extensions"):
        place = Path(find_spec(name).origin)
        found = [place.parent if place.name == "__init__.py" else place]
        found += place.parents[place.name == "__init__.py"].glob(f"{name}-*.dist-info")
        for each in found:
            (folder / each.name).symlink_to(each)
    return folder


def run(world: World, libraries: Path, *more: str) -> subprocess.CompletedProcess:
    """Run the engine of a bundle with these libraries alone."""
    [path] = (world.folder / "engine").iterdir()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(libraries)}
    typed = [sys.executable, "-S", path, world.folder, *more]
    return subprocess.run(typed, capture_output=True, text=True, check=False, env=environment, cwd="/")


def test_it_says_what_the_replay_of_the_installation_says_and_leaves_the_bundle_alone(world, libraries, tmp_path):
    before = sorted(world.folder.rglob("*"))
    lines = tmp_path / "decisions.csv"
    done = run(world, libraries, "--decisions", str(lines))
    expected = replay(str(world.folder), processes=1)
    told = f"0 of the first {world.size} entries come out otherwise. Transcript: {expected.transcript}"
    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, told, "")
    assert hashlib.sha256(lines.read_bytes()).hexdigest() == expected.transcript
    assert sorted(world.folder.rglob("*")) == before
    assert world.verdict()[0] == 0


def test_it_names_what_comes_out_otherwise(world, libraries, tmp_path):
    wrong = world.copy(tmp_path / "bundle")
    lines = wrong.lines()
    number = wrong.find("order.Registered")
    wrong.write([*lines[:number], lines[number].replace(b'"subsidy":', b'"subsidy":1', 1), *lines[number + 1 :]])
    done = run(wrong, libraries, "--level", "1")
    assert done.returncode == 1
    assert f"WRONG  record {number}, level 1: Entry {number} (order.Registered of order/O-1" in done.stdout


def test_without_its_libraries_it_says_which_it_needs(world, tmp_path):
    done = run(world, tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"python3 -m pip install {' '.join(engine().libraries)}" in done.stderr


def test_what_is_no_log_is_refused(libraries, world, tmp_path):
    (tmp_path / "engine").mkdir()
    [path] = (world.folder / "engine").iterdir()
    (tmp_path / "engine" / path.name).write_bytes(path.read_bytes())
    done = run(World(tmp_path, tmp_path, tmp_path, None, 0), libraries)
    assert (done.returncode, "cannot be read as a log" in done.stderr) == (3, True)


def test_equal_sources_make_an_equal_engine_whose_digest_is_its_name(world):
    first = engine()
    engine.cache_clear()
    assert engine() == first
    [path] = (world.folder / "engine").iterdir()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem == first.digest
    with zipfile.ZipFile(path) as archive:
        assert archive.read("__main__.py") == Path(engine_main.__file__).read_bytes()
        assert "vouchers/order/decisions.py" in archive.namelist()
    assert f"engine: {first.digest}, which decides everything again (it was not run)" in world.check().good


def test_another_engine_is_named_even_if_the_log_signed_it(world, tmp_path):
    changed = world.copy(tmp_path / "bundle")
    [path] = (changed.folder / "engine").iterdir()
    path.write_bytes(path.read_bytes().replace(b"def redecide", b"def recedide"))
    assert changed.verdict() == (2, f"The file engine/{path.name} was changed after the manifest was made.")
    changed.sign_again()
    assert changed.verdict() == (2, f"The file engine/{path.name} is not the engine that its name says.")


def test_what_came_out_is_in_the_bundle_where_that_is_asked_for(tmp_path):
    world = a_world(tmp_path, formats=())
    assert not (world.folder / "replay").exists()
    with Service(an_installation(tmp_path / "data")) as service:
        wanted = Wanted(tmp_path / "again", ("sqlite",), "annual audit", "audit office", replayed=True)
        made = export_bundle(service, wanted, OFFICER)
    place = tmp_path / "again" / "replay"
    transcript = hashlib.sha256((place / "decisions.csv").read_bytes()).hexdigest()
    assert made.transcript == transcript == replay(str(tmp_path / "again"), processes=1).transcript
    assert (place / "transcript.sha256").read_text() == f"{transcript}  decisions.csv\n"
    assert (place / "findings.csv").read_text().splitlines() == [
        "seq,stream,event,on,level,what,recorded,expected,sentence"
    ]
    assert World(tmp_path / "again", world.trust, world.trust, None, 0).verdict() == (0, "Everything fits.")
    with closing(sqlite3.connect(tmp_path / "again" / "audit.sqlite")) as database:
        assert [database.execute(f"SELECT COUNT(*) FROM {name}").fetchone() for name in REPLAYED] == [(0,)] * 3


def test_what_came_out_otherwise_can_be_asked_for_by_its_level():
    with closing(sqlite3.connect(":memory:")) as database:
        sqlite.create(database, TABLES)
        database.execute("INSERT INTO events (seq, stream) VALUES (31, 'order/O-1'), (32, 'order/O-2')")
        add_replayed(database, [(1, 31, "one"), (3, 32, "two")])
        found = [database.execute(f"SELECT seq, aggregate, sentence FROM {name}").fetchall() for name in REPLAYED]
    assert found == [[(31, "order/O-1", "one")], [], [(32, "order/O-2", "two")]]
