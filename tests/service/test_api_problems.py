"""Problems: one shape for all, a page behind each code, and nothing of our inside in any."""

import ast
import re
from pathlib import Path

import pytest
from eventsourcing.persistence import OperationalError as StoreFault
from sqlalchemy.exc import OperationalError

import vouchers.policy
from schemas import problems
from schemas.problems import fault, problem
from schemas.reasons import POLICY_REASONS
from service.api.settings import Contact
from service.app import create_app
from service.settings import Settings
from service.wiring import Service
from tests.service import problem_pages
from tests.service.clients import an_api, check_problem, frozen
from vouchers.refusals import Cause, Ineligible

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ROOT = problem_pages.PAGE.parents[1]
POLICY_SOURCES = sorted(Path(vouchers.policy.__file__).parent.glob("*.py"))


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("problems")) as api:
        yield api


def test_the_page_of_problems_is_complete():
    written = set(problem_pages.PAGE.read_text(encoding="utf-8").splitlines())
    made = set(problem_pages.text().splitlines())
    assert (made - written, written - made) == (set(), set()), "run: python -m tests.service.problem_pages"


def test_every_refusal_has_its_page(api):
    for refusal in problem_pages.refusals():
        answer = api.client().get(f"/problems/{refusal.code}")
        assert (answer.status_code, answer.mimetype) == (200, "text/plain"), refusal.code
        text = answer.get_data(as_text=True)
        assert " ".join(refusal.__doc__.split()) in text
        assert f"HTTP status: {refusal.status}" in text


def test_every_problem_has_a_page_for_people_that_runs_nothing(api):
    index = api.client().get("/problems", headers={"Accept": BROWSER})
    assert index.mimetype == "text/html"
    listed = set(re.findall(r'href="(/problems/[^"]+)"', index.get_data(as_text=True)))
    assert {f"/problems/{refusal.code}" for refusal in problem_pages.refusals()} <= listed
    assert {f"/problems/{code}" for code in POLICY_REASONS} <= listed
    for address in listed:
        page = api.client().get(address, headers={"Accept": BROWSER})
        text = page.get_data(as_text=True)
        assert (page.status_code, page.mimetype) == (200, "text/html"), address
        assert "<script" not in text
        assert "script-src" not in page.headers["Content-Security-Policy"]
        for part in ("What happened", "Why", "What to do"):
            assert f"<h2>{part}</h2>" in text, address


def test_every_status_of_a_problem_is_explained():
    assert {page.why for page in problems.pages()} == set(problems._WHY.values())
    assert {page.status for page in problems.pages()} <= set(problems._WHY)


def test_all_problems_are_listed_as_text_too(api):
    text = api.client().get("/problems").get_data(as_text=True).splitlines()
    assert len(text) == len(problems.pages())
    assert any(line.startswith("404 order-unknown: ") for line in text)


def test_a_condition_of_a_policy_is_shown_as_words_and_never_as_markup(api):
    page = api.client().get("/problems/size-class", headers={"Accept": BROWSER})
    assert "What to do" in page.get_data(as_text=True)
    assert api.client().get("/problems/<b>", headers={"Accept": BROWSER}).status_code == 404


def test_whom_to_tell_of_a_weakness(api, tmp_path):
    check_problem(api.client().get("/.well-known/security.txt"), 404, "contact-unknown")
    contact = Contact(security="mailto:security@example.org")
    with Service(Settings(tmp_path, log="memory:", contact=contact)) as service:
        answer = create_app(service).test_client().get("/.well-known/security.txt")
    assert answer.mimetype == "text/plain"
    lines = answer.get_data(as_text=True).splitlines()
    assert lines[:2] == ["Contact: mailto:security@example.org", "Expires: 2026-08-01T00:00:00Z"]


def test_every_refusal_says_what_helps():
    kinds = {refusal.__name__: refusal for refusal in problem_pages.refusals()}
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {name}"
        for package in problem_pages.PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for node, name in refusals_in(ast.parse(path.read_text(encoding="utf-8")))
        if name in kinds and not kinds[name].remedy
    ]
    assert silent == []


def refusals_in(tree):
    """Return every refusal that is made without a remedy of its own, and the name of its class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
            yield node, node.exc.id
        if isinstance(node, ast.Call) and not {"remedy", None} & {keyword.arg for keyword in node.keywords}:
            yield node, getattr(node.func, "attr", getattr(node.func, "id", ""))


def test_the_search_for_refusals_without_a_remedy_finds_them():
    lines = [
        "raise Far",
        "raise near.Far(pointer='/x')",
        "one = Far('No.')",
        "raise Far(remedy='Go.')",
        "raise error()",
    ]
    assert [name for line in lines for _, name in refusals_in(ast.parse(line))] == ["Far"] * 3 + ["error"]


def test_every_reason_that_a_policy_can_give_has_its_page(api):
    given = {code for path in POLICY_SOURCES for code in re.findall(r'Reason\(\s*"([a-z-]+)"', path.read_text())}
    assert given
    assert given <= set(POLICY_REASONS)
    for code in POLICY_REASONS:
        assert api.client().get(f"/problems/{code}").status_code == 200, code


def test_a_condition_of_an_adopted_policy_has_its_page(api):
    page = api.client().get("/problems/size-class").get_data(as_text=True)
    assert "Remedy:" in page


def test_the_page_of_our_own_fault_is_there(api):
    assert api.client().get("/problems/internal-fault").status_code == 200


def test_every_reason_of_a_refusal_is_told_with_its_clause():
    causes = (Cause("a", "s. 1", "One.", "Do this."), Cause("b", "", "Two.", "Do that."))
    shown = problem(Ineligible(causes), "/v1/orders")
    assert [(error["code"], error["clause"]) for error in shown["errors"]] == [("a", "s. 1"), ("b", "")]
    assert (shown["code"], shown["detail"], shown["remedy"]) == ("ineligible", "One.", "Do this.")


def test_a_fault_of_our_own_says_nothing_of_our_inside(api, monkeypatch, caplog):
    monkeypatch.setattr(api.service.views, "position", lambda: {}["the secret"])
    answer = api.client().get("/readyz")
    check_problem(answer, 500, "internal-fault")
    assert answer.json == {**fault("/readyz"), "trace_id": answer.json["trace_id"]}
    assert "secret" not in answer.get_data(as_text=True)
    assert "secret" in caplog.text


def test_views_that_cannot_be_read_are_a_reason_to_come_back(api, monkeypatch):
    def position():
        raise OperationalError("SELECT secret", {}, OSError("disk"))

    monkeypatch.setattr(api.service.views, "position", position)
    answer = api.get("/v1/programmes")
    check_problem(answer, 503, "views-unavailable")
    assert answer.headers["Retry-After"]
    assert "secret" not in answer.get_data(as_text=True)


def test_a_log_that_cannot_be_read_is_a_reason_to_come_back(api, monkeypatch):
    def size():
        raise StoreFault("secret")

    monkeypatch.setattr(api.service.ledger, "size", size)
    answer = api.get("/v1/events", "regulator")
    check_problem(answer, 503, "store-unavailable")
    assert "secret" not in answer.get_data(as_text=True)


def test_no_answer_may_be_kept_or_guessed_at(api):
    for path in ("/healthz", "/v1/orders", "/v1/nothing"):
        headers = api.client().get(path).headers
        assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
