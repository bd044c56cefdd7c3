"""What an operator sees: health, readiness and figures, and who may see them."""

import re

import pytest
from freezegun import freeze_time

from service.app import create_app
from service.front.environment import FORWARDED
from service.observing.metrics import Metrics
from service.observing.settings import Observing
from service.settings import Settings
from service.wiring import Service
from tests.audit.houses import watched
from tests.service.clients import an_api, check_problem, frozen


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with frozen(), an_api(tmp_path_factory.mktemp("api")) as api:
        yield api


def figures(page):
    """Each figure by its name and labels."""
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in page.splitlines() if line[:1] != "#"}


def metrics_of(api):
    answer = api.get("/metrics", "administrator")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    return figures(answer.get_data(as_text=True))


def test_requests_and_commands_are_counted_by_route_and_outcome(api):
    before = metrics_of(api)
    order_id = api.registered()
    api.get(f"/v1/orders/{order_id}")
    assert api.register(gross={"amount": 0, "currency": "CNY"}).status_code in (400, 422)
    api.get("/v1/nothing")
    after = metrics_of(api)
    grown = {name: after[name] - before.get(name, 0) for name in after}
    route = 'route="/v1/orders/<name:order_id>"'
    assert grown[f'vouchers_http_requests_total{{method="GET",{route},status="200"}}'] == 1
    assert grown[f"vouchers_http_request_seconds_count{{{route}}}"] == 1
    assert grown['vouchers_http_requests_total{method="",route="unknown",status="404"}'] == 1
    assert grown['vouchers_commands_total{command="register_order",outcome="done"}'] == 1
    assert grown["vouchers_command_seconds_count"] >= 1
    assert grown["vouchers_ledger_group_commands_count"] >= 1
    assert grown['vouchers_log_entries{store="main"}'] > 0
    assert after['vouchers_store_up{part="desk",store="main"}'] == 1
    assert after['vouchers_view_lag_entries{store="main",view="orders"}'] >= 0
    assert [name for name in after if re.fullmatch(r'vouchers_process_memory_bytes\{pid="\d+"\}', name)]


def test_how_long_ago_a_log_was_signed_and_vouched_for_is_told(tmp_path):
    with watched(tmp_path) as (home, office):
        metrics = Metrics(home.service)
        labels = f'store="main",url="{home.witnesses[0].url}"'

        def vouching():
            with freeze_time(home.present):
                shown = figures(metrics.page().decode())
            return {name: shown.get(f"vouchers_{name}") for name in (*plain, *outside)}

        plain = ('checkpoint_age_seconds{store="main"}', 'checkpoint_behind_entries{store="main"}')
        outside = (f"outsider_age_seconds{{{labels}}}", f"outsider_failing{{{labels}}}")
        home.grow(3)
        assert [*vouching().values()] == [None, 3, None, 0]
        home.turn()
        home.wait(seconds=90)
        home.grow()
        assert [*vouching().values()] == [91, 2, 91, 0]
        office.store.distrust(home.service.checkpoints.origin, home.service.checkpoints.keys.current.vkey)
        home.turn(now=True)
        assert [*vouching().values()] == [0, 0, 91, 1]


def test_no_figure_names_anybody(api):
    api.get("/v1/enterprises/91310115MA1TE5T0X3/vouchers")
    page = api.get("/metrics", "administrator").get_data(as_text=True)
    assert "91310115" not in page


@pytest.mark.parametrize("who", ["enterprise", "officer", "finance"])
def test_figures_are_not_for_everybody(api, who):
    check_problem(api.get("/metrics", who), 403, "role-not-allowed")
    assert api.client().get("/metrics").status_code == 401


@pytest.mark.parametrize(
    ("metrics", "address", "forwarded", "status"),
    [
        ("loopback", "127.0.0.1", False, 200),
        ("loopback", "::1", False, 200),
        ("loopback", "127.0.0.1", True, 401),
        ("loopback", "10.0.0.1", False, 401),
        ("administrators", "127.0.0.1", False, 401),
    ],
)
def test_a_scraper_on_this_machine_needs_no_key_where_the_settings_say_so(
    tmp_path, metrics, address, forwarded, status
):
    with Service(Settings(tmp_path, log="memory:", observing=Observing(metrics=metrics))) as service:
        client = create_app(service).test_client()
        environment = {"REMOTE_ADDR": address, FORWARDED: forwarded}
        assert client.get("/metrics", environ_overrides=environment).status_code == status
        # It opens that one door only.
        assert client.get("/v1/orders", environ_overrides=environment).status_code == 401


def test_figures_can_be_closed(tmp_path):
    from service.identity import create_key  # noqa: PLC0415

    with Service(Settings(tmp_path, log="memory:", observing=Observing(metrics="nobody"))) as service:
        key, _ = create_key(tmp_path, "administrator", "root", "2026-01-01T00:00:00Z")
        answer = create_app(service).test_client().get("/metrics", headers={"Authorization": f"Bearer {key}"})
    check_problem(answer, 404, "metrics-closed")


def test_a_service_is_ready_while_its_views_are_near_the_log(tmp_path):
    with frozen(), an_api(tmp_path) as api:
        ready = api.client().get("/readyz").json
        assert (ready["status"], ready["behind"]) == ("ready", 0)
        api.service.settings = Settings(tmp_path, observing=Observing(most_behind=1))
        api.registered()
        problem = check_problem(api.client().get("/readyz"), 503, "not-ready")
        assert "behind the log" in problem["detail"]
        api.service.catch_up()
        assert api.client().get("/readyz").status_code == 200


@pytest.mark.parametrize(("store", "said"), [("desk", "The desk"), ("views", "The views")])
def test_a_store_that_is_gone_makes_the_service_not_ready(tmp_path, store, said):
    with frozen(), an_api(tmp_path) as api:
        assert api.client().get("/readyz").status_code == 200
        path = tmp_path / f"{store}.sqlite"
        if not path.exists():
            pytest.skip("only a store in a file can be spoiled from here")
        engine = api.service.views.engine if store == "views" else api.service.desk._engine
        engine.dispose()
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.write_bytes(b"no database " * 1_000)
        problem = check_problem(api.client().get("/readyz"), 503, "not-ready")
        assert said in problem["detail"]
        assert api.client().get("/healthz").status_code == 200
        path.unlink()
