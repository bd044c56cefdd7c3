"""The Flask application of an open installation."""

from typing import Final

from flask import Flask, Response
from flask.json.provider import DefaultJSONProvider

from service.api import (
    commands,
    counter,
    documents,
    enterprises,
    log,
    orders,
    programmes,
    providers,
    public,
    reviews,
    settlements,
    vouchers,
)
from service.api.asking import LARGEST_BODY, admit, install
from service.api.blueprints import Name
from service.api.errors import answer_errors
from service.wiring import Service

_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class _Json(DefaultJSONProvider):
    """Sorted members, so that the same answer has the same bytes; text as it is."""

    ensure_ascii = False
    sort_keys = True
    compact = True


def create_app(service: Service) -> Flask:
    """The application over an open service; whoever opened the service closes it."""
    app = Flask("service", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json = _Json(app)
    app.url_map.converters["name"] = Name
    install(app, service)
    app.before_request(admit)
    app.after_request(_finish)
    answer_errors(app)
    for routes in (
        public,
        programmes,
        enterprises,
        vouchers,
        orders,
        reviews,
        settlements,
        providers,
        log,
        documents,
        counter,
        commands,
    ):
        app.register_blueprint(routes.blueprint)
    return app


def _finish(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
