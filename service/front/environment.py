"""A request of the server as the environment that a WSGI application reads."""

import ipaddress
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import IO, Any, Final
from urllib.parse import unquote_to_bytes

from vouchers.refusals import Malformed

FORWARDED: Final = "vouchers.forwarded"  # Whether somebody speaks for somebody else.
Scope = Mapping[str, Any]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What two readers of one request could understand in two ways.
_ONCE: Final = frozenset(
    {"authorization", "content-length", "content-type", "host", "idempotency-key", "if-match", "traceparent"}
)
_FORWARDED: Final = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"})
_SCHEMES: Final = frozenset({"http", "https"})


class HeaderRepeated(Malformed):
    """A header that may stand once stands twice."""


class HostMissing(Malformed):
    """The request does not say which host it is for."""


class Environments:
    """Makes environments; knows which proxies are believed."""

    def __init__(self, proxies: Sequence[str]) -> None:
        """Believe these networks."""
        self._proxies: tuple[Network, ...] = tuple([ipaddress.ip_network(each) for each in proxies])
        self._constant = {
            "SCRIPT_NAME": "",
            "SERVER_SOFTWARE": "vouchers",
            "wsgi.errors": sys.stderr,
            "wsgi.input_terminated": True,  # The input ends where the body does, also where no length was announced.
            "wsgi.multiprocess": False,
            "wsgi.multithread": True,
            "wsgi.run_once": False,
            "wsgi.version": (1, 0),
        }

    def make(self, scope: Scope, body: IO[bytes]) -> dict[str, Any]:
        """The environment of a request; raises HeaderRepeated or HostMissing."""
        request = _Request(scope)
        headers = request.headers
        address, scheme = request.address, scope.get("scheme", "http")
        if self._proxies and self._is_proxy(address):
            address = self._client_behind(headers.get("x-forwarded-for", ""), address)
            scheme = _believed(headers.get("x-forwarded-proto", ""), scheme)
        environment: dict[str, Any] = {
            **self._constant,
            "REQUEST_METHOD": scope["method"],
            "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
            "QUERY_STRING": scope["query_string"].decode("latin-1"),
            "SERVER_PROTOCOL": "HTTP/1.1" if scope["http_version"] == "1.1" else "HTTP/1.0",
            "SERVER_NAME": str(scope["server"][0]),
            "SERVER_PORT": str(scope["server"][1]),
            "REMOTE_ADDR": address,
            "wsgi.url_scheme": scheme,
            "wsgi.input": body,
            FORWARDED: not _FORWARDED.isdisjoint(headers),
        }
        for name, value in headers.items():
            if name in ("content-type", "content-length"):
                environment[name.upper().replace("-", "_")] = value
            # X_B and X-B would be one name here; what a proxy says is told above or not at all.
            elif name not in _FORWARDED and "_" not in name:
                environment[f"HTTP_{name.upper().replace('-', '_')}"] = value
        return environment

    def _is_proxy(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._proxies)

    def _client_behind(self, forwarded: str, address: str) -> str:
        """The last address that a believed proxy names and that is none itself; what comes before may be made up."""
        for each in reversed([part.strip() for part in forwarded.split(",")]):
            try:
                ipaddress.ip_address(each)
            except ValueError:
                break
            address = each
            if not self._is_proxy(each):
                break
        return address


class _Request:
    """The headers of a request, each name once."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @property
    def address(self) -> str:
        client = self._scope.get("client")
        return str(client[0]) if client else ""

    @cached_property
    def headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for raw_name, raw_value in self._scope["headers"]:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            if name not in found:
                found[name] = value
            elif name in _ONCE:
                raise HeaderRepeated(pointer=f"/headers/{name}", remedy="Send each header once.")
            else:
                found[name] = f"{found[name]}{'; ' if name == 'cookie' else ','}{value}"
        if not found.get("host") and self._scope["http_version"] == "1.1":
            raise HostMissing(pointer="/headers/host", remedy="Send the header Host.")
        return found


def _believed(forwarded: str, scheme: str) -> str:
    last = forwarded.rpartition(",")[2].strip().lower()
    return last if last in _SCHEMES else scheme
