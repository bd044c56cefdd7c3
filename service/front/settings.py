"""The settings of the front: how much may wait, and for how long."""

import ipaddress
from dataclasses import dataclass
from typing import Final

from service.configuring import SettingInvalid, setting

SPARE_FILES: Final = 256  # that a process may come to open beside its connections


def _network(text: str) -> None:
    try:
        ipaddress.ip_network(text)
    except ValueError as fault:
        raise SettingInvalid(f"{text} is no network.", remedy="Write 10.0.0.7 or 10.0.0.0/8.") from fault


@dataclass(frozen=True, slots=True)
class Front:
    """The limits of one process towards its clients."""

    connections: int = setting(1_024, "Open connections of one process.", least=16, most=65_536)
    waiting: int = setting(64, "Requests that may wait for a thread; one more is answered 503.", least=1, most=4_096)
    patience_seconds: int = setting(10, "How long a request waits for a thread.", least=1, most=300)
    header_seconds: int = setting(20, "How long a client may take over its headers, or stay idle.", least=1, most=300)
    body_seconds: int = setting(
        20, "How long a client may take over a body, or pause in a long one.", least=1, most=300
    )
    send_seconds: int = setting(20, "How long a client may leave a long answer unread.", least=1, most=300)
    stop_seconds: int = setting(30, "How long requests in flight may take after SIGTERM.", least=1, most=300)
    proxies: tuple[str, ...] = setting((), "Networks whose X-Forwarded-For and -Proto are believed.", check=_network)
