"""Devices at a counter: an enterprise's phone and a provider's till, each with its key and no network."""

from typing import Any

from service.counter.papers import Challenge, check_use, write_receipt, write_use
from service.counter.signing import Key, new_key, public_keys
from service.identity import create_key
from tests.examples import INSTITUTE, LAB
from tests.service.clients import TODAY, Api, yuan

AT = 1_770_000_000
REPORT = "2" * 64


def sign_up(api: Api, who: str = "enterprise") -> Key:
    """A key of somebody's device, registered."""
    key = new_key()
    answer = api.post("/v1/counter/signers", {"public_key": key.public_key}, who)
    assert answer.status_code == 201, answer.json
    assert answer.json["key_id"] == key.key_id
    return key


def issue(api: Api, *orders: str, key: str | None = None, **changes: Any) -> Any:
    """Three coupons of 1,000 yuan on orders, good for ten days and handed in within twenty."""
    body = {
        "orders": list(orders),
        "coupons": 3,
        "amount": yuan(1_000),
        "use_by_on": "2026-02-12",
        "sync_by_on": "2026-02-22",
    }
    return api.post("/v1/counter/booklets", body | changes, "enterprise", key)


def bill(gross: int = 160_000, on: str = TODAY) -> dict[str, Any]:
    """What the till and the phone agree on: gross, net, day and report."""
    return {"gross": gross, "net": gross, "on": on, "rep": REPORT}


def use(
    booklet: str, key: Key, number: int = 1, provider: str = LAB, nonce: str = "n-1", told: Any = None, at: int = AT
) -> str:
    """What a phone signs for a till."""
    return write_use(booklet, number, Challenge(provider, nonce), told or bill(), at, key)


def accept(api: Api, text: str, key: Key, provider: str = LAB, at: int = AT) -> str:
    """What a till keeps of it: with its receipt, after it checked both signatures without asking the service."""
    keys = public_keys(api.client().get("/v1/counter/keys").json)
    return write_receipt(check_use(text, keys), provider, at, key)


def item(api: Api, coupon: str, order_id: str, number: int = 0) -> dict[str, Any]:
    """What a provider hands in."""
    return {
        "coupon": coupon,
        "invoice": {"number": f"{number or next(api.numbers):020d}"},
        "issued_on": TODAY,
        "evidence": api.evidence(order_id),
    }


def sync(api: Api, *items: Any, who: str = "provider") -> Any:
    """Hand coupons in."""
    answer = api.post("/v1/counter/coupons/sync", {"coupons": list(items)}, who)
    assert answer.status_code == 200, answer.json
    return answer.json["results"]


def second_provider(api: Api) -> None:
    """Let another provider be accredited for the same, with a key of its own at the service."""
    api.town.admit(INSTITUTE, account="account:2")
    api.town.accredit(INSTITUTE)
    api.keys["institute"] = create_key(api.service.settings.data, "provider", INSTITUTE, f"{TODAY}T04:00:00Z")[0]
