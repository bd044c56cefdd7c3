"""Several stores in one installation: each programme lives in one, and a request goes to the store it is about.

Rules that look at several programmes (an invoice pays once, aid adds up, one contract is paid from one side) hold
within one store, because only one log decides them. `vouchers doctor` says so where programmes are spread.
"""

import io
import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from flask import Flask

from schemas.problems import MEDIA_TYPE, problem
from service.api import health
from service.api.asking import LARGEST_BODY, share_identity
from service.app import create_app
from service.settings import MAIN, Settings, settings_of_store
from service.wiring import Service
from vouchers.refusals import NotFound, Refused

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MOST_REMEMBERED: Final = 100_000  # numbers whose store is known
HEADER: Final = "HTTP_VOUCHERS_STORE"
# Where a number stands in an address, and in a body: the kind of stream that is looked for.
_SEGMENTS: Final = {
    "clearings": "clearing",
    "debts": "debt",
    "demands": "demand",
    "orders": "order",
    "programmes": "programme",
    "reviews": "order",
    "settlements": "settlement",
    "vouchers": "voucher",
}
_MEMBERS: Final = {
    "demand_id": "demand",
    "debt_id": "debt",
    "order_id": "order",
    "programme": "programme",
    "settlement_id": "settlement",
    "voucher_id": "voucher",
}
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


class StoreUnknown(NotFound):
    """This installation has no store of this name."""

    remedy = "Leave the header out, or send the name that an answer had in it."


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that a request names: the kind of its stream and its number."""

    kind: str
    key: str


class Router:
    """The open services of an installation, and which of them a thing belongs to. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        """Open the main store and every other."""
        self.services = {MAIN: Service(settings)}
        for name in settings.stores:
            self.services[name] = Service(settings_of_store(settings, name))
        self._programmes = {code: name for name, each in settings.stores.items() for code in each.programmes}
        self._known: OrderedDict[Named, str] = OrderedDict()
        self._gate = Lock()

    def __enter__(self) -> Self:
        """The router itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close every service."""
        for service in self.services.values():
            service.close()

    def store_of(self, names: Iterable[Named]) -> str:
        """The store of the first thing that is known; the main one where none is."""
        for named in names:
            found = self._programmes.get(named.key) if named.kind == "programme" else self._look_up(named)
            if found:
                return found
        return MAIN

    def _look_up(self, named: Named) -> str:
        with self._gate:
            if named in self._known:
                self._known.move_to_end(named)
                return self._known[named]
        stream = f"{named.kind}/{named.key}"
        for name, service in self.services.items():
            if stream in service.ledger.names(stream, limit=1):
                # A thing never moves; what is not there yet may come, so only what was found is remembered.
                self._remember(named, name)
                return name
        return ""

    def _remember(self, named: Named, store: str) -> None:
        with self._gate:
            self._known[named] = store
            while len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)


class RoutedApp:
    """A WSGI application in front of one for each store; an answer says in Vouchers-Store who gave it."""

    def __init__(self, router: Router, workers: int = 1) -> None:
        """One application for each store; they share who may ask, how often, and the figures."""
        self._router = router
        main = create_app(router.services[MAIN], workers)
        self.apps: dict[str, Flask] = {MAIN: main}
        metrics = main.extensions[health.EXTENSION]
        for name, service in router.services.items():
            if name != MAIN:
                self.apps[name] = create_app(service, workers, metrics)
                metrics.add(name, service)
                share_identity(main, self.apps[name])

    def __call__(self, environment: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Answer from the store that the request names, or that what it names belongs to."""
        name = environment.get(HEADER, "") or self._router.store_of(named_in(environment))
        if name not in self.apps:
            return _refuse(StoreUnknown(pointer="/headers/vouchers-store"), environment, start)

        def begin(status: str, headers: list[tuple[str, str]], *fault: Any) -> Any:
            return start(status, [*headers, ("Vouchers-Store", name)], *fault)

        return self.apps[name](environment, begin)


def _refuse(refused: Refused, environment: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
    told = json.dumps(problem(refused, environment.get("PATH_INFO", "")), sort_keys=True).encode()
    headers = [("Content-Type", MEDIA_TYPE), ("Content-Length", str(len(told))), ("Cache-Control", "no-store")]
    start(f"{refused.status} {HTTPStatus(refused.status).phrase}", headers)
    return [told]


def named_in(environment: "WSGIEnvironment") -> Iterator[Named]:
    """What a request names: in its address first, then in its body, which is left as it was."""
    parts = environment.get("PATH_INFO", "").split("/")
    for segment, key in pairwise(parts):
        if segment in _SEGMENTS and _NUMBER.fullmatch(key):
            yield Named(_SEGMENTS[segment], key)
    query = re.search(r"(?:^|&)programme=([A-Za-z0-9._:-]{1,64})(?:&|$)", environment.get("QUERY_STRING", ""))
    if query:
        yield Named("programme", query[1])
    if environment.get("CONTENT_TYPE", "").partition(";")[0].strip() == "application/json":
        yield from _in_body(_peeked(environment))


def _peeked(environment: "WSGIEnvironment") -> Any:
    length = environment.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or not 0 < int(length[:9]) <= LARGEST_BODY:
        return None
    body = environment["wsgi.input"].read(int(length))
    environment["wsgi.input"] = io.BytesIO(body)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None  # The application will say what is wrong with it.


def _in_body(body: Any) -> Iterator[Named]:
    if isinstance(body, Mapping):
        for member, kind in _MEMBERS.items():
            key = body.get(member)
            if isinstance(key, str) and _NUMBER.fullmatch(key):
                yield Named(kind, key)
