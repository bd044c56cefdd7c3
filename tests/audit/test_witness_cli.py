"""An audit office and an operator at their consoles: a witness set up, a log vouched for, a forgery noticed."""

import json
import shutil
import signal
import socket
import time
import urllib.request

import pytest

from service.audit.witness.app import create_app
from service.audit.witness.folder import open_keys
from service.audit.witness.store import Store
from service.audit.witness.witness import Witness
from tests.audit.witnessing import OFFICE, ORIGIN, Log, served
from tests.service.console import Console
from vouchers.audit import Key, parse_vkey


@pytest.fixture
def office(tmp_path):
    folder = tmp_path / "office"
    folder.mkdir()
    console = Console(folder)
    console.tell("audit", "witness", "setup", OFFICE)
    return console


@pytest.fixture
def url(office):
    """The address of the office's witness."""
    folder = office.folder / "witness-data"
    with Store(folder) as store, served(create_app(Witness(store, open_keys(folder)), folder)) as address:
        yield address


@pytest.fixture
def process(office):
    """The witness as a process of its own; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    running = office.spawn("audit", "witness", "serve", "--listen", address)
    try:
        wait_for(f"http://{address}")
        yield f"http://{address}"
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)
    assert running.returncode == 0


def wait_for(url):
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{url}/{'0' * 64}/checkpoint", timeout=5)
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the witness did not begin to answer")


@pytest.fixture
def operator(tmp_path):
    folder = tmp_path / "operator"
    folder.mkdir()
    console = Console(folder)
    console.tell("init")
    return console


def join(operator, office, url):
    """Operator and office exchange their keys, on paper."""
    keys = office.ask("audit", "witness", "show")["keys"]
    settings = operator.folder / "vouchers-data" / "vouchers.toml"
    with settings.open("a", encoding="utf-8") as file:
        file.write(f'\n[anchoring]\ntimeout = 5\n\n[[witness]]\nurl = "{url}"\nkeys = {json.dumps(keys)}\n')
    operator.run("audit", "anchor", "now")
    key = (operator.folder / "vouchers-data" / "audit" / "log.vkeys").read_text().strip()
    office.tell("audit", "witness", "trust", key)
    return key


def happen(operator, name, data="vouchers-data"):
    """Something that the log records."""
    operator.tell("registry", "down", name, "--from", "2026-01-01", "--reason", "a test", "--data", data)


def origin_of(operator):
    """The name of the operator's log."""
    return parse_vkey((operator.folder / "vouchers-data" / "audit" / "log.vkeys").read_text().strip()).name


def test_a_witness_is_set_up_once_and_prints_its_keys(office):
    keys = office.tell("audit", "witness", "setup", OFFICE).split()
    assert [(key.name, key.kind) for key in map(parse_vkey, keys)] == [(OFFICE, 4), (OFFICE, 6)]
    assert office.ask("audit", "witness", "show") == {"keys": keys, "logs": []}
    assert office.refused("audit", "witness", "setup", "other.example/w") == "witness-named-otherwise"
    assert office.refused("audit", "witness", "setup", "a name", "--data", "new", code=2) == "key-name-malformed"
    assert office.refused("audit", "witness", "show", "--data", "nowhere") == "witness-folder-missing"


def test_a_log_is_trusted_by_its_key_and_only_by_a_log_key(office):
    key = Log(1).signer.vkey
    assert office.ask("audit", "witness", "trust", key) == {"origin": ORIGIN, "keys": [key]}
    assert office.ask("audit", "witness", "trust", key, "--origin", "another log")["origin"] == "another log"
    assert office.ask("audit", "witness", "trust", key, "--remove")["keys"] == []
    own = office.ask("audit", "witness", "show")["keys"][0]
    assert office.refused("audit", "witness", "trust", own, code=2) == "key-of-no-log"
    assert office.refused("audit", "witness", "trust", key[:-2], code=2) == "vkey-malformed"
    unknown = Key(ORIGIN, 4, bytes(32)).vkey
    assert office.refused("audit", "witness", "trust", unknown, code=2) == "key-of-no-log"


@pytest.mark.parametrize("listen", ["7380", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", ":7380", "host:7380x"])
def test_an_address_to_listen_on_is_host_and_port(office, listen):
    assert office.run("audit", "witness", "serve", "--listen", listen).exit_code == 2


def test_an_address_that_is_taken_is_told_of(office):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        result = office.run("audit", "witness", "serve", "--listen", address)
    assert (result.exit_code, "address-unavailable" in result.stderr) == (5, True)


def test_a_log_is_vouched_for_and_a_forgery_is_noticed_on_both_sides(operator, office, process):
    assert operator.refused("audit", "anchor", "now") == "nobody-to-ask"
    join(operator, office, process)
    happen(operator, "first")
    done = operator.ask("audit", "anchor", "now")
    assert (done["size"], done["failures"]) == (1, [])
    assert {name.partition("+")[0] for name in done["by"]} == {OFFICE}
    assert [each["state"] for each in operator.ask("audit", "anchor", "list")["anchors"]] == ["holds"]
    assert operator.ask("audit", "anchor", "compare")["witnesses"][0]["size"] == 1
    assert office.ask("audit", "witness", "show")["logs"][0]["size"] == 1
    assert operator.ask("audit", "anchor", "bracket", "0")["size"] == 1
    assert operator.refused("audit", "anchor", "bracket", "9") == "leaf-not-in-log"
    assert "vouch for the log, up to 1 entries" in operator.tell("doctor", "--quick")
    assert office.ask("audit", "witness", "evidence") == {"evidence": []}

    shutil.copytree(operator.folder / "vouchers-data", operator.folder / "older")
    happen(operator, "second")
    operator.tell("audit", "anchor", "now")
    operator.ask("audit", "anchor", "compare", "--data", "older", code=4)
    operator.ask("audit", "anchor", "now", "--data", "older", code=4)
    assert "vouchers audit anchor" not in operator.tell("doctor", "--quick", "--data", "older", code=4)
    for name in ("other", "another", "third", "last"):
        happen(operator, name, "older")
    refused = operator.ask("audit", "anchor", "now", "--data", "older", code=4)
    assert "cosigned another history" in refused["failures"][0]
    [kept] = office.ask("audit", "witness", "evidence", "--output", "papers", code=4)["evidence"]
    assert kept["origin"] == origin_of(operator)
    assert {path.name for path in (office.folder / "papers").iterdir()} == {"0001.submission", "0001.cosigned"}


def test_a_note_that_was_changed_is_named(operator, office, url):
    join(operator, office, url)
    happen(operator, "first")
    operator.tell("audit", "anchor", "now")
    [note] = (operator.folder / "vouchers-data" / "audit" / "anchors").iterdir()
    note.chmod(0o600)
    note.write_bytes(b"another note")
    [told] = operator.ask("audit", "anchor", "list", code=4)["anchors"]
    assert told["state"].startswith("anchor-unfit")


def test_a_witness_that_is_down_is_told_and_the_exit_code_says_unavailable(operator, office):
    join(operator, office, "http://127.0.0.1:9")
    happen(operator, "first")
    operator.ask("audit", "anchor", "now", code=5)
    operator.ask("audit", "anchor", "compare", code=5)
    assert "has not vouched for the log since" in operator.tell("doctor", "--quick")


def test_a_mirror_is_made_from_a_folder_of_tiles(operator, office, url):
    join(operator, office, url)
    for name in ("first", "second"):
        happen(operator, name)
    operator.tell("audit", "anchor", "now")
    operator.tell("audit", "tiles", "tiles")
    tiles = str(operator.folder / "tiles")
    found = office.ask("audit", "witness", "mirror", tiles)
    assert (found["before"], found["size"], found["redacted"]) == (0, 2, 0)
    assert office.ask("audit", "witness", "mirror", tiles)["before"] == 2
    assert office.refused("audit", "witness", "mirror", tiles, "--origin", "unknown", code=2) == "origin-needed"
    with Store(office.folder / "witness-data") as store:
        [view] = store.views()
    assert view.size == 2


def test_a_mirror_of_a_log_that_shows_something_else_ends_with_the_code_for_a_difference(operator, office, url):
    join(operator, office, url)
    happen(operator, "first")
    operator.tell("audit", "anchor", "now")
    operator.tell("audit", "tiles", "tiles")
    [bundle] = (operator.folder / "tiles" / "tile" / "entries").rglob("000.p/*")
    bundle.chmod(0o600)
    bundle.write_bytes(bundle.read_bytes().replace(b"a test", b"a lie!"))
    assert office.refused("audit", "witness", "mirror", str(operator.folder / "tiles"), code=4) == "mirror-differs"
