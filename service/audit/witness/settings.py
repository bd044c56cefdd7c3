"""The settings of those who vouch for the log from outside: witnesses, and an authority that stamps times."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from service.configuring import SettingInvalid, setting
from vouchers.audit import COSIGNATURE, ML_DSA_44, parse_vkey

_SCHEMES: Final = ("https://", "http://")


def _address(url: str) -> None:
    try:
        parts = urlsplit(url)
        fits = f"{parts.scheme}://" in _SCHEMES and parts.hostname and parts.username is None and parts.port != 0
    except ValueError:
        fits = False
    if url and not (fits and url.isascii() and url.isprintable() and " " not in url and "#" not in url):
        raise SettingInvalid("This is no address of a service.", remedy="Write it such as https://witness.example.gov")


def _cosigner(vkey: str) -> None:
    if parse_vkey(vkey).kind not in (COSIGNATURE, ML_DSA_44):
        raise SettingInvalid("This key signs logs, and no witness signs with it.", remedy="Give a key of the witness.")


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness that is asked to cosign the log's checkpoints."""

    url: str = setting("", "Where checkpoints are sent: the address before /add-checkpoint.", check=_address)
    monitoring: str = setting("", "Where its view is read, if that is another address.", check=_address)
    keys: tuple[str, ...] = setting((), "Its public keys, as it printed them when it was set up.", check=_cosigner)


@dataclass(frozen=True, slots=True)
class Anchoring:
    """How often outsiders are asked to vouch for the log, and who stamps times."""

    every: int = setting(600, "Seconds between two requests for cosignatures.", least=1, most=86_400)
    timeout: int = setting(10, "Seconds for one answer of a witness or an authority.", least=1, most=60)
    tsa_url: str = setting("", "A time stamping authority (RFC 3161); empty is none.", check=_address)
    tsa_roots: str = setting("", "PEM file with the authority's root certificates, in the data folder or absolute.")
    tsa_hours: int = setting(24, "Hours between two time stamps.", least=1, most=8_760)
