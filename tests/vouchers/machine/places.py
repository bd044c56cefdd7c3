"""The two places in which anything is typed: programmes, their firms and providers, and an order that suits each."""

from functools import cache
from typing import Any, Final, NamedTuple

from tests.examples import (
    CHANGNING,
    DIGEST,
    JIANGSU_LAB,
    LAB,
    PUDONG,
    SH,
    SH_CODE,
    WUJIANG,
    YRD,
    YRD_CODE,
    facts_of_firm,
    revised,
    voucher_of,
)
from tests.rulebooks import changed, with_a_second_voucher
from tests.town import Town
from vouchers import application as app
from vouchers.enterprise.decisions import RecordFacts
from vouchers.identifiers import make_credit_code
from vouchers.policy import Policy, period_of, pools
from vouchers.programme.decisions import AdoptPolicy, Announce

QUEUE, SHARES, BESIDE, PLATFORMS = "QUEUE-IV", "SHARES-IV", "BESIDE-IV", "SH-PLATFORM"
FIRMS: Final = (PUDONG, CHANGNING, WUJIANG)
PLATFORM: Final = make_credit_code("9", "1", "310109", 900)
BUDGET: Final = 20_000_000
AID: Final = {
    "scope": "TOWN-AID",
    "period": "rolling",
    "months": 36,
    "ceiling": 20_000_000,
    "counts_at": "reservation",
}


class Trade(NamedTuple):
    """What an order of a programme names, so that its rules allow it."""

    programme: str
    firm: str
    voucher_id: str
    provider: str
    category: str
    gross: int
    net: int
    attributes: dict[str, Any]


def open_the_delta(town: Town) -> list[Trade]:
    """Shanghai, the delta, and programmes of our own with a queue and with rounds; three firms of one controller."""
    for name in (SH, YRD):
        town.adopt(name, amount=BUDGET)
    town.adopt("platform-backslide", amount=100 * BUDGET)
    longer, *others = _documents()
    town.do(app.adopt_policy, longer)
    for command in others:
        _adopt(town, command)
    codes = (SH_CODE, YRD_CODE, QUEUE, SHARES, BESIDE)
    for firm, tier in zip(FIRMS, "BDA", strict=True):
        town.record(firm, controller="one", credit_tier=tier)
        for code in codes:
            town.entitle(firm, programme=code)
    for provider, region in ((LAB, "310104"), (JIANGSU_LAB, "320102")):
        town.admit(provider, region=region, account=f"account:{region}")
        for category in ("TEST", "RND"):
            town.accredit(provider, category)
    town.admit(PLATFORM, kind="platform", account="account:platform")
    town.go("2026-02-02")
    labs = {SH_CODE: LAB, YRD_CODE: JIANGSU_LAB, QUEUE: LAB, SHARES: JIANGSU_LAB, BESIDE: LAB}
    return [
        Trade(code, firm, voucher_of(firm, code), labs[code], "TEST", 1_000_000, 943_396, {})
        for code in codes
        for firm in FIRMS
        if firm != WUJIANG or code == YRD_CODE
    ]


# The programme, the facts of a firm and of a provider that suit it, and the category, voucher and price of an order.
ABROAD: Final = (
    ("nl-mit", {"country": "NL"}, {"kind": "knowledge-provider"}, "SMALL", "SMALL", 907_500, 750_000, {}),
    ("nl-mit", {"country": "NL"}, {"kind": "knowledge-provider"}, "SMALL", "SMALL", 907_500, 750_000, {}),
    (
        "ie-iv",
        {"country": "IE", "aid_five_years": 0},
        {"kind": "knowledge-provider", "country": "IE", "region": "IE"},
        "STANDARD",
        "STANDARD",
        615_000,
        500_000,
        {},
    ),
    (
        "de-goinno",
        {"country": "DE"},
        {"kind": "consultancy", "consultants": 3},
        "STAGE1",
        "voucher",
        2_618_000,
        2_200_000,
        {"days": 10},
    ),
    ("bj-2018", {"region": "110108"}, {}, "LAB", "voucher", 100_000_000, 94_339_600, {}),
    (
        "lv-liaa",
        {"country": "LV"},
        {"kind": "research-institution", "country": "AT"},
        "FIRST",
        "voucher",
        1_210_000,
        1_000_000,
        {},
    ),
    ("sd-lc", {"region": "371502"}, {"region": "371502"}, "SERVICE", "voucher", 100_000, 94_340, {}),
    (
        "by-std",
        {
            "region": "DE-BY-1",
            "staff": 10,
            "public_share_bp": 0,
            "in_needy_region": False,
            "vat_deductible": True,
            "country": "DE",
        },
        {"kind": "firm"},
        "STANDARD",
        "STANDARD",
        1_190_000,
        1_000_000,
        {},
    ),
    ("cn-b", {"region": "310105"}, {}, "SUPPORT", "share", 100_000, 94_340, {}),
)


def open_abroad(town: Town) -> list[Trade]:
    """Programmes of eight other places, each with a firm and a provider of its own; the Dutch one with two firms."""
    trades, policies = list[Trade](), dict[str, Policy]()
    town.go("2026-02-02")
    for number, (name, firm_facts, provider_facts, category, kind, gross, net, attributes) in enumerate(ABROAD):
        policies[name] = policy = policies.get(name) or town.adopt(name, amount=200_000_000)
        firm, provider = (make_credit_code("9", "1", "310115", base + number) for base in (500, 600))
        facts = facts_of_firm(firm, **firm_facts)
        town.do(app.record_facts, RecordFacts(firm, town.on, "registry", DIGEST, facts))
        town.entitle(firm, programme=policy.programme)
        town.admit(provider, account=f"account:{number}", **provider_facts)
        town.move_account(f"account:firm-{number}", firm)
        town.accredit(provider, category, town.on)
        voucher_id = voucher_of(firm, policy.programme, period_of(policy, town.on), kind)
        trades.append(Trade(policy.programme, firm, voucher_id, provider, category, gross, net, attributes))
    return trades


@cache
def _documents() -> tuple[AdoptPolicy, ...]:
    """Shanghai with longer vouchers, and the programmes of our own; made once, because they are long."""
    longer = revised(SH, "2026", {"extensions": 1, "extension_months": 6})
    queue = changed(lambda document: _with_a_queue(document, QUEUE), effective_on="2026-01-01")
    shares = changed(lambda document: _with_shares(document, SHARES), effective_on="2026-01-01")
    beside = changed(lambda document: _with_another(document, BESIDE), effective_on="2026-01-01")
    return longer, queue, shares, beside


def _adopt(town: Town, command: Any) -> None:
    """Announce a programme of our own, adopt its policy and fill its pools."""
    town.do(app.announce, Announce(command.programme, "Vouchers of our own", "Commission", "CNY", DIGEST))
    town.do(app.adopt_policy, command)
    policy = app.compiled(town.events(f"programme/{command.programme}")[-1])
    for pool in pools(policy):
        town.appropriate(pool, BUDGET, policy.programme, period_of(policy, town.on))


def _of_our_own(document: dict[str, Any], code: str, **tables: dict[str, Any]) -> None:
    document["programme"] |= {"code": code, "cap_scope": code}
    for name, values in tables.items():
        document.setdefault(name, {}).update(values)


def _with_a_queue(document: dict[str, Any], code: str) -> None:
    """Two vouchers for each firm, pooled by three of them; pounds and yen; a rest that goes on; a queue."""
    _of_our_own(
        document,
        code,
        money={"exhaustion": "queue"},
        pooling={"firms": 3, "vouchers": 9, "max_per_order": "firm"},
        foreign={"currencies": ["GBP", "JPY"], "rounding": "half_up", "max_rate_age_days": 7},
        carry_over={"share_bp": 5_000, "limit": 10_000_000},
        provider={"valid_months": 24},
        recovery={"interest_bp": 365, "grace_days": 10, "instalments": 6, "write_off_up_to": 10_000_000},
        deadlines={"extensions": 1, "extension_months": 6, "restore_returned": True},
        stacking={"with": [BESIDE], "ceiling_bp": 9_000},
        aid=AID,
    )
    with_a_second_voucher(30_000_000, 600_000)(document)


def _with_another(document: dict[str, Any], code: str) -> None:
    """It pays beside the programme with the queue, asks for proof of the own share's amount, and writes debts off."""
    _of_our_own(
        document,
        code,
        order={"own_share_proof": "amount"},
        recovery={"interest_bp": 500, "interest_from": "payment", "write_off_up_to": 10_000_000},
        stacking={"with": [QUEUE], "ceiling_bp": 9_000},
        aid=AID,
    )


def _with_shares(document: dict[str, Any], code: str) -> None:
    """Rounds whose money is shared; an own share proven by its amount; ceilings that late value does not free."""
    _of_our_own(
        document,
        code,
        money={"exhaustion": "pro_rata"},
        order={"own_share_proof": "amount"},
        deadlines={"caps_freed": "within_use_by"},
        settlement={"approvals": [{"from_amount": 600_000, "approvals": 2}]},
    )
