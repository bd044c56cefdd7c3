"""What values look like, as JSON Schema: the named shapes of the API's document, and small ones made on the spot."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from vouchers.identifiers import CREDIT_CODE_ALPHABET
from vouchers.money import EXPONENTS, MAX_AMOUNT

Shape = Mapping[str, Any]

# A pattern for text that the log keeps: no controls, no separators of lines, no marks that turn the direction.
_UNKEPT: Final = r"\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufffe\uffff"
_KEPT: Final = f"^[^{_UNKEPT}]*$"
_SAID: Final = rf"^[^{_UNKEPT}]*[^{_UNKEPT}\s][^{_UNKEPT}]*$"
_DIVISION: Final = "[0-9]{6}"
_ABROAD: Final = "[A-Z]{2}-[A-Z0-9][A-Z0-9.-]{1,39}"

SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "Day": {
            "type": "string",
            "format": "date",
            "pattern": r"^(199[0-9]|20[0-9]{2}|21[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
            "description": "A day of the years 1990 to 2199, local to the installation.",
            "examples": ["2026-03-31"],
        },
        "Instant": {
            "type": "string",
            "format": "date-time",
            "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$",
            "description": "A moment in UTC (RFC 3339).",
            "examples": ["2026-03-31T04:00:00Z"],
        },
        "Digest": {
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
            "description": "The SHA-256 of a document, in small hexadecimal digits.",
            "examples": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        },
        "CreditCode": {
            "type": "string",
            "pattern": f"^(?:[{CREDIT_CODE_ALPHABET}]{{2}}{_DIVISION}[{CREDIT_CODE_ALPHABET}]{{10}}|{_ABROAD})$",
            "description": (
                "The code of a firm: a unified social credit code (GB 32100-2015), both of its checks holding, or its "
                "country and its number there; CN-NUMBER for one with an organisation code of before October 2015."
            ),
            "examples": ["91310104MA1PE0016F", "IE-123456"],
        },
        "Name": {
            "type": "string",
            "pattern": "^[A-Za-z0-9._:-]{1,64}$",
            "description": "A number or name that machines compare.",
            "examples": ["TEST"],
        },
        "Currency": {
            "type": "string",
            "enum": sorted(EXPONENTS),
            "description": "The currency's code (ISO 4217).",
            "examples": ["CNY"],
        },
        "Amount": {
            "type": "integer",
            "minimum": 0,
            "maximum": MAX_AMOUNT,
            "description": "A whole number of minor units: fen or cents.",
            "examples": [125_000],
        },
        "Digests": {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9._-]{0,63}$"},
            "additionalProperties": {"$ref": "#/components/schemas/Digest"},
            "maxProperties": 20,
            "description": "Documents by kind.",
            "examples": [{"test_report": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}],
        },
        "Facts": {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9._-]{0,63}$"},
            "additionalProperties": {
                "anyOf": [
                    {"type": "string", "maxLength": 500, "pattern": _KEPT},
                    {"type": "integer", "minimum": -MAX_AMOUNT, "maximum": MAX_AMOUNT},
                    {"type": "boolean"},
                    {"type": "array", "maxItems": 64, "items": {"type": "string", "maxLength": 500, "pattern": _KEPT}},
                ]
            },
            "maxProperties": 20,
            "description": "Names with texts, whole numbers, truths or lists of texts; a name ending in _on is a day.",
            "examples": [{"instrument_id": "I-7"}],
        },
    }
)


TEXT: Final[Shape] = MappingProxyType({"type": "string"})
TRUTH: Final[Shape] = MappingProxyType({"type": "boolean"})


def words(longest: int) -> Shape:
    """Text for people that says something."""
    return {"type": "string", "minLength": 1, "maxLength": longest, "pattern": _SAID}


def any_words(longest: int) -> Shape:
    """Text for people, which may say nothing."""
    return {"type": "string", "maxLength": longest, "pattern": _KEPT}


def one_of(*choices: str) -> Shape:
    """One of a few words."""
    return {"type": "string", "enum": list(choices)}


def count(least: int = 0, most: int = MAX_AMOUNT) -> Shape:
    """A whole number within bounds."""
    return {"type": "integer", "minimum": least, "maximum": most}


def or_none(shape: str | Shape) -> Shape:
    """A shape, or an empty text where there is nothing yet."""
    return {"anyOf": [referred(shape), {"type": "string", "const": ""}]}


def referred(shape: str | Shape) -> dict[str, Any]:
    """A shape as a document has it: a named one by its name."""
    return {"$ref": f"#/components/schemas/{shape}"} if isinstance(shape, str) else dict(shape)
