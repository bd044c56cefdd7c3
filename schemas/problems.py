"""Problem documents (RFC 9457): what a refusal looks like on the wire, and the page that its type names."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from schemas.faults import RequestFaulty
from schemas.reasons import POLICY_REASONS
from vouchers.refusals import Cause, Ineligible, Refused

MEDIA_TYPE: Final = "application/problem+json"
TYPES: Final = "/problems/"
FAULT_CODE: Final = "internal-fault"
FAULT_SENTENCE: Final = "The service failed; nothing was recorded unless a later answer to the same key says so."
FAULT_REMEDY: Final = "Repeat the request with the same key; if it fails again, tell the operator when it happened."


_RULED_OUT: Final = 422
_TOLD_THERE: Final = "each refusal says in its remedy what helps there, and in errors where the fault is."
_WHY: Final = {
    400: "The request is malformed: it was not carried out, and the same request will be refused again.",
    401: "The request does not prove who it comes from: nothing was done.",
    403: "Whoever asks may not do this: nothing was done.",
    404: "There is no such thing, or it is not the caller's to see: both look the same.",
    405: "The address is right, and the method is not.",
    408: "The request came too slowly to be read to its end: nothing was done.",
    409: "The request contradicts what has already happened: nothing was done.",
    412: "Something changed after the caller looked at it: nothing was done.",
    413: "The request is larger than this service reads at once: nothing was done.",
    415: "The body is announced as something that is not read here: nothing was done.",
    422: "The request is well formed, and the rules do not allow it: no money was moved.",
    428: "The request must say which version it was decided on: nothing was done.",
    429: "More was asked in a while than one caller may ask: nothing was done.",
    500: "This is a fault of the service and not of the request.",
    503: "Nothing is wrong with the request: it may be repeated with the same idempotency key.",
}


def problem(refused: Refused, instance: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    return {
        "type": TYPES + refused.code,
        "title": sentence(type(refused)),
        "status": refused.status,
        "detail": refused.detail,
        "instance": instance,
        "code": refused.code,
        "remedy": refused.remedy,
        "errors": list(_errors(refused)),
    }


def fault(instance: str) -> dict[str, Any]:
    """The problem document of a failure of our own, which says nothing of its inside."""
    return {
        "type": TYPES + FAULT_CODE,
        "title": FAULT_SENTENCE,
        "status": 500,
        "detail": FAULT_SENTENCE,
        "instance": instance,
        "code": FAULT_CODE,
        "remedy": FAULT_REMEDY,
        "errors": [{"pointer": "", "code": FAULT_CODE, "detail": FAULT_SENTENCE, "remedy": FAULT_REMEDY}],
    }


def sentence(refusal: type[Refused]) -> str:
    """The sentence of a kind of refusal."""
    return " ".join((refusal.__doc__ or "").split())


class Page(NamedTuple):
    """The page behind a problem's type: what happened, why, and what to do."""

    code: str
    sentence: str
    status: int
    remedies: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """What its status says of the request, of what was done, and of a repetition."""
        return _WHY.get(self.status, _WHY[_RULED_OUT])

    @property
    def text(self) -> str:
        """The page as plain text."""
        lines = [self.code, "=" * len(self.code), "", self.sentence, "", self.why, "", f"HTTP status: {self.status}"]
        return "\n".join([*lines, *(f"Remedy: {remedy}" for remedy in self.remedies or (_TOLD_THERE,)), ""])


FAULT_PAGE: Final = Page(FAULT_CODE, FAULT_SENTENCE, 500, (FAULT_REMEDY,))


def page_of(refusal: type[Refused]) -> Page:
    """The page of a kind of refusal."""
    return Page(refusal.code, sentence(refusal), refusal.status, (refusal.remedy,) if refusal.remedy else ())


def pages() -> list[Page]:
    """The pages of all kinds of refusals and of every reason that a policy can give, by status and code."""
    found = [page_of(refusal) for refusal in known().values()]
    found += [Page(code, text, Ineligible.status) for code, text in POLICY_REASONS.items()]
    found.append(FAULT_PAGE)
    return sorted(found, key=lambda page: (page.status, page.code))


def known() -> dict[str, type[Refused]]:
    """Every kind of refusal that has been loaded, by its code."""
    found: dict[str, type[Refused]] = {}
    waiting: list[type[Refused]] = [Refused]
    while waiting:
        refusal = waiting.pop()
        found[refusal.code] = refusal
        waiting += refusal.__subclasses__()
    return found


def _errors(refused: Refused) -> Iterator[dict[str, str]]:
    if isinstance(refused, Ineligible):
        yield from map(_reason, refused.causes)
    else:
        for one in refused.faults if isinstance(refused, RequestFaulty) else (refused,):
            yield {"pointer": one.pointer, "code": one.code, "detail": one.detail, "remedy": one.remedy}


def _reason(cause: Cause) -> dict[str, str]:
    return {
        "pointer": cause.pointer,
        "code": cause.code,
        "detail": cause.text,
        "clause": cause.clause,
        "remedy": cause.remedy,
    }


def conditions(document: object, code: str) -> list[tuple[str, str]]:
    """The sentence and remedy of each condition with this code anywhere in a policy document."""
    found: list[tuple[str, str]] = []
    waiting = [document]
    while waiting:
        match waiting.pop():
            case {"code": known_code, "text": str(text), "remedy": str(remedy)} if known_code == code:
                found.append((text, remedy))
            case dict() as table:
                waiting.extend(table.values())
            case list() as tables:
                waiting.extend(tables)
    return found
