"""Shipped policies with a few values changed, ready to be adopted."""

import hashlib
from collections.abc import Callable
from typing import Any

from schemas import policies
from tests.examples import SH
from vouchers.programme.decisions import AdoptPolicy


def changed(
    change: Callable[[dict[str, Any]], None], *, name: str = SH, version: str = "2026", effective_on: str = "2026-02-02"
) -> AdoptPolicy:
    """The adoption of a shipped policy under another version, after a change of its document."""
    _, document = policies.load_policy(policies.shipped()[name])
    document["programme"] |= {"version": version, "effective_on": effective_on}
    document.pop("examples", None)  # They are those of the rules as shipped.
    change(document)
    text = policies.canonical(document)
    programme = document["programme"]
    digest = hashlib.sha256(text.encode()).hexdigest()
    days = programme["effective_on"], programme.get("ends_on", "")
    return AdoptPolicy(programme["code"], version, *days, digest, text, "officer:li", "officer:wu")


def with_table(name: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    """The change that sets values of one table."""
    return lambda document: document.setdefault(name, {}).update(values)


def with_a_second_voucher(face: int, second: int) -> Callable[[dict[str, Any]], None]:
    """The change that grants every firm a general voucher and a second one, of these faces."""

    def change(document: dict[str, Any]) -> None:
        document["voucher"]["general"]["face"] = face
        document["voucher"]["second"] = {"name": "second voucher", "face": second}
        for table in (*document["beneficiary"], *document["category"].values()):
            if "general" in table["vouchers"]:
                table["vouchers"].append("second")

    return change
