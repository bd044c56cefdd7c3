"""Who a request comes from: API keys, tokens of this or another issuer, sessions of people at a browser."""

from service.identity.callers import FIRMS, ROLES, Caller, RoleUnknown, SubjectMalformed, Unauthenticated, a_caller
from service.identity.keys import Key, KeyFileBroken, Keyring, KeyUnknown, create_key, list_keys, revoke_key

__all__ = [
    "FIRMS",
    "ROLES",
    "Caller",
    "Key",
    "KeyFileBroken",
    "KeyUnknown",
    "Keyring",
    "RoleUnknown",
    "SubjectMalformed",
    "Unauthenticated",
    "a_caller",
    "create_key",
    "list_keys",
    "revoke_key",
]
