"""A real OpenID provider, fetched and run for the tests of this folder."""

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.examples import CHANGNING, LAB, PUDONG

HERE = Path(__file__).parent
AUDIENCE = "urn:example:vouchers"
BACK = "http://localhost/login/op/back"
ROLES: dict[str, dict[str, Any]] = {
    "enterprise": {"roles": ["enterprise"], "subject": PUDONG},
    "provider": {"roles": ["provider"], "subject": LAB},
    "officer": {"roles": ["officer", "offline_access"], "subject": "li"},
    "reviewer": {"roles": ["reviewer"], "subject": "zhao"},
    "finance": {"roles": ["finance"], "subject": "sun"},
    "regulator": {"roles": ["regulator"], "subject": "audit"},
    "administrator": {"roles": ["administrator"], "subject": "ops"},
    "site": {"roles": ["provider"], "subject": LAB, "site": "site-2"},
    "keycloak": {"realm_access": {"roles": ["officer", "uma_authorization"]}, "subject": "li", "azp": "keycloak"},
    "nobody": {"roles": ["guest"], "subject": "x"},
    "firm": {"roles": ["enterprise"], "subject": CHANGNING},
}
LONGEST = 120  # seconds


@dataclass
class Running:
    """The provider that runs: its issuer, and what a client of it does."""

    issuer: str

    def post(self, path: str, body: dict[str, str], **headers: str) -> dict[str, Any]:
        """Post a form and read the JSON that comes back."""
        request = Request(self.issuer + path, urlencode(body).encode(), headers)
        with build_opener(ProxyHandler({})).open(request, timeout=LONGEST) as answer:
            return json.load(answer)

    def token(self, client: str, **asked: str) -> str:
        """An access token of a client."""
        pair = base64.b64encode(f"{client}:secret-of-{client}".encode()).decode()
        told = self.post("/token", {"grant_type": "client_credentials", **asked}, Authorization=f"Basic {pair}")
        return str(told["access_token"])

    def change_keys(self) -> None:
        """Sign with other keys from now on, and forget the old ones."""
        self.post("/new-keys", {})


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the provider with its packages, exactly those of the lock file; no script of theirs is run."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"a real OpenID provider needs {' and '.join(missing)}")
    folder = tmp_path_factory.mktemp("oidc")
    for name in ("package.json", "package-lock.json", ".npmrc", "provider.mjs"):
        shutil.copy(HERE / name, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def provider(installed: Path) -> Iterator[Running]:
    """The provider on a free port of this machine; it ends with the tests."""
    asked = json.dumps({"roles": ROLES, "redirect": BACK})
    process = subprocess.Popen(
        ["node", "provider.mjs", asked],
        cwd=installed,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        issuer = process.stdout.readline().strip()
        assert issuer.startswith("http://127.0.0.1:")
        yield Running(issuer)
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()
