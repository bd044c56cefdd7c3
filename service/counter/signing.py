"""Signatures of the counter: Ed25519 as JSON Web Signatures (RFC 7515, RFC 8037), and the keys that make them.

What two papers have in common is told by a digest over what was signed, never over the signature: a signature can be
written in several ways, and nobody is to be accused because somebody wrote it in another one.
"""

import hashlib
import json
import os
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any, Final, NamedTuple

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from schemas.strict import read_json
from service.identity import files
from vouchers.refusals import Conflict, Malformed, Refused, Unavailable
from vouchers.signer.decisions import thumbprint

KEY_FILE: Final = "counter.jwks"
ALGORITHM: Final = "Ed25519"
MOST_KEYS: Final = 20
LONGEST: Final = 3_500  # characters of one paper


class PaperMalformed(Malformed):
    """This is no paper of the counter."""

    remedy = "Scan or copy it again, whole."


class SignatureInvalid(Refused):
    """The paper was not signed by who should have signed it, or was changed afterwards."""

    remedy = "Do not accept it; ask for a new one."


class KeyFileMalformed(Malformed):
    """This is no key of the counter."""

    remedy = "Make one with `vouchers counter key make`, or name the file that has it."


class KeyFileThere(Conflict):
    """There is a file of this name, which may be a key that is in use."""

    remedy = "Choose another name."


class CounterKeysBroken(Unavailable):
    """The counter's keys cannot be read."""

    remedy = f"Restore {KEY_FILE} from a copy."


class TooManyCounterKeys(Refused):
    """The counter keeps at most twenty keys."""

    remedy = "Keep the present key."


class Paper(NamedTuple):
    """What a signed text says: its claims, the name of its key, and the digest of what was signed."""

    claims: dict[str, Any]
    key_id: str
    digest: str
    text: str


class Key(NamedTuple):
    """A private key and its name."""

    key_id: str
    public_key: str
    private: OKPKey

    @property
    def jwk(self) -> dict[str, str]:
        """The public half (RFC 8037)."""
        return public_jwk(self.public_key)


def new_key() -> Key:
    """A fresh key."""
    return _key(OKPKey.generate_key("Ed25519"))


def read_key(text: str) -> Key:
    """A private key as a file of its owner has it: one JWK."""
    try:
        told = json.loads(text)
        if told.get("crv") != "Ed25519" or "d" not in told:
            raise KeyFileMalformed(pointer="/key")
        return _key(OKPKey.import_key(told))
    except (ValueError, TypeError, AttributeError, KeyError, JoseError) as fault:
        raise KeyFileMalformed(pointer="/key") from fault


def written(key: Key) -> str:
    """A private key as its owner keeps it."""
    told = key.private.as_dict(private=True)
    return json.dumps({name: told[name] for name in ("crv", "d", "kty", "x")}, sort_keys=True) + "\n"


def write_key(path: Path, key: Key) -> None:
    """A file that its owner alone can read; one that is there is never overwritten."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as fault:
        raise KeyFileThere(pointer="/file") from fault
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(written(key))


def public_jwk(public_key: str) -> dict[str, str]:
    """The public half of a key as a JWK (RFC 8037)."""
    return {"crv": "Ed25519", "kty": "OKP", "x": public_key}


def sign(kind: str, claims: dict[str, Any], key: Key) -> str:
    """A signed text of a kind; the same claims and key give the same text."""
    header = {"alg": ALGORITHM, "kid": key.key_id, "typ": kind}
    payload = json.dumps(claims, sort_keys=True, separators=(",", ":"))
    return str(jws.serialize_compact(header, payload.encode(), key.private, algorithms=[ALGORITHM]))


def signer_of(text: str, kind: str) -> str:
    """The name of the key that a text says it was signed with; nothing is verified."""
    try:
        header = jws.extract_compact(_bounded(text)).headers()
    except (JoseError, ValueError) as fault:
        raise PaperMalformed(pointer="/coupon") from fault
    if header.get("typ") != kind or header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
        raise PaperMalformed(pointer="/coupon")
    return str(header["kid"])


def verify(text: str, kind: str, public_key: str) -> Paper:
    """What a text of a kind says, where this key signed it."""
    key_id = signer_of(text, kind)
    if not public_key or key_id != thumbprint(public_key):
        raise SignatureInvalid(pointer="/coupon")
    try:
        key = OKPKey.import_key({**public_jwk(public_key)})
        payload = jws.deserialize_compact(text, key, algorithms=[ALGORITHM]).payload
    except (JoseError, ValueError) as fault:
        raise SignatureInvalid(pointer="/coupon") from fault
    return _paper(text, key_id, payload)


def unverified(text: str, kind: str) -> Paper:
    """What a text of a kind says, whoever signed it."""
    key_id = signer_of(text, kind)
    return _paper(text, key_id, jws.extract_compact(text.encode()).payload)


def digest_of(text: str) -> str:
    """SHA-256 over what was signed of a text, in hexadecimal."""
    return hashlib.sha256(text.rpartition(".")[0].encode()).hexdigest()


def content_of(text: str) -> str:
    """SHA-256 over what a text says, whatever key signed it, in base64url."""
    return base64url(hashlib.sha256(text.split(".")[1].encode()).hexdigest())


class Keys:
    """The keys of an installation with which it signs booklets and proofs; the newest signs, all are published."""

    def __init__(self, folder: Path) -> None:
        """Read them; the first is made where there is none."""
        self._path = folder / KEY_FILE
        if not self._path.exists():
            with files.locked(self._path):
                if not self._path.exists():
                    self._write([new_key()])
        self._keys = self._read()

    @property
    def current(self) -> Key:
        """The key that signs."""
        return self._keys[-1]

    def public(self) -> dict[str, list[dict[str, str]]]:
        """The set of public keys (RFC 7517), with which anybody checks booklets without a network."""
        use = {"alg": ALGORITHM, "use": "sig"}
        return {"keys": [{**key.jwk, **use, "kid": key.key_id} for key in self._keys]}

    def renew(self) -> Key:
        """Sign with a new key from now on; the old ones stay published for what they signed."""
        with files.locked(self._path):
            keys = [*self._read(), new_key()]
            if len(keys) > MOST_KEYS:
                raise TooManyCounterKeys(limit=MOST_KEYS)
            self._write(keys)
        self._keys = keys
        return keys[-1]

    def _read(self) -> list[Key]:
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))["keys"]
            return [_key(OKPKey.import_key(each)) for each in told]
        except (ValueError, LookupError, TypeError, JoseError) as fault:
            raise CounterKeysBroken(f"The file {KEY_FILE} cannot be read: {type(fault).__name__}.") from fault

    def _write(self, keys: list[Key]) -> None:
        told = [json.loads(written(key)) for key in keys]
        files.replace(self._path, json.dumps({"keys": told}, indent=1) + "\n")


def public_keys(told: object) -> dict[str, str]:
    """The public keys of a published set by their names; a key of another kind is left out."""
    each = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(each, list):
        raise KeyFileMalformed(pointer="/keys")
    found = [key.get("x") for key in each if isinstance(key, dict) and key.get("crv") == "Ed25519"]
    return {thumbprint(x): x for x in found if isinstance(x, str)}


def base64url(digest: str) -> str:
    """A digest in hexadecimal as the shorter text that a QR code has room for."""
    return urlsafe_b64encode(bytes.fromhex(digest)).decode().rstrip("=")


def _key(private: OKPKey) -> Key:
    public_key = str(private.as_dict(private=False)["x"])
    return Key(thumbprint(public_key), public_key, private)


def _paper(text: str, key_id: str, payload: bytes | None) -> Paper:
    claims = read_json(payload or b"")
    if not isinstance(claims, dict):
        raise PaperMalformed(pointer="/coupon")
    return Paper(claims, key_id, digest_of(text), text)


def _bounded(text: str) -> bytes:
    if len(text) > LONGEST or not text.isascii():
        raise PaperMalformed(pointer="/coupon")
    return text.encode()
