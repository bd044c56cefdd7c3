"""The settings of the interface: how often it may be asked, and whom to tell of a weakness."""

import re
from dataclasses import dataclass
from typing import Final

from service.configuring import SettingInvalid, setting

_RATE: Final = re.compile(r"[1-9][0-9]{0,8}/(second|minute|hour|day)")
_CONTACT: Final = re.compile(r"(mailto:[^\s@]+@[^\s@]+|https://\S+|tel:\+[0-9-]+)")


def _rate(text: str) -> None:
    if text and not _RATE.fullmatch(text):
        raise SettingInvalid(f"{text} is no rate.", remedy='Write such as "600/minute", or "" for no limit.')


def _contact(text: str) -> None:
    if text and not _CONTACT.fullmatch(text):
        raise SettingInvalid(f"{text} is no contact.", remedy="Write mailto:..., https://... or tel:+...")


@dataclass(frozen=True, slots=True)
class Limits:
    """How often one caller, and one address that proves nothing, may ask."""

    rate: str = setting("12000/minute", "Requests of one caller; every process takes its share.", check=_rate)
    failures: str = setting("60/minute", "Requests of one address without a valid key or token.", check=_rate)


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to tell."""

    security: str = setting("", "Where weaknesses are reported, for /.well-known/security.txt.", check=_contact)
