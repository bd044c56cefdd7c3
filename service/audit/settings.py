"""The settings of the log's checkpoints: under which name they are signed, how often, and where they are kept."""

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from service.configuring import SettingInvalid, setting

_ORIGIN: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?(/[a-z0-9][a-z0-9._-]{0,39}){0,4}")


def check_origin(text: str) -> None:
    """Refuse what cannot be the name of a log; an empty text is none."""
    if text and not _ORIGIN.fullmatch(text):
        remedy = "Write it as an address without https://, such as vouchers.example.gov/log/2026"
        raise SettingInvalid("This is no name of a log.", remedy=remedy)


def _folder(text: str) -> None:
    if text and not PurePath(text).is_absolute():
        raise SettingInvalid("This is no absolute path.", remedy="Write the whole path, from / on")


@dataclass(frozen=True, slots=True)
class Audit:
    """How the log is signed, and where what was signed is kept outside of the database."""

    origin: str = setting(
        "",
        "Name of the log in its checkpoints, as an address without https://; made once, then kept.",
        check=check_origin,
    )
    every: int = setting(60, "Seconds between two checkpoints at least.", least=1, most=86_400)
    outside: str = setting("", "Folder, best on another machine, that keeps each checkpoint too.", check=_folder)
    tiles: str = setting("", "Folder that gets the log as tiles before each checkpoint.", check=_folder)
    vault_key: str = setting("", "File with the key of the vault; vault.kek in the data folder if none.", check=_folder)
