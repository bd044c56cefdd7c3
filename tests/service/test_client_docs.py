"""The pages with examples are true: what docs/curl.md and docs/client.md show is run against a served town."""

import os
import re
import shutil
import subprocess
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.examples import LAB, PUDONG
from tests.service.console import ROOT
from tests.service.running import Server, a_folder, a_key

PEOPLE = {
    "ENTERPRISE": ("enterprise", PUDONG),
    "PROVIDER": ("provider", LAB),
    "REVIEWER": ("reviewer", "zhao"),
    "FINANCE": ("finance", "sun"),
    "SECOND": ("finance", "qian"),
    "OFFICER": ("officer", "li"),
    "REGULATOR": ("regulator", "audit"),
    "ADMINISTRATOR": ("administrator", "ops"),
}
SECONDS = 60


def blocks(page, language):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The address of a served town, and a key of everybody."""
    folder = tmp_path_factory.mktemp("served")
    a_folder(folder)
    keys = {name: a_key(folder, *who) for name, who in PEOPLE.items()}
    server = Server(folder)
    try:
        yield f"http://127.0.0.1:{server.port}", keys
    finally:
        server.kill()


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="there is no curl here")
def test_every_role_gets_its_answer_with_curl(served, tmp_path):
    url, keys = served
    script = "set -euo pipefail\n" + "\n".join(blocks("curl.md", "bash")).replace("http://127.0.0.1:8080", url)
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", **keys}
    command = ["bash", "-c", script]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr
    assert '"replayed":true' in done.stdout, "a line of a batch is the claim that was made before"
    assert '"facts":"older"' in done.stdout
    assert (tmp_path / "theirs.pdf").read_bytes() == (tmp_path / "report.pdf").read_bytes()
    assert '"status":"paid"' in done.stdout
    assert len((tmp_path / "log.ndjson").read_text().splitlines()) > 20
    assert "vouchers_" in (tmp_path / "metrics.txt").read_text()


def test_the_page_of_curl_has_an_example_for_every_role():
    script = "\n".join(blocks("curl.md", "bash"))
    assert [name for name in PEOPLE if f'ask "${name}"' not in script] == []


def test_what_the_page_of_the_client_shows_works(served, monkeypatch, capsys):
    url, keys = served
    for name, value in {**keys, "TODAY": datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()}.items():
        monkeypatch.setenv(name, value)
    program = "\n".join(blocks("client.md", "python"))
    assert "http://127.0.0.1:8080" in program
    exec(compile(program.replace("http://127.0.0.1:8080", url), "docs/client.md", "exec"), {})
    assert capsys.readouterr().out.strip()
