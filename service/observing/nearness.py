"""Whether whoever asks for the metrics sits on this machine, where that is enough."""

import ipaddress

from flask import request

from service.front.environment import FORWARDED
from service.observing.settings import Observing

METRICS = "health.show_metrics"


def is_near(observing: Observing) -> bool:
    """Whether the request in hand needs no key: it is for the metrics, and comes from this machine itself."""
    if request.endpoint != METRICS or observing.metrics != "loopback":
        return False
    address = request.remote_addr
    # A proxy on this machine would bring the whole world near, unless it says for whom it asks.
    return address is not None and not request.environ.get(FORWARDED) and ipaddress.ip_address(address).is_loopback
