"""What witnesses know of the log, for whoever is about to serve it."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from service.audit.outside import View
from service.audit.witness.client import WitnessDisagrees, view_of
from vouchers.refusals import Unavailable

if TYPE_CHECKING:
    from service.wiring import Service

_log: Final = logging.getLogger("vouchers.audit")


def views_of(service: "Service") -> Iterator[tuple[str, View | Unavailable | WitnessDisagrees | None]]:
    """Each witness by its address: what it cosigned last of this log, nothing, or what speaks against taking its word.

    It may not be there, or it may have seen the log under a key that is none of its own.
    """
    for witness in service.settings.witness:
        keys = service.checkpoints.keys
        try:
            checkpoint = view_of(witness, keys.origin, keys.public, service.settings.anchoring.timeout)
        except (Unavailable, WitnessDisagrees) as refused:
            yield witness.url, refused
        else:
            yield witness.url, View(witness.url, checkpoint) if checkpoint else None


def witnessed(service: "Service") -> list[View]:
    """The views of the witnesses that answer; one that does not keeps nobody from serving, and is told of.

    Raises WitnessDisagrees.
    """
    views = []
    for _, view in views_of(service):
        if isinstance(view, WitnessDisagrees):
            raise view
        if isinstance(view, View):
            views.append(view)
        elif view:
            _log.warning("a witness was not asked what it knows of the log: %s", view.detail)
    return views
