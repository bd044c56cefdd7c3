"""What the document of the API says beside its routes: who may ask, headers, problems, the parts of addresses."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from schemas.answers import PROBLEM
from schemas.problems import MEDIA_TYPE
from schemas.shapes import SHAPES, count
from service.identity.settings import Issuer

ABOUT: Final = """\
Innovation vouchers are granted from registry facts, spent with accredited providers on eligible services, and paid from
public money.

Money is a whole number of minor units with its currency; days are local to the installation; documents are named by
their SHA-256. Every answer names the position of the log that it shows, and a read may ask for `after` a position.
Whatever is refused is answered with a problem document (RFC 9457) whose `code` is stable and has a page.

Answers say in `RateLimit-Policy` and `RateLimit` how often the caller may still ask, and in `traceresponse` which trace
the request belongs to. Operations for firms answer somebody else's things as if they were not there.\
"""
LICENCE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
# What each part of an address is, wherever it stands.
PARTS: Final = {
    "correction_id": "The number of the correction.",
    "act": "The number of an act against the party, as its list has it.",
    "bank_account": "The name of one of our accounts, as the settings have it.",
    "booklet_id": "The number of a booklet of coupons.",
    "category": "A category of services, as the policy names it.",
    "code": "The code of a programme, a problem or a firm.",
    "debt_id": "The number of a debt of the party.",
    "draw_id": "The name of an auditor's sample.",
    "declaration_id": "The number of a declaration of aid.",
    "demand_id": "The number of a demand.",
    "digest": "The SHA-256 of a document.",
    "enterprise_id": "The credit code of an enterprise.",
    "job_id": "The number of a job of the audit.",
    "issuer": "The name of an OpenID provider, as the settings have it.",
    "key_id": "The id of an API key, never its text.",
    "line_id": "The number of a line of a bank's statement.",
    "file": "A file of the page.",
    "month": "A month, YYYY-MM.",
    "name": "The name of a user or a session.",
    "number": "A number that counts within the thing before it.",
    "offer_id": "The number of an offer.",
    "order_id": "The number of an order.",
    "party_id": "Who owes: the credit code of a firm.",
    "payee_id": "Who is paid: the credit code of a firm.",
    "period": "A period of the programme, as its policy names it.",
    "policy": "The name of a policy that comes with the program.",
    "pool": "A pool of the budget, as the policy names it.",
    "predecessor_id": "The credit code of the enterprise whose place is taken.",
    "product_id": "The number of a product of the provider.",
    "programme": "The code of a programme.",
    "proposal_id": "The number of a proposal.",
    "provider_id": "The credit code of a provider.",
    "redemption_id": "The number of a redemption; that of its order, where one of its redemptions is meant.",
    "result": "The name of a result of a job, as the job lists it.",
    "scope": "What a limit of aid counts over.",
    "seq": "The number of an entry of the log.",
    "settlement_id": "The number of a settlement.",
    "site_id": "The number of a site of the provider.",
    "source_name": "The name of a source of facts.",
    "stream": "A stream of the log, kind/key.",
    "subject": "A firm, a controller or a person, by code or reference.",
    "tile": "A tile of the tree, LEVEL/INDEX, or entries/INDEX; .p/WIDTH behind one that is not full.",
    "version": "The version of a policy.",
    "voucher_id": "The number of a voucher.",
    "webhook_id": "The number of a subscription.",
}
ORDINALS: Final = frozenset({"number"})  # Where it is a whole number, it counts from 1.
_ERRORS: Final = {
    400: "The request is malformed.",
    401: "The request has no valid key or token.",
    403: "The caller may not do this.",
    404: "There is no such thing, or it is not the caller's to see.",
    408: "The body did not come in time.",
    409: "The request contradicts what has already happened.",
    412: "What this was decided on has changed since it was looked at.",
    413: "The body is too large.",
    415: "The body is not announced as a media type that is read here.",
    422: "The rules do not allow this; every reason is listed.",
    428: "The request has to say which version it was decided on.",
    429: "Too many requests came from this caller.",
    500: "The service failed.",
    503: "The service cannot answer now; the request may be repeated with the same key.",
}
_KEY: Final = {
    "description": "A fresh one for each new request, the same one to repeat a request. A structured string in quotes"
    " (draft-ietf-httpapi-idempotency-key-header-07) or a bare token.",
    "schema": {"type": "string", "pattern": '^([A-Za-z0-9][A-Za-z0-9._:-]{0,63}|"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")$'},
    "example": "7d9c1a52-4f0e-4a8e-9c0b-2f6f8f0f8b11",
}
_MATCH: Final = {
    "description": "The ETag that the thing was read with: the request takes effect on that version only.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,16}([.][^"]{1,64})?"$'},
    "example": '"3.5feceb66ffc86f38"',
}
_ANY_MATCH: Final = {"type": "string", "pattern": '^("[0-9]{1,16}([.][^"]{1,64})?"|[*])$'}
_NONE_MATCH: Final = {
    "description": "The ETag that the client has: while it holds, the answer is 304 without a body.",
    "schema": {"type": "string"},
}
_HEADERS: Final = {
    "Audit-Root": ("The root of the tree that the answer holds for, in base64.", {"type": "string"}),
    "Audit-Tree-Size": ("The size of the tree that the answer holds for.", {"type": "string", "pattern": "^[0-9]+$"}),
    "ETag": ("The version that is shown.", {"type": "string", "pattern": '^(W/)?"[^"]*"$'}),
    "Idempotency-Replayed": ("This repeats what was answered before.", {"type": "string", "enum": ["true"]}),
    "Link": ("The first page and the next one (RFC 8288).", {"type": "string"}),
    "Location": ("The address of what was made.", {"type": "string"}),
    "Retry-After": ("Seconds after which to ask again.", {"type": "string", "pattern": "^[0-9]+$"}),
    "WWW-Authenticate": ("How to prove who asks (RFC 6750).", {"type": "string"}),
}
_OF_PROBLEMS: Final = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
_ANSWER: Final = {
    "title": "Answer",
    "type": "object",
    "properties": {"position": count()},
    "description": "Members named as everywhere: *_on a day, *_id a number or code, sums of money with their currency.",
}


def register(components: Any, issuers: Iterable[Issuer]) -> list[dict[str, list[str]]]:
    """Let a document know our shapes, headers and problems; each of the ways to prove who asks."""
    components.schema("Answer", dict(_ANSWER))
    for name, shape in SHAPES.items():
        components.schema(name, dict(shape))
    for name, (told, schema) in _HEADERS.items():
        components.header(name, {"description": told, "schema": dict(schema)})
    _register_parameters(components)
    components.response("NotModified", {"description": "The client has this version already."})
    for status, sentence in _ERRORS.items():
        response: dict[str, Any] = {"description": sentence, "content": {MEDIA_TYPE: {"schema": PROBLEM}}}
        if status in _OF_PROBLEMS:
            response["headers"] = {_OF_PROBLEMS[status]: _OF_PROBLEMS[status]}
        components.response(f"Problem{status}", response)
    return _register_schemes(components, issuers)


def _register_parameters(components: Any) -> None:
    parameters: Mapping[str, tuple[str, Mapping[str, Any], bool]] = {
        "IdempotencyKey": ("Idempotency-Key", _KEY, True),
        "OptionalIdempotencyKey": ("Idempotency-Key", _KEY, False),
        "IfMatch": ("If-Match", _MATCH, True),
        "OptionalIfMatch": ("If-Match", {**_MATCH, "schema": _ANY_MATCH}, False),
        "IfNoneMatch": ("If-None-Match", _NONE_MATCH, False),
    }
    for component, (name, told, required) in parameters.items():
        components.parameter(component, "header", {**told, "name": name, "required": required})


def _register_schemes(components: Any, issuers: Iterable[Issuer]) -> list[dict[str, list[str]]]:
    components.security_scheme(
        "key", {"type": "http", "scheme": "bearer", "description": "An API key, or a token of this installation."}
    )
    names = ["key"]
    for issuer in issuers:
        names.append(f"openid-{issuer.name}")
        discovery = f"{issuer.url.rstrip('/')}/.well-known/openid-configuration"
        told = {"type": "openIdConnect", "openIdConnectUrl": discovery, "description": "A token of this provider."}
        components.security_scheme(names[-1], told)
    return [{name: []} for name in names]
