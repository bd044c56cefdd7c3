"""What anybody could type: a value for each field of any command, mostly sensible, now and then not."""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from random import Random
from typing import Any, Union, get_args, get_origin, get_type_hints

from tests.examples import CONTRACT, DIGEST, JIANGSU_LAB, LAB, PROOF, PUDONG, REPORT, facts_of_firm
from tests.vouchers.couponing import KEY, PUBLIC_KEY
from tests.vouchers.machine.places import FIRMS, Trade
from vouchers.days import add_days

EVIDENCE = (
    "contract",
    "invoice",
    "own_share_payment_proof",
    "service_report",
    "test_report",
    "acceptance",
    "site_visit",
    "technical_report",
    "technology_contract_registration",
    "payment_proof",
    "report",
    "deliverable",
)
PROVIDERS = (LAB, JIANGSU_LAB)
SUMS = (1, 2, 3, 999, 10_000, 10_001, 800_000, 1_000_000, 2_000_000, 10_000_000, 30_000_000, 60_000_000, 60_000_002)
DAYS = (0, 0, 0, 0, 0, 1, 7, 30, 200, -1, -7, -60)
PEOPLE = ("officer:li", "officer:wu", "finance:sun", "finance:qian", "reviewer:zhao", "reviewer:feng", "provider:lab")
CHOICES: Mapping[str, tuple[Any, ...]] = {
    "contract_digest": (CONTRACT, PROOF, REPORT),
    "report_digest": (REPORT, PROOF),
    "digest": (DIGEST, PROOF),
    "tier": ("A", "B", "C", "D", "E"),
    "effect": ("finish", "freeze", "void", "vanish"),
    "period": ("2026", "2026", "2027"),
    "proposed_by": PEOPLE,
    "approved_by": PEOPLE,
    "currency": ("CNY", "GBP"),
    "level": ("warned", "rectify", "payments", "barred"),
    "outcome": ("in-order", "faulty", "payment", "return", "failure", "repayment"),
    "bank_account": ("main", "other"),
    "direction": ("debit", "credit", "none", "beside"),
    "form": ("pain.001", "csv", "fax"),
    "opening_side": ("credit", "debit"),
    "closing_side": ("credit", "debit"),
    "fault": ("", "enterprise", "provider", "both"),
    "performance_bp": (0, 9_000, 10_000, 10_001),
    "share_bp": (0, 2_500, 5_000, 10_001),
    "stars": (1, 5, 6),
    "act": (1, 2, 3),
    "number": (1, 2),
    "predecessor_id": FIRMS,
    "successor_id": (*FIRMS, PUDONG),
    "succession": ("incorporation", "merger", "new-code", "sale"),
    "source_name": ("registry",),
    "code": ("91350100M0001TGQXM", "9135"),
    "evidence_digest": (PROOF, REPORT),
    "programmes": (("SH-STIV",), ("SH-STIV", "YRD-STIV"), ()),
    "scope": ("EU-DE-MINIMIS",),
    "public_key": (PUBLIC_KEY, "A" * 43, "A" * 42),
    "key_id": (KEY, "none"),
    "coupons": (1, 3, 100, 101),
    "presentation_digest": (PROOF, REPORT),
    "receipt_digest": (PROOF, REPORT),
    "code_digest": (PROOF, REPORT, CONTRACT),
    "declaration_id": ("A-1", "A-2", "A-3"),
    "measure": ("a loan",),
    "month": ("2026-02", "2026-02", "2026-03", "2026-13"),
    "reassessed": (("SH-STIV",), ("SH-STIV", "YRD-STIV"), ()),
}
# The field of a command that names a thing of another kind than its own name says.
KIND_OF: Mapping[str, str] = {
    "order_id": "order",
    "orders": "order",
    "booklet_id": "booklet",
    "voucher_id": "voucher",
    "vouchers": "voucher",
    "settlement_id": "settlement",
    "invoice": "invoice",
    "replaces": "invoice",
    "debt_id": "debt",
    "demand_id": "demand",
    "programme": "programme",
}


class Wits:
    """A person with a die: what exists is mostly named rightly, sums and days lie near what matters."""

    def __init__(self, keys: Mapping[str, list[str]], pools: tuple[str, ...], trades: Sequence[Trade] = ()) -> None:
        self.keys = keys
        self.pools = pools
        self.random = Random(0)
        self.on = ""
        firms = tuple(dict.fromkeys(trade.firm for trade in trades)) or FIRMS
        providers = tuple(dict.fromkeys(trade.provider for trade in trades)) or PROVIDERS
        categories = dict.fromkeys(trade.category for trade in trades)
        self.choices = {
            **CHOICES,
            "enterprise_id": (*firms, "91310115MA1TE5T0X9"),
            "provider_id": (*providers, firms[0]),
            "subject": (*firms, *providers),
            "party": (*firms, *providers),
            "other": (*firms, *providers),
            "party_id": (*providers, firms[0]),
            "category": (*categories, *categories, "RND", "NONE"),
        }

    def command(self, kind: type[Any], **given: Any) -> Any:
        """A command of this type, with some fields given."""
        hints = get_type_hints(kind)
        names = [field.name for field in fields(kind) if field.name not in given]
        return kind(**given, **{name: self.value(name, hints[name]) for name in names})

    def value(self, name: str, hint: Any) -> Any:
        """A value for a field, by its name where that says enough, else by its type."""
        special: Mapping[str, Callable[[], Any]] = {
            "evidence": lambda: {kind: PROOF for kind in EVIDENCE if self.random.randrange(40)},
            "attributes": self._attributes,
            "judged": tuple,  # Made by the rules themselves, never typed.
            "pool": lambda: self.random.choice(self.pools),
            "asked": lambda: self.random.choice((None, None, None, 1, 500_000)),
            "facts": self._facts,
        }
        if name in special:
            return special[name]()
        if name in self.choices:
            return self.random.choice(self.choices[name])
        if name in KIND_OF and get_origin(hint) is not tuple:
            return self._key(KIND_OF[name])
        return self._by_type(name, hint)

    def _by_type(self, name: str, hint: Any) -> Any:
        origin, arguments = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            return (
                self._by_type(name, self.random.choice(arguments)) if self.random.randrange(2) else _default(arguments)
            )
        if hint is type(None):
            return None
        if hint is bool:
            return bool(self.random.randrange(2))
        if hint is int:
            return self.random.choice(SUMS)
        if hint is str:
            return self._day() if name.endswith("_on") else self.random.choice(("said", "said", "", PUDONG))
        if origin is tuple:
            return self._several(name, arguments[0])
        if origin is not None:
            return {}
        return self.command(hint) if is_dataclass(hint) else None

    def _several(self, name: str, each: Any) -> tuple[Any, ...]:
        kind = KIND_OF.get(name)
        made = [self._key(kind) if kind else self._by_type(name, each) for _ in range(self.random.randrange(3))]
        return tuple(dict.fromkeys(made)) if all(isinstance(one, str) for one in made) else tuple(made)

    def _day(self) -> str:
        return add_days(self.on, self.random.choice(DAYS))

    def _attributes(self) -> dict[str, Any]:
        attributes: dict[str, Any] = {"days": 3, "pieces": 2, "instrument_id": "I-1", "site_id": ""}
        return {name: value for name, value in attributes.items() if not self.random.randrange(6) and value != ""}

    def _facts(self) -> dict[str, Any]:
        """Facts of a firm, or of a provider: mostly as good as before, now and then of one that moved, grew or fell."""
        regions, states = ("310115", "310115", "310115", "320509"), ("active", "active", "active", "revoked")
        change, tell = self.random.randrange(2), self.random.choice
        moved = {"region": tell(regions), "status": tell(states), "staff": tell((8, 9, 2_000)), "kind": "lab"}
        return facts_of_firm(FIRMS[0], controller="one", **(moved if change else {"kind": "lab"}))

    def _key(self, kind: str) -> str:
        known = self.keys.get(kind, [])
        if known and self.random.randrange(8):
            return self.random.choice(known[-12:])
        return f"{kind[0].upper()}-{self.random.randrange(10_000)}"


def _default(arguments: tuple[Any, ...]) -> Any:
    return None if type(None) in arguments else arguments[0]()
