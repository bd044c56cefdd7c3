"""A log that others wrote gets its cosignatures here: a client of the Go team's packages, checked by them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.audit.witnessing import NOW, ORIGIN, Log, Office, served
from vouchers.audit import to_base64

SOURCES = Path("/usr/share/gocode")  # where Debian keeps golang-golang-x-mod-dev


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The client, built by Go from Debian's own sources."""
    if not shutil.which("go") or not (SOURCES / "src/golang.org/x/mod/sumdb/note").is_dir():
        pytest.skip("Go or its package golang-golang-x-mod-dev is not installed")
    target = tmp_path_factory.mktemp("go") / "cosigned"
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(SOURCES), "GOFLAGS": ""}
    environment |= {"GOCACHE": str(target.parent)}
    source = Path(__file__).parent / "interop" / "cosigned.go"
    subprocess.run(["go", "build", "-o", target, source], env=environment, check=True, timeout=300)
    return target


@pytest.fixture
def ask(program, tmp_path):
    log = Log(5)
    office = Office(tmp_path, log)
    with served(office.app) as url:

        def asked(old, proof=None, size=None):
            """What the client prints after it asked."""
            path = tmp_path / "note"
            path.write_bytes(log.note(size).content)
            hashes = map(to_base64, log.prove(old, len(log.leaves)) if proof is None else proof)
            command = [program, url, log.signer.vkey, office.signers[0].vkey, str(old), path, *hashes]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            return done.stdout.split()

        yield log, office, asked
    office.store.close()


def test_a_foreign_client_is_cosigned_and_accepts_the_cosignature(ask):
    log, office, asked = ask
    assert asked(0) == ["200", str(NOW)]
    log.grow(300)
    office.now += 600
    assert asked(5) == ["200", str(NOW + 600)]
    assert office.size(ORIGIN) == 305


def test_a_foreign_client_is_told_why_not(ask):
    log, _, asked = ask
    asked(0)
    log.grow(4)
    assert asked(0) == ["409"]
    assert asked(5, [bytes(32)]) == ["422"]
    assert asked(6, [], size=5) == ["400"]
