"""For whoever watches the service: whether it lives, whether it is ready, and its figures."""

from typing import cast

from flask import Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from schemas import answers_identity as answers
from service.api.asking import service
from service.api.blueprints import Blueprint
from service.observing.metrics import MEDIA_TYPE, Metrics
from vouchers.refusals import NotFound, Unavailable

blueprint = Blueprint("health", __name__)
EXTENSION = "vouchers.metrics"


class NotReady(Unavailable):
    """The service cannot do its work now."""

    remedy = "Send requests elsewhere for the moment; `vouchers doctor` looks for the cause."


class MetricsClosed(NotFound):
    """This installation shows no metrics."""

    remedy = "Set observing.metrics to administrators or loopback."


@blueprint.get("/healthz")
@blueprint.response(200, answers.ALIVE)
def alive() -> Response:
    """The process answers."""
    return jsonify({"status": "alive"})


@blueprint.get("/readyz")
@blueprint.response(200, answers.READY)
def ready() -> Response:
    """The log, the views and the desk answer, and the views are not far behind."""
    installation = service()
    size = installation.ledger.size()
    try:
        position = installation.views.position()
    except SQLAlchemyError as fault:
        raise NotReady("The views do not answer.") from fault
    if size - position > installation.settings.observing.most_behind:
        raise NotReady(f"The views are {size - position:,} entries behind the log.")
    if not installation.desk.answers():
        raise NotReady("The desk does not answer.")
    return jsonify({"status": "ready", "log": size, "position": position, "behind": size - position})


@blueprint.get("/metrics")
@blueprint.response(200, {"type": "string"}, content_type="text/plain", description="The figures.")
def show_metrics() -> Response:
    """The figures of the service in the text form of Prometheus."""
    if service().settings.observing.metrics == "nobody":
        raise MetricsClosed
    metrics = cast("Metrics", current_app.extensions[EXTENSION])
    return Response(metrics.page(), content_type=MEDIA_TYPE)
