"""What requests about keys, tokens and users say, member by member."""

from schemas.faults import Body
from schemas.requests import PageQuery
from schemas.values import Checked, choice, credit_code, text
from schemas.values import name as word
from vouchers import texts
from vouchers.refusals import Malformed

ROLES = ("enterprise", "provider", "officer", "reviewer", "finance", "regulator", "administrator")
LONGEST_PASSWORD = 128
LONGEST_TOKEN_ID = 200


class PasswordUnreadable(Malformed):
    """A password is a text of at most 128 characters."""

    remedy = "Give it as a text."


def _secret(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_PASSWORD:
        raise PasswordUnreadable
    return value


def _password() -> Checked:
    # Blanks at its ends belong to a password, and what is wrong with it must not repeat it.
    shape = {"type": "string", "format": "password", "maxLength": LONGEST_PASSWORD, "minLength": 12}
    return Checked(_secret, shape, required=True)


class KeyBody(Body):
    """A new API key: for which role and subject, and for which site of a provider."""

    role = choice(*ROLES, required=True)
    subject = word(required=True)
    site = word(load_default="")


class RevocationBody(Body):
    """A token that holds no longer, by its id (the claim jti), and why."""

    jti = text(longest=LONGEST_TOKEN_ID, required=True)
    reason = text(longest=texts.LONGEST_TEXT, load_default="")


class UserBody(Body):
    """Somebody who may log in: role, name and password; whoever acts for a firm with its credit code."""

    role = choice(*ROLES, required=True)
    name = word(required=True)
    password = _password()
    firm = credit_code(load_default="")
    site = word(load_default="")


class PasswordBody(Body):
    """Another password."""

    password = _password()


class AccessesQuery(PageQuery):
    """Which reads of regulators: those of one actor, such as regulator:audit, or all."""

    actor = text(longest=LONGEST_TOKEN_ID)
