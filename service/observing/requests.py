"""What is told and counted of each request: its route, never its address, and who asked, never by name."""

import logging
import time
from typing import Final

from flask import Flask, Response, g, request

from schemas.problems import MEDIA_TYPE
from service.observing.metrics import Metrics

_log: Final = logging.getLogger("vouchers.request")
_PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_FAULT, _LIMITED = 500, 429


def observe_requests(app: Flask, metrics: Metrics) -> None:
    """Let every request of an app be told and counted; called before whatever else hooks into requests."""

    def finish(response: Response) -> Response:
        _finish(response, metrics)
        return response

    app.before_request(_begin)
    app.after_request(finish)


def _begin() -> None:
    g.began = time.perf_counter()


def _finish(response: Response, metrics: Metrics) -> None:
    seconds = time.perf_counter() - g.began
    route = request.url_rule.rule if request.url_rule else "unknown"
    waited: float = request.environ.get("vouchers.waited", 0.0)
    metrics.requests.labels(request.method if request.url_rule else "", route, response.status_code).inc()
    metrics.seconds.labels(route).observe(seconds)
    metrics.waited.observe(waited)
    metrics.limited.inc(response.status_code == _LIMITED)
    level = logging.ERROR if response.status_code == _FAULT else logging.INFO
    if route in _PROBES:
        level = logging.DEBUG
    if _log.isEnabledFor(level):
        _log.log(level, "request", extra=_told(response, route, seconds, waited))


def _told(response: Response, route: str, seconds: float, waited: float) -> dict[str, object]:
    told: dict[str, object] = {
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "ms": round(seconds * 1_000, 2),
    }
    if waited:
        told["waited_ms"] = round(waited * 1_000, 2)
    caller = g.get("caller")
    if caller is not None:
        told |= {"role": caller.role, "credential": caller.credential, "via": caller.via}
    if response.mimetype == MEDIA_TYPE:
        told["code"] = (response.get_json(silent=True) or {}).get("code", "")
    if response.headers.get("Idempotency-Replayed"):
        told["replayed"] = True
    return told
