"""A command as a request says it: its address and its body."""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from schemas.commands import AMOUNTS, INVOICES
from service.api.acting import Act


def address_of(row: Act, command: Any) -> str:
    """Where a command of a row is posted."""
    path = re.sub(r"<[^:>]+:([a-z_]+)>", lambda part: str(getattr(command, part[1])), row.path)
    return f"/v1{path}"


def body_of(row: Act, command: Any, currency: str = "CNY") -> dict[str, Any]:
    """What a request says of a command: all that the address does not, without what is left open."""
    found = {each.name: getattr(command, each.name) for each in fields(command) if each.name not in row.given}
    return {name: _said(name, value, currency) for name, value in found.items() if value is not None and value != ""}


def _said(name: str, value: Any, currency: str) -> Any:
    if name in AMOUNTS:
        return {"amount": value, "currency": currency}
    if name in INVOICES:
        return {"number": value.removeprefix("dfp:")}
    if name == "instalments":
        money = [{"amount": part.amount, "currency": currency} for part in value]
        return [{"due_on": part.due_on, "amount": amount} for part, amount in zip(value, money, strict=True)]
    if isinstance(value, Mapping):
        return {key: _said(key, inner, currency) if key not in AMOUNTS else inner for key, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value
