"""The first voucher over HTTP, typed as the document says, into a real shell against a real server."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "first-voucher.md"


def lines(port: int) -> str:
    """What the document says to type, with another port."""
    blocks = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    return "set -eu\n" + "\n".join(blocks).replace("8080", str(port))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_newcomer_gets_from_nothing_to_a_redeemed_voucher_with_curl(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    with subprocess.Popen(
        ["bash", "-c", lines(port)],
        cwd=tmp_path,
        env={"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            told, _ = shell.communicate(timeout=90)
        finally:
            # Where a line failed, the server that was begun in the background still runs.
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
    assert shell.returncode == 0, told
    redemption = json.loads((tmp_path / "redemption.json").read_text())
    assert redemption["status"] in {"approved", "requested"}
    assert redemption["claimed"] == {"amount": 500_000, "currency": "CNY"}
    balance = json.loads(next(line for line in reversed(told.splitlines()) if line.startswith("{")))
    assert balance["places"]["claimed"] == {"amount": 500_000, "currency": "CNY"}
