"""How often somebody may ask: a limit for each caller, and one for each address that proves nothing."""

from math import ceil
from time import time
from typing import Final, cast

from flask import Flask, Response, current_app, g, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from service.api.settings import Limits
from vouchers.refusals import Refused

_EXTENSION: Final = "vouchers.limiter"


class TooManyRequests(Refused):
    """More requests came from this caller, or from this address, than may be made in a while."""

    status = 429


class TooManyFailures(Refused):
    """Too many requests without a valid key or token came from this address."""

    status = 429


class Limiter:
    """The counts of one process; several processes take a share of each limit."""

    def __init__(self, limits: Limits, workers: int = 1) -> None:
        """Begin with nothing counted."""
        self._counts = FixedWindowRateLimiter(MemoryStorage())
        self.rate = _share(limits.rate, workers)
        self.failures = _share(limits.failures, workers)

    def ask(self, caller: str) -> str:
        """Count a request of a caller; what is left to it as a header. Raises TooManyRequests."""
        if self.rate is None:
            return ""
        passed = self._counts.hit(self.rate, "caller", caller)
        until, left = self._counts.get_window_stats(self.rate, "caller", caller)
        if not passed:
            raise TooManyRequests(remedy=f"Ask again in {_wait(until)} s.", retry_after=_wait(until))
        return f'"default";r={left};t={_wait(until)}'

    def fail(self, address: str) -> None:
        """Count a request that proved nothing. Raises TooManyFailures."""
        if self.failures is not None and not self._counts.hit(self.failures, "address", address):
            until = self._counts.get_window_stats(self.failures, "address", address).reset_time
            remedy = f"Check the key or token, and ask again in {_wait(until)} s."
            raise TooManyFailures(remedy=remedy, retry_after=_wait(until))


def limit_requests(app: Flask, limits: Limits, workers: int) -> None:
    """Let an app count who asks how often, and tell how much is left."""
    app.extensions[_EXTENSION] = Limiter(limits, workers)
    app.after_request(_tell)


def count(caller: str) -> None:
    """Count the request in hand for its caller, or refuse it."""
    g.rate = _limiter().ask(caller)


def count_address() -> None:
    """Count the request in hand for its address, where nobody has to prove anything, or refuse it."""
    g.rate = _limiter().ask(f"address {request.remote_addr}")


def count_failure() -> None:
    """Count the request in hand for its address, which proved nothing, or refuse it."""
    _limiter().fail(request.remote_addr or "")


def _limiter() -> Limiter:
    return cast("Limiter", current_app.extensions[_EXTENSION])


def _tell(response: Response) -> Response:
    rate = _limiter().rate
    if rate is not None and "rate" in g:
        response.headers["RateLimit-Policy"] = f'"default";q={rate.amount};w={rate.get_expiry()}'
        response.headers["RateLimit"] = g.rate
    return response


def _share(rate: str, workers: int) -> RateLimitItem | None:
    if not rate:
        return None
    whole = parse(rate)
    return type(whole)(max(1, whole.amount // workers), whole.multiples)


def _wait(until: float) -> int:
    return max(1, ceil(until - time()))
