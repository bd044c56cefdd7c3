"""The settings of the event feed, of webhooks and of the worker."""

import re
from dataclasses import dataclass
from typing import Final

from service.configuring import SettingInvalid, setting

_PREFIX: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def _prefix(text: str) -> None:
    if not _PREFIX.fullmatch(text):
        raise SettingInvalid("This is no reversed domain name.", remedy="Write it such as org.example.vouchers")


@dataclass(frozen=True, slots=True)
class Feed:
    """How events are named for readers, and how many of them may follow at once."""

    prefix: str = setting("org.innovation-vouchers", "What event types begin with: a reversed domain.", check=_prefix)
    source: str = setting("", "The URI of this installation in events; empty is one made of its first entry.")
    streams: int = setting(4, "Streams that one process keeps open, at most half of its threads.", most=128)
    caller_streams: int = setting(2, "Streams that one caller may keep open in a process.", least=1, most=128)
    stream_seconds: int = setting(300, "How long a stream stays open; its reader comes back.", least=1, most=3_600)
    heartbeat_seconds: int = setting(15, "How long a stream is silent before it says so.", least=1, most=300)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """How webhooks are delivered, and where they may go."""

    allowed_hosts: tuple[str, ...] = setting(
        (), "Hosts, as host or host:port, that may be private and need no TLS; all others must be public."
    )
    each: int = setting(20, "Webhooks that one caller may have.", least=1, most=1_000)
    timeout: int = setting(10, "Seconds for one delivery from connecting to its answer.", least=1, most=60)
    attempts: int = setting(10, "Attempts before an event goes to the dead letters.", least=1, most=30)
    first_pause: int = setting(5, "Seconds before the second attempt; each pause is four times as long.", least=1)
    longest_pause: int = setting(43_200, "Seconds between attempts at most.", least=1, most=604_800)
    waiting: int = setting(500, "Events of one webhook that wait for another attempt.", least=1, most=10_000)
    give_up: int = setting(432_000, "Seconds without any success before a webhook is disabled.", least=1)
    overlap: int = setting(86_400, "Seconds for which a rotated secret still signs.", most=2_592_000)
    threads: int = setting(4, "Webhooks that are served at a time.", least=1, most=64)


@dataclass(frozen=True, slots=True)
class Working:
    """How the worker leads and how often it looks."""

    lease: int = setting(15, "Seconds after which another worker takes over from one that is gone.", least=2, most=600)
    poll: int = setting(500, "Milliseconds between two looks for new events.", least=10, most=60_000)
    daily: int = setting(3_600, "Seconds between two runs of what is due by day.", least=1, most=86_400)
