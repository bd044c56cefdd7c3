"""What is answered about who is who, and about the service itself."""

from typing import Any, Final

from marshmallow import fields

from schemas.answers import answer, page_of, said, several, shown
from schemas.shapes import TEXT, count, one_of, or_none

_WORDS: Final = several(said(TEXT))
_CREATED: Final[dict[str, Any]] = {"created_at": said("Instant"), "created_by": said(TEXT)}

ME: Final = shown(
    "Me",
    "Who the service takes the caller for.",
    "role credential",
    subject=said(TEXT),
    site=said(TEXT),
    programmes=_WORDS,
    via=said(one_of("key", "token", "session")),
)
_KEY: Final[dict[str, Any]] = {
    "key_id": said(TEXT),
    "role": said(TEXT),
    "subject": said(TEXT),
    "site": said(TEXT),
    "revoked_at": said(or_none("Instant")),
    "revoked_by": said(TEXT),
    **_CREATED,
}
KEY: Final = answer("Key", "An API key, never its text.", "", **_KEY)
KEYS: Final = page_of(KEY)
KEY_MADE: Final = answer("KeyMade", "A new API key with its text, which is told this once.", "", key=said(TEXT), **_KEY)
TOKEN: Final = answer(
    "RevokedToken",
    "A token that was ended.",
    "reason",
    jti=said(TEXT),
    revoked_at=said("Instant"),
    revoked_by=said(TEXT),
)
TOKENS: Final = page_of(TOKEN)
USER: Final = answer(
    "User",
    "Somebody who logs in with a password.",
    "name role",
    subject=said(TEXT),
    site=said(TEXT),
    disabled_at=said(or_none("Instant")),
    **_CREATED,
)
USERS: Final = page_of(USER)
SESSIONS: Final = page_of(
    answer(
        "Session",
        "Somebody who is logged in at a browser; instants in seconds since 1970.",
        "name role credential",
        subject=said(TEXT),
        began=said(count()),
        until=said(count()),
    )
)
ENDED: Final = answer("SessionsEnded", "How many sessions of a name were ended.", "name", ended=said(count()))
ACCESSES: Final = page_of(
    answer(
        "AccessLine",
        "What a regulator looked at.",
        "seq actor credential position",
        at=said("Instant"),
        route=said(TEXT),
        path=said(TEXT),
        status=said(count(100, 599)),
        trace_id=said(TEXT),
        chain=said(TEXT),
    )
)
PUBLIC_KEYS: Final = answer(
    "PublicKeys", "The public keys of the local issuer (RFC 7517).", "", keys=several(fields.Dict())
)
ALIVE: Final = answer("Alive", "The process answers.", "", status=said(one_of("alive")))
READY: Final = shown(
    "Ready",
    "The log, the views and the desk answer.",
    "",
    status=said(one_of("ready")),
    log=said(count()),
    behind=said(count()),
)
