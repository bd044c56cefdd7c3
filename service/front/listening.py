"""Where a server listens, looked at before it starts; and how what it tells goes where everything goes."""

import socket
from contextlib import closing
from typing import Any, Final

from vouchers.refusals import Unavailable

LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"handlers": [], "propagate": True}},
}


class AddressUnavailable(Unavailable):
    """The service cannot listen at this address."""


def check_address(host: str, port: int) -> None:
    """Refuse an address that is not this machine's, or at which something listens: raises AddressUnavailable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise AddressUnavailable(
                f"{host}:{port} cannot be used: {fault.strerror}.",
                pointer="/port",
                remedy="Stop what listens there, or choose another address.",
            ) from fault
