"""The client: what it sends takes effect once on a bad line, it reads what it wrote, and its pages are true."""

import os
import re
import shutil
import subprocess
from itertools import islice

import pytest

from service.client import BATCH, LONGEST_PAUSE, Client, Problem, Unreachable
from service.wiring import Service
from tests.examples import LAB, PUDONG
from tests.service.clients import yuan
from tests.service.console import ROOT
from tests.service.flaky import a_line
from tests.service.running import Server, a_folder, a_key

PDF = b"%PDF-1.7\nthe report of a test"
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
ADDRESS = "http://127.0.0.1:8080"  # on the pages


class Office:
    """A served town, a bad line to it, and a client of each role on that line."""

    def __init__(self, line, keys, today):
        self.line = line
        self.keys = keys
        self.today = today
        self.pauses = []

    def client(self, role="enterprise", **options):
        return Client(self.line.url, self.keys[role.upper()], timeout=20, sleep=self.pauses.append, **options)

    def order(self, today, **changes):
        voucher = next(self.client().pages(f"/v1/enterprises/{PUDONG}/vouchers"))["voucher_id"]
        days = dict.fromkeys(("contract_on", "starts_on", "ends_on"), today)
        body = {"voucher_id": voucher, "provider_id": LAB, "category": "TEST", "contract_digest": "1" * 64}
        return body | days | {"gross": yuan(10), "net": yuan(10)} | changes


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A served town: its port, a key of everybody, and the present day there."""
    folder = tmp_path_factory.mktemp("served")
    settings = a_folder(folder)
    keys = {name: a_key(folder, *who) for name, who in PEOPLE.items()}
    with Service(settings) as service:
        today = service.today()
    server = Server(folder)
    try:
        yield server.port, keys, today
    finally:
        server.kill()


@pytest.fixture
def office(served):
    port, keys, today = served
    with a_line(port) as line:
        yield Office(line, keys, today)


def test_what_was_written_is_read_back_without_a_thought(office):
    with office.client() as client:
        order = client.post("/v1/orders", office.order(office.today))
        assert (order.status, order.replayed, client.position) == (201, False, order["position"])
        assert client.get(f"/v1/orders/{order['order_id']}")["status"] == "registered"
        assert f"after={order['position']}" in office.line.seen[-1][1]


def test_a_request_whose_answer_was_lost_takes_effect_once(office):
    with office.client() as client:
        body = office.order(office.today)
        office.line.script.extend(["cut", "drop", "busy", "half"])
        order = client.post("/v1/orders", body)
        assert (order.status, order.replayed) == (201, True)
        keys = {key for method, _, key in office.line.seen if method == "POST"}
        assert len(keys) == 1
        assert len(office.pauses) == 4
        assert office.pauses[2] >= 7, "the service said when to come back"
        listed = [each for each in client.pages("/v1/orders") if each["order_id"] == order["order_id"]]
        assert len(listed) == 1


def test_who_is_never_answered_is_told_after_so_many_attempts(office):
    with office.client(attempts=3) as client:
        office.line.script.extend(["drop"] * 3)
        with pytest.raises(Unreachable):
            client.get("/v1/programmes")
        office.line.script.extend(["busy"] * 3)
        with pytest.raises(Problem) as busy:
            client.get("/v1/programmes")
        assert (busy.value.status, busy.value.code) == (503, "line-busy")
        assert len(office.line.seen) == 6
        assert all(pause <= LONGEST_PAUSE for pause in office.pauses)
        assert client.get("/v1/programmes")["items"]


def test_who_asks_too_often_comes_back_when_it_is_said_and_not_where_nothing_is_said(office):
    with office.client() as client:
        office.line.script.extend(["limited", "limited"])
        assert client.get("/v1/programmes")["items"]
        assert [pause >= 7 for pause in office.pauses] == [True, True]
        office.line.script.append("full")
        with pytest.raises(Problem, match="line-full"):
            client.get("/v1/programmes")
        assert len(office.pauses) == 2


def test_a_refusal_is_an_exception_with_its_code_its_place_and_its_remedy(office):
    with office.client() as client:
        with pytest.raises(Problem) as refused:
            client.post("/v1/orders", office.order(office.today, gross={"amount": -1, "currency": "CNY"}))
        problem = refused.value
        assert (problem.status, problem.pointer) == (400, "/gross/amount")
        assert all((problem.code, problem.detail, problem.remedy, problem.trace_id))
        assert problem.code in str(problem)
        assert len(office.pauses) == 0, "a refusal is final"
        with pytest.raises(Problem) as unknown:
            client.get("/v1/orders/O-1")
        assert (unknown.value.status, unknown.value.code) == (404, "order-unknown")


def test_a_key_of_ones_own_makes_two_requests_one(office):
    with office.client() as client:
        body = office.order(office.today)
        first = client.post("/v1/orders", body, key="mine-1")
        again = client.post("/v1/orders", body, key="mine-1")
        assert (again.replayed, again) == (True, first)
        with pytest.raises(Problem, match="idempotency-key-reused"):
            client.post("/v1/orders", {**body, "gross": yuan(11)}, key="mine-1")


def test_every_item_of_a_list_comes_whatever_the_page(office):
    with office.client() as client:
        for number in range(3):
            client.post("/v1/orders", office.order(office.today), key=f"page-{number}")
        whole = [each["order_id"] for each in client.pages("/v1/orders")]
        assert [each["order_id"] for each in client.pages("/v1/orders", limit=1)] == whole
        assert len(whole) >= 3


def test_a_batch_that_breaks_off_is_sent_again_and_each_line_takes_effect_once(office):
    with office.client("officer") as client:
        row = {"enterprise_id": PUDONG, "as_of_on": "2020-01-01", "staff": "9"}
        rows = [{"key": f"row-{number}", **row} for number in range(BATCH + 5)]
        office.line.script.extend(["half", "drop", "pass", "cut"])
        results = [*client.bulk("/v1/bulk/facts", rows, source="register")]
        assert [each["line"] for each in results] == list(range(1, BATCH + 6))
        assert {each["status"] for each in results} == {200}
        assert all(each["replayed"] for each in results)
        assert len(office.line.seen) == 5
        assert client.position == max(each["position"] for each in results)


def test_lines_that_are_refused_are_results_and_a_batch_that_is_refused_is_a_problem(office):
    with office.client() as client:
        order = {"key": "b-1", **office.order(office.today)}
        good, bad = client.bulk("/v1/bulk/orders", [order, {"key": "b-2"}])
        assert (good["status"], bad["status"], bad["problem"]["code"]) == (201, 400, "request-faulty")
        with pytest.raises(Problem, match="role-not-allowed"):
            next(client.bulk("/v1/bulk/facts", [order], source="r"))


def test_the_feed_is_followed_from_where_its_reader_was(office):
    with office.client() as client:
        order = client.post("/v1/orders", office.order(office.today))
        events = client.follow(types="order.Registered")
        subjects = []
        while f"order/{order['order_id']}" not in subjects:
            event = next(events)
            subjects.append(event["subject"])
        assert event["id"].isdecimal()
        again = client.follow(start=int(event["id"]), types="order.*")
        assert next(again)["subject"] == event["subject"]
        later = client.post("/v1/orders", office.order(office.today))
        assert [each["subject"] for each in islice(again, 1)] == [f"order/{later['order_id']}"]


def test_a_position_of_somebody_else_is_waited_for(office):
    with office.client() as writer, office.client("regulator") as reader:
        order = writer.post("/v1/orders", office.order(office.today))
        reader.wait_for(order["position"])
        assert order["order_id"] in [each["order_id"] for each in reader.pages("/v1/orders", limit=200)]


def test_addresses_that_know_no_position_are_asked_without_one(office):
    with office.client("regulator") as client:
        client.position = 1
        assert client.get("/v1/events", limit=1)["entries"]
        with pytest.raises(Problem, match="field-unknown"):
            client.get("/v1/events", limit=1, after=1)


def test_documents_are_brought_and_fetched_by_their_digest(office):
    with office.client("provider") as client:
        office.line.script.append("cut")
        digest = client.upload(PDF, "application/pdf")
        assert client.download(digest) == PDF
        office.line.script.extend(["half", "pass"])
        assert client.download(digest) == PDF
    with office.client() as client, pytest.raises(Problem, match="evidence-unknown"):
        client.download(digest)


def blocks(page, language):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="there is no curl here")
def test_every_role_gets_its_answer_with_curl(served, tmp_path):
    port, keys, _ = served
    script = "set -euo pipefail\n" + "\n".join(blocks("curl.md", "bash")).replace(ADDRESS, f"http://127.0.0.1:{port}")
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
    port, keys, today = served
    for name, value in {**keys, "TODAY": today}.items():
        monkeypatch.setenv(name, value)
    program = "\n".join(blocks("client.md", "python"))
    assert ADDRESS in program
    exec(compile(program.replace(ADDRESS, f"http://127.0.0.1:{port}"), "docs/client.md", "exec"), {})
    assert capsys.readouterr().out.strip()
