"""Several stores in one installation: a request goes to the store that it is about, and nothing leaks across."""

import io
import json
from contextlib import contextmanager

import pytest
from werkzeug.test import Client

from service.api.settings import Limits
from service.configuring import SettingInvalid, SettingUnknown
from service.doctor import examine
from service.identity import create_key
from service.routing import Named, RoutedApp, Router, named_in
from service.settings import FILE, MAIN, Settings, Store, create_folder, load_settings, settings_of_store
from tests.examples import LAB, PUDONG, SH, SH_CODE, YRD, YRD_CODE, voucher_of
from tests.service.clients import NOON, frozen, order_body
from tests.town import Town

SPREAD = {"delta": Store(programmes=(YRD_CODE,))}


def on_server(url, name):
    return {part: f"{url}&schema={name}_{part}" for part in ("log", "views", "desk")}


@contextmanager
def two_stores(folder, main, delta):
    """An installation with a programme in each of two stores, and a client for each role."""
    settings = Settings(folder, **main, stores={"delta": Store(**delta, programmes=(YRD_CODE,))}, limits=Limits("", ""))
    with Router(settings) as router:
        for name, rulebook, code in ((MAIN, SH, SH_CODE), ("delta", YRD, YRD_CODE)):
            town = Town(router.services[name].ledger, seed=router.services[name].seed)
            town.adopt(rulebook)
            town.record()
            town.entitle(programme=code)
            # The second programme pays for services from other provinces only.
            town.admit(region="310104" if name == MAIN else "320505")
            for category in ("TEST", "RND"):
                town.accredit(category=category)
            router.services[name].catch_up()
        who = {"enterprise": PUDONG, "officer": "li", "administrator": "root", "provider": LAB}
        keys = {role: create_key(folder, role, subject, NOON)[0] for role, subject in who.items()}
        yield Desk(router, Client(RoutedApp(router)), keys)


class Desk:
    """Somebody with a key for each role."""

    def __init__(self, router, client, keys):
        self.router, self.client, self.keys = router, client, keys
        self.number = 0

    def ask(self, method, path, body=None, who="enterprise", key="", **headers):
        self.number += 1
        given = {"Authorization": f"Bearer {self.keys[who]}", "Idempotency-Key": key or f"k-{self.number}"}
        data = None if body is None else json.dumps(body)
        kind = "application/json" if body is not None else None
        return self.client.open(path, method=method, data=data, content_type=kind, headers=given | headers)

    def get(self, path, who="enterprise", **headers):
        return self.ask("GET", path, None, who, **headers)

    def sizes(self):
        return {name: service.ledger.size() for name, service in self.router.services.items()}


@pytest.fixture
def desk(tmp_path):
    with frozen(), two_stores(tmp_path, {}, {}) as desk:
        yield desk


@pytest.fixture(params=["files", "schemas"])
def spread(request, tmp_path):
    """Two stores that are files, and two that are schemas of one server."""
    if request.param == "files":
        yield request.getfixturevalue("desk")
        return
    url = request.getfixturevalue("postgres_url")
    with frozen(), two_stores(tmp_path, on_server(url, "main"), on_server(url, "delta")) as desk:
        yield desk


def test_each_programme_lives_in_its_store_and_requests_find_it(spread):
    before = spread.sizes()
    vouchers = {}
    for store, programme in ((MAIN, SH_CODE), ("delta", YRD_CODE)):
        listed = spread.get(f"/v1/enterprises/{PUDONG}/vouchers", **{"Vouchers-Store": store})
        [item] = listed.json["items"]
        vouchers[store] = item["voucher_id"]
        assert spread.get(f"/v1/programmes/{programme}").headers["Vouchers-Store"] == store
        assert spread.get(f"/v1/vouchers/{item['voucher_id']}").headers["Vouchers-Store"] == store
    for store, voucher in vouchers.items():
        body = order_body(voucher_id=voucher)
        answer = spread.ask("POST", "/v1/orders", body, key=f"order-in-{store}")
        assert (answer.status_code, answer.headers["Vouchers-Store"]) == (201, store), answer.json
        shown = spread.get(f"/v1/orders/{answer.json['order_id']}?after={answer.json['position']}")
        assert (shown.status_code, shown.headers["Vouchers-Store"]) == (200, store)
        again = spread.ask("POST", "/v1/orders", body, key=f"order-in-{store}")
        assert again.json == answer.json
        assert again.headers["Idempotency-Replayed"] == "true"
        done = spread.ask("POST", f"/v1/orders/{answer.json['order_id']}/cancellation", {"reason": "no need"})
        assert (done.status_code, done.headers["Vouchers-Store"]) == (200, store)
    assert all(size > before[name] for name, size in spread.sizes().items())


def test_a_number_of_one_store_is_unknown_in_the_other(desk):
    answer = desk.ask("POST", "/v1/orders", order_body(voucher_id=voucher_of()))
    assert answer.status_code == 201
    path = f"/v1/orders/{answer.json['order_id']}"
    assert desk.get(path, **{"Vouchers-Store": "delta"}).status_code == 404
    unknown = desk.get("/v1/orders/O-0000-0000-0000-0")
    assert (unknown.status_code, unknown.headers["Vouchers-Store"]) == (404, MAIN)


def test_people_keys_and_figures_are_those_of_the_whole_installation(desk):
    for store in (MAIN, "delta"):
        assert desk.get("/v1/programmes", "officer", **{"Vouchers-Store": store}).status_code == 200
    figures = desk.get("/metrics", "administrator").get_data(as_text=True)
    for store in (MAIN, "delta"):
        assert f'vouchers_log_entries{{store="{store}"}}' in figures
    assert 'route="/v1/programmes",status="200"} 2.0' in figures


def test_a_store_that_does_not_exist_is_refused(desk):
    before = desk.sizes()
    answer = desk.ask("POST", "/v1/orders", order_body(), **{"Vouchers-Store": "nowhere"})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json["code"] == "store-unknown"
    assert desk.sizes() == before


def test_what_was_found_is_remembered_and_what_was_not_is_looked_for_again(desk):
    router = desk.router
    assert router.store_of([Named("order", "O-late")]) == MAIN
    name = router.services["delta"].ledger.names("voucher/")[0].partition("/")[2]
    assert router.store_of([Named("voucher", "V-none"), Named("voucher", name)]) == "delta"
    assert Named("voucher", name) in router._known
    assert Named("order", "O-late") not in router._known


def environment(path, body=b"", content_type="application/json", query=""):
    return {
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (environment("/v1/orders/O-1/redemptions"), [Named("order", "O-1")]),
        (environment("/v1/programmes/SH/policies"), [Named("programme", "SH")]),
        (environment("/v1/orders", query="limit=1&programme=SH"), [Named("programme", "SH")]),
        (environment("/v1/orders", b'{"voucher_id": "V-1", "order_id": 7}'), [Named("voucher", "V-1")]),
        (environment("/v1/orders", b'{"voucher_id": "V-1"}', "text/plain"), []),
        (environment("/v1/orders", b'{"voucher_id": "V-'), []),
        (environment("/v1/orders", b"[" * 100_000), []),
        (environment("/v1/orders", b"[1]"), []),
        (environment("/v1/orders/" + "x" * 100), []),
        (environment("/healthz"), []),
    ],
)
def test_what_a_request_names_is_read_and_its_body_left_as_it_was(asked, named):
    before = asked["wsgi.input"].getvalue()
    assert list(named_in(asked)) == named
    assert asked["wsgi.input"].read() == before


def test_the_command_line_works_on_the_store_that_it_is_told(tmp_path):
    create_folder(str(tmp_path))
    (tmp_path / FILE).write_text(f'[stores.delta]\nprogrammes = ["{YRD_CODE}"]\nlog = "sqlite:d.sqlite"\n')
    assert load_settings(str(tmp_path), {}).log == "sqlite:log.sqlite"
    chosen = load_settings(str(tmp_path), {"VOUCHERS_STORE": "delta"})
    assert (chosen.log, chosen.views, chosen.desk) == (
        "sqlite:d.sqlite",
        "sqlite:views-delta.sqlite",
        "sqlite:desk-delta.sqlite",
    )
    with pytest.raises(SettingUnknown):
        load_settings(str(tmp_path), {"VOUCHERS_STORE": "beta"})
    assert settings_of_store(Settings(tmp_path, stores=SPREAD), "delta").stores == {}
    [spread] = [each for each in examine(str(tmp_path), {}, quick=True) if each.check == "stores"]
    assert (spread.state, "within one store" in spread.what) == ("warn", True)


@pytest.mark.parametrize(
    "text",
    [
        '[stores.a]\nprogrammes = ["X"]\n[stores.b]\nprogrammes = ["X"]\n',
        '[stores.a]\nlog = "sqlite:log.sqlite"\n',
        '[stores.main]\nprogrammes = ["X"]\n',
        '[stores.a]\nlog = "mysql:x"\n',
    ],
)
def test_a_programme_and_a_log_belong_to_one_store(tmp_path, text):
    create_folder(str(tmp_path))
    (tmp_path / FILE).write_text(text)
    with pytest.raises(SettingInvalid):
        load_settings(str(tmp_path), {})
