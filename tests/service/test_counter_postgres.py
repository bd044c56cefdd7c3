"""The counter with log, views and desk on PostgreSQL: many tills at once, one code, one coupon, one claim of each."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from service.settings import Settings
from tests.service import clients
from tests.service.clients import an_api, frozen, yuan
from tests.service.counters import accept, issue, item, sign_up, sync, use
from tests.service.test_api_counter import bill, present
from tests.service.test_api_counter import issue as issue_code


@pytest.fixture
def api(tmp_path, postgres, monkeypatch):
    names = [postgres.create_database() for _ in range(3)]
    log, views, desk = map(postgres.dsn, names)
    monkeypatch.setattr(clients, "Settings", lambda folder, **_: Settings(folder, log=log, views=views, desk=desk))
    with frozen(), an_api(tmp_path) as api:
        yield api
    for name in names:
        postgres.drop_database(name)


def test_one_till_of_many_is_served_and_the_views_agree(api):
    order_id = api.registered()
    code = issue_code(api, order_id)["code"]
    part = {"gross": yuan(500), "net": yuan(500), "more_to_come": True}
    bills = [bill(api, code, order_id, **part) for _ in range(6)]
    with ThreadPoolExecutor(6) as tills:
        answers = list(tills.map(lambda each: present(api, each[1], key=f"till-{each[0]}"), enumerate(bills)))
    assert sorted(answer.status_code for answer in answers)[:2] == [201, 403]
    phone, till = sign_up(api), sign_up(api, "provider")
    booklet = issue(api, order_id).json["booklet"]
    papers = [accept(api, use(booklet, phone, nonce=nonce), till) for nonce in ("n-1", "n-2")]
    items = [item(api, paper, order_id) for paper in papers]
    with ThreadPoolExecutor(6) as tills:
        outcomes = [result["outcome"] for [result] in tills.map(lambda number: sync(api, items[number % 2]), range(8))]
    assert (outcomes.count("accepted"), outcomes.count("repeated"), outcomes.count("double_use")) == (1, 3, 4)
    assert len(api.town.state(order_id).claims) == 2
    api.service.catch_up()
    assert api.service.views.verify(api.service.ledger) == []
