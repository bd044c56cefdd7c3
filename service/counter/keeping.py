"""What a phone and a till keep for themselves: the uses that were signed, and the coupons that wait to be handed in."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from service.counter.papers import JOINT, Challenge, Use, read_use, write_use
from service.counter.signing import Key
from vouchers.refusals import Conflict, Malformed

SUFFIX: Final = ".signed"


class CouponSigned(Conflict):
    """This coupon was signed for another counter, or for other words, before."""

    remedy = "Use the next coupon; to sign this one again would be a double use, and would be found."


class CouponKept(Conflict):
    """This coupon is kept already."""

    remedy = "Ask for another coupon, unless this is the same service: then it is done."


class FileNotOurs(Malformed):
    """This file holds something else than what a phone or a till keeps in it."""

    remedy = "Name another file, or restore this one."


class Phone:
    """What a phone signed: each coupon once; asked in the same words, it shows what it signed."""

    def __init__(self, booklet_file: Path) -> None:
        """Keep the uses beside the booklet's file."""
        self._path = booklet_file.with_name(booklet_file.name + SUFFIX)

    def sign(
        self, booklet_text: str, number: int, challenge: Challenge, bill: Mapping[str, Any], at: int, key: Key
    ) -> str:
        """A signed use, which was written down before anybody sees it."""
        for line in _lines(self._path):
            if line["number"] == number:
                if (line["challenge"], line["bill"]) != (challenge.text, bill):
                    raise CouponSigned(pointer="/number")
                return str(line["text"])
        text = write_use(booklet_text, number, challenge, bill, at, key)
        _append(self._path, {"number": number, "challenge": challenge.text, "bill": bill, "text": text})
        return text


class Till:
    """What a till accepted and has yet to hand in, a line each, as the service takes it."""

    def __init__(self, path: Path) -> None:
        """Keep the coupons in a file."""
        self._path = path

    def keep(self, use: Use, item: Mapping[str, Any]) -> None:
        """Keep a coupon; one of the same number is refused, whatever was signed for it."""
        for line in _lines(self._path):
            if read_use(JOINT.join(str(line["coupon"]).split(JOINT)[:2])).name == use.name:
                raise CouponKept(pointer="/coupon")
        _append(self._path, item)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            yield dict(json.loads(line))
    except (ValueError, TypeError) as fault:
        raise FileNotOurs(pointer="/file") from fault


def _append(path: Path, line: Mapping[str, Any]) -> None:
    """Add a line that is there after a power cut."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
