"""Problem documents (RFC 9457): what a refusal looks like on the wire, and the page that its type names."""

from collections.abc import Iterator
from typing import Any, Final

from schemas.faults import RequestFaulty
from vouchers.refusals import Cause, Ineligible, Refused

MEDIA_TYPE: Final = "application/problem+json"
TYPES: Final = "/problems/"
FAULT_CODE: Final = "internal-fault"
FAULT_SENTENCE: Final = "The service failed; nothing was recorded unless a later answer to the same key says so."
FAULT_REMEDY: Final = "Repeat the request with the same key; if it fails again, tell the operator when it happened."


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


def page(code: str, title: str, status: int, remedies: tuple[str, ...] = ()) -> str:
    """The text behind a problem's type."""
    lines = [code, "=" * len(code), "", title, "", f"HTTP status: {status}"]
    return "\n".join([*lines, *(f"Remedy: {remedy}" for remedy in remedies), ""])


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
