"""Passwords: hashed with Argon2id, checked a few at a time, each check as long as any other."""

import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.identity.settings import Login
from vouchers.refusals import Malformed, Unavailable

SHORTEST: Final = 12  # characters
LONGEST: Final = 128
FEWEST_DIFFERENT: Final = 5
AT_ONCE: Final = 2  # checks, each of which takes its memory
PATIENCE: Final = 10  # seconds for a turn


# What guessers try first, alone or put together; beside such words a password needs something of its own.
_GUESSED: Final = (
    *("password", "passwort", "passw0rd", "motdepasse", "contrasena", "mima", "woaini", "iloveyou", "letmein"),
    *("welcome", "administrator", "admin", "secret", "changeme", "dragon", "monkey", "sunshine", "princess"),
    *("innovation", "voucher", "shanghai", "football", "baseball", "superman", "trustno", "whatever", "master"),
    *("qwertyuiop", "qwerty", "qwertz", "azerty", "asdfghjkl", "asdfgh", "zxcvbnm", "1q2w3e4r", "qazwsx"),
    *("1234567890", "123456789", "12345678", "1234567", "123456", "12345", "1234", "0987654321", "987654321"),
    *("abcdefghijklmnopqrstuvwxyz", "abcdefgh", "abcdef", "abcd", "112233", "147258369", "5201314", "888888"),
)
_LEAST_OWN: Final = 6  # characters


class PasswordTooWeak(Malformed):
    """A password has 12 to 128 characters, at least five different ones, and more than the name and usual words."""

    remedy = "Take a few words that nobody would guess together."


class LoginBusy(Unavailable):
    """Too many people log in at this moment."""

    remedy = "Try again in a moment."


class Passwords:
    """How one installation hashes and checks passwords."""

    def __init__(self, login: Login) -> None:
        """Take what a check may cost from the settings."""
        self._hasher = PasswordHasher(time_cost=login.passes, memory_cost=login.memory_kib, parallelism=1)
        self._turns = threading.Semaphore(AT_ONCE)
        self._nobodys = ""

    def hash(self, password: str, name: str) -> str:
        """What is kept of a password; raises PasswordTooWeak."""
        long_enough = SHORTEST <= len(password) <= LONGEST and password.isprintable()
        if not long_enough or name.lower() in password.lower() or not _is_own(password.lower()):
            raise PasswordTooWeak(pointer="/password")
        return self.hash_again(password)

    def hash_again(self, password: str) -> str:
        """What is kept of a password that was accepted before."""
        if not self._turns.acquire(timeout=PATIENCE):
            raise LoginBusy
        try:
            return self._hasher.hash(password)
        finally:
            self._turns.release()

    def holds(self, hashed: str | None, password: str) -> bool:
        """Whether a password is the one that was hashed; a name that nobody has takes as long as any other."""
        typed = password[: LONGEST + 1].encode("utf-8", "surrogatepass")
        self._nobodys = self._nobodys or self.hash_again("a password that nobody has")
        if not self._turns.acquire(timeout=PATIENCE):
            raise LoginBusy
        try:
            return self._hasher.verify(hashed or self._nobodys, typed) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False
        finally:
            self._turns.release()

    def is_outdated(self, hashed: str) -> bool:
        """Whether the settings have come to ask for another hash than this one."""
        return self._hasher.check_needs_rehash(hashed)


def _is_own(password: str) -> bool:
    """Whether enough is left, and varied enough, without the words that everybody thinks of."""
    rest = password
    for word in _GUESSED:
        rest = rest.replace(word, "")
    return len(rest) >= _LEAST_OWN and len(set(password)) >= FEWEST_DIFFERENT
