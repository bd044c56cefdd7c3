"""Batches of the tests: how lines are written and sent, and what their results are."""

import io
import json

from service.bulk.running import AHEAD as GROUPS
from tests.examples import PUDONG
from tests.service.clients import order_body, yuan
from vouchers.ledger import MAX_GROUP

AHEAD = GROUPS * MAX_GROUP  # lines
MARK = b"\xef\xbb\xbf"
NDJSON = "application/x-ndjson"
ORDERS, REDEMPTIONS, FACTS = "/v1/bulk/orders", "/v1/bulk/redemptions", "/v1/bulk/facts?source=register-2026-02"
SMALL = {"gross": yuan(100), "net": yuan(100)}
PUDONG_ROW = {
    "enterprise_id": PUDONG,
    "as_of_on": "2026-01-31",
    "region": "310115",
    "registered_on": "2019-01-01",
    "sector": "software",
    "staff": "9",
    "status": "active",
}


def line(key, **changes):
    """One order as a line."""
    return {"key": key, **order_body(**(SMALL | changes))}


def written(*lines):
    """Lines as they are sent; bytes are sent as they are."""
    return b"\n".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in lines)


def results_of(answer):
    """The results of a batch that was taken."""
    with answer:
        assert (answer.status_code, answer.mimetype) == (200, NDJSON), answer.get_data(as_text=True)
        return [json.loads(each) for each in answer.get_data().splitlines()]


def send(api, path, *lines, who="enterprise"):
    """Send a batch; its results."""
    return results_of(api.send(path, written(*lines), who, NDJSON))


def codes(results):
    """What became of each line: its number with its status, or with the code of its problem."""
    return [(each["line"], each["problem"]["code"] if "problem" in each else each["status"]) for each in results]


class Sender(io.RawIOBase):
    """A client that sends some lines one by one, and then ends, or breaks off."""

    def __init__(self, lines, *, breaks=False):
        super().__init__()
        self.lines = iter(lines)
        self.sent = 0
        self.breaks = breaks

    def readable(self):
        return True

    def readinto(self, buffer):
        data = next(self.lines, b"")
        if self.breaks and not data:
            raise ConnectionResetError
        self.sent += 1
        buffer[: len(data)] = data
        return len(data)

    def post(self, api, path, who="enterprise"):
        """Send it all without a length."""
        headers = {**api.headers(who, ""), "Transfer-Encoding": "chunked"}
        environment = {"wsgi.input": self, "wsgi.input_terminated": True}
        return api.client().post(path, headers=headers, content_type=NDJSON, environ_overrides=environment)
