"""A one-time code presented at a counter: looked up, counted where it is wrong, handed to the ledger with the rest."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from service import clock
from service.counter.codes import BillAboveCode, Codes, Presented
from service.wiring import Service
from vouchers import application
from vouchers.counter.decisions import CodeNotAccepted, RedeemAtCounter
from vouchers.kinds import ORDER

Done = TypeVar("Done")
Run = Callable[[Callable[..., Any], RedeemAtCounter], Done]

NO_ORDER = "none"


def codes_of(service: Service) -> Codes:
    """The one-time codes of an installation."""
    return Codes(service.desk, service.settings.data, service.settings.counter, clock.now)


def present(service: Service, code: str, named: str, provider_id: str) -> Presented:
    """What the desk knows of a code that a provider presents, for the order that was named or for any."""
    return codes_of(service).look_up(code, provider_id, named, own=_is_own(service, named, provider_id))


def redeem(service: Service, presented: Presented, command: RedeemAtCounter, run: Run[Done]) -> Done:
    """Run a redemption for a code that was presented; a code that is not accepted is counted, and told to nobody else.

    Known or not, the ledger is asked: it alone knows whether a code was used, and whether the request is a repetition.
    """
    if presented.good and presented.up_to is not None and command.gross > presented.up_to:
        raise BillAboveCode(pointer="/gross", up_to=presented.up_to)
    command = replace(command, order_id=presented.order_id or NO_ORDER, code_digest=presented.digest)
    try:
        return run(partial(application.redeem_at_counter, good=presented.good), command)
    except CodeNotAccepted:
        own = _is_own(service, command.order_id, command.provider_id)
        codes_of(service).missed(command.provider_id, command.order_id, own=own)
        raise


def _is_own(service: Service, order_id: str, provider_id: str) -> bool:
    """Whether an order is one with this provider."""
    registered = service.ledger.state(ORDER, order_id).registered if order_id else None
    return registered is not None and registered.provider_id == provider_id
