"""How often somebody may ask, as a client meets it; time passes here, for a limit is about a while."""

import threading
from concurrent.futures import ThreadPoolExecutor

from service.api.limiting import Limiter
from service.api.settings import Limits
from service.app import create_app
from service.identity.keys import create_key
from service.settings import Settings
from service.wiring import Service
from tests.service.clients import NOON, check_problem


def limited(folder, rate="", failures="", workers=1):
    """Return an application with limits, and a key of an officer."""
    service = Service(Settings(folder, log="memory:", limits=Limits(rate, failures)))
    return service, create_app(service, workers), create_key(folder, "officer", "li", NOON)[0]


def test_a_caller_that_asks_too_often_is_told_when_to_come_back(tmp_path):
    service, app, key = limited(tmp_path, rate="3/second")
    headers = {"Authorization": f"Bearer {key}"}
    with service:
        answers = [app.test_client().get("/v1/programmes", headers=headers) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["RateLimit"] for answer in answers[:3]] == [f'"default";r={n};t=1' for n in (2, 1, 0)]
        assert {answer.headers["RateLimit-Policy"] for answer in answers[:3]} == {'"default";q=3;w=1'}
        check_problem(answers[3], 429, "too-many-requests")
        assert answers[3].headers["Retry-After"] == "1"
        threading.Event().wait(1.1)
        assert app.test_client().get("/v1/programmes", headers=headers).status_code == 200


def test_each_caller_has_a_limit_of_its_own(tmp_path):
    service, app, key = limited(tmp_path, rate="1/minute")
    other = create_key(tmp_path, "finance", "sun", NOON)[0]
    with service:
        for each in (key, other):
            asked = [app.test_client().get("/v1/programmes", headers={"Authorization": f"Bearer {each}"}) for _ in "12"]
            assert [answer.status_code for answer in asked] == [200, 429]


def test_an_address_that_needs_no_key_has_a_limit_too_and_a_watchman_has_none(tmp_path):
    service, app, _ = limited(tmp_path, rate="2/minute")
    with service:
        asked = [app.test_client().get("/problems/order-unknown") for _ in range(3)]
        assert [answer.status_code for answer in asked] == [200, 200, 429]
        check_problem(app.test_client().get("/v1/nothing"), 429, "too-many-requests")
        assert {app.test_client().get("/healthz").status_code for _ in range(5)} == {200}


def test_several_processes_share_a_limit():
    limiter = Limiter(Limits("100/minute", "1/second"), workers=8)
    assert (limiter.rate.amount, limiter.failures.amount) == (12, 1)


def test_a_limit_holds_for_many_at_once():
    limiter = Limiter(Limits("50/hour", ""))

    def ask(_):
        try:
            return limiter.ask("officer:li") != ""
        except Exception as refused:  # noqa: BLE001 - counted below
            return type(refused).__name__

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(ask, range(80)))
    assert told.count(True) == 50
    assert told.count("TooManyRequests") == 30


def test_an_address_that_guesses_is_held_off_and_a_valid_key_from_there_is_not(tmp_path):
    service, app, key = limited(tmp_path, failures="2/minute")
    with service:
        wrong = {"Authorization": f"Bearer vk_{'0' * 12}_{'0' * 64}"}
        guesses = [app.test_client().get("/v1/programmes", headers=wrong) for _ in range(3)]
        check_problem(guesses[0], 401, "unauthenticated")
        check_problem(guesses[2], 429, "too-many-failures")
        assert 55 <= int(guesses[2].headers["Retry-After"]) <= 60
        right = app.test_client().get("/v1/programmes", headers={"Authorization": f"Bearer {key}"})
        assert right.status_code == 200
        elsewhere = app.test_client().get("/v1/programmes", headers=wrong, environ_base={"REMOTE_ADDR": "192.0.2.9"})
        check_problem(elsewhere, 401, "unauthenticated")
