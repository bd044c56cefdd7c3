"""One message to an address that somebody else chose: only to public hosts, without redirects, within a time."""

import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Final, TypeVar
from urllib.parse import urlsplit

from vouchers.refusals import Malformed

LONGEST_URL: Final = 2_000
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
_FIRST_FREE_PORT: Final = 1_024
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_LONGEST_WAIT: Final = 86_400  # seconds that a receiver may ask for

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class WebhookUrlInvalid(Malformed):
    """A webhook cannot go to this address."""

    remedy = "Give an https:// address of a public host, with no user, no fragment, and port 443 or above 1023."


class HostNotPublic(Malformed):
    """A webhook goes to public hosts only."""

    remedy = "Use a public host, or have the operator allow this one in the setting webhooks.allowed_hosts."


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook goes; `trusted` hosts were allowed by the operator and may be private and without TLS."""

    host: str
    port: int
    path: str
    secure: bool
    trusted: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one delivery: the status, or 0 and what went wrong; how long the receiver asks to wait."""

    status: int
    failure: str = ""
    retry_after: int = 0

    @property
    def delivered(self) -> bool:
        """Whether the receiver took the message."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the statuses that mean success


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is read: its status, or 0 and what went wrong; its media type and body."""

    status: int
    failure: str = ""
    media_type: str = ""
    body: bytes = b""


Told = TypeVar("Told", Outcome, Reply)

_LATE: Final = "no answer in time"


def target_of(url: str, allowed: Collection[str], pointer: str = "") -> Target:
    """The parts of an address, or why no webhook goes there. Names are looked up only when a message goes out."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise WebhookUrlInvalid(pointer=pointer)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as fault:
        raise WebhookUrlInvalid(pointer=pointer) from fault
    secure = parts.scheme == "https"
    port = port or (443 if secure else 80)
    trusted = bool({host, f"{host}:{port}"} & set(allowed))
    plain = parts.username is None and parts.password is None and "#" not in url and _HOST.fullmatch(host)
    scheme = secure or (trusted and parts.scheme == "http")
    if not (plain and scheme and (trusted or port == 443 or port >= _FIRST_FREE_PORT)):  # noqa: PLR2004 - of https
        raise WebhookUrlInvalid(pointer=pointer)
    with suppress(ValueError):
        if not trusted and not is_public(ipaddress.ip_address(host)):
            raise HostNotPublic(pointer=pointer)
    if not trusted and (host == "localhost" or host.endswith((".localhost", ".local", ".internal"))):
        raise HostNotPublic(pointer=pointer)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port, path, secure, trusted)


def chosen(url: str) -> Target:
    """The parts of an address that the operator's settings name: it may be inside, and without TLS."""
    return target_of(url, {urlsplit(url).hostname or ""})


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet, also where it stands inside of another."""
    if isinstance(address, ipaddress.IPv6Address):
        teredo = address.teredo
        inner = address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def post(target: Target, headers: Mapping[str, str], body: bytes, seconds: int) -> Outcome:
    """Send a message and read no more than the status of its answer; what goes wrong is an outcome, no exception."""
    told = _exchange(target, "POST", headers, body, seconds, _read)
    return Outcome(0, told) if isinstance(told, str) else told


def ask(target: Target, method: str, headers: Mapping[str, str], body: bytes, seconds: int, most: int) -> Reply:
    """Send a request and read an answer of at most so many bytes; what goes wrong is a reply, no exception."""
    told = _exchange(target, method, headers, body, seconds, lambda answer: _whole(answer, most))
    return Reply(0, told) if isinstance(told, str) else told


def _exchange(
    target: Target,
    method: str,
    headers: Mapping[str, str],
    body: bytes,
    seconds: int,
    read: Callable[[HTTPResponse], Told],
) -> Told | str:
    """What was read of the answer to one request, or in a few words why there is none."""
    connection: HTTPConnection | None = None
    expired = threading.Event()
    try:
        connection = _connected(target, seconds)
        watch = threading.Timer(seconds, _expire, (connection, expired))
        watch.daemon = True
        watch.start()
        try:
            connection.request(method, target.path, body, {"User-Agent": "vouchers", "Connection": "close", **headers})
            told = read(connection.getresponse())
            # What was cut off may look complete.
            return _LATE if expired.is_set() else told
        finally:
            watch.cancel()
    except _NotPublic:
        return "the host's address is not public"
    except TimeoutError:
        return _LATE
    except socket.gaierror:
        return "the host has no address"
    except ssl.SSLError:
        return "no trusted TLS connection"
    except (OSError, HTTPException):
        return _LATE if expired.is_set() else "the connection failed"
    finally:
        if connection is not None:
            connection.close()


class _NotPublic(Exception):
    """A name leads to an address inside."""


def _connected(target: Target, seconds: int) -> HTTPConnection:
    """A connection to an address that was looked at: a name that is looked up twice may lead elsewhere then."""
    connection = HTTPConnection(target.host, target.port, timeout=seconds)
    fault: OSError = ConnectionError("no address")
    for address in _addresses(target):
        try:
            connection.sock = socket.create_connection((address, target.port), timeout=seconds)
            break
        except OSError as error:
            fault = error
    else:
        raise fault
    if target.secure:
        connection.sock = _tls().wrap_socket(connection.sock, server_hostname=target.host)
    return connection


def _addresses(target: Target) -> Iterator[str]:
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not target.trusted and not all(is_public(ipaddress.ip_address(each.partition("%")[0])) for each in addresses):
        raise _NotPublic
    yield from dict.fromkeys(addresses)


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _expire(connection: HTTPConnection, expired: threading.Event) -> None:
    # Each read starts its own patience, and an answer that drips would hold the worker for ever.
    expired.set()
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _read(answer: HTTPResponse) -> Outcome:
    wait = answer.getheader("Retry-After", "").strip()
    seconds = int(wait) if wait.isascii() and wait.isdecimal() and len(wait) < 7 else 0  # noqa: PLR2004 - digits
    status = answer.status
    failure = "" if 200 <= status < 300 else f"the receiver answered {status}"  # noqa: PLR2004 - success
    return Outcome(status, failure, min(seconds, _LONGEST_WAIT))


def _whole(answer: HTTPResponse, most: int) -> Reply:
    body = answer.read(most + 1)
    if len(body) > most:
        return Reply(0, f"the answer is longer than {most:,} bytes")
    return Reply(answer.status, "", answer.getheader("Content-Type", "").partition(";")[0].strip().lower(), body)
