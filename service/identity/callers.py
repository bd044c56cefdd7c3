"""Who a request comes from: role, subject, and how far the role reaches."""

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from vouchers.identifiers import check_firm
from vouchers.refusals import Malformed, Refused
from vouchers.texts import check_id

ROLES: Final = ("enterprise", "provider", "officer", "reviewer", "finance", "regulator", "administrator")
FIRMS: Final = ("enterprise", "provider")
MOST_PROGRAMMES: Final = 50
_PERSON: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


class Unauthenticated(Refused):
    """The request does not say who it comes from, or cannot prove it."""

    challenge: ClassVar = 'Bearer realm="vouchers"'  # What a client is told to send (RFC 6750).
    status = 401
    remedy = "Send the header `Authorization: Bearer ...` with an API key or a token."


class RoleUnknown(Malformed):
    """There is no such role."""

    remedy = f"Use one of {', '.join(ROLES)}."


class SubjectMalformed(Malformed):
    """A person is named by 1 to 40 small letters, digits, full stops, low lines and hyphens."""

    remedy = "Use a short name such as li or j.doe."


class SiteMisplaced(Malformed):
    """Only a provider has sites."""

    remedy = "Leave the site out."


class ProgrammesMisplaced(Malformed):
    """Too many programmes, or for a role that works across all of them."""

    remedy = f"Name at most {MOST_PROGRAMMES} programmes, and none for an administrator."


@dataclass(frozen=True, slots=True)
class Caller:
    """A role and its subject (the code of a firm, or a person); a site of a provider and programmes may narrow it.

    `credential` is the id of the key, the token or the session that proved it, never its secret.
    """

    role: str
    subject: str
    site: str = ""
    programmes: tuple[str, ...] = ()
    via: str = "key"
    credential: str = ""

    @property
    def actor(self) -> str:
        """The caller's reference, as it stands in the log."""
        return f"{self.role}:{self.subject}"


def a_caller(
    role: str, subject: str, site: str = "", programmes: tuple[str, ...] = (), via: str = "key", credential: str = ""
) -> Caller:
    """A caller whose parts are checked; raises what is malformed."""
    if role not in ROLES:
        raise RoleUnknown(pointer="/role")
    if role in FIRMS:
        subject = check_firm(subject, "/subject")
    elif not _PERSON.fullmatch(subject):
        raise SubjectMalformed(pointer="/subject")
    if site:
        check_id(site, "/site")
        if role != "provider":
            raise SiteMisplaced(pointer="/site")
    for number, programme in enumerate(programmes):
        check_id(programme, f"/programmes/{number}")
    if len(programmes) > MOST_PROGRAMMES or (programmes and role == "administrator"):
        raise ProgrammesMisplaced(pointer="/programmes")
    return Caller(role, subject, site, programmes, via, credential)
