"""Time stamps of an authority (RFC 3161): asked for by HTTP, verified, and read again from what was kept."""

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.x509 import Certificate, load_pem_x509_certificates

from service.audit.witness.settings import Anchoring
from service.outward.reaching import ask, chosen
from vouchers.days import instant_of, microseconds_of
from vouchers.refusals import Refused, Unavailable

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

LARGEST_TOKEN: Final = 256 * 1024  # bytes
LARGEST_ROOTS: Final = 1024 * 1024  # bytes
_QUERY: Final = "application/timestamp-query"
_REPLY: Final = "application/timestamp-reply"
_OK: Final = 200


class StampLibraryMissing(Unavailable):
    """Time stamps need a library that is not installed."""

    remedy = "Install it: pip install 'innovation-vouchers[audit]'."


class StampRootsMissing(Unavailable):
    """The root certificates of the time stamping authority cannot be read."""

    remedy = "Put the authority's roots, as it published them, into the PEM file of anchoring.tsa_roots."


class StampUnavailable(Unavailable):
    """The time stamping authority gave no time stamp."""

    remedy = "Nothing is lost: it is asked again in the next turn. Check anchoring.tsa_url if it goes on."


class StampRefused(Refused):
    """This is no time stamp of a trusted authority over this note."""

    remedy = "Keep it, compare the authority's certificate with anchoring.tsa_roots, and ask for another."


class Stamp(NamedTuple):
    """An authority's answer in its exact bytes, and the instant that it states."""

    content: bytes
    at: str

    @property
    def sha256(self) -> str:
        """The digest by which the log names it."""
        return sha256(self.content).hexdigest()


def ask_stamp(message: bytes, options: Anchoring, folder: Path) -> Stamp:
    """A fresh time stamp over a message; raises StampUnavailable, StampRefused and what keeps from asking."""
    roots = load_roots(folder / options.tsa_roots)
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 - an extra

    request = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
    headers = {"Content-Type": _QUERY, "Accept": _REPLY}
    reply = ask(chosen(options.tsa_url), "POST", headers, request.as_bytes(), options.timeout, LARGEST_TOKEN)
    if reply.status != _OK or reply.media_type != _REPLY:
        raise StampUnavailable(f"{options.tsa_url}: {reply.failure or f'it answered {reply.status}'}.")
    return check_stamp(reply.body, message, roots, nonce=request.nonce)


def check_stamp(content: bytes, message: bytes, roots: list[Certificate], nonce: int | None = None) -> Stamp:
    """The time stamp of an authority's answer over a message; raises StampRefused for anything else."""
    if find_spec("rfc3161_client") is None:
        raise StampLibraryMissing
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response  # noqa: PLC0415 - an extra

    try:
        answer: TimeStampResponse = decode_timestamp_response(content)
        verifier = VerifierBuilder(roots=roots, nonce=nonce).build()
        verifier.verify_message(answer, message)
    except (VerificationError, ValueError) as fault:
        raise StampRefused(f"The time stamp cannot be relied on: {fault}.") from fault
    return Stamp(content, instant_of(microseconds_of(answer.tst_info.gen_time.isoformat())))


def load_roots(path: Path) -> list[Certificate]:
    """The root certificates of a PEM file; raises StampRootsMissing, StampLibraryMissing."""
    if find_spec("rfc3161_client") is None:
        raise StampLibraryMissing
    try:
        with path.open("rb") as file:
            return load_pem_x509_certificates(file.read(LARGEST_ROOTS))
    except (OSError, ValueError) as fault:
        raise StampRootsMissing(f"{path}: {fault}.", pointer="/anchoring/tsa_roots") from fault
