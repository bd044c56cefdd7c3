"""A town whose commands are asked for over HTTP, where the table of commands has them."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from schemas.problems import known
from service.api.acting import Act
from service.api.commands import ROWS
from service.identity import create_key
from service.permissions import RULES
from tests.examples import LAB, PUDONG
from tests.service.clients import NOON, Api
from tests.service.posting import address_of, body_of
from tests.treasury import Treasury
from vouchers.kinds import INVOICE, ORDER, PROGRAMME, VOUCHER

_ROWS = {row.use_case: row for row in ROWS}


class PostedTown(Treasury):
    """Every verb posts its command as whoever acts; firms ask with their own keys."""

    def __init__(self, api: Api, clock: Any) -> None:
        """Play over this API, moving this clock."""
        super().__init__(api.service.ledger, seed=api.service.seed)
        self.api, self.clock = api, clock
        self.answers: dict[str, list[Any]] = {}
        self.numbers = iter(range(1, 100_000))

    def do(self, use_case: Callable[..., Any], command: Any, *, actor: str = "officer:li", key: str = "") -> Any:
        """Post the command where there is a row for it; returns its answer, or raises its refusal."""
        row = _ROWS.get(use_case.func if isinstance(use_case, partial) else use_case)
        if row is None:
            return super().do(use_case, command, actor=actor, key=key)
        self.clock.move_to(f"{self.on}T04:00:00Z")
        role, headers = self._headers(row, command, actor, key)
        answer = self.api.client().post(
            address_of(row, command),
            data=json.dumps(body_of(row, command, self._currency(command))).encode(),
            headers=headers,
            content_type="application/json",
        )
        said = answer.json
        if answer.status_code >= 400:
            raise known()[said["code"]](said["detail"], pointer=said["errors"][0]["pointer"], remedy=said["remedy"])
        assert answer.status_code == row.status, (role, said)
        assert said["position"] == self.ledger.size()
        self.answers.setdefault(row.name, []).append(dict(said))
        del said["position"]
        return counted(said)

    def _headers(self, row: Act, command: Any, actor: str, key: str) -> tuple[str, dict[str, str]]:
        allowed = RULES[f"commands.{row.name}"].roles
        role, _, name = actor.partition(":")
        role = role if role in allowed else min(allowed - {"enterprise", "provider"} or allowed)
        subject = self._firm(role, command) if role in ("enterprise", "provider") else name
        who = f"{role}:{subject}"
        if who not in self.api.keys:
            self.api.keys[who] = create_key(self.api.service.settings.data, role, subject, NOON)[0]
        return role, self.api.headers(who, key or f"posted-{next(self.numbers)}")

    def _firm(self, role: str, command: Any) -> str:
        """Whose the thing is that a firm asks about."""
        state = self.ledger.state
        order_id = getattr(command, "order_id", "")
        if role == "enterprise" and hasattr(command, "voucher_id"):
            terms = state(VOUCHER, command.voucher_id).terms
            return str(terms.enterprise_id) if terms else PUDONG
        if hasattr(command, "invoice"):
            order_id = next(iter(state(INVOICE, command.invoice).parts), "")
        for name in (f"{role}_id", "payee_id", "subject"):
            if hasattr(command, name):
                return str(getattr(command, name))
        registered = state(ORDER, order_id).registered
        return str(getattr(registered, f"{role}_id", "")) or (PUDONG if role == "enterprise" else LAB)

    def _currency(self, command: Any) -> str:
        """The money of the programme, the voucher or the order that a command names."""
        state = self.ledger.state
        announced = state(PROGRAMME, getattr(command, "programme", "")).announced
        terms = state(VOUCHER, getattr(command, "voucher_id", "")).terms
        registered = state(ORDER, getattr(command, "order_id", "")).registered
        return next((str(each.currency) for each in (announced, terms, registered) if each), "CNY")


def counted(value: Any) -> Any:
    """An answer whose amounts are minor units again."""
    if isinstance(value, dict):
        if set(value) == {"amount", "currency"}:
            return value["amount"]
        return {name: counted(inner) for name, inner in value.items()}
    return [counted(inner) for inner in value] if isinstance(value, list) else value
