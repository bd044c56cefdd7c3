"""Bundles over HTTP: made by who may, sent whole, and listed."""

import threading

import pytest

from service.api.audit import bundles
from service.audit.bundle import verify
from service.audit.bundle.checking import Asked, check
from tests.service.clients import Api, an_api, check_problem, frozen

BODY = {"purpose": "annual audit", "recipient": "audit office", "formats": ["sqlite"]}


@pytest.fixture
def api(tmp_path):
    with frozen(), an_api(tmp_path) as found:
        yield found


def test_an_officer_hands_out_a_bundle_that_is_believed(api: Api, tmp_path):
    api.claimed()
    answer = api.post("/v1/audit/bundles", BODY, "officer")
    assert (answer.status_code, answer.content_type) == (200, "application/zip")
    (tmp_path / "bundle.zip").write_bytes(answer.data)
    trust = tmp_path / "trust"
    trust.write_text(f"log {api.service.checkpoints.keys.current.vkey}\nquorum none\n")
    found = check(Asked(str(tmp_path / "bundle.zip"), trust, tables=True))
    assert found.verdict() == (0, "Everything fits.")
    size = int(answer.headers["Audit-Tree-Size"])
    assert f"tree: {size} entries" in " ".join(found.good)
    [listed] = api.get("/v1/audit/bundles", "regulator").json["items"]
    assert (listed["size"], listed["recipient"], listed["by"]) == (size, "audit office", "officer:li")
    assert listed["manifest_sha256"] == answer.headers["Bundle-Manifest"]
    manifest = verify.Files(str(tmp_path / "bundle.zip")).read("MANIFEST.sha256")
    assert verify.HASH(manifest).hexdigest() == listed["manifest_sha256"]


def status(answer) -> int:
    """The status of an answer that nobody reads to its end."""
    answer.close()
    return answer.status_code


@pytest.mark.parametrize("who", ["enterprise", "provider", "reviewer", "finance", "regulator"])
def test_a_bundle_is_not_for_everybody(api: Api, who):
    check_problem(api.post("/v1/audit/bundles", BODY, who), 403, "role-not-allowed")


def test_purpose_and_recipient_are_asked_for(api: Api):
    for name in ("purpose", "recipient"):
        body = {key: value for key, value in BODY.items() if key != name}
        assert status(api.post("/v1/audit/bundles", body, "officer")) == 400
    assert status(api.post("/v1/audit/bundles", BODY | {"formats": ["doc"]}, "officer")) == 400


def test_a_log_that_is_too_long_is_told_the_other_way(api: Api, monkeypatch):
    monkeypatch.setattr(bundles, "MOST_ENTRIES", api.service.ledger.size() - 1)
    answer = api.post("/v1/audit/bundles", BODY, "officer")
    assert "vouchers audit export" in check_problem(answer, 422, "log-too-long-to-send")["remedy"]
    monkeypatch.setattr(bundles, "MOST_ENTRIES", api.service.ledger.size() + 1)
    assert status(api.post("/v1/audit/bundles", BODY, "officer")) == 200


def test_one_bundle_is_made_at_a_time(api: Api):
    codes = []

    def ask() -> None:
        codes.append(status(api.post("/v1/audit/bundles", BODY, "officer")))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 200 in codes
    assert set(codes) <= {200, 503}
