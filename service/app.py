"""The Flask application of an open installation."""

from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Response, request
from flask.json.provider import DefaultJSONProvider

from service.api import (
    banking,
    bulk,
    commands,
    counter,
    coupons,
    documents,
    enterprises,
    evidence,
    feed,
    figures,
    health,
    identity,
    log,
    login,
    looking,
    market,
    orders,
    owing,
    policies,
    programmes,
    proposals,
    providers,
    public,
    reviews,
    settlements,
    standing,
    vouchers,
    webhooks,
)
from service.api.asking import LARGEST_BODY, admit, install
from service.api.audit import (
    anchors,
    bundles,
    corrections,
    decisions,
    jobs,
    proofs,
    receipts,
    replays,
    state,
    tests,
    tlog,
    whatifs,
)
from service.api.audit.labels import label_answers
from service.api.blueprints import Name
from service.api.errors import answer_errors
from service.api.limiting import limit_requests
from service.api.recording import record_accesses
from service.api.tracing import trace_requests
from service.observing.metrics import Metrics
from service.observing.requests import observe_requests
from service.wiring import Service

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_STRICT_TRANSPORT: Final = "max-age=31536000; includeSubDomains"

_ROUTES: Final = (
    public,
    identity,
    login,
    health,
    programmes,
    enterprises,
    vouchers,
    orders,
    reviews,
    settlements,
    banking,
    providers,
    log,
    feed,
    webhooks,
    documents,
    counter,
    coupons,
    commands,
    bulk,
    evidence,
    looking,
    policies,
    proposals,
    figures,
    market,
    standing,
    owing,
    tlog,
    proofs,
    anchors,
    receipts,
    decisions,
    corrections,
    state,
    jobs,
    replays,
    tests,
    bundles,
    whatifs,
)


class _Json(DefaultJSONProvider):
    """Sorted members, so that the same answer has the same bytes; text as it is."""

    ensure_ascii = False
    sort_keys = True
    compact = True


class App(Flask):
    """A Flask application whose functions are all plain ones."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: to look whether it is a coroutine would cost each request a dozen looks."""
        return func


def create_app(service: Service, workers: int = 1, metrics: Metrics | None = None) -> Flask:
    """The application over an open service, one of so many; whoever opened the service closes it.

    Where several stores are served, their applications share the metrics of the first.
    """
    app = App("service", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json = _Json(app)
    app.url_map.converters["name"] = Name
    install(app, service)
    app.extensions[health.EXTENSION] = metrics = metrics or Metrics(service)
    observe_requests(app, metrics)
    trace_requests(app)
    limit_requests(app, service.settings.limits, workers)
    app.before_request(admit)
    record_accesses(app)
    label_answers(app)
    app.after_request(_finish)
    answer_errors(app)
    for routes in _ROUTES:
        app.register_blueprint(routes.blueprint)
    return app


def _finish(response: Response) -> Response:
    # A set is a quarter of the time of asking the headers one by one.
    present = {name.lower() for name, _ in response.headers}
    response.headers.extend([(name, value) for name, value in _HEADERS.items() if name.lower() not in present])
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", _STRICT_TRANSPORT)
    return response
