"""Small documents of OpenID providers: fetched in bounded time and size, without redirects, over TLS."""

import http.client
import json
import time
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from service.configuring import SettingInvalid
from service.identity.settings import LOOPBACK, check_address
from vouchers.refusals import Unavailable

PATIENCE: Final = 5  # seconds, for the whole answer
LARGEST: Final = 256 * 1024  # bytes
_PIECE: Final = 16 * 1024  # bytes
_REFUSED: Final = (400, 401)  # an error of OAuth, told in JSON


class ProviderUnavailable(Unavailable):
    """The OpenID provider does not answer as it should, so that nobody can be recognised by it now."""

    remedy = "Try again in a moment; API keys work meanwhile."


class _Nowhere(HTTPRedirectHandler):
    """Follows no redirect: keys come from where the settings say."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Nothing to follow."""


def fetch(url: str, body: bytes | None = None, **headers: str) -> dict[str, Any]:
    """The JSON object at an address, an error of OAuth too, or ProviderUnavailable."""
    host = urlsplit(url).hostname or "The provider"
    try:
        check_address(url.partition("?")[0])
        request = Request(url, body, {"Accept": "application/json", **headers})  # noqa: S310 - checked just now
        found = json.loads(_content(request, local=host in LOOPBACK))
    except (OSError, http.client.HTTPException, ValueError, RecursionError, SettingInvalid) as fault:
        raise ProviderUnavailable(f"{host} cannot be asked: {type(fault).__name__}.") from fault
    if not isinstance(found, dict):
        raise ProviderUnavailable(f"{host} does not answer with a JSON object.")
    return found


def _content(request: Request, *, local: bool) -> bytes:
    """What is answered, read piece by piece so that neither its length nor its slowness can hold a thread."""
    deadline = time.perf_counter() + PATIENCE
    pieces, size = [], 0
    with _open(request, local=local) as answer:
        while piece := answer.read1(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST or time.perf_counter() > deadline:
                raise TimeoutError
    return b"".join(pieces)


def _open(request: Request, *, local: bool) -> Any:
    # A proxy of the environment leads to other machines, never back to this one.
    opener = build_opener(_Nowhere, *([ProxyHandler({})] if local else []))
    try:
        return opener.open(request, timeout=PATIENCE)
    except HTTPError as error:
        if error.code not in _REFUSED or request.data is None:
            error.close()
            raise
        return error
