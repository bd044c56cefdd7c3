"""What a text, a name, a digest or a fact may be: checked once at the border, so that the log can keep it for ever."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from vouchers.days import check_day_of_fact
from vouchers.refusals import Malformed, Refused

LONGEST_TEXT: Final = 500
LONGEST_ID: Final = 64
LONGEST_LIST: Final = 64
MAX_WHOLE: Final = 2**53 - 1  # The largest integer that every JSON reader keeps exact.
TIERS: Final = ("A", "B", "C", "D")  # of credit, the best first
# What tells of a person by its form alone; numbers that are checked have their check below.
_MAIL: Final = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[A-Za-z]{2,}", re.ASCII)
_MOBILE: Final = re.compile(r"(?<![\w+])(?:(?:\+|00)86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\w)", re.ASCII)
_ABROAD: Final = re.compile(r"(?<!\w)\+[1-9][\d ()-]{7,16}\d(?!\w)", re.ASCII)
_PERSON: Final = re.compile(r"(?<!\w)[1-8]\d{5}(?:19|20)\d{9}[\dXx](?!\w)", re.ASCII)
_IBAN: Final = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)", re.ASCII)
_CARD: Final = re.compile(r"(?<!\w)62\d{2}(?:[ -]?\d){12,15}(?!\w)", re.ASCII)
_PERSON_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_OFFICE: Final = frozenset({"officer", "reviewer", "finance"})

# C0 and C1 controls, line and paragraph separators, direction marks that make a text read otherwise than it is kept,
# halves of characters (lone surrogates), which have no UTF-8, and code points that are no characters.
_UNKEPT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_WORD: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_PATH: Final = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2}){0,32}")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
_INVOICE: Final = re.compile(
    r"dfp:[0-9]{20}|fp:[0-9]{10}(?:[0-9]{2})?:[0-9]{8}|inv:[A-Z]{2}:[A-Z0-9][A-Z0-9._/-]{0,39}:[A-Z0-9][A-Z0-9._/-]{0,39}"
)


class TextMalformed(Malformed):
    """This is not a text, or it has characters that cannot be kept."""


class TextMissing(Malformed):
    """A text is needed here."""


class TextBeyondLimit(Malformed):
    """The text is longer than may be kept."""


class PersonalDataTold(Malformed):
    """The log keeps for ever what it is told, and this text has what tells who a person is or how to reach one."""

    remedy = "Leave it out, or keep it as a document or in the vault and name that here."


class IdMalformed(Malformed):
    """An identifier has 1 to 64 of the letters A-Z and a-z, the digits and . _ : -."""


class NotADigest(Malformed):
    """A digest is written as 64 of the characters 0-9 and a-f: the SHA-256 of the document."""


class InvoiceKeyMalformed(Malformed):
    """The key of an invoice is dfp:<20 digits>, fp:<code>:<number> or inv:<country>:<supplier>:<number>."""


class NotAFact(Malformed):
    """A fact is a text, a whole number, true or false, or a list of texts."""


class TooMany(Malformed):
    """There are more entries here than may be kept."""


class TierUnknown(Refused):
    """A credit tier is A, B, C or D."""

    remedy = "Use one of A, B, C, D."


def same_person(one: str, other: str) -> bool:
    """Whether two actors are one person: in another role of the office, or typed with a capital, it is the same."""
    return _person(one) == _person(other)


def _person(actor: str) -> str:
    role, _, name = actor.strip().casefold().rpartition(":")
    return f"office:{name}" if role in _OFFICE else f"{role}:{name}"


def check_text(value: object, pointer: str = "", longest: int = LONGEST_TEXT) -> str:
    """Return a text that can be kept, empty ones too, else refuse it."""
    if not isinstance(value, str):
        raise TextMalformed("This is not a text.", pointer=pointer, remedy="Give a text.")
    if len(value) > longest:
        detail = f"The text has {len(value):,} characters; {longest:,} may be kept."
        raise TextBeyondLimit(detail, pointer=pointer, remedy="Shorten it, and keep the long form in a document.")
    # Nearly every text is printable, which is told without a search.
    found = None if value.isprintable() else _UNKEPT.search(value)
    if found is not None:
        detail = f"Character {found.start() + 1} of the text (U+{ord(found[0]):04X}) cannot be kept."
        raise TextMalformed(detail, pointer=pointer, remedy="Write it without control or broken characters.")
    return value


def check_words(value: object, pointer: str = "") -> str:
    """Return a text that says something, else refuse it."""
    text = check_text(value, pointer)
    if not text.strip():
        raise TextMissing(pointer=pointer, remedy="Say it in a few words.")
    return text


def check_impersonal(value: object, pointer: str = "") -> object:
    """Return a text without an address, a telephone, an identity, an account or a card number, else refuse it."""
    found = personal_in(value) if isinstance(value, str) else ""
    if found:
        raise PersonalDataTold(f"The text has what looks like {found}.", pointer=pointer)
    return value


def personal_in(text: str) -> str:
    """What in a text tells of a person by its form, in words, or nothing; names have no form and are not found."""
    text = unicodedata.normalize("NFKC", text)  # Wide digits are digits to whoever reads them.
    if _MAIL.search(text):
        return "an e-mail address"
    if any(_is_person(each[0]) for each in _PERSON.finditer(text)):
        return "the number of an identity card"
    if any(_is_iban(each[0]) for each in _IBAN.finditer(text)):
        return "an IBAN"
    if any(_is_card(each[0]) for each in _CARD.finditer(text)):
        return "the number of a bank card"
    return "a telephone number" if _MOBILE.search(text) or _ABROAD.search(text) else ""


def _is_person(number: str) -> bool:
    """Whether 18 characters are a resident's number of China: GB 11643, by its check character."""
    total = sum(weight * int(digit) for weight, digit in zip(_PERSON_WEIGHTS, number, strict=False))
    return "10X98765432"[total % 11] == number[-1].upper()


def _is_iban(text: str) -> bool:
    """Whether a text is an IBAN: ISO 13616, by its two check digits; blanks at its end belong to what follows."""
    plain = text.replace(" ", "")
    return any(int("".join(str(int(each, 36)) for each in plain[4:end] + plain[:4])) % 97 == 1 for end in _ends(plain))


def _ends(plain: str) -> range:
    return range(15, min(len(plain), 34) + 1)


def _is_card(text: str) -> bool:
    """Whether digits are the number of a card: ISO/IEC 7812, by its last digit."""
    digits = [int(each) for each in text if each.isdecimal()][::-1]
    doubled = (sum(divmod(each * 2, 10)) for each in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def check_id(value: object, pointer: str = "") -> str:
    """Return an identifier, else refuse it: it is part of a stream's name, so it holds no slash."""
    if isinstance(value, str) and _WORD.fullmatch(value):
        return value
    raise IdMalformed(pointer=pointer, remedy="Use a short code without blanks.")


def check_path(value: object, pointer: str = "") -> str:
    """Return an identifier that ends a stream's name and may hold slashes, at most 128 characters, else refuse it."""
    if isinstance(value, str) and _PATH.fullmatch(value):
        return value
    raise IdMalformed(pointer=pointer, remedy="Use a short code without blanks.")


def check_digest(value: object, pointer: str = "") -> str:
    """Return the SHA-256 of a document in its one spelling, else refuse it."""
    if isinstance(value, str) and _DIGEST.fullmatch(value):
        return value
    raise NotADigest(pointer=pointer, remedy="Give the SHA-256 of the document in small hexadecimal digits.")


def check_hex(value: object, pointer: str = "") -> str:
    """Return at most 32 bytes in hexadecimal digits, or nothing, else refuse it."""
    if isinstance(value, str) and _HEX.fullmatch(value):
        return value
    raise NotADigest(pointer=pointer, remedy="Give the SHA-256 of the source in small hexadecimal digits.")


def check_invoice_key(value: object, pointer: str = "") -> str:
    """Return an invoice's key in its one spelling, else refuse it: another spelling would be another invoice."""
    if isinstance(value, str) and _INVOICE.fullmatch(value) and not value.startswith("inv:CN:"):
        return value
    raise InvoiceKeyMalformed(pointer=pointer, remedy="Copy the number, and the code of an older invoice, exactly.")


def check_digests(value: object, pointer: str = "", most: int = 20) -> Mapping[str, str]:
    """Return digests of documents by kind, else refuse them with the place."""
    return {name: check_digest(digest, f"{pointer}/{name}") for name, digest in _named(value, pointer, most).items()}


def check_facts(value: object, pointer: str = "", most: int = 60) -> Mapping[str, object]:
    """Return facts by name, else refuse them with the place."""
    found = _named(value, pointer, most)
    for name, fact in found.items():
        kind = type(fact)
        if kind is str:
            check_text(fact, f"{pointer}/{name}")
            if name.endswith("_on"):  # A rule that counts months from it must be able to.
                check_day_of_fact(fact, f"{pointer}/{name}")
        elif kind is not bool:
            _check_fact(fact, f"{pointer}/{name}")
    return found


def check_ids(value: object, pointer: str = "", most: int = 10_000) -> tuple[str, ...]:
    """Return a list of identifiers, else refuse it with the place."""
    if not isinstance(value, tuple):
        raise NotAFact("This is not a list.", pointer=pointer, remedy="Give a list of identifiers.")
    if len(value) > most:
        raise TooMany(f"There are {len(value):,}; at most {most:,} go together.", pointer=pointer, remedy="Split it.")
    for place, each in enumerate(value):
        if not (isinstance(each, str) and _WORD.fullmatch(each)):
            check_id(each, f"{pointer}/{place}")
    return value


def check_tier(tier: str, pointer: str = "/tier") -> str:
    """Return a credit tier, else refuse it."""
    if tier not in TIERS:
        raise TierUnknown(pointer=pointer)
    return tier


def clip(value: object, longest: int = LONGEST_ID) -> str:
    """Something that was refused as a text that can be kept: broken characters replaced, the rest cut off."""
    text = value if isinstance(value, str) else ""
    return _UNKEPT.sub("?", text[:longest])


def _check_fact(fact: object, pointer: str) -> None:
    if type(fact) is int and abs(fact) <= MAX_WHOLE:
        return
    if isinstance(fact, tuple) and len(fact) <= LONGEST_LIST:
        for place, each in enumerate(fact):
            check_text(each, f"{pointer}/{place}", LONGEST_TEXT)
        return
    raise NotAFact(pointer=pointer, remedy=f"Give a text, a whole number, or up to {LONGEST_LIST} texts.")


def _named(value: object, pointer: str, most: int) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise NotAFact("This is not a table of names and values.", pointer=pointer, remedy="Give a table.")
    if len(value) > most:
        raise TooMany(
            f"There are {len(value):,}; at most {most} may be kept.", pointer=pointer, remedy="Leave some out."
        )
    for name in value:
        if not (isinstance(name, str) and _NAME.fullmatch(name)):
            raise IdMalformed(
                "A name begins with a letter and has at most 64 letters, digits and . _ -.",
                pointer=pointer,
                remedy="Use the names that the policy uses.",
            )
    return value
