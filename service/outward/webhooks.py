"""Webhooks of one installation put together: who has which, what goes out, and a message to try one."""

import threading
from dataclasses import dataclass
from typing import Final

from service import clock
from service.desk import Desk
from service.identity import Caller
from service.outward.cloudevents import CloudEvent
from service.outward.feed import Feed
from service.outward.outbox import Outbox, deliver
from service.outward.reaching import Outcome
from service.outward.settings import Webhooks as Options
from service.outward.signing import Signer
from service.outward.subscriptions import Subscriptions
from vouchers.ledger import Ledger
from vouchers.refusals import Unavailable

MOST_TESTS: Final = 1  # at a time and process, because a test holds the thread that answers


class TestsTaken(Unavailable):
    """Another webhook is being tested."""

    remedy = "Ask again in a few seconds."


@dataclass(frozen=True, slots=True)
class Tested:
    """What a receiver made of a test message."""

    message_id: str
    outcome: Outcome


class Webhooks:
    """All that concerns webhooks; any thread may ask."""

    def __init__(self, desk: Desk, ledger: Ledger, feed: Feed, signer: Signer, options: Options) -> None:
        """Use this desk, this feed and these secrets."""
        self.subscriptions = Subscriptions(desk, signer, options)
        self.outbox = Outbox(desk, ledger, feed, signer, options)
        self._feed = feed
        self._signer = signer
        self._options = options
        self._testing = threading.BoundedSemaphore(MOST_TESTS)

    def test(self, webhook_id: str, caller: Caller | None) -> Tested:
        """Send a message that says nothing, now, and tell what came of it; it changes nothing."""
        row = self.subscriptions.one(webhook_id, caller)
        number = f"test-{clock.milliseconds()}"
        naming = self._feed.naming()
        event: CloudEvent = {
            "specversion": "1.0",
            "id": number,
            "source": naming.source,
            "type": naming.type_of("webhook.Tested"),
            "subject": f"webhook/{webhook_id}",
            "time": clock.now(),
            "datacontenttype": "application/json",
            "data": {},
        }
        generations = [each["generation"] for each in row["secrets"]]
        if not self._testing.acquire(blocking=False):
            raise TestsTaken
        try:
            return Tested(f"msg_{webhook_id}_{number}", deliver(self._signer, self._options, row, generations, event))
        finally:
            self._testing.release()
