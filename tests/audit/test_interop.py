"""What others' programs say of our files: the Go team's packages for logs, and openssl."""

import json
import os
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest

from service.audit.signing import Signer
from service.audit.tiles import write_tiles
from tests.audit.growing import a_log
from vouchers.audit import Note, checkpoint_text, to_base64

SOURCES = Path("/usr/share/gocode")  # where Debian keeps golang-golang-x-mod-dev
HOLDS = [
    "signature",
    "consistency",
    "inclusion",
    "consistency-from-tiles",
    "inclusion-from-tiles",
    "root-from-entries",
]
LOG = Signer.new("log.example/1")
# Ed25519 keys in DER begin with the same twelve bytes (RFC 8410).
SPKI = bytes.fromhex("302a300506032b6570032100")


def signed(ledger, size):
    text = checkpoint_text("log.example/1", size, ledger.tree.root(size))
    return Note(text, (LOG.sign(text),))


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The checking program, built by Go from Debian's own sources."""
    if not shutil.which("go") or not (SOURCES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("Go or its package golang-golang-x-mod-dev is not installed")
    target = tmp_path_factory.mktemp("go") / "check"
    environment = os.environ | {
        "GO111MODULE": "off",
        "GOPATH": str(SOURCES),
        "GOFLAGS": "",
        "GOCACHE": str(target.parent),
    }
    source = Path(__file__).parent / "interop" / "check.go"
    subprocess.run(["go", "build", "-o", target, source], env=environment, check=True, timeout=300)
    return target


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A folder of a log of 70,000 entries as it is published, and what is asked of it."""
    folder = tmp_path_factory.mktemp("published")
    with a_log(70_000) as ledger:
        write_tiles(ledger, signed(ledger, 70_000), folder)
        asked = {
            "old": signed(ledger, 65_600).content.decode(),
            "consistency": [to_base64(each) for each in ledger.tree.consistency(65_600, 70_000)],
            "index": 65_700,
            "entry": to_base64(ledger.rows(65_700, 65_701)[0].entry),
            "inclusion": [to_base64(each) for each in ledger.tree.inclusion(65_700, 70_000)],
        }
    return folder, asked


def check(program, folder, asked, vkey=LOG.vkey):
    request = folder.parent / "request.json"
    request.write_text(json.dumps(asked))
    ran = subprocess.run([program, vkey, folder, request], capture_output=True, text=True, timeout=60, check=False)
    return ran.stdout.splitlines()


def test_go_accepts_signature_growth_entries_and_tiles(program, published):
    folder, asked = published
    assert check(program, folder, asked) == HOLDS


def test_go_refuses_another_entry_another_proof_and_another_key(program, published):
    folder, asked = published
    other = {**asked, "entry": to_base64(b64decode(asked["entry"]) + b".")}
    assert "inclusion" not in check(program, folder, other)
    moved = {**asked, "index": 65_701}
    assert not {"inclusion", "inclusion-from-tiles"} & set(check(program, folder, moved))
    swapped = {**asked, "consistency": asked["consistency"][::-1]}
    assert not {"consistency", "consistency-from-tiles"} & set(check(program, folder, swapped))
    assert check(program, folder, asked, Signer.new("log.example/1").vkey) == ["refused checkpoint"]
    forged = {**asked, "old": asked["old"].replace("65600", "65601")}
    assert check(program, folder, forged) == ["signature", "refused old"]


def test_go_refuses_a_changed_tile_and_a_changed_entry(program, published, tmp_path):
    folder, asked = published
    for name, word in [("tile/0/256", "inclusion-from-tiles"), ("tile/entries/100", "root-from-entries")]:
        copy = tmp_path / word
        shutil.copytree(folder, copy)
        place = copy / name
        content = bytearray(place.read_bytes())
        content[-1] ^= 1
        place.chmod(0o600)
        place.write_bytes(content)
        assert word not in check(program, copy, asked)


def openssl(*arguments):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=30, check=False)


def test_openssl_accepts_the_signature_of_a_checkpoint(tmp_path):
    text = checkpoint_text("log.example/1", 5, bytes(range(32)))
    (tmp_path / "key.der").write_bytes(SPKI + LOG.key.public)
    (tmp_path / "signature").write_bytes(LOG.sign(text).content)
    for said, holds in [(text, True), (text.replace("\n5\n", "\n6\n"), False)]:
        (tmp_path / "text").write_text(said)
        arguments = ["pkeyutl", "-verify", "-pubin", "-inkey", tmp_path / "key.der", "-keyform", "DER", "-rawin"]
        ran = openssl(*arguments, "-in", tmp_path / "text", "-sigfile", tmp_path / "signature")
        assert (ran.returncode == 0) == holds, ran.stderr


def test_openssl_signs_with_the_file_of_our_key_as_we_do(tmp_path):
    text = checkpoint_text("log.example/1", 5, bytes(range(32)))
    (tmp_path / "log.key").write_text(LOG.text)
    (tmp_path / "text").write_text(text)
    ran = openssl(
        "pkeyutl",
        "-sign",
        "-inkey",
        tmp_path / "log.key",
        "-rawin",
        "-in",
        tmp_path / "text",
        "-out",
        tmp_path / "made",
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "made").read_bytes() == LOG.sign(text).content
